"""Servers' folders as LIST shows them, to try names on."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from mailwright.migrate import names
from mailwright.migrate.namespaces import Namespace, Namespaces, View


@dataclass(frozen=True, slots=True)
class Row:
    """A folder."""

    name: str
    separator: str | None = "/"
    attributes: frozenset[str] = field(default_factory=frozenset)


def view(
    listed: Iterable[str | tuple[str, str]],
    separator: str | None = "/",
    prefix: str | None = None,
    *,
    others: Iterable[str] = (),
    shared: Iterable[str] = (),
    folds: bool = False,
    refused: str = "",
) -> View:
    """A server: names, or names with attributes. `prefix`: of one's own folders; None where it has no NAMESPACE."""
    rows = [(row, "") if isinstance(row, str) else row for row in listed]
    foreign = [tuple(Namespace(one, separator) for one in some) for some in (others, shared)]
    spaces = Namespaces((Namespace(prefix, separator),), *foreign) if prefix is not None else Namespaces()
    made = [Row(name, separator, frozenset(words.upper().split())) for name, words in rows]
    return View(made, spaces, folds=folds, refused=refused)


def places(source: View, destination: View, choices: names.Choices | None = None) -> dict[str, str | None]:
    """Source to destination."""
    return {one.source: one.destination for one in names.plan(source, destination, choices).folders}


def same_to(destination: View, name: str) -> str:
    """A name so that two which a server cannot tell apart are equal."""
    name = unicodedata.normalize("NFC", destination.text(name).text)
    return name.casefold() if destination.folding or name.upper() == "INBOX" else name
