"""The six that most people look for: each a large button, with what to do where the person stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from mailwright import export
from mailwright.web import exports

if TYPE_CHECKING:
    from mailwright import texts
    from mailwright.core import Profile


class _Row(NamedTuple):
    """`format`: behind the button; `kind`: what that opens."""

    id: str
    format: str
    kind: str


_TABLE = (
    _Row("apple", "mobileconfig", "file"),
    _Row("android", "qr", "qr"),
    _Row("outlook", "sheet-outlook", "sheet"),
    _Row("thunderbird", "sheet", "sheet"),
    _Row("foxmail", "sheet-foxmail", "sheet"),
    _Row("netease", "sheet-netease", "sheet"),
)
_ANY = "sheet"
FORMATS = frozenset(row.format for row in _TABLE) - {_ANY}
"""What need not be listed again among the others."""


@dataclass(frozen=True, slots=True)
class Pick:
    """`stop`: why its format cannot be made, "" if it can; `kind`: what its button opens, "file", "qr" or "sheet"."""

    id: str
    format: str
    name: str
    what: str
    kind: str
    steps: tuple[str, ...]
    stop: str
    notes: tuple[str, ...]


def picks(words: texts.Words, profile: Profile) -> tuple[Pick, ...]:
    """All six, in their order."""
    return tuple(_pick(words, profile, row) for row in _TABLE)


def _pick(words: texts.Words, profile: Profile, row: _Row) -> Pick:
    offer = exports.offer(words, profile, export.get(row.format))
    own = row.kind != "sheet" or row.format == _ANY
    steps = _own(words, profile, row.id) if own else _of_sheet(words, profile, row.format)
    return Pick(
        row.id,
        row.format,
        words.page(f"pick.{row.id}"),
        words.page(f"pick.{row.id}.what"),
        row.kind,
        () if offer.stop else steps,
        offer.stop,
        offer.notes,
    )


def _own(words: texts.Words, profile: Profile, id: str) -> tuple[str, ...]:
    return tuple(words.page(f"pick.{id}.steps", address=str(profile.address)).splitlines())


def _of_sheet(words: texts.Words, profile: Profile, format: str) -> tuple[str, ...]:
    """Where the program's own menus are; what is to be typed stands on the sheet."""
    protocol = profile.incoming.endpoint.protocol.value.upper()
    menu = words.client(f"file.{format}.menu", protocol=protocol).strip().splitlines()
    return (*menu, words.page("pick.sheet.last"))
