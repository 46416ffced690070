"""The reading side: what a folder holds, and its messages as they come, whatever the order of their parts.

Nothing is kept: a message goes through in pieces, and only one whose UID comes after its body is set aside in a file.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from mailwright import wire
from mailwright.core import Outcome, Reason, Stage
from mailwright.migrate.side import sequence_set

SPOOLED = 1024 * 1024
PIECE = 64 * 1024
AT_ONCE = 200
MAX_TEXT = 256 * 1024
MOST_UID = 2**32 - 1
_FAST = re.compile(rb"\* \d+ FETCH \(UID (\d{1,10}) (?:BODY\[\]|BINARY\[\]) ~?\{(\d{1,12})\}")
_BODY = re.compile(rb"[ (](?:BODY|BINARY)\[\](?:<0>)? ~?\{(\d{1,12})\}\Z", re.IGNORECASE)
_UID = re.compile(rb"[ (]UID (\d{1,10})(?![\d])", re.IGNORECASE)
_QUICK = re.compile(
    rb'\* \d+ FETCH \(UID (\d{1,10}) FLAGS \(([^()"{}]*)\) INTERNALDATE "([^"\\]{1,40})" RFC822\.SIZE (\d{1,12})\)'
)


@dataclass(frozen=True, slots=True)
class Meta:
    """What is known of a message before it is read; `date` is INTERNALDATE as the server wrote it."""

    uid: int
    size: int
    flags: tuple[str, ...]
    date: str


@dataclass(frozen=True, slots=True)
class Body:
    """A message on its way: `size` bytes in `pieces`, each good until the next. `binary`: it may hold NUL."""

    uid: int
    size: int
    pieces: Iterator[memoryview]
    binary: bool = False


class Reader:
    """A folder of one connection, opened to read. Several questions may be on their way; they are answered in turn."""

    def __init__(self, line: wire.bulk.Line) -> None:
        self.line = line

    def metas(self, uids: str) -> Iterator[Meta]:
        """UID, size, flags and date of `uids`, a sequence set. Raises WireError."""
        tag = self.line.ask(f"UID FETCH {uids} (UID FLAGS INTERNALDATE RFC822.SIZE)").encode() + b" "
        pipe = self.line.pipe
        while not (head := pipe.line()).startswith(tag):
            quick = _QUICK.fullmatch(head)
            if quick:
                uid, flags, date, size = quick.groups()
                yield Meta(int(uid), int(size), tuple(flags.decode("ascii", "replace").split()), date.decode("ascii"))
                continue
            found = _meta(wire.imap_parse.parse(self.line.whole(head)))
            if found is not None:
                yield found
        self._good(head)

    def flags(self, uids: str, since: int = 0) -> Iterator[tuple[int, tuple[str, ...]]]:
        """UID and flags; with `since`, a mod-sequence, only what has changed (RFC 7162 §3.1.4). Raises WireError."""
        changed = f" (CHANGEDSINCE {since})" if since else ""
        tag = self.line.ask(f"UID FETCH {uids} (UID FLAGS){changed}").encode() + b" "
        while not (head := self.line.pipe.line()).startswith(tag):
            found = dict(_items(wire.imap_parse.parse(self.line.whole(head))))
            uid, flags = _number(found.get(b"UID")), found.get(b"FLAGS")
            if uid and isinstance(flags, list):
                yield uid, _words(flags)
        self._good(head)

    def headers(self, uids: Sequence[int], names: tuple[str, ...]) -> Iterator[tuple[int, bytes]]:
        """UID and these header fields of messages. Raises WireError."""
        for at in range(0, len(uids), AT_ONCE):
            some = sequence_set(uids[at : at + AT_ONCE])
            asked = f"UID FETCH {some} (UID BODY.PEEK[HEADER.FIELDS ({' '.join(names)})])"
            tag = self.line.ask(asked).encode() + b" "
            while not (head := self.line.pipe.line()).startswith(tag):
                answer = wire.imap_parse.parse(self.line.whole(head))
                items = answer.tokens[1] if answer.kind == "FETCH" and len(answer.tokens) > 1 else []
                values = [item for item in items if isinstance(item, bytes)]
                uid = _number(dict(_items(answer)).get(b"UID"))
                header = next((value for value in values if b":" in value), b"")
                if uid:
                    yield uid, header
            self._good(head)

    def ask(self, uids: str, *, binary: bool = False) -> bytes:
        """Ask for whole messages; answers() brings them. `binary`: in literal8, where NUL may stand (RFC 3516)."""
        return self.line.ask(f"UID FETCH {uids} (UID {'BINARY' if binary else 'BODY'}.PEEK[])").encode()

    def answers(self) -> Iterator[Body | bytes]:
        """Messages as they come, and the tag of each question that is through. Raises WireError.

        Servers answer several questions side by side (RFC 9051 §5.5): a message is not told by its neighbours
        which question it belongs to. What the caller leaves of one is skipped.
        """
        pipe = self.line.pipe
        while True:
            head = pipe.line()
            fast = _FAST.fullmatch(head)
            if fast is not None:
                pieces = pipe.pieces(int(fast[2]))
                yield Body(int(fast[1]), int(fast[2]), pieces, binary=b"~" in head)
                _skip(pieces)
                if (rest := pipe.line()) != b")":
                    self.line.whole(rest)
            elif wire.imap_parse.is_text(head) and head[:2] in (b"* ", b"+ "):
                self._heard(head)
            elif head.startswith(b"* "):
                yield from self._slowly(head)
            else:
                self._good(head)
                yield head.partition(b" ")[0]

    def bodies(self, uids: str) -> Iterator[Body]:
        """The messages of a sequence set, while nothing else is asked. Raises WireError."""
        tag = self.ask(uids)
        for answer in self.answers():
            if isinstance(answer, Body):
                yield answer
            elif answer == tag:
                return

    def _slowly(self, head: bytes) -> Iterator[Body]:
        """A response that is not in the usual order, or no message at all."""
        said, given = bytearray(head), False
        with contextlib.ExitStack() as owner:
            spooled: tuple[int, IO[bytes]] | None = None
            while (size := wire.imap_parse.literal_size(head)) is not None:
                is_body = _BODY.search(said) is not None and spooled is None and not given
                uid = _uid(said) if is_body else 0
                if uid:
                    given, pieces = True, self.line.pipe.pieces(size)
                    yield Body(uid, size, pieces, binary=b"~" in head)
                    _skip(pieces)
                elif is_body:
                    spooled = size, owner.enter_context(tempfile.SpooledTemporaryFile(SPOOLED))
                    spooled[1].writelines(self.line.pipe.pieces(size))
                elif len(said) + size > MAX_TEXT:
                    raise wire.WireError(Outcome.STOPPED, Reason.TOO_MUCH)
                else:
                    said += b"\r\n" + self.line.pipe.take(size)
                head = self.line.pipe.line()
                said += head
            if not given:
                yield from _late(bytes(said), spooled)

    def _heard(self, head: bytes) -> None:
        """Words of the server's own accord; only the last ones matter."""
        said = wire.imap_parse.parse(head)
        if said.kind == "BYE":
            reply = self.line.session.said(said.reply())
            raise wire.WireError(Outcome.NO, Reason.CLOSED, reply=reply)

    def _good(self, head: bytes) -> None:
        answer = wire.imap_parse.parse(head)
        if answer.kind != "OK":
            reply = self.line.session.said(answer.reply())
            raise wire.WireError(Outcome.NO, Reason.REFUSED, stage=Stage.SELECT, reply=reply)


def _skip(pieces: Iterator[memoryview]) -> None:
    for _ in pieces:
        pass


def _late(said: bytes, spooled: tuple[int, IO[bytes]] | None) -> Iterator[Body]:
    """A body whose UID came after it, or that is so short that it is no literal (nstring, RFC 9051 §7.5.2)."""
    uid = _uid(said)
    if spooled is not None and uid:
        spooled[1].seek(0)
        yield Body(uid, spooled[0], _read(spooled[1]))
        return
    if b"[]" not in said:
        return
    for name, value in _items(wire.imap_parse.parse(said)):
        if name in (b"BODY[]", b"BINARY[]") and isinstance(value, bytes) and uid and value.upper() != b"NIL":
            yield Body(uid, len(value), iter([memoryview(value)]))


def _read(file: IO[bytes]) -> Iterator[memoryview]:
    while piece := file.read(PIECE):
        yield memoryview(piece)


def _uid(said: bytes | bytearray) -> int:
    """The UID in what was said so far, 0 if it is not there (in strings no UID is looked for)."""
    if b'"' not in said and b"{" not in said[:-16]:
        found = _UID.search(said)
        return _number(found[1]) if found else 0
    return _number(dict(_items(wire.imap_parse.parse(bytes(said)))).get(b"UID"))


def _number(value: wire.imap_parse.Token | None) -> int:
    """A UID, 0 for what is none."""
    good = isinstance(value, bytes) and value.isdigit() and len(value) < 11 and int(value) <= MOST_UID
    return int(value) if good and isinstance(value, bytes) else 0


def _words(flags: list[wire.imap_parse.Token]) -> tuple[str, ...]:
    return tuple(flag.decode("ascii", "replace") for flag in flags if isinstance(flag, bytes))


def _items(answer: wire.imap_parse.Response) -> Iterator[tuple[bytes, wire.imap_parse.Token]]:
    """The names and values of a FETCH response."""
    listed = answer.tokens[1] if answer.kind == "FETCH" and len(answer.tokens) > 1 else []
    items = listed if isinstance(listed, list) else []
    for name, value in zip(items[::2], items[1::2], strict=False):
        if isinstance(name, bytes):
            yield name.upper(), value


def _meta(answer: wire.imap_parse.Response) -> Meta | None:
    """From a response in any order; None for flags that were sent unasked, and for anything else."""
    found = dict(_items(answer))
    size, date, flags = (found.get(name) for name in (b"RFC822.SIZE", b"INTERNALDATE", b"FLAGS"))
    uid = _number(found.get(b"UID"))
    if not uid or not isinstance(date, bytes):
        return None
    number = int(size) if isinstance(size, bytes) and size.isdigit() and len(size) < 13 else 0
    return Meta(uid, number, _words(flags) if isinstance(flags, list) else (), date.decode("ascii", "replace"))
