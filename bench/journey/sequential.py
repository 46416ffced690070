"""The peer of the second benchmark: the same sources, one after the other, as most mail programs ask them.

In the order of their ranks, each until it answers or its time is up, until settings for reading and
sending are known. Within a source the questions go out together, as ours do.
"""

from __future__ import annotations

import asyncio
import random
import time

from journey import ours
from mailwright import book, verify, wire
from mailwright.core import Candidate, Credentials, EmailAddress, Reason, Secret, Source, SourceAnswer, Told
from mailwright.discover import merge, ranking, registry, search
from mailwright.discover.query import Query


async def find(address: EmailAddress, world: wire.World, shelf: book.Book) -> Candidate | None:
    """The settings, from the first source that has them."""
    recorder = wire.Recorder(str(address))
    query = Query(address, world, shelf, ours.options(), recorder, random.Random(1))  # noqa: S311  # RFC 2782 weights
    query.alone.set()  # it never has to wait for a better answer
    answers: list[SourceAnswer] = []
    for source in sorted(registry.SOURCES, key=ranking.best_rank):
        answers.append(await _asked(query, source))
        if ranking.enough(answers) <= ranking.best_rank(source):
            break
    return merge.merged(answers, address, shelf)


async def _asked(query: Query, source: Source) -> SourceAnswer:
    try:
        async with asyncio.timeout(search.SOURCE_SECONDS):
            return await registry.SOURCES[source](query)
    except TimeoutError:
        return SourceAnswer(source, Told.UNKNOWN, reason=Reason.READ_TIMEOUT)


def walk(address: str, password: str, more: tuple[str, ...] = ()) -> tuple[float, float]:
    """Seconds until settings were known, and until they were verified. Raises AssertionError when they are not."""
    return asyncio.run(_journey(EmailAddress.parse(address), password, more))


async def _journey(address: EmailAddress, password: str, more: tuple[str, ...]) -> tuple[float, float]:
    begun = time.perf_counter()
    async with wire.World(ours.settings(more)) as world:
        candidate = await find(address, world, book.Book())
        assert candidate is not None
        known = time.perf_counter() - begun
        hosts = frozenset(service.endpoint.value.host for service in candidate.services)
        credentials = Credentials(address, Secret(password))
        evidence = await verify.verify(candidate, credentials, world, confirmed=hosts)
        assert all(seen.works for seen in evidence.services)
        return known, time.perf_counter() - begun
