"""The writing side: messages into a folder, as many at once as the server's abilities allow.

MULTIAPPEND (RFC 3502) makes one transaction of many messages: one sync of the disk, and all or nothing. Without it
each message is a transaction, and many are on their way at once. Literals that need not be waited for (RFC 7888) are
what makes either fast; where the server wants to be asked first, it is.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from mailwright import wire
from mailwright.core import Outcome, Reason

SMALL_LITERAL = 4096  # RFC 7888 §5: what LITERAL- may send without asking
MOST_TRANSACTIONS = 4
MOST_SINGLES = 32
_APPENDUID = re.compile(r"(\d{1,10}) ([\d:,]{1,100000})")


class Ladder(Enum):
    """How messages are sent."""

    MULTI = "MULTIAPPEND"
    SINGLE = "APPEND"


@dataclass(frozen=True, slots=True)
class Message:
    """How a message is to be kept: storable flags, INTERNALDATE as IMAP writes it, the hash its bytes go through."""

    flags: tuple[str, ...]
    date: str
    digest: hashlib._Hash
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that was sent: its UID at the source, its bytes and what they hash to."""

    uid: int
    size: int
    digest: bytes


@dataclass(slots=True)
class Sent:
    """A transaction: what it holds, and once it is answered the UIDs that the destination gave."""

    tag: str
    letters: list[Letter] = field(default_factory=list)
    answer: wire.imap_parse.Response | None = None

    @property
    def good(self) -> bool:
        """True when the server has it all."""
        return self.answer is not None and self.answer.kind == "OK"

    def uids(self) -> tuple[int, list[int]] | None:
        """UIDVALIDITY and a UID for each letter (RFC 4315 §3); None where the server does not say."""
        if self.answer is None or self.answer.code != "APPENDUID":
            return None
        found = _APPENDUID.fullmatch(self.answer.code_args)
        if not found:
            return None
        uids = expand(found[2], len(self.letters))
        return (int(found[1]), uids) if uids is not None and len(uids) == len(self.letters) else None


def expand(uids: str, most: int) -> list[int] | None:
    """The numbers of a uid-set in its order, None for more than `most` or what is none."""
    found: list[int] = []
    for part in uids.split(","):
        first, _, last = part.partition(":")
        if not first.isdigit() or (last and not last.isdigit()):
            return None
        low, high = int(first), int(last or first)
        if abs(high - low) >= most:
            return None
        found += range(low, high + 1) if low <= high else range(high, low + 1)
        if len(found) > most:
            return None
    return found


class Writer:
    """One folder of one connection, written to. `done` is told of each transaction that is answered, in any case.

    A transaction of many messages ends with so many messages or bytes as `most` says.
    """

    def __init__(self, line: wire.bulk.Line, mailbox: str, done: Callable[[Sent], None], most: tuple[int, int]) -> None:
        self.line = line
        self.mailbox = mailbox
        self.done = done
        has = line.session.has
        self.ladder = Ladder.MULTI if has("MULTIAPPEND") else Ladder.SINGLE
        self._all, self._small = has("LITERAL+"), has("LITERAL-") or has("IMAP4REV2")
        self._most = (most[0] if self.ladder is Ladder.MULTI else 1, most[1])
        self._open: Sent | None = None
        self._size = 0
        self._flying: deque[Sent] = deque()
        self._ready = self._inside = False

    def put(self, uid: int, size: int, pieces: Iterable[memoryview], what: Message) -> Sent | None:
        """Send one message. Gives back the transaction if the server stopped it before this one was sent.

        `what`: flags, date, and what is to happen with each piece. Raises WireError.
        """
        sent = self._open
        if sent is None:
            self._size = 0
            sent = self._open = Sent(self.line.session.tag())
            self.line.pipe.write(f"{sent.tag} APPEND {self.mailbox}".encode())
        if sent.answer is not None or not self._literal(sent, what, size):
            return sent
        write, update = self.line.pipe.write, what.digest.update
        self._inside = True
        for piece in pieces:
            update(piece)
            write(piece)
        self._inside = False
        sent.letters.append(Letter(uid, size, what.digest.digest()))
        self._size += size
        if len(sent.letters) >= self._most[0] or self._size >= self._most[1]:
            self.finish()
        return None

    def finish(self) -> None:
        """The transaction is complete; wait while too many are unanswered."""
        sent, self._open = self._open, None
        if sent is None:
            return
        if sent.answer is None:
            self.line.pipe.write(b"\r\n")
            self._flying.append(sent)
            if self.ladder is Ladder.MULTI or len(self._flying) >= MOST_SINGLES // 2:
                self.line.pipe.flush()
        most = MOST_TRANSACTIONS if self.ladder is Ladder.MULTI else MOST_SINGLES
        while len(self._flying) >= most or (self._flying and self.line.pipe.waiting()):
            self._read()

    def settle(self) -> None:
        """Wait until everything is answered."""
        self.finish()
        self.line.pipe.flush()
        while self._flying:
            self._read()

    def abandon(self) -> None:
        """Nothing more comes: wait for what was sent whole. The connection is of no further use."""
        if self._inside:
            self._open = None
        self.settle()

    def _literal(self, sent: Sent, what: Message, size: int) -> bool:
        at_once = self._all or (self._small and size <= SMALL_LITERAL)
        flags = f" ({' '.join(what.flags)})" if what.flags else ""
        date = f' "{what.date}"' if what.date else ""
        mark = "~" if what.binary else ""
        self.line.pipe.write(f"{flags}{date} {mark}{{{size}{'+' if at_once else ''}}}\r\n".encode())
        if at_once:
            return True
        self.line.pipe.flush()
        self._ready = False
        self._flying.append(sent)
        while not self._ready and sent.answer is None:
            self._read()
        if sent.answer is None:
            self._flying.remove(sent)
        return sent.answer is None

    def _read(self) -> None:
        """Take in one response."""
        answer = self.line.response()
        if answer.tag == "+":
            self._ready = True
        elif answer.tag == "*":
            if answer.kind == "BYE":
                raise wire.WireError(Outcome.NO, Reason.CLOSED, reply=self.line.session.said(answer.reply()))
        else:
            sent = next((sent for sent in self._flying if sent.tag == answer.tag), None)
            if sent is None:
                raise wire.WireError(Outcome.FAILED, Reason.NOT_THE_PROTOCOL)
            self._flying.remove(sent)
            sent.answer = answer
            self.line.session.said(answer.reply())
            self.done(sent)
