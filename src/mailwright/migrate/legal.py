"""Names that a destination takes, and no two alike.

What may not stand in a name is replaced by `_`; a name that is too long or taken ends in a few signs of the hash of its
source, which are the same in each run and whatever else there is.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from mailwright.migrate import mutf7
from mailwright.migrate.namespaces import INBOX, Path, View, is_inbox

# Maildir++ (Courier, Dovecot) keeps a folder's whole name in one file name, after a dot.
LONGEST = 254
MARK = 6
WIDEST = 8  # bytes of one character in modified UTF-7
# Control characters and line breaks (RFC 6855 §3), what is no character, wildcards of LIST, and a disk's own separator.
_NEVER = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff*%/"
# What else a server refuses, by what it calls itself: Cyrus takes few signs (imap/mboxname.c, GOODCHARS), Courier
# answers BAD to letters beyond U+FFFF.
_REFUSED = {"cyrus": re.escape("!\"#$%'()*;<>?[\\]^`{|}"), "courier": "\U00010000-\U0010ffff"}
_KEEP_CAPITALS = ("cyrus", "courier", "dovecot")


class Note(StrEnum):
    """What became of a name on its way.

    migrate.name.separator     it held the destination's separator, which is replaced
    migrate.name.characters    it held what the destination would refuse, which is replaced
    migrate.name.taken         another folder has that name (or one that is the same to the server): a mark was added
    migrate.name.shortened     it was too long or too deep
    migrate.name.reserved      the destination keeps other people's folders under that name, or it is INBOX in the inbox
    migrate.name.no_children   the folder above cannot have any at the destination: it lies beside it
    migrate.name.flat          the destination has no folders in folders
    migrate.name.empty         it had parts without a name, which are left out
    migrate.name.undecodable   it breaks the rules of spelling; it was read as far as it goes
    migrate.name.second        another folder is the one for sent mail (drafts, …); this one keeps its name
    """

    SEPARATOR = "migrate.name.separator"
    CHARACTERS = "migrate.name.characters"
    TAKEN = "migrate.name.taken"
    SHORTENED = "migrate.name.shortened"
    RESERVED = "migrate.name.reserved"
    NO_CHILDREN = "migrate.name.no_children"
    FLAT = "migrate.name.flat"
    EMPTY = "migrate.name.empty"
    UNDECODABLE = "migrate.name.undecodable"
    SECOND = "migrate.name.second"


@dataclass(slots=True)
class Placed:
    """Where a folder goes, and what became of its name."""

    path: Path
    notes: list[Note] = field(default_factory=list)
    name: str = ""


@dataclass
class Places:
    """The destination's names as they are given away."""

    view: View
    _taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._taken.add(self._key("INBOX"))

    @cached_property
    def _bad(self) -> re.Pattern[str]:
        return re.compile(f"[{_NEVER}{re.escape(self.view.separator or '')}{self.view.refused}]")

    @cached_property
    def _there(self) -> dict[str, str]:
        """What the destination has, by key, as it spells it."""
        names = sorted((folder.name for folder in self.view.folders), reverse=True)
        return {self._key(self.view.text(name).text): name for name in names}

    @cached_property
    def _childless(self) -> set[str]:
        names = (folder.name for folder in self.view.folders if "\\NOINFERIORS" in folder.attributes)
        return {self._key(self.view.text(name).text) for name in names}

    def _key(self, name: str) -> str:
        name = unicodedata.normalize("NFC", name)
        if self.view.folding:
            return name.casefold()
        inbox = is_inbox(name[:5]) and name[5:6] in {"", self.view.separator}
        return f"INBOX{name[5:]}" if inbox else name

    def spelled(self, name: str) -> str:
        """A name as commands take it, as Latin-1: as the destination spells it, where it has it."""
        return self._there.get(self._key(name)) or self.view.spelled(name)

    def free(self, name: str) -> bool:
        """True while no folder was given that name."""
        return self._key(name) not in self._taken

    def take(self, name: str) -> None:
        """Give a name away, whether or not it is free."""
        self._taken.add(self._key(name))

    def takes(self, part: str) -> bool:
        """True when `part` can stay as it is."""
        return self._written(part, first=True) == part

    def below(self, parent: Path, part: str, source: str) -> Placed:
        """A place for `part` below `parent` that nobody has, and is given away by this; `source` makes its mark."""
        placed = self.legal(parent, part)
        placed.name = self.view.name(placed.path)
        if _size(placed.name) > LONGEST:
            self._mark(placed, source, MARK)
            placed.notes.append(Note.SHORTENED)
        size, fitting = MARK, placed.path
        while (key := self._key(placed.name)) in self._taken:
            placed.path = fitting
            self._mark(placed, source, size)
            size += 2
        if placed.path != fitting:
            placed.notes.append(Note.TAKEN)
        self._taken.add(key)
        return placed

    def legal(self, parent: Path, part: str) -> Placed:
        """`part` below `parent`, in letters that the destination takes."""
        part = unicodedata.normalize("NFC", part)
        mark = self.view.separator
        split = bool(mark) and str(mark) in part
        written = self._written(part, first=not parent)
        if written != part and not split and self._made_before((*parent, part)):
            written = part
        notes = [Note.SEPARATOR] if split else []
        if written != (part.replace(str(mark), "_") if split else part):
            notes.append(Note.CHARACTERS)
        if parent and not mark:
            notes.append(Note.FLAT)
        if self._has_no_children(parent):
            notes.append(Note.NO_CHILDREN)
            above, parent = parent[-1] or "INBOX", parent[:-1]
            written = self._written(f"{above}_{written}", first=not parent)
        if self._is_reserved((*parent, written)):
            notes.append(Note.RESERVED)
            written += "_"
        return Placed((*parent, written), notes)

    def _made_before(self, path: Path) -> bool:
        """True when the destination has that very name, and nobody else goes there: so it takes it."""
        name = self.view.name(path)
        return self._key(name) in self._there and self.free(name)

    def _has_no_children(self, parent: Path) -> bool:
        if not parent or not self.view.separator or (parent == INBOX and self.view.prefix):
            return False
        return self._key(self.view.name(parent)) in self._childless

    def _is_reserved(self, path: Path) -> bool:
        """True for the roots of other people's folders, and an inbox in the inbox, which Cyrus refuses."""
        if path[:1] == INBOX and is_inbox(path[-1]) and len(path) == 2:
            return True
        return bool(self.view.foreign) and self.view.name(path).lower() in self.view.foreign

    def _written(self, part: str, *, first: bool) -> str:
        written = self._bad.sub("_", part)
        if self.view.folding:
            written = written.strip()  # Exchange drops spaces at the ends.
        if written in {"", ".", ".."} or written.isspace():
            return "_"
        if written[0] == "~" or (first and written[0] == "#"):  # RFC 9051 §5.1, §5.1.2.1
            return "_" + written[1:]
        return written

    def _mark(self, placed: Placed, source: str, size: int) -> None:
        """Put a mark at the end of a path, and leave out so much of everything that it fits."""
        mark = hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()[:size]
        head, last = placed.path[:-1], placed.path[-1][:LONGEST]
        while head and _size(self.view.name((*head, f"_-{mark}"))) > LONGEST:
            head = head[:-1]
        low, high = 0, len(last)
        while low < high:
            middle = (low + high + 1) // 2
            fits = _size(self.view.name((*head, f"{last[:middle]}-{mark}"))) <= LONGEST
            low, high = (middle, high) if fits else (low, middle - 1)
        placed.path = (*head, f"{last[:low].rstrip() or '_'}-{mark}")
        placed.name = self.view.name(placed.path)


def refused(server: str) -> str:
    """For View.refused, by what a server says of itself (ID, greeting)."""
    return "".join(signs for name, signs in _REFUSED.items() if name in server.lower())


def folds(server: str) -> bool:
    """For View.folds: False where capitals are known to count."""
    return not any(name in server.lower() for name in _KEEP_CAPITALS)


def _size(name: str) -> int:
    """Bytes on the wire and on a disk; for short names more than they can have."""
    if name.isascii() and "&" not in name:
        return len(name)
    if len(name) * WIDEST <= LONGEST:
        return len(name) * WIDEST
    return max(len(mutf7.encode(name)), len(name.encode("utf-8", "replace")))
