"""What a folder is for (RFC 6154): by the attribute that its server gives it, else by its name.

The names, and where each comes from, are special.toml. Between two folders for one use, an attribute is worth more than
a name, and of names the one that comes first there.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar

_FILE = Path(__file__).with_name("special.toml")
Key = TypeVar("Key")
LAST = 10_000


class Use(StrEnum):
    """As the attribute is spelled. The last three are views of messages that lie elsewhere."""

    SENT = "\\Sent"
    DRAFTS = "\\Drafts"
    TRASH = "\\Trash"
    JUNK = "\\Junk"
    ARCHIVE = "\\Archive"
    ALL = "\\All"
    FLAGGED = "\\Flagged"
    IMPORTANT = "\\Important"

    @property
    def is_view(self) -> bool:
        """True when what it shows lies in other folders."""
        return self in {Use.ALL, Use.FLAGGED, Use.IMPORTANT}


# As the attributes were called before they had a standard (XLIST, by Google and Apple).
_OLDER = {"\\SPAM": Use.JUNK, "\\ALLMAIL": Use.ALL, "\\STARRED": Use.FLAGGED}
_BY_ATTRIBUTE = {use.upper(): use for use in Use} | _OLDER


@dataclass(frozen=True, slots=True)
class Told:
    """What a folder is for, and how sure that is: (0, …) by attribute, (1, …) by name; then its name's place."""

    use: Use
    rank: tuple[int, int]


def told(name: str, attributes: Collection[str], *, gmail: bool = False) -> Told | None:
    """What the folder is for whose last part is `name`; with `gmail`, views are known by their names as well."""
    key = folded(name)
    by_name = _known().get(key) or (_views().get(key) if gmail else None)
    uses = {_BY_ATTRIBUTE.get(attribute.upper()) for attribute in attributes} - {None}
    if not uses:
        return by_name
    use = next(use for use in Use if use in uses)
    return Told(use, (0, by_name.rank[1] if by_name and by_name.use is use else LAST))


def chosen(found: Iterable[tuple[Key, Told]]) -> Mapping[Use, Key]:
    """For each use the one folder that is it; among equals the first."""
    best: dict[Use, tuple[tuple[int, int], Key]] = {}
    for key, one in found:
        if one.use not in best or one.rank < best[one.use][0]:
            best[one.use] = (one.rank, key)
    return {use: key for use, (_, key) in best.items()}


def folded(name: str) -> str:
    """A name as it is compared: in one form, without regard to capitals and the width of its letters."""
    return unicodedata.normalize("NFKC", name[:255]).casefold().strip()


@cache
def _known() -> Mapping[str, Told]:
    return _table("names")


@cache
def _views() -> Mapping[str, Told]:
    return _table("views")


def _table(kind: str) -> dict[str, Told]:
    table: dict[str, Told] = {}
    for row in tomllib.loads(_FILE.read_text(encoding="utf-8"))[kind]:
        for use in Use:
            for name in row.get(use.removeprefix("\\").lower(), ()):
                table.setdefault(folded(name), Told(use, (1, len(table))))
    return table
