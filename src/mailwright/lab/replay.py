"""The words of real servers, said again as the server that said them would: any row of the reply table.

A row holds a reply as people quote it: without the tag, its lines joined. spoken() makes of
it the lines and bytes that go over the wire.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import book
from mailwright.core import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

STAGES = ("greeting", "login", "after_login", "sender")
"""Where a server can say it; rows of other stages are words of programs, not of servers."""
_STATUS = re.compile(r"(OK|NO|BAD|BYE|PREAUTH)\b")
_REPEATED = r"\s+(?={code}[ -])"
_ENHANCED = re.compile(r"\d{3}[ -](\d\.\d{1,3}\.\d{1,3}) ")
# A server's line may be long, but a reply that is quoted as one was often several.
_LINE = 480


@dataclass(frozen=True, slots=True)
class Row:
    """A reply to say: by whom, in which protocols ("" in none: any), where, and what it means there."""

    id: str
    vendor: str
    protocols: tuple[str, ...]
    say: str
    stage: str
    causes: tuple[str, ...]

    def fits(self, protocol: str) -> bool:
        """Whether servers of that protocol say it."""
        return not self.protocols or protocol in self.protocols


@functools.cache
def rows() -> tuple[Row, ...]:
    """The rows of the book's table that a server can say, in its order."""
    return tuple(
        Row(one.id, one.vendor, tuple(map(str, one.protocols)), one.say, one.stage, one.causes)
        for one in book.Replies.load().rows
        if one.stage in (*STAGES, "any")
    )


def row(id: str) -> Row:
    """The row of that id. Raises BadInput("lab.no_reply")."""
    found = next((row for row in rows() if row.id == id), None)
    if found is None:
        raise BadInput("lab.no_reply", reply=id)
    return found


def sister(row: Row, protocol: str, among: Sequence[Row]) -> Row | None:
    """What the same vendor says for the same reason in another protocol, if the table knows."""
    return next(
        (
            other
            for other in among
            if other.vendor == row.vendor
            and other.stage == row.stage
            and protocol in other.protocols
            and other.causes[:1] == row.causes[:1]
        ),
        None,
    )


def spoken(text: str, protocol: str, *, tag: str = "", encoding: str = "utf-8") -> bytes:
    """The bytes a server of that protocol sends for a quoted reply.

    `tag`: of the IMAP command that is answered, "" before any; what the encoding cannot hold
    becomes "?".
    """
    lines = {"imap": _imap, "pop3": _pop3, "smtp": _smtp}[protocol](text.strip(), tag)
    return b"".join(line.encode(encoding, "replace") + b"\r\n" for line in lines)


def _imap(text: str, tag: str) -> list[str]:
    """Untagged lines as they are, the answer with the tag in front (RFC 3501 §7)."""
    found = [_imap_line(line.strip(), tag) for line in text.splitlines() if line.strip()]
    ended = any(line.startswith("* BYE") for line in found)
    if tag and not ended and not any(line.startswith(f"{tag} ") for line in found):
        # People quote the untagged line that tells the reason, and leave the refusal itself out.
        found.append(f"{tag} NO {_after_code(found[-1])}")
    return found


def _imap_line(line: str, tag: str) -> str:
    if line.startswith(("* ", "+ ")):
        return line
    if line.startswith("BYE"):
        return f"* {line}"
    return f"{tag or '*'} {line}" if _STATUS.match(line) else f"{tag or '*'} {'NO' if tag else 'BYE'} {line}"


def _after_code(line: str) -> str:
    found = re.match(r"\* (?:OK|NO|BAD) (?:\[[^\]]*\] )?(.*)", line)
    return found[1] if found else "Login failed"


def _pop3(text: str, tag: str) -> list[str]:
    del tag
    first = " ".join(text.split())
    return [first if first.startswith(("-ERR", "+OK")) else f"-ERR {first}"]


def _smtp(text: str, tag: str) -> list[str]:
    """A reply of several lines again, where its text shows that it was one (RFC 5321 §4.2.1)."""
    del tag
    text = " ".join(text.split())
    if not re.match(r"\d{3}([ -]|\Z)", text):
        text = f"535 {text}"
    code = text[:3]
    pieces = re.split(_REPEATED.format(code=code), text)
    if len(pieces) == 1 and text[3:4] == "-":
        pieces = _by_enhanced(text)
    bodies = [piece[4:] if piece.startswith(code) else piece for piece in pieces]
    bodies = [part for body in bodies for part in _cut(body)]
    return [f"{code}{' ' if number == len(bodies) - 1 else '-'}{body}" for number, body in enumerate(bodies)]


def _by_enhanced(text: str) -> list[str]:
    """Joined with the status code left out: the enhanced code (RFC 2034 §4) starts each line."""
    found = _ENHANCED.match(text)
    return re.split(rf"\s+(?={re.escape(found[1])} )", text) if found else [text]


def _cut(body: str) -> list[str]:
    """Pieces that fit into a line (RFC 5321 §4.5.3.1.5); at least one."""
    return [body[at : at + _LINE] for at in range(0, len(body), _LINE)] or [""]
