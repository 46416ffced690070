"""From what does not work to its cause: the journey, then further looks while they can still tell causes apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from mailwright import book, diagnose
from mailwright.core import Cause, Diagnosis, Discovery, Endpoint, Examination, Typed, Wanted
from mailwright.setup import journey
from mailwright.setup.journey import Request, Result

if TYPE_CHECKING:
    from mailwright import wire

MOST_ROUNDS = 4
# What all further looks together may take: whoever waits for an answer has waited for the servers already.
LOOK_SECONDS = 6.0


class Examiner(journey.Face, Protocol):
    """A face that is told, too, when we look further."""

    def looking(self, wanted: tuple[Wanted, ...]) -> None:
        """These looks begin now."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is known of the world: providers and server replies."""

    providers: book.Book
    replies: book.Replies


@dataclass(frozen=True, slots=True)
class Examined:
    """How it ended: the result as setup gives it, what it was judged from, and the causes of each protocol."""

    result: Result
    examination: Examination
    diagnoses: tuple[Diagnosis, ...]

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Of all protocols, each once, the likeliest of each protocol before the rest."""
        firsts = [d.causes[0] for d in self.diagnoses if d.causes]
        rest = sorted((c for d in self.diagnoses for c in d.causes[1:]), key=lambda c: -c.confidence)
        made: dict[str, Cause] = {}
        for cause in (*firsts, *rest):
            made.setdefault(cause.id, cause)
        return tuple(made.values())


async def examine(
    request: Request,
    world: wire.World,
    shelf: Shelf,
    face: Examiner,
    *,
    second: Sequence[wire.Resolver] = (),
) -> Examined:
    """Search, look, sign in, judge; look further while that may change the judgement. Raises what the face raises."""
    got = await journey.gather(request, world, shelf.providers, face)
    examination = Examination(
        address=request.address,
        typed=request.typed or Typed(),
        shapes=got.shapes,
        discovery=got.discovery,
        evidence=got.evidence,
        signing_in=got.signing_in,
    )
    return judged(await _further(examination, world, shelf, face, second=second), shelf)


async def _further(
    examination: Examination, world: wire.World, shelf: Shelf, face: Examiner, *, second: Sequence[wire.Resolver]
) -> Examination:
    import time

    until, asked = time.monotonic() + LOOK_SECONDS, set[Wanted]()
    for _ in range(MOST_ROUNDS):
        diagnoses = diagnose.judge(examination, shelf.replies, shelf.providers)
        wanted = tuple(w for w in diagnose.wanted(examination, diagnoses) if w not in asked)
        asked.update(wanted)
        left = until - time.monotonic()
        if not wanted or left <= 0:
            break
        from mailwright import verify

        face.looking(wanted)
        looks = await verify.looks(wanted, world, second=second, endpoints=_failing(examination), seconds=left)
        examination = replace(examination, looks=(*examination.looks, *looks))
    return examination


def _failing(examination: Examination) -> tuple[Endpoint, ...]:
    services = examination.evidence.services if examination.evidence is not None else ()
    return tuple(dict.fromkeys(s.service.endpoint.value for s in services if not s.works))


def judged(examination: Examination, shelf: Shelf) -> Examined:
    """What an examination means, whoever made it."""
    diagnoses = diagnose.judge(examination, shelf.replies, shelf.providers)
    found, evidence = examination.discovery, examination.evidence
    assert examination.address is not None
    discovery = found or Discovery(examination.address, None, ())
    findings = diagnose.findings_of(examination, diagnoses)
    has_settings = discovery.candidate is not None and bool(discovery.candidate.services)
    signed_in = evidence is not None and any(seen.logins for seen in evidence.services)
    verdict = diagnose.verdict(findings, evidence if signed_in else None, has_settings=has_settings)
    result = Result(discovery, evidence, findings, verdict, journey.account(discovery, evidence))
    return Examined(journey.meant(result, shelf.providers), examination, diagnoses)
