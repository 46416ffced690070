"""Names of folders as servers spell them: modified UTF-7 (RFC 3501 §5.1.3), or UTF-8 where that was agreed on.

UTF-8 is agreed on by ENABLE UTF8=ACCEPT (RFC 6855 §3) or ENABLE IMAP4rev2 (RFC 9051 §5.1). Nothing here fails: a name
that breaks the rules of its spelling keeps its bytes, and `exact` is False.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from functools import lru_cache

# What stands for itself: printable ASCII but for the sign that begins what does not.
_PLAIN = re.compile(rb"[ -%'-~]*")
_SHIFTED = re.compile(rb"&([A-Za-z0-9+,]*)-")
_OTHERS = re.compile(r"&|[^ -~]+")
_SHORT = 100
_LONE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A name for people. `exact`: encode(text) gives the same bytes again; else the bytes are shown as they are."""

    text: str
    exact: bool = True


def decode(raw: bytes, *, utf8: bool = False) -> Decoded:
    """The name that `raw` spells."""
    if utf8:
        return _as_it_is(raw, exact=True)
    if _PLAIN.fullmatch(raw):
        return Decoded(raw.decode("ascii"))
    try:
        text = _SHIFTED.sub(_unshifted, raw).decode("utf-8")
    except (UnicodeError, binascii.Error):
        return _as_it_is(raw, exact=False)
    # One spelling is right: what encoding would not have written is no modified UTF-7.
    return Decoded(text) if encode(text) == raw else _as_it_is(raw, exact=False)


def encode(text: str, *, utf8: bool = False) -> bytes:
    """How a server wants `text` to be spelled; half a surrogate pair, which no spelling has, becomes U+FFFD."""
    text = _LONE.sub("\ufffd", text)
    return text.encode() if utf8 else _OTHERS.sub(_shifted, text).encode("ascii")


def _as_it_is(raw: bytes, *, exact: bool) -> Decoded:
    """RFC 3501 §5.1: take 8-bit names for UTF-8; Latin-1 shows whatever else there is."""
    try:
        return Decoded(raw.decode("utf-8"), exact)
    except UnicodeDecodeError:
        return Decoded(raw.decode("latin-1"), exact=False)


def _unshifted(found: re.Match[bytes]) -> bytes:
    return (_read if len(found[1]) <= _SHORT else _read.__wrapped__)(found[1])


def _shifted(found: re.Match[str]) -> str:
    return (_written if len(found[0]) <= _SHORT else _written.__wrapped__)(found[0])


# The same few letters come again and again in the names of a mailbox.
@lru_cache(4096)
def _read(run: bytes) -> bytes:
    if not run:
        return b"&"
    padded = run.replace(b",", b"/") + b"=" * (-len(run) % 4)
    return binascii.a2b_base64(padded, strict_mode=True).decode("utf-16-be").encode()


@lru_cache(4096)
def _written(run: str) -> str:
    if run == "&":
        return "&-"
    coded = binascii.b2a_base64(run.encode("utf-16-be"), newline=False).rstrip(b"=")
    return f"&{coded.replace(b'/', b',').decode()}-"
