"""Where folders lie: a server's namespaces (RFC 2342) and separators, and paths that are the same on every server.

A path is the parts of a name, for people, below what the server puts before all of one's own folders. The inbox is the
path `("",)`, and what lies below it begins so, for a folder of one's own may be called INBOX too (`INBOX.INBOX`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from mailwright.migrate import mutf7

Path = tuple[str, ...]
INBOX: Path = ("",)
# No name that a destination takes has more parts than this; what lies deeper stays in one piece.
DEEPEST = 127
_LONGEST_LIST = 1000


class Folder(Protocol):
    """A folder as LIST shows it: the bytes of its name as Latin-1, attributes in capitals."""

    @property
    def name(self) -> str:  # noqa: D102  # as the class says
        ...

    @property
    def separator(self) -> str | None:  # noqa: D102  # as the class says
        ...

    @property
    def attributes(self) -> Collection[str]:  # noqa: D102  # as the class says
        ...


@dataclass(frozen=True, slots=True)
class Namespace:
    """A prefix, spelled as the server spells it, and its separator; None where there is no hierarchy."""

    prefix: str = ""
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class Namespaces:
    """What NAMESPACE says; all empty where a server does not have it."""

    personal: tuple[Namespace, ...] = ()
    others: tuple[Namespace, ...] = ()
    shared: tuple[Namespace, ...] = ()


def namespaces(tokens: Sequence[object]) -> Namespaces:
    """The answer to NAMESPACE, taken apart into lists and bytes."""
    return Namespaces(*(tuple(_spaces(token)) for token in (*tokens, (), (), ())[:3]))


def _spaces(token: object) -> list[Namespace]:
    found = []
    for row in token[:_LONGEST_LIST] if isinstance(token, list) else ():
        match row:
            case [bytes(prefix), bytes(mark), *_]:
                found.append(
                    Namespace(prefix.decode("latin-1"), None if mark.upper() == b"NIL" else mark.decode("latin-1"))
                )
    return found


@dataclass(frozen=True)
class View:
    """A server: its folders and namespaces, and what is known of the names it takes.

    `utf8`: names are spelled in UTF-8, as was agreed on. `folds`: names that differ in capitals only are one to it,
    which is the safe thing to suppose. `refused`: characters that it does not take in a name,
    as they stand in a class of a regular expression. `legal` knows of both by what a server says of itself.
    """

    folders: Sequence[Folder] = ()
    namespaces: Namespaces = Namespaces()
    utf8: bool = False
    folds: bool = True
    refused: str = ""

    @cached_property
    def own(self) -> Namespace:
        """Where one's own folders lie."""
        if self.namespaces.personal:
            return self.namespaces.personal[0]
        return Namespace(self._guessed(), self.separator)

    @cached_property
    def separator(self) -> str | None:
        """Between the parts of a name of one's own."""
        if self.namespaces.personal:
            return self.namespaces.personal[0].separator
        marks = sorted((not is_inbox(row.name), row.separator) for row in self.folders if row.separator)
        return marks[0][1] if marks else None

    def _guessed(self) -> str:
        """Without NAMESPACE: all below the inbox, where nothing lies beside it."""
        prefix = f"INBOX{self.separator}" if self.separator else ""
        names = [folder.name for folder in self.folders if not is_inbox(folder.name)]
        return prefix if prefix and names and all(begins(name, prefix) for name in names) else ""

    @cached_property
    def folding(self) -> bool:
        """`folds`, unless there are two folders that prove the contrary."""
        names = [self.text(row.name).text for row in self.folders if self.folds and not is_inbox(row.name[:5])]
        return self.folds and len({name.casefold() for name in names}) == len(set(names))

    @cached_property
    def _prefixes(self) -> list[tuple[Namespace, bool]]:
        """All namespaces and whether they are one's own, the longest prefix first."""
        own = [(space, True) for space in self.namespaces.personal or (self.own,)]
        foreign = [(space, False) for space in (*self.namespaces.others, *self.namespaces.shared)]
        return sorted(own + foreign, key=lambda one: -len(one[0].prefix))

    @cached_property
    def foreign(self) -> frozenset[str]:
        """The names, in small letters, below which nothing is one's own."""
        roots = (space.prefix.removesuffix(space.separator or "") for space, own in self._prefixes if not own)
        return frozenset(self.text(root).text.lower() for root in roots if root)

    @cached_property
    def prefix(self) -> str:
        """What stands before all names of one's own, for people."""
        return self.text(self.own.prefix).text

    def text(self, name: str) -> mutf7.Decoded:
        """A name, given as Latin-1, for people."""
        return mutf7.decode(name.encode("latin-1", "replace"), utf8=self.utf8)

    def spelled(self, text: str) -> str:
        """A name for people as commands take it, as Latin-1."""
        return mutf7.encode(text, utf8=self.utf8).decode("latin-1")

    def space(self, name: str) -> tuple[Namespace, bool]:
        """The namespace in which a folder lies, and whether that is one's own."""
        for space, own in self._prefixes:
            prefix = space.prefix
            if begins(name, prefix) or (prefix and name == prefix.removesuffix(space.separator or "")):
                return space, own
        return Namespace("", self.separator), True

    def path(self, text: str, separator: str | None) -> tuple[Path, bool]:
        """The path of a name of one's own, and whether it had empty parts, which are left out."""
        if is_inbox(text):
            return INBOX, False
        inside = bool(self.prefix) and begins(text, self.prefix)
        parts = _parts(text[len(self.prefix) :] if inside else text, separator)
        above: Path = ()
        if not inside and is_inbox(parts[0]):
            above, parts = INBOX, parts[1:]
        kept = tuple(filter(None, parts))
        return (*above, *kept), len(kept) < len(parts)

    def name(self, path: Path) -> str:
        """The name of a path, for people. A server without hierarchy has one level, and `_` between the parts."""
        mark, prefix = self.separator or "_", self.prefix
        if path == INBOX:
            return "INBOX"
        if path[:1] == INBOX:
            # Where all lies below the inbox, its own children lie beside the rest.
            prefix = prefix if begins(prefix, f"INBOX{mark}") else f"INBOX{mark}"
            path = path[1:]
        return prefix + mark.join(path)


def is_inbox(text: str) -> bool:
    """True for the inbox, in capitals or not (RFC 9051 §5.1); a letter such as a dotless i is no capital I."""
    return len(text) == 5 and text.isascii() and text.upper() == "INBOX"


def begins(name: str, prefix: str) -> bool:
    """True when a name begins with a prefix; INBOX there may be in small letters."""
    start = name[: len(prefix)]
    return start == prefix or (is_inbox(prefix[:5]) and start.isascii() and start.upper() == prefix.upper())


def _parts(text: str, separator: str | None) -> list[str]:
    return text.split(separator, DEEPEST) if separator else [text]
