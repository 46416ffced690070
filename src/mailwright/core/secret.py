"""The one type that carries a password or token, and the repairs of what people type."""

from __future__ import annotations

import hmac
import re
from enum import StrEnum
from typing import NoReturn
from urllib.parse import unquote

from mailwright.core.address import to_unicode
from mailwright.core.examination import Shape


class Secret:
    """A password or access token. Made at a face, spent in `wire`; it never shows itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself. Only `wire` and the repairs in this file may call this."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(*(s.reveal().encode("utf-8", "surrogatepass") for s in (self, other)))

    __hash__ = None  # type: ignore[assignment]  # a secret is no key: dict reprs and caches would keep it

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never serialised")


class Repair(StrEnum):
    """What was changed in a user name or secret before a second try."""

    FULL_WIDTH = "full_width"
    BLANKS = "blanks"
    INNER_SPACES = "inner_spaces"
    PERCENT = "percent"
    DOMAIN_ADDED = "domain_added"
    DOMAIN_REMOVED = "domain_removed"


# App passwords are shown in groups: "abcd efgh ijkl mnop" (Google, whose page has no-break spaces there);
# "abcd-efgh-…" keeps its hyphens.
_GROUPED = re.compile("[A-Za-z0-9]{3,8}([ \u00a0\u3000][A-Za-z0-9]{3,8}){1,7}\\Z")
AROUND = "\t\n\v\f\r \x85\u00a0\u2002\u2003\u2009\u200a\u200b\u200c\u200d\u2028\u2029\u202f\u2060\u3000\ufeff"
# What a Chinese keyboard writes: the full-width forms of ASCII, and 。 for the full stop.
NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3002: 0x2E}


def _cleaned(text: str) -> tuple[str, tuple[Repair, ...]]:
    """Undo what keyboards and clipboards do: full-width letters, blanks around."""
    repairs: list[Repair] = []
    narrow = text.translate(NARROW)
    if narrow != text:
        repairs.append(Repair.FULL_WIDTH)
    stripped = narrow.strip(AROUND)
    if stripped not in ("", narrow):  # of blanks alone nothing would be left to try
        repairs.append(Repair.BLANKS)
    return stripped or narrow, tuple(repairs)


def repaired_secret(secret: Secret) -> tuple[Secret, tuple[Repair, ...]]:
    """The secret as it was probably meant, and what was changed (nothing: an empty tuple)."""
    text, repairs = _cleaned(secret.reveal())
    if _GROUPED.match(text):
        text, repairs = "".join(text.split()), (*repairs, Repair.INNER_SPACES)
    decoded = unquote(text)
    if decoded != text and decoded.isprintable() and "\ufffd" not in decoded:
        text, repairs = decoded, (*repairs, Repair.PERCENT)
    return Secret(text), repairs


def repaired_username(name: str, local: str, domain: str, *, toggle: bool) -> tuple[str, tuple[Repair, ...]]:
    """The user name as it was probably meant, and what was changed.

    `toggle`: when nothing else is wrong with it, add the missing domain part or take the
    surplus one away (servers want one form or the other and do not say which).
    """
    text, repairs = _cleaned(name)
    decoded = unquote(text)
    if decoded != text and decoded.isprintable() and "\ufffd" not in decoded:
        text, repairs = decoded, (*repairs, Repair.PERCENT)
    if repairs or not toggle or not text:
        return text, repairs
    if "@" not in text:
        return f"{text}@{domain}", (Repair.DOMAIN_ADDED,)
    front, _, behind = text.rpartition("@")
    if front.lower() == local.lower() and behind.lower() in (domain, to_unicode(domain)):
        return local, (Repair.DOMAIN_REMOVED,)
    return text, ()


_QUOTES = "\"'`“”‘’「」«»"
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\u00ad]")
_PERCENT = re.compile("%[0-9A-Fa-f]{2}")


def shapes(secret: Secret) -> tuple[Shape, ...]:
    """What can be said of it without saying it, in the order of Shape."""
    text = secret.reveal()
    bare = text.strip(AROUND)
    compact = re.sub("[ \u00a0\u3000-]", "", bare)
    seen = {
        Shape.EMPTY: not bare,
        Shape.FULL_WIDTH: text.translate(NARROW) != text,
        Shape.BLANKS: bool(bare) and bare != text,
        Shape.NEWLINE: "\n" in text or "\r" in text,
        Shape.QUOTES: len(bare) > 2 and bare[0] in _QUOTES and bare[-1] in _QUOTES,
        Shape.BOM: "\ufeff" in text,
        Shape.INVISIBLE: _INVISIBLE.search(text) is not None,
        Shape.PERCENT: _PERCENT.search(text) is not None,
        Shape.GROUPED: _GROUPED.match(bare) is not None,
        Shape.NON_ASCII: not text.isascii(),
        Shape.LETTERS_16: len(compact) == 16 and compact.isascii() and compact.isalpha() and compact.islower(),
        Shape.CODE_16: len(compact) == 16 and compact.isascii() and compact.isalnum(),
    }
    return tuple(shape for shape in Shape if seen[shape])
