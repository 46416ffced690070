"""What keyboards, clipboards and half-width minds do to text that is typed into a field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from mailwright.core import NARROW, QUOTES

_PLAIN_BLANKS = " \t\u00a0\u2002\u2003\u2009\u200a\u202f\u3000"
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u2028\u2029\x85\r\n\v\f\u200e\u200f\u00ad"
_SCHEME = re.compile(r"\s*(?:imaps?|pop3?s?|smtps?|https?|mailto|ssl|tls|starttls):/{0,2}(?=\S)", re.IGNORECASE)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")


def flaws(text: str) -> Iterator[str]:
    """Words for what is wrong with any text: blank, fullwidth, invisible, quotes, percent, scheme."""
    if any(c in _PLAIN_BLANKS for c in text):
        yield "blank"
    if any(c in _INVISIBLE or unicodedata.category(c) in ("Cc", "Cf") for c in text if c != "\t"):
        yield "invisible"
    narrow = text.translate(NARROW)
    if narrow != text:
        yield "fullwidth"
    bare = narrow.strip(_PLAIN_BLANKS + _INVISIBLE)
    if bare and (bare[0] in QUOTES or bare[-1] in QUOTES):
        yield "quotes"
    if _SCHEME.match(bare.lstrip(QUOTES)):
        yield "scheme"
    if _PERCENT.search(narrow) and unquote(narrow).isprintable() and "\ufffd" not in unquote(narrow):
        yield "percent"


def mended(text: str) -> str:
    """The text as it was probably meant: no flaw of the above is left."""
    rest = text.translate(NARROW)
    rest = "".join(c for c in rest if c not in _INVISIBLE).strip(_PLAIN_BLANKS + QUOTES)
    rest = _SCHEME.sub("", rest, count=1)
    decoded = unquote(rest)
    if decoded.isprintable() and "\ufffd" not in decoded:
        rest = decoded
    return rest.strip(_PLAIN_BLANKS + QUOTES)
