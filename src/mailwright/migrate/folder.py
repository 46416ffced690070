"""One folder in one pass: what is new, changed or gone at the source, and then the copy."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import wire
from mailwright.core import Reason
from mailwright.migrate import adopt, doubt
from mailwright.migrate.doubt import Both
from mailwright.migrate.fetch import Meta, Reader
from mailwright.migrate.journal import Folder
from mailwright.migrate.pump import BATCH_MESSAGES, Broken, Job, Pump, Refused
from mailwright.migrate.side import Listed, Opened, append_limit, create, mailbox, select, store, unselect

if TYPE_CHECKING:
    from mailwright.migrate.mailbox import Move
    from mailwright.migrate.pairs import Pair

CHUNK = 5000
Change = tuple[int, int | None, str]
# Dovecot reads a Maildir again when it has changed less than two seconds after it was last read.
QUIET_SECONDS = 2.5
MOST_QUIET_SECONDS = 60.0


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
    """A folder that has something new. `most`: only so many messages are copied, each by itself; 0: all."""

    move: Move
    folder: Folder
    listed: Listed
    most: int = 0
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
            reader, known, changed = Reader(reading), journal.present(self.folder), list[Change]()
            news = (meta for meta in reader.metas(f"{first}:*") if meta.uid >= first)
            while chunk := list(itertools.islice(news, CHUNK)):
                if known:
                    # Of a pass that did not come to its end.
                    changed += journal.changed(self.folder, [(meta.uid, meta.flags) for meta in chunk])
                journal.found(self.folder, chunk)
            if known:
                older = reader.flags(f"1:{first - 1}", self.folder.source_modseq) if first > 1 else iter(())
                while some := list(itertools.islice(older, CHUNK)):
                    changed += journal.changed(self.folder, some)
                if journal.present(self.folder) > self.seen.messages:
                    still = {uid for uid, _ in reader.flags("1:*")}
                    journal.gone(self.folder, set(journal.uids(self.folder)) - still)
        self.change_flags(pair, changed)
        return True

    def change_flags(self, pair: Pair, changed: Sequence[Change]) -> None:
        """The destination gets the flags that the source has now."""
        if any(to_uid is not None for _, to_uid, _ in changed):
            self._flags_there(pair, changed)
        # Those that wait are copied with what they have by then.
        waiting = [(uid, now) for uid, to_uid, now in changed if to_uid is None]
        self.move.journal.flagged(self.folder, waiting)

    def _flags_there(self, pair: Pair, changed: Sequence[Change]) -> None:
        journal = self.move.journal
        with at("destination"):
            writing = pair.writing()
            target = select(writing, self.folder.destination, readonly=False)
            if target.validity != self.folder.destination_validity:
                # The UIDs are those of other messages now: each gets its flags when it is found again.
                journal.flagged(self.folder, [(uid, now) for uid, _, now in changed])
                return
            keep = self.move.keeping(target)
            groups = defaultdict[tuple[str, ...], list[tuple[int, int, str]]](list)
            for uid, to_uid, flags in changed:
                if to_uid is not None:
                    groups[keep(Meta(uid, 0, tuple(flags.split()), ""))[0]].append((uid, to_uid, flags))
            for kept, messages in groups.items():
                store(writing, [to_uid for _, to_uid, _ in messages], kept)
                journal.flagged(self.folder, [(uid, now) for uid, _, now in messages])

    def copy(self, pair: Pair) -> bool:
        """Bring over what waits; True when nothing is left. Raises Broken, Refused, Full or Stopped."""
        journal, seen, move = self.move.journal, self.seen, self.move
        assert seen is not None
        self.folder = journal.again(self.folder)
        target = self.target(pair)
        with at("source"):
            select(pair.reading(), self.folder.source, readonly=True)
        reader, writing = Reader(pair.reading()), pair.writing()
        with at("destination"):
            self._settle(reader, writing, target)
            self.folder = journal.note(self.folder, dirty=1)
            unselect(writing, self.folder.destination)
        job = Job(journal, self.folder, move.keeping(target), too_big=append_limit(writing))
        job.newest, job.most, job.stop, job.progress = move.choices.newest, self.most, move.stop, move.progress
        job.batch_messages = 1 if self.most else BATCH_MESSAGES
        Pump(reader, writing, mailbox(self.folder.destination), job).run()
        if self.most:
            return False
        with at("destination"):
            if journal.unplaced(self.folder):
                select(writing, self.folder.destination, readonly=True)
                doubt.settle(Both(reader, Reader(writing), journal, self.folder), newest=job.newest)
        journal.note(self.folder, source_next=seen.next, source_modseq=seen.modseq, source_count=seen.messages, dirty=0)
        return True

    def target(self, pair: Pair) -> Opened:
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
        both, keep = Both(reader, there, journal, self.folder), self.move.keeping(target)
        if self.folder.dirty:
            until_quiet(writing)
        if self.folder.destination_validity != target.validity:
            if self.folder.destination_validity:
                journal.displaced(self.folder)
            if target.messages or self.folder.dirty:
                self.move.progress.adopted += adopt.adopt(both, keep)
            # Written down last: as long as it is not, all of this is done again.
            self.folder = journal.note(self.folder, destination_validity=target.validity, destination_next=target.next)
            return
        if journal.former(self.folder):
            adopt.renumbered(both, keep)
        if self.folder.dirty:
            doubt.settle(both, newest=self.move.choices.newest)
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
