"""What a broken connection has left open: messages that may be at the destination already, found by what they hold."""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    there = defaultdict[bytes, list[int]](list)
    for uid, digest in digests(destination, fresh):
        there[digest].append(uid)
    placed = []
    for uid, digest in journal.unplaced(folder):
        if there[digest]:
            placed.append(Placed(uid, there[digest].pop(0), digest))
    left = sum(map(len, there.values()))
    # Sent in the order in which they stand here: whatever was on its way is among the first.
    waiting = journal.waiting(folder, OVER_ALL if newest else 0, left + WINDOW, newest=newest) if left else []
    for at in range(0, len(waiting), WINDOW):
        if not left:
            break
        for uid, digest in digests(source, waiting[at : at + WINDOW]):
            if there[digest]:
                placed.append(Placed(uid, there[digest].pop(0), digest))
                left -= 1
    journal.placed(folder, placed)
    return len(placed)


def digests(reader: Reader, metas: Sequence[Meta]) -> Iterator[tuple[int, bytes]]:
    """UID and SHA-256 of messages, read whole; several questions are on their way at once. Raises WireError."""
    parts = iter([metas[at : at + READ_AT_ONCE] for at in range(0, len(metas), READ_AT_ONCE)])
    asked = {reader.ask(sequence_set(meta.uid for meta in part)) for part in itertools.islice(parts, 1 + AHEAD)}
    for answer in reader.answers() if asked else ():
        if isinstance(answer, Body):
            digest = hashlib.sha256()
            for piece in answer.pieces:
                digest.update(piece)
            yield answer.uid, digest.digest()
            continue
        asked.discard(answer)
        asked |= {reader.ask(sequence_set(meta.uid for meta in part)) for part in itertools.islice(parts, 1)}
        if not asked:
            return
