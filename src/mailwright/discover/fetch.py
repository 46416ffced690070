"""Fetching a clientConfig file: one URL, one answer of one source."""

from __future__ import annotations

from collections.abc import Sequence

from mailwright.core import Channel, HttpAnswer, Reason, Source, SourceAnswer, Told
from mailwright.discover import clientconfig, markup, race, verdict
from mailwright.discover.query import Query
from mailwright.discover.saying import Saying


async def first(query: Query, source: Source, urls: Sequence[str], *, own: bool) -> SourceAnswer:
    """All URLs at once, the first ranks highest."""
    questions = [one(query, source, url, own=own) for url in urls]
    answers = await race.ranked(questions, lambda answer: answer.told is Told.FOUND)
    return verdict.combined(source, answers)


async def one(query: Query, source: Source, url: str, *, own: bool) -> SourceAnswer:
    """The settings at one URL. `own`: see Saying; an answer that came over HTTP never counts as that."""
    answer = await query.get(url)
    if not answer.ok:
        return verdict.http(source, answer)
    channel = Channel.HTTPS if answer.secure else Channel.HTTP
    return read(answer, Saying(query, source, url, channel, own))


def read(answer: HttpAnswer, saying: Saying) -> SourceAnswer:
    """What a fetched file says; a web page instead of one is "nothing"."""
    source, where = saying.source, saying.where
    try:
        candidate = clientconfig.parse(answer.body, saying)
    except markup.HostileError:
        return SourceAnswer(source, Told.STOPPED, where, reason=Reason.LIMIT)
    except markup.NotMarkupError:
        return SourceAnswer(source, Told.NOTHING, where)
    return SourceAnswer(source, Told.FOUND if candidate else Told.NOTHING, where, candidate)
