"""What the sources of settings answered for one address."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from mailwright.core.evidence import Reason
from mailwright.core.trace import Trace

if TYPE_CHECKING:
    from mailwright.core.address import EmailAddress
    from mailwright.core.candidate import Candidate, Source


class Told(StrEnum):
    """What a source had to say. UNKNOWN: it could not be asked, which is not a "no"."""

    FOUND = "found"
    NOTHING = "nothing"
    UNKNOWN = "unknown"
    STOPPED = "stopped"
    """It answered something that must not be used (wrong digest, redirect to HTTP, …)."""
    SKIPPED = "skipped"
    """Not asked, or no longer waited for: something of higher rank had answered."""


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """One source's answer. `where`: URL, record or book entry; `took`: seconds."""

    source: Source
    told: Told
    where: str = ""
    candidate: Candidate | None = None
    reason: Reason = Reason.NONE
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class DomainFacts:
    """What DNS says of the domain itself. `exists` None: could not tell."""

    exists: bool | None = None
    null_mx: bool = False
    mx: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovery:
    """Everything found for an address; `candidate` is the merged one, None if nobody knew.

    `verified_sources` False: no network was used, only the book was asked.
    """

    address: EmailAddress
    candidate: Candidate | None
    answers: tuple[SourceAnswer, ...]
    domain: DomainFacts = field(default_factory=DomainFacts)
    online: bool = True
    trace: Trace = field(default_factory=lambda: Trace(""))

    @property
    def silent(self) -> bool:
        """True when a source could not be asked, so that what was not found may be there."""
        return any(answer.told is Told.UNKNOWN for answer in self.answers)
