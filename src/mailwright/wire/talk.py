"""What a conversation may ask for. A conversation is a generator of these; it does no I/O.

`talk = imap.greet(session)` yields effects and is sent what happened: `ReadLine` gets the
line without CRLF, `ReadBytes` the bytes, the others None. A driver runs it over a socket
(driver.py), a test over a script of lines.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeVar

from mailwright.core import Fact, Outcome, Stage
from mailwright.wire.buffer import MAX_LINE

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes. `shown` is what the trace gets instead when they hold a secret."""

    data: bytes = field(repr=False)
    shown: str | None = None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """Wait for a line of at most `limit` bytes."""

    limit: int = MAX_LINE


@dataclass(frozen=True, slots=True)
class ReadBytes:
    """Wait for exactly `count` bytes (an IMAP literal)."""

    count: int


@dataclass(frozen=True, slots=True)
class StartTls:
    """Upgrade to TLS now; nothing may be left unread."""


@dataclass(frozen=True, slots=True)
class Begin:
    """What follows belongs to this step of the trace."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class End:
    """The step that was begun is over."""

    outcome: Outcome = Outcome.OK
    facts: tuple[tuple[str, Fact], ...] = field(default=())


Effect = Send | ReadLine | ReadBytes | StartTls | Begin | End
Talk = Generator[Effect, bytes | None, T]


def send(text: str, *, shown: str | None = None) -> Talk[None]:
    """Send one line of protocol text (UTF-8, CRLF added)."""
    yield Send(text.encode() + b"\r\n", shown)


def read_line(limit: int = MAX_LINE) -> Talk[bytes]:
    """One line from the other side."""
    line = yield ReadLine(limit)
    return line if line is not None else b""


def read_bytes(count: int) -> Talk[bytes]:
    """Exactly `count` bytes from the other side."""
    data = yield ReadBytes(count)
    return data if data is not None else b""
