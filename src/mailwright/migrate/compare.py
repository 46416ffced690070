"""An independent look: what should be at the destination is read again there, and held against the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from mailwright import wire
from mailwright.migrate import dates
from mailwright.migrate.doubt import Both, digests
from mailwright.migrate.fetch import Meta, Reader
from mailwright.migrate.journal import Journal
from mailwright.migrate.pairs import Keeping
from mailwright.migrate.pump import Keep
from mailwright.migrate.side import Side, select, sequence_set

PAGE = 5000
AT_ONCE = 500
MOST_NAMED = 20


@dataclass(slots=True)
class Compared:
    """A folder. Numbers of messages: `same` in every respect; the others each in one. `named`: some of the UIDs."""

    source: str
    destination: str
    same: int = 0
    missing: int = 0
    altered: int = 0
    flags: int = 0
    dates: int = 0
    order: int = 0
    waiting: int = 0
    named: dict[str, list[int]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """True when nothing is wrong."""
        return not (self.missing or self.altered or self.flags or self.dates or self.order or self.waiting)

    def note(self, what: str, uid: int) -> None:
        """One more message, by its UID at the source."""
        setattr(self, what, getattr(self, what) + 1)
        if what != "same" and len(named := self.named.setdefault(what, [])) < MOST_NAMED:
            named.append(uid)


def compare(source: Side, destination: Side, journal: Journal, keeping: Keeping) -> Iterator[Compared]:
    """Folder after folder. Raises WireError."""
    reading, there = source.open(), destination.open()
    try:
        for folder in journal.folders():
            yield _compared(Both(Reader(reading), Reader(there), journal, folder), keeping)
    finally:
        reading.close()
        there.close()


def _compared(both: Both, keeping: Keeping) -> Compared:
    folder, result = both.folder, Compared(both.folder.source, both.folder.destination)
    try:
        select(both.source.line, folder.source, readonly=True)
        opened = select(both.there.line, folder.destination, readonly=False)
    except wire.WireError as error:
        if error.reply is None:
            raise
        result.missing = both.journal.present(folder)
    else:
        _folder(both, keeping(opened), result)
    return result


def _folder(both: Both, keep: Keep, result: Compared) -> None:
    source, there, last = both.source, both.there, 0
    for rows in both.journal.rows(both.folder, PAGE):
        placed = [row for row in rows if row.to_uid is not None]
        result.waiting += len(rows) - len(placed)
        before = _metas(source, [row.uid for row in placed])
        after = _metas(there, [row.to_uid or 0 for row in placed])
        read = dict(digests(there, list(after.values())))
        for row in placed:
            to_uid = row.to_uid or 0
            was, now = before.get(row.uid), after.get(to_uid)
            if was is not None:
                result.note(_verdict(row.digest, read.get(to_uid), keep(was), now, in_order=to_uid > last), row.uid)
            last = max(last, to_uid)


def _metas(reader: Reader, uids: list[int]) -> dict[int, Meta]:
    found: dict[int, Meta] = {}
    for at in range(0, len(uids), AT_ONCE):
        found |= {meta.uid: meta for meta in reader.metas(sequence_set(uids[at : at + AT_ONCE]))}
    return found


def _verdict(
    digest: bytes, read: bytes | None, kept: tuple[tuple[str, ...], str], now: Meta | None, *, in_order: bool
) -> str:
    flags, date = kept
    if now is None or read is None:
        return "missing"
    if read != digest:
        return "altered"
    if same_flags(flags) != same_flags(now.flags):
        return "flags"
    if not dates.same(date, now.date):
        return "dates"
    return "same" if in_order else "order"


def same_flags(flags: tuple[str, ...]) -> frozenset[str]:
    """Flags as they compare: without regard to case, and without the one that belongs to the server (Recent)."""
    return frozenset(flag.lower() for flag in flags) - {"\\recent"}
