"""IMAP responses as values. Pure: whole response in, Response out; never raises on bad input."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailwright.core import Reply
from mailwright.wire.buffer import decode

Token = bytes | list["Token"]
MAX_DEPTH = 24
MAX_TOKENS = 20_000
LITERAL = re.compile(rb"~?\{(\d{1,10})\+?\}\Z")
# A string that never ends takes the rest: looking for its end at each quote would take forever.
_TOKEN = re.compile(
    rb'[ \r\n]*(?:([()])|"((?:[^"\\]++|\\.)*+)"?|~?\{(\d{1,10})\+?\}\r\n|([^ ()"\r\n]+)|(.))', re.DOTALL
)
_STATUS = frozenset({"OK", "NO", "BAD", "BYE", "PREAUTH"})


@dataclass(frozen=True, slots=True)
class Response:
    """One response (RFC 9051 §7): `tag` is "*" for untagged, "+" for a continuation.

    A status response has `kind` OK NO BAD BYE PREAUTH with `code` (name), `code_args` and
    `text`; a data response has its name as `kind` ("CAPABILITY", "LIST", "EXISTS") and `tokens`.
    """

    tag: str
    kind: str
    code: str = ""
    code_args: str = ""
    text: str = ""
    tokens: tuple[Token, ...] = ()

    @property
    def is_status(self) -> bool:
        """True for OK, NO, BAD, BYE and PREAUTH."""
        return self.kind in _STATUS

    def reply(self, alerts: tuple[str, ...] = ()) -> Reply:
        """As a core value."""
        return Reply(self.kind, self.code, self.text, alerts)


def parse(data: bytes) -> Response:
    """One whole response without its last CRLF, literals included."""
    tag_bytes, _, rest = data.partition(b" ")
    tag = decode(tag_bytes)
    if tag == "+":
        return Response("+", "+", text=decode(rest))
    word, _, tail = rest.partition(b" ")
    kind = decode(word).upper()
    if kind in _STATUS:
        return _status(tag, kind, tail)
    if word.isdigit():  # "* 23 EXISTS": the number becomes the first token
        name, _, more = tail.partition(b" ")
        return Response(tag, decode(name).upper(), tokens=(word, *tokenize(more)))
    return Response(tag, kind, text=decode(tail), tokens=tuple(tokenize(tail)))


def _status(tag: str, kind: str, tail: bytes) -> Response:
    text = decode(tail)
    code = args = ""
    if text.startswith("[") and "]" in text:
        inside, _, text = text[1:].partition("]")
        code, _, args = inside.partition(" ")
    return Response(tag, kind, code.upper(), args, text.strip())


def tokenize(data: bytes) -> list[Token]:
    """Atoms, strings and literals as bytes, parenthesised lists as lists, to a bounded depth."""
    top: list[Token] = []
    stack: list[list[Token]] = [top]
    at = count = 0
    while at < len(data) and count < MAX_TOKENS:
        found = _TOKEN.match(data, at)
        if found is None:
            break
        at, count = found.end(), count + 1
        paren, quoted, size, atom, _ = found.groups()
        if paren == b"(":
            _open(stack)
        elif paren == b")":
            if len(stack) > 1:
                stack.pop()
        elif size is not None:
            stack[-1].append(data[at : at + int(size)])
            at += int(size)
        elif quoted is not None:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", quoted, flags=re.DOTALL))
        elif atom is not None:
            stack[-1].append(atom)
    return top


def _open(stack: list[list[Token]]) -> None:
    inner: list[Token] = []
    if len(stack) < MAX_DEPTH:
        stack[-1].append(inner)
    stack.append(inner)


def is_text(line: bytes) -> bool:
    """True for a response that ends in words for people: "{123}" there is no literal (RFC 9051 §7.1, §7.6)."""
    tag, _, rest = line.partition(b" ")
    return tag == b"+" or decode(rest.partition(b" ")[0]).upper() in _STATUS


def literal_size(line: bytes) -> int | None:
    """The size announced at the end of a line, None if it does not end in a literal."""
    found = LITERAL.search(line)
    return int(found.group(1)) if found else None


def quoted(text: str) -> str | None:
    """`text` as an IMAP quoted string, None when it needs a literal (RFC 9051 §4.3)."""
    if not text.isascii() or any(c in text for c in "\r\n\0"):
        return None
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
