"""Which folder becomes which: plan(source, destination, choices) gives each folder of the source its place.

The inbox goes to the inbox, sent mail to sent mail, and so on (`special`); every other folder keeps its name, as far as
the destination takes it (`legal`), and goes where the folder above it went. No two folders share a place unless the
person says so. The order in which a server lists its folders changes nothing.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from mailwright.migrate import special
from mailwright.migrate.legal import Note, Places
from mailwright.migrate.namespaces import INBOX, Folder, Path, View, is_inbox

GMAIL = frozenset({"[Gmail]", "[Google Mail]"})
_NOT_OPENED = frozenset({"\\NOSELECT", "\\NONEXISTENT"})


class Why(StrEnum):
    """Why a folder goes where it goes, or nowhere.

    migrate.folder.inbox       the inbox
    migrate.folder.special     both are for the same (sent mail, drafts, …)
    migrate.folder.asked       the person said so
    migrate.folder.earlier     an earlier pass decided so
    migrate.folder.same        it keeps its name
    migrate.folder.container   nowhere: it holds no messages, only folders
    migrate.folder.excluded    nowhere: the person said so
    migrate.folder.view        nowhere: it shows messages that lie in other folders
    migrate.folder.shared      nowhere: it is other people's
    migrate.folder.twice       nowhere: the inbox under another spelling
    """

    INBOX = "migrate.folder.inbox"
    SPECIAL = "migrate.folder.special"
    ASKED = "migrate.folder.asked"
    EARLIER = "migrate.folder.earlier"
    SAME = "migrate.folder.same"
    CONTAINER = "migrate.folder.container"
    EXCLUDED = "migrate.folder.excluded"
    VIEW = "migrate.folder.view"
    SHARED = "migrate.folder.shared"
    TWICE = "migrate.folder.twice"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person wants, in names for people, as their server writes them.

    `renamed`: folder to folder; what lies below goes with it. `excluded`: patterns with `*` and `?`. `below`: a folder
    of the destination under which everything goes, the inbox too. `earlier`: places that earlier passes gave, both as
    commands take them.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    below: str = ""
    views: bool = False
    shared: bool = False
    earlier: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A folder and its place, both as commands take them (Latin-1); None: it stays. `use`: what it is for."""

    source: str
    destination: str | None
    why: Why
    notes: tuple[Note, ...] = ()
    use: special.Use | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All folders, by name. `unused`: what was to be renamed and is not there, or to a name that is none."""

    folders: tuple[Mapped, ...]
    unused: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    """A folder of the source as it was read."""

    name: str
    text: str
    path: Path
    own: bool
    opens: bool
    notes: list[Note]
    told: special.Told | None = None

    @property
    def use(self) -> special.Use | None:
        return self.told.use if self.told else None


def plan(source: View, destination: View, choices: Choices | None = None) -> Plan:
    """The place of each folder of the source."""
    return _Planning(source, destination, choices or Choices()).plan()


@dataclass
class _Planning:
    source: View
    destination: View
    choices: Choices
    _mapped: dict[str, Mapped] = field(default_factory=dict)
    _at: dict[Path, Path] = field(default_factory=dict)

    @cached_property
    def _places(self) -> Places:
        return Places(self.destination)

    @cached_property
    def _root(self) -> Path:
        """Below what everything goes."""
        path, _ = self.destination.path(self.choices.below, self.destination.separator)
        return self._settled(path) if path else ()

    def plan(self) -> Plan:
        found = [_read(self.source, name, folder) for name, folder in _once(self.source).items()]
        asked, unused = self._asked(found)
        self._leave_out(found, asked)
        for name in sorted(self.choices.earlier):
            self._places.take(self.destination.text(self.choices.earlier[name]).text)
        special_at = self._special(found)
        rest = [one for one in found if not self._fixed(one, asked, special_at)]
        # Whoever keeps a name as it is has a better right to it than who comes to it by a change.
        rest.sort(key=lambda one: (len(one.path), self._changes(one), one.name))
        for one in rest:
            self._natural(one)
        return Plan(tuple(self._mapped[name] for name in sorted(self._mapped)), unused)

    def _asked(self, found: list[_Found]) -> tuple[dict[str, Path], tuple[str, ...]]:
        """Where the person wants folders to be, by the name that they have at the source."""
        by_name = {_plain(one.text): one.name for one in reversed(found)} | {one.name: one.name for one in found}
        asked, unused = {}, []
        for wanted, text in self.choices.renamed.items():
            name = by_name.get(_plain(wanted))
            path, _ = self.destination.path(text, self.destination.separator)
            if name is None or not path:
                unused.append(wanted)
            else:
                asked[name] = self._settled(path)
        return asked, tuple(sorted(unused))

    def _settled(self, path: Path) -> Path:
        """A path that the person wrote, in letters that the destination takes."""
        at: Path = ()
        for part in path:
            at = (*at, part) if part == "" else self._places.legal(at, part).path
        return at

    def _leave_out(self, found: list[_Found], asked: Mapping[str, Path]) -> None:
        excluded = [re.compile(fnmatch.translate(_plain(pattern)), re.IGNORECASE) for pattern in self.choices.excluded]
        inboxes = [one.name for one in found if one.path == INBOX and one.own and one.opens]
        for one in found:
            why = None
            if not one.opens or not one.path:
                why = Why.CONTAINER
            elif any(pattern.match(_plain(one.text)) for pattern in excluded):
                why = Why.EXCLUDED
            elif one.name in asked:
                continue
            elif one.path == INBOX and inboxes[:1] != [one.name]:
                why = Why.TWICE
            elif not one.own and not self.choices.shared:
                why = Why.SHARED
            elif one.use and one.use.is_view and not self.choices.views:
                why = Why.VIEW
            if why is not None:
                self._mapped[one.name] = Mapped(one.name, None, why, use=one.use)

    def _special(self, found: list[_Found]) -> dict[str, _Found]:
        """Where folders go that have a use, by name: to the destination's own for that use."""
        candidates = [(one.name, one.told) for one in found if one.told and one.name not in self._mapped]
        sources = special.chosen(candidates)
        there = [_read(self.destination, name, folder) for name, folder in _once(self.destination).items()]
        targets = special.chosen(
            (place, place.told) for place in there if place.told and place.opens and place.own and place.name
        )
        for one in found:
            if one.use and not one.use.is_view and sources.get(one.use) != one.name and one.name not in self._mapped:
                one.notes.append(Note.SECOND)
                one.told = None
        if self.choices.below:
            return {}
        return {name: targets[use] for use, name in sources.items() if use in targets and not use.is_view}

    def _fixed(self, one: _Found, asked: Mapping[str, Path], special_at: Mapping[str, _Found]) -> bool:
        """True when a folder's place does not depend on its name; containers have one too, for what lies below."""
        left_out, spelled = one.name in self._mapped, None
        if one.name in asked and not left_out:
            place, why = asked[one.name], Why.ASKED
        elif one.name in self.choices.earlier:
            spelled, why = self.choices.earlier[one.name], Why.EARLIER
            place, _ = self.destination.path(self.destination.text(spelled).text, self.destination.separator)
        elif one.path == INBOX and not self._root:
            place, why = INBOX, Why.INBOX
        elif one.name in special_at and not left_out and self._places.free(special_at[one.name].text):
            spelled, place, why = special_at[one.name].name, special_at[one.name].path, Why.SPECIAL
            self._places.take(special_at[one.name].text)
        elif one.path[:1] and one.path[0] in GMAIL and len(one.path) == 1 and left_out:
            place, why = self._root, Why.CONTAINER
        else:
            return left_out and not (self._mapped[one.name].why is Why.CONTAINER and (one.own or self.choices.shared))
        self._at.setdefault(one.path, place)
        if not left_out:
            spelled = spelled or self._places.spelled(self.destination.name(place))
            self._mapped[one.name] = Mapped(one.name, spelled, why, tuple(one.notes), one.use)
        return True

    def _natural(self, one: _Found) -> None:
        if not one.path:
            return
        placed = self._places.below(self._above(one.path[:-1]), one.path[-1] or "INBOX", one.name)
        self._at.setdefault(one.path, placed.path)
        if one.name not in self._mapped:
            notes = tuple(dict.fromkeys([*one.notes, *placed.notes]))
            self._mapped[one.name] = Mapped(one.name, self._places.spelled(placed.name), Why.SAME, notes, one.use)

    def _above(self, path: Path) -> Path:
        """Where a folder went, listed or not, that has others below it."""
        if not path:
            return self._root
        if path not in self._at:
            if path == INBOX and not self._root:
                place = INBOX
            elif len(path) == 1 and path[0] in GMAIL:
                place = self._root
            else:
                place = self._places.below(self._above(path[:-1]), path[-1] or "INBOX", "/".join(path)).path
            self._at[path] = place
        return self._at[path]

    def _changes(self, one: _Found) -> bool:
        return bool(one.notes) or not self._places.takes(one.path[-1] if one.path else "")


def _once(view: View) -> dict[str, Folder]:
    """By name: servers with several namespaces may list a folder twice."""
    rows = sorted(view.folders, key=lambda row: (row.name, row.separator or "", sorted(row.attributes)))
    return {row.name: row for row in rows}


def _plain(text: str) -> str:
    return "INBOX" if is_inbox(text) else unicodedata.normalize("NFC", text)


def _read(view: View, name: str, folder: Folder) -> _Found:
    decoded = view.text(name)
    space, own = view.space(name)
    own = own or is_inbox(name)
    notes = [] if decoded.exact else [Note.UNDECODABLE]
    path, empty = view.path(decoded.text, folder.separator or space.separator)
    if empty:
        notes.append(Note.EMPTY)
    opens = _NOT_OPENED.isdisjoint(folder.attributes)
    if opens and not path:
        path = ("_",)  # Separators and nothing else, and yet it holds messages.
    found = _Found(name, decoded.text, path, own, opens, notes)
    top = path[1:] if path[:1] == INBOX or (path and path[0] in GMAIL) else path
    if own and path and path != INBOX:
        told = special.told(path[-1], folder.attributes, gmail=path[0] in GMAIL)
        # By its name alone only a folder at the top is special: `Projects/Sent` is somebody's own.
        found.told = told if told and (told.rank[0] == 0 or len(top) == 1) else None
    return found
