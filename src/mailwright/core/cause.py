"""Causes: what may be behind a failure, how likely, and what speaks for and against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright.core.finding import Fixer, Severity
from mailwright.core.problem import Param

if TYPE_CHECKING:
    from mailwright.core.endpoint import Protocol


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was seen, in a fixed vocabulary (`tcp.refused`, `reply.auth.authcode`).

    `protocol` None: it holds for all of them. `strength`: 1 is the thing itself, less is a hint of it.
    """

    id: str
    protocol: Protocol | None = None
    params: tuple[tuple[str, Param], ...] = ()
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Cause:
    """A possible cause. `confidence`: 0 to 1 among all that were weighed; those shown add up to at most 1."""

    id: str
    who: Fixer
    severity: Severity
    confidence: float
    protocol: Protocol | None = None
    params: tuple[tuple[str, Param], ...] = ()
    speaks_for: tuple[Sign, ...] = ()
    speaks_against: tuple[Sign, ...] = ()


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A cause that would have come into question, and what excludes it."""

    id: str
    by: Sign
    protocol: Protocol | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What it is, of one protocol or (None) of the whole: causes, the likeliest first.

    `tied`: how many of the first are level, so that none may be called the cause; `decider`: the id of
    the question or look that would decide, "" if none would.
    """

    protocol: Protocol | None
    causes: tuple[Cause, ...] = ()
    ruled_out: tuple[RuledOut, ...] = ()
    tied: int = 1
    decider: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a server's words or a program's error text can mean: cause ids with their share, best first.

    `how`: row | near | code | vendor | words | nothing. `row`: the row of the table that matched, else "".
    `params`: what was read out of the text (seconds to wait, a link, an address). `vendor`: whose words
    these are, "" if unknown. `about`: what of one message they are about (its size, its recipient, …), and not
    about the account or the server; "" if not.
    """

    causes: tuple[tuple[str, float], ...] = ()
    how: str = "nothing"
    row: str = ""
    vendor: str = ""
    source: str = ""
    params: tuple[tuple[str, Param], ...] = ()
    about: str = ""
