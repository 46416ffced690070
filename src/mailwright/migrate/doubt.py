"""What a broken connection has left open: messages that may be at the destination already, found by what they hold."""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mailwright.migrate import dates
from mailwright.migrate.append import MOST_SINGLES, MOST_TRANSACTIONS
from mailwright.migrate.fetch import Body, Meta, Reader
from mailwright.migrate.journal import Folder, Journal, Placed
from mailwright.migrate.pump import AHEAD, BATCH_MESSAGES, OVER_ALL
from mailwright.migrate.side import sequence_set

WINDOW = MOST_TRANSACTIONS * BATCH_MESSAGES + MOST_SINGLES
READ_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Both:
    """A folder that is open on both sides, and what is written down of it."""

    source: Reader
    there: Reader
    journal: Journal
    folder: Folder


def settle(both: Both, *, newest: bool) -> int:
    """Account for messages that arrived at the destination and were never acknowledged; how many were ours.

    Raises WireError.
    """
    source, destination, journal, folder = both.source, both.there, both.journal, both.folder
    known = journal.taken(folder, folder.destination_next)
    fresh = [meta for meta in destination.metas(f"{folder.destination_next}:*") if meta.uid >= folder.destination_next]
    fresh = [meta for meta in fresh if meta.uid not in known]
    if not fresh:
        return 0
    dated = {meta.uid: meta.date for meta in fresh}
    there = defaultdict[bytes, list[int]](list)
    for uid, digest in digests(destination, fresh):
        there[digest].append(uid)
    placed = []
    for uid, digest in journal.unplaced(folder):
        if there[digest]:
            placed.append(Placed(uid, there[digest].pop(0), digest))
    left = sum(map(len, there.values()))
    for some in _suspects(journal, folder, {meta.size for meta in fresh}, newest=newest):
        if not left:
            break
        wanted = {meta.uid: meta.date for meta in some}
        for uid, digest in digests(source, some):
            if copies := there[digest]:
                # Among several that hold the same, the one that came at the same time.
                copy = next((one for one in copies if dates.same(wanted[uid], dated[one])), copies[0])
                copies.remove(copy)
                placed.append(Placed(uid, copy, digest))
                left -= 1
    journal.placed(folder, placed)
    return len(placed)


def _suspects(journal: Journal, folder: Folder, sizes: set[int], *, newest: bool) -> Iterator[list[Meta]]:
    """What may have been on its way: the first of those that wait, for they are sent in this order.

    Where a transaction was refused and cut in two, others were sent before what is left of it: among them only what
    has one of the `sizes` is read.
    """
    after, first = OVER_ALL if newest else 0, True
    while page := journal.waiting(folder, after, WINDOW, newest=newest):
        yield page if first else [meta for meta in page if meta.size in sizes]
        after, first = page[-1].uid, False


def whole_digest(pieces: Iterable[memoryview]) -> bytes:
    """SHA-256."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.digest()


def text_digest(pieces: Iterable[memoryview]) -> bytes:
    """SHA-256 of what stands below the header."""
    found, header = hashlib.sha256(), b""
    rest = iter(pieces)
    for piece in rest:
        searched = max(0, len(header) - 3)
        header += piece
        at = header.find(b"\r\n\r\n", searched)
        if at >= 0:
            found.update(header[at + 4 :])
            break
    for piece in rest:
        found.update(piece)
    return found.digest()


def digests(
    reader: Reader, metas: Sequence[Meta], of: Callable[[Iterable[memoryview]], bytes] = whole_digest
) -> Iterator[tuple[int, bytes]]:
    """UID and SHA-256 of messages, read whole; several questions are on their way at once. Raises WireError."""
    parts = iter([metas[at : at + READ_AT_ONCE] for at in range(0, len(metas), READ_AT_ONCE)])
    asked = {reader.ask(sequence_set(meta.uid for meta in part)) for part in itertools.islice(parts, 1 + AHEAD)}
    for answer in reader.answers() if asked else ():
        if isinstance(answer, Body):
            yield answer.uid, of(answer.pieces)
            continue
        asked.discard(answer)
        asked |= {reader.ask(sequence_set(meta.uid for meta in part)) for part in itertools.islice(parts, 1)}
        if not asked:
            return
