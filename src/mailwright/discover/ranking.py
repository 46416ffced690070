"""Which answer counts more. The order of core.Source, with two exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mailwright.core import Candidate, Protocol, Security, Source, SourceAnswer, Told, Trust
from mailwright.discover import booked

if TYPE_CHECKING:
    from mailwright.core import Service

_ORDER = {source: float(place) for place, source in enumerate(Source)}
_AFTER_ISPDB = _ORDER[Source.ISPDB] + 0.5
_BEFORE_GUESS = _ORDER[Source.GUESS] - 0.5


def rank(answer: SourceAnswer) -> float:
    """The place of an answer; the lowest number wins."""
    if answer.candidate is None or answer.source is Source.GUESS:
        return best_rank(answer.source)
    if answer.source is Source.BOOK and booked.doubtful(answer.candidate):
        return _AFTER_ISPDB
    if any(service.trust is Trust.LOW for service in answer.candidate.services):
        return _BEFORE_GUESS
    return best_rank(answer.source)


def best_rank(source: Source) -> float:
    """The best place a source that has not answered can get: plain HTTP never gets a better one."""
    return _BEFORE_GUESS if source is Source.AUTOCONFIG_HTTP else _ORDER[source]


def found(answers: Iterable[SourceAnswer]) -> list[SourceAnswer]:
    """The answers with a candidate, best first."""
    return sorted((a for a in answers if a.told is Told.FOUND and a.candidate is not None), key=rank)


def usable(candidate: Candidate) -> list[Service]:
    """The services a secret may be sent to: those with TLS."""
    return [s for s in candidate.services if s.endpoint.value.security is not Security.NONE]


def enough(answers: Sequence[SourceAnswer]) -> float:
    """The rank at which both reading and sending are known; nothing behind it matters any more.

    A source that knows only one of them leaves the other to the next ranks. Infinity: not yet known.
    """
    needs = {True, False}
    for answer in found(answers):
        assert answer.candidate is not None
        needs -= {protocol.incoming for protocol in protocols(answer.candidate)}
        # A provider of the book without services has none: nobody else can know better.
        if not needs or not answer.candidate.services:
            return rank(answer)
    return float("inf")


def protocols(candidate: Candidate) -> set[Protocol]:
    """What the candidate has a usable service for."""
    return {service.protocol for service in usable(candidate)}
