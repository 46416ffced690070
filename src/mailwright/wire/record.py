"""The recorder: writes a Trace while things happen, and hides secrets as it writes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Literal, Self

from mailwright.core import Fact, Line, Outcome, Secret, Step, Trace
from mailwright.wire.errors import WireError
from mailwright.wire.redact import Redactor

MAX_LINES = 4000
MAX_TEXT = 2000


@dataclass(slots=True)
class OpenStep:
    """A step that is still going on. As a context manager it ends itself."""

    recorder: Recorder
    kind: str
    at: float
    facts: dict[str, Fact]
    lines: list[Line] = field(default_factory=list)
    outcome: Outcome | None = None
    took: float = 0.0

    def line(self, who: Literal["C", "S"], text: str) -> None:
        """Note one line of the conversation, redacted and bounded."""
        if len(self.lines) < MAX_LINES:
            shown = self.recorder.redact(text)[:MAX_TEXT]
            self.lines.append(Line(self.recorder.now(), who, shown))

    def end(self, outcome: Outcome, **facts: Fact) -> None:
        """Close the step; the first outcome stays."""
        self.note(**facts)
        if self.outcome is None:
            self.outcome, self.took = outcome, self.recorder.now() - self.at

    def note(self, **facts: Fact) -> None:
        """Add facts that were seen."""
        for key, value in facts.items():
            self.facts[key] = self.recorder.redact(value) if isinstance(value, str) else value

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if isinstance(error, WireError):
            self.end(error.outcome, reason=str(error.reason))
        else:
            self.end(Outcome.OK if error is None else Outcome.CANCELLED)


class Recorder:
    """Collects the steps of one subject (a host, a look-up); the clock starts with it."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self._start = time.monotonic()
        self._steps: list[OpenStep] = []
        self.hidden = Redactor()

    def now(self) -> float:
        """Seconds since the recorder was made."""
        return time.monotonic() - self._start

    def hide(self, secret: Secret) -> None:
        """From now on no form of `secret` is written down, whoever sends it."""
        self.hidden.hide(secret)

    def hide_sent(self, line: str) -> None:
        """Hide the credentials of a line we sent (its last word), should they be echoed."""
        self.hidden.hide_sent(line)

    def redact(self, text: str) -> str:
        """`text` without any hidden secret."""
        return self.hidden.redact(text)

    def step(self, kind: str, **facts: Fact) -> OpenStep:
        """Begin a step."""
        opened = OpenStep(self, kind, self.now(), {})
        opened.note(**facts)
        self._steps.append(opened)
        return opened

    def adopt(self, earlier: Recorder) -> None:
        """Write down the steps of another recorder too; a recorder that has none of its own goes on with its clock."""
        if not self._steps:
            self._start = min(self._start, earlier._start)
        shift = earlier._start - self._start
        self._steps += [replace(step, recorder=self, at=step.at + shift) for step in earlier._steps]

    def trace(self) -> Trace:
        """What has been written so far; steps that never ended count as cancelled."""
        return Trace(self.redact(self.subject), tuple(_frozen(step, self.now()) for step in self._steps))


def _frozen(step: OpenStep, now: float) -> Step:
    ended = step.outcome is not None
    return Step(
        kind=step.kind,
        at=step.at,
        took=step.took if ended else now - step.at,
        outcome=step.outcome or Outcome.CANCELLED,
        facts=tuple(step.facts.items()),
        lines=tuple(step.lines),
    )
