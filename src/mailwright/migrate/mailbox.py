"""One mailbox, moved: first all folders are looked at, then what has moved is moved, and what is new is copied."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

from mailwright import wire
from mailwright.migrate import names
from mailwright.migrate.folder import FolderPass
from mailwright.migrate.journal import Folder, Journal
from mailwright.migrate.moved import follow
from mailwright.migrate.namespaces import View
from mailwright.migrate.pairs import Keeping, Pair
from mailwright.migrate.pump import OVER_ALL, Broken, Full, Progress, Refused, Stopped
from mailwright.migrate.side import Listed, Side, listed, spaces

# A message that breaks the connection each time: one by one those before it get through, then it goes alone, and is
# left out when that has failed three times. Servers and lines that break by themselves do so less often.
TRIES = 6
ONE_BY_ONE = {1: 1, 2: 1, 3: 1, 4: 500}
PAUSE = 1.0


class Fate(Enum):
    """What has become of a folder in this pass."""

    UNCHANGED = "unchanged"
    DONE = "done"
    REFUSED = "refused"
    FULL = "full"
    BROKEN = "broken"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Row:
    """A folder and its fate; `said`: what the server, or the connection, had to say."""

    source: str
    destination: str
    fate: Fate
    said: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """How it is to be done. `pairs`: connections to each side at once; `newest`: new messages before old ones."""

    pairs: int = 1
    newest: bool = False
    subscribe: bool = True


@dataclass(slots=True)
class Move:
    """One pass over one mailbox. `folders`: which become which; `keeping`: what a folder can store.

    `plan`: where each folder goes and why, once that is known; `tell` hears of each folder that is through, `ready`
    when it is known how much there is to be copied.
    """

    source: Side
    destination: Side
    journal: Journal
    keeping: Keeping
    folders: names.Choices = field(default_factory=names.Choices)
    choices: Choices = field(default_factory=Choices)
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress = field(default_factory=Progress)
    tell: Callable[[Row], None] = lambda row: None
    ready: Callable[[], None] = lambda: None
    plan: names.Plan = field(default_factory=lambda: names.Plan(()))
    _rows: list[Row] = field(default_factory=list)
    _pairs: list[Pair] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> list[Row]:
        """The fate of each folder. Raises Broken when a side cannot be reached."""
        self.journal.retry(broken=True)
        first = Pair(self.source, self.destination)
        pairs = self._pairs = [first]
        try:
            todo = self._todo(first)
            pairs += [Pair(self.source, self.destination) for _ in range(min(self.choices.pairs, len(todo)) - 1)]
            looked = self._each(pairs, todo, FolderPass.look)
            self.ready()
            if not self.stop.is_set():
                follow(first, self.journal, looked)
            copied = self._each(pairs, looked, FolderPass.copy)
            for one in copied:
                self._through(one.folder, Fate.DONE)
        finally:
            for pair in pairs:
                pair.close()
        return self._rows

    def abort(self) -> None:
        """Stop at once, from another thread: hang up. What was on its way is looked for by the next pass."""
        self.stop.set()
        for pair in tuple(self._pairs):
            pair.abort()

    def _todo(self, pair: Pair) -> list[FolderPass]:
        """The folders that have something new, as far as their status can tell; the largest last."""
        try:
            found = listed(pair.reading())
        except wire.WireError as error:
            raise Broken("source", error) from error
        known = {folder.source: folder for folder in self.journal.folders()}
        if any(one.name not in known for one in found if one.opens):
            self.plan = self._planned(pair, found, known)
            for mapped in self.plan.folders:
                if mapped.destination is not None and mapped.source not in known:
                    known[mapped.source] = self.journal.folder(mapped.source, mapped.destination)
        for name in known.keys() - {one.name for one in found}:
            # Renamed or removed: its mail may be found in another folder.
            self.journal.vanished(known[name])
        todo = []
        for one in found:
            folder = known.get(one.name)
            if folder is None or not one.opens:
                continue
            if unchanged(folder, one):
                self._through(folder, Fate.UNCHANGED)
            else:
                todo.append(FolderPass(self, folder, one))
        return sorted(todo, key=lambda one: one.listed.status.messages if one.listed.status else 0)

    def _planned(self, pair: Pair, found: list[Listed], known: dict[str, Folder]) -> names.Plan:
        try:
            here = View(found, spaces(pair.reading()))
        except wire.WireError as error:
            raise Broken("source", error) from error
        there = View(pair.at_destination(listed), pair.at_destination(spaces))
        earlier = {folder.source: folder.destination for folder in known.values()}
        return names.plan(here, there, replace(self.folders, earlier=earlier))

    def _through(self, folder: Folder, fate: Fate, said: str = "") -> None:
        row = Row(folder.source, folder.destination, fate, said)
        with self._lock:
            self._rows.append(row)
        self.tell(row)

    def _each(
        self, pairs: list[Pair], todo: list[FolderPass], what: Callable[[FolderPass, Pair], bool]
    ) -> list[FolderPass]:
        """Every folder by one of the pairs; those that came through."""
        waiting, good, errors = list(todo), list[FolderPass](), list[BaseException]()

        def taken() -> FolderPass | None:
            with self._lock:
                return waiting.pop() if waiting and not errors else None

        def work(pair: Pair) -> None:
            try:
                while (one := taken()) is not None:
                    if self._folder(pair, one, what):
                        good.append(one)
            except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
                errors.append(error)

        threads = [threading.Thread(target=work, args=(pair,)) for pair in pairs[1 : len(todo)]]
        for thread in threads:
            thread.start()
        work(pairs[0])
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return sorted(good, key=todo.index)

    def _folder(self, pair: Pair, one: FolderPass, what: Callable[[FolderPass, Pair], bool]) -> bool:
        """As often as it takes, as long as there is some progress; True when it came through."""
        left, before = TRIES, -1
        while not self.stop.is_set():
            now = self.progress.messages + self.progress.failed
            left, before = (TRIES if now != before else left - 1), now
            one.most = ONE_BY_ONE.get(left, 0)
            try:
                if what(one, pair):
                    return True
            except Broken as broken:
                pair.drop()
                if left == 1 and (what is not FolderPass.copy or not self._left_out(one.folder, broken)):
                    self._through(one.folder, Fate.BROKEN, f"{broken.side}: {broken.error.reason}")
                    return False
                self.stop.wait(PAUSE)
            except Refused as refused:
                self._through(one.folder, Fate.REFUSED, f"{refused.side}: {refused.error.reply}")
                return False
            except Full as full:
                self._through(one.folder, Fate.FULL, full.answer.text)
                return False
            except Stopped:
                break
        self._through(one.folder, Fate.STOPPED)
        return False

    def _left_out(self, folder: Folder, broken: Broken) -> bool:
        """A message that was on its way alone, and broke the connection again, is not tried any more."""
        newest = self.choices.newest
        waiting = self.journal.waiting(folder, OVER_ALL if newest else 0, 1, newest=newest)
        if broken.opening or not waiting:
            return False
        self.journal.failed(folder, waiting[0].uid, f"{broken.side} {broken.error.reason}")
        self.progress.failed += 1
        return True


def unchanged(folder: Folder, one: Listed) -> bool:
    """True when the status shows that nothing has happened since the folder was last in order."""
    now = one.status
    if now is None or folder.dirty or not now.modseq:
        return False
    then = (folder.source_validity, folder.source_next, folder.source_modseq, folder.source_count)
    return then == (now.validity, now.next, now.modseq, now.messages)
