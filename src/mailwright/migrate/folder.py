"""One folder in one pass: what is new, changed or gone at the source, and then the copy."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import wire
from mailwright.core import Reason
from mailwright.migrate import adopt, doubt
from mailwright.migrate.doubt import Both
from mailwright.migrate.fetch import Meta, Reader
from mailwright.migrate.journal import Folder
from mailwright.migrate.pump import Broken, Job, Pump
from mailwright.migrate.side import Listed, Opened, append_limit, create, mailbox, select, store, unselect

if TYPE_CHECKING:
    from mailwright.migrate.mailbox import Move
    from mailwright.migrate.pairs import Pair

CHUNK = 5000
QUIET_SECONDS = 1.0
MOST_QUIET_SECONDS = 60.0


class Refused(Exception):
    """The server does not let us do what the folder needs; it is of no use to ask again."""

    def __init__(self, side: str, error: wire.WireError) -> None:
        self.side = side
        self.error = error
        super().__init__(f"{side}: {error}")


@contextmanager
def at(side: str) -> Iterator[None]:
    """A command that was refused leaves the connection as it is; anything else does not. Raises Refused or Broken."""
    try:
        yield
    except wire.WireError as error:
        if error.reason is Reason.REFUSED:
            raise Refused(side, error) from error
        raise Broken(side, error) from error


@dataclass(slots=True, eq=False)
class FolderPass:
    """A folder that has something new. `alone`: only the first message is copied, to see whether it is to blame."""

    move: Move
    folder: Folder
    listed: Listed
    alone: bool = False
    seen: Opened | None = None

    def look(self, pair: Pair) -> bool:
        """Write down what the source has now. Raises Broken or Refused."""
        journal, first = self.move.journal, max(1, self.folder.source_next)
        with at("source"):
            reading = pair.reading()
            self.seen = select(reading, self.folder.source, readonly=True)
            if self.folder.source_validity not in (0, self.seen.validity):
                # Every UID is another one: what was copied is known by what it holds.
                self.folder, first = journal.renumbered(self.folder), 1
            self.folder = journal.note(self.folder, source_validity=self.seen.validity)
            reader = Reader(reading)
            news = (meta for meta in reader.metas(f"{first}:*") if meta.uid >= first)
            while chunk := list(itertools.islice(news, CHUNK)):
                journal.found(self.folder, chunk)
            if first > 1:
                changed = journal.changed(self.folder, reader.flags(f"1:{first - 1}", self.folder.source_modseq))
                if journal.present(self.folder) > self.seen.messages:
                    still = {uid for uid, _ in reader.flags("1:*")}
                    journal.gone(self.folder, set(journal.uids(self.folder)) - still)
        if first > 1 and changed:
            self._flags(pair, changed)
        return True

    def _flags(self, pair: Pair, changed: list[tuple[int, int | None, str]]) -> None:
        """The destination gets the flags that the source has now."""
        journal = self.move.journal
        with at("destination"):
            writing = pair.writing()
            keep = self.move.keeping(select(writing, self.folder.destination, readonly=False))
            groups = defaultdict[tuple[str, ...], list[tuple[int, int, str]]](list)
            for uid, to_uid, flags in changed:
                if to_uid is not None:
                    groups[keep(Meta(uid, 0, tuple(flags.split()), ""))[0]].append((uid, to_uid, flags))
            for kept, messages in groups.items():
                store(writing, [to_uid for _, to_uid, _ in messages], kept)
                journal.flagged(self.folder, [(uid, now) for uid, _, now in messages])
        # Those that wait are copied with what they have by then.
        journal.flagged(self.folder, [(uid, now) for uid, to_uid, now in changed if to_uid is None])

    def copy(self, pair: Pair) -> bool:
        """Bring over what waits; True when nothing is left. Raises Broken, Refused, Full or Stopped."""
        journal, seen, move = self.move.journal, self.seen, self.move
        assert seen is not None
        target = self._target(pair)
        with at("source"):
            select(pair.reading(), self.folder.source, readonly=True)
        reader, writing = Reader(pair.reading()), pair.writing()
        with at("destination"):
            self._settle(reader, writing, target)
            self.folder = journal.note(self.folder, dirty=1)
            unselect(writing, self.folder.destination)
        job = Job(journal, self.folder, move.keeping(target), too_big=append_limit(writing))
        job.newest, job.alone, job.stop, job.progress = move.choices.newest, self.alone, move.stop, move.progress
        Pump(reader, writing, mailbox(self.folder.destination), job).run()
        if self.alone:
            return False
        with at("destination"):
            if journal.unplaced(self.folder):
                select(writing, self.folder.destination, readonly=True)
                doubt.settle(Both(reader, Reader(writing), journal, self.folder), newest=job.newest)
        journal.note(self.folder, source_next=seen.next, source_modseq=seen.modseq, source_count=seen.messages, dirty=0)
        return True

    def _target(self, pair: Pair) -> Opened:
        """The folder at the destination, made if it is not there, and open."""
        journal, name = self.move.journal, self.folder.destination
        with at("destination"):
            writing = pair.writing()
            if not self.folder.destination_validity:
                made = name.upper() != "INBOX" and create(writing, name)
                if self.move.choices.subscribe and self.listed.subscribed:
                    writing.command(f"SUBSCRIBE {mailbox(name)}")
                self.folder = journal.note(self.folder, made=int(made))
            return select(writing, name, readonly=False)

    def _settle(self, reader: Reader, writing: wire.bulk.Line, target: Opened) -> None:
        """Account for what is there already: left by a connection that broke, or by somebody else."""
        journal, there = self.move.journal, Reader(writing)
        if self.folder.destination_validity != target.validity:
            if self.folder.destination_validity:
                journal.displaced(self.folder)
            self.folder = journal.note(self.folder, destination_validity=target.validity, destination_next=target.next)
            if target.messages or journal.unplaced(self.folder):
                keep = self.move.keeping(target)
                self.move.progress.adopted += adopt.adopt(Both(reader, there, journal, self.folder), keep)
        elif journal.former(self.folder):
            adopt.renumbered(Both(reader, there, journal, self.folder), self.move.keeping(target))
        elif self.folder.dirty:
            until_quiet(writing)
            doubt.settle(Both(reader, there, journal, self.folder), newest=self.move.choices.newest)
        else:
            self.folder = journal.note(self.folder, destination_next=target.next)


def until_quiet(line: wire.bulk.Line) -> None:
    """Wait until a session that was cut off has nothing more to write: it may still be at work on what it has got."""
    begun = quiet = time.monotonic()
    while time.monotonic() - quiet < QUIET_SECONDS and time.monotonic() - begun < MOST_QUIET_SECONDS:
        _, rows = line.command("NOOP")
        if any(row.kind == "EXISTS" for row in rows):
            quiet = time.monotonic()
        time.sleep(QUIET_SECONDS / 4)
