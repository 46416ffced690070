r"""Flags and keywords: what a message carries, as far as the destination can store it.

What is left out is told, each with its reason:

    migrate.flag.unknown     a system flag that the destination does not have
    migrate.flag.closed      the destination keeps a fixed set of keywords, and this is none of them
    migrate.flag.illegal     no atom (RFC 9051 §9, flag-keyword): no command could carry it
    migrate.flag.long        longer than Dovecot takes (mail_max_keyword_length)
    migrate.flag.many        kept; but a Maildir names 26 keywords of a folder, and Dovecot has the others in its index

`\Recent` belongs to a session and is never stored; its loss is none. `$Forwarded`, `$MDNSent`, `$Junk`, `NonJunk` and
the like are keywords as any other. Flags and keywords are the same in capitals and small letters (RFC 9051 §2.3.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from mailwright.migrate import mutf7

SYSTEM = ("\\Answered", "\\Deleted", "\\Draft", "\\Flagged", "\\Seen")
LONGEST = 50
MAILDIR_KEYWORDS = 26
_SPELLED = {flag.lower(): flag for flag in SYSTEM}
# Printable ASCII that is none of ( ) { % * " \ ] and no space: RFC 9051 §9, ATOM-CHAR.
_ATOM = re.compile(r"[!#$&'+-\[^-z|}~]+")
_NOT_IN_LABELS = re.compile(rb"[^!#$&'+-<>-\[^-z|}~]")
# Gmail's own labels (X-GM-LABELS), and what IMAP has for them; the others say in which folder a message lies.
_GMAIL = {"\\starred": "\\Flagged", "\\draft": "\\Draft", "\\drafts": "\\Draft", "\\important": "$Important"}


class Drop(StrEnum):
    """Why a flag is not there, or not for good."""

    UNKNOWN = "migrate.flag.unknown"
    CLOSED = "migrate.flag.closed"
    ILLEGAL = "migrate.flag.illegal"
    LONG = "migrate.flag.long"
    MANY = "migrate.flag.many"


@dataclass(frozen=True, slots=True)
class Kept:
    """Flags in the order and spelling in which they are sent; `dropped`: flag and reason."""

    flags: tuple[str, ...]
    dropped: tuple[tuple[str, Drop], ...] = ()


@dataclass(frozen=True)
class Storable:
    """What a folder stores: its PERMANENTFLAGS; None where it did not say, which means all (RFC 9051 §6.3.2)."""

    permanent: frozenset[str] | None = None
    longest: int = field(default=LONGEST, kw_only=True)

    @cached_property
    def _spelled(self) -> dict[str, str]:
        """Those that it names, by their small letters, as it spells them."""
        named = sorted(self.permanent or ())
        return {flag.lower(): _SPELLED.get(flag.lower(), flag) for flag in named if flag != "\\*"}

    @cached_property
    def _open(self) -> bool:
        return self.permanent is None or "\\*" in self.permanent

    def keep(self, flags: Iterable[str]) -> Kept:
        """Of `flags` those that can be stored, each once."""
        kept: dict[str, str] = {}
        dropped: dict[str, Drop] = {}
        for flag in sorted(set(flags)):
            low = flag.lower()
            if low == "\\recent" or low in kept:
                continue
            reason = self._why_not(flag, low)
            if reason is None:
                kept[low] = self._spelled.get(low) or _SPELLED.get(low) or flag
            else:
                dropped[flag] = reason
        return Kept(tuple(kept[low] for low in sorted(kept)), tuple(dropped.items()))

    def _why_not(self, flag: str, low: str) -> Drop | None:
        atom = _ATOM.fullmatch(flag.removeprefix("\\")) is not None
        if low in self._spelled and atom:
            return None
        if flag.startswith("\\"):
            return None if self.permanent is None and low in _SPELLED else Drop.UNKNOWN
        if not atom:
            return Drop.ILLEGAL
        if not self._open:
            return Drop.CLOSED
        return Drop.LONG if len(flag) > self.longest else None


def many(flags: Iterable[str], most: int = MAILDIR_KEYWORDS) -> tuple[tuple[str, Drop], ...]:
    """Of all `flags` in a folder the keywords beyond `most`, in the order of their names."""
    keywords = {flag.lower(): flag for flag in sorted(flags, reverse=True) if not flag.startswith("\\")}
    return tuple((keywords[low], Drop.MANY) for low in sorted(keywords)[most:])


@dataclass(frozen=True, slots=True)
class Labels:
    r"""What Gmail's labels of a message mean elsewhere; which of it is used is the person's choice.

    `flags` hold in any case. `keywords`: the person's own labels as keywords. `folders`: the same as folders, named as
    LIST names them. `uses`: Gmail's folders in which it lies (`\Inbox`, `\Sent`, …).
    """

    flags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


def labels(said: Iterable[bytes]) -> Labels:
    """X-GM-LABELS, each label without its quotes."""
    flags, uses, own = set(), set(), set()
    for raw in said:
        name = raw.decode("latin-1")
        if (flag := _GMAIL.get(name.lower())) is not None:
            flags.add(flag)
        elif name.startswith("\\"):
            uses.add(name)
        elif name:
            own.add(name)
    keywords = (keyword(name.encode("latin-1")) for name in own)
    return Labels(*(tuple(sorted(some)) for some in (flags, keywords, own, uses)))


def keyword(label: bytes) -> str:
    """A label as a keyword, as Gmail spells it but for what no atom holds: `Muy Importante` is `Muy=20Importante`."""
    return _NOT_IN_LABELS.sub(lambda found: b"=%02X" % found[0][0], label).decode("ascii")


def label(keyword: str) -> str:
    """The label that became this keyword, for people."""
    raw = re.sub(rb"=([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), keyword.encode("ascii", "replace"))
    return mutf7.decode(raw).text
