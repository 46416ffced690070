"""What happened, step by step: the record every conversation leaves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Fact = str | int | float | bool | None


class Outcome(StrEnum):
    """How a step ended. A time-out is not a "no"."""

    OK = "ok"
    NO = "no"
    TIMEOUT = "timeout"
    FAILED = "failed"
    STOPPED = "stopped"
    """We refused to go on: the other side broke a rule that protects people."""
    CANCELLED = "cancelled"
    """Not needed any more: something else answered first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation, already redacted. `at`: seconds since the trace began."""

    at: float
    who: Literal["C", "S"]
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One timed thing: resolve, connect, proxy, tls, greeting, capability, login, select, …

    `at` and `took` are seconds; `facts` are what was seen (errno, address, reply, version).
    """

    kind: str
    at: float
    took: float
    outcome: Outcome
    facts: tuple[tuple[str, Fact], ...] = ()
    lines: tuple[Line, ...] = ()

    def fact(self, key: str) -> Fact:
        """The fact named `key`, or None."""
        return next((value for name, value in self.facts if name == key), None)


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of one conversation or look-up, in the order they began."""

    subject: str
    steps: tuple[Step, ...] = ()

    def last(self, kind: str) -> Step | None:
        """The latest step of that kind."""
        return next((s for s in reversed(self.steps) if s.kind == kind), None)
