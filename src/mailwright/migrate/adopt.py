"""What is at the destination already, and was not put there by this journal: found by size and by what it holds.

A message that another tool has changed on the way (a header of its own) is known by its identity: Message-ID, Date,
From and Subject, where these are the same for no two messages of the folder, and by the text below its header.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from mailwright.migrate.doubt import Both, digests, text_digest
from mailwright.migrate.fetch import Meta, Reader
from mailwright.migrate.journal import Folder, Journal, Placed
from mailwright.migrate.pump import Keep
from mailwright.migrate.side import store

PAGE = 5000


def adopt(both: Both, keep: Keep) -> int:
    """Note what is there; the flags become those of the source. How many messages. Raises WireError."""
    source, there, journal, folder = both.source, both.there, both.journal, both.folder
    taken = journal.taken(folder, 0)
    found = {meta.uid: meta for meta in there.metas("1:*") if meta.uid not in taken}
    waiting = {meta.uid: meta for meta in _waiting(journal, folder)}
    placed = _again(there, journal, folder, found)
    placed += _alike(source, there, *_left(waiting, found, placed))
    placed += _by_headers(both, waiting, found, placed)
    # First the flags: what is written down is not looked at again.
    _flags(there, _pairs(waiting, placed, found), keep)
    journal.placed(folder, placed)
    return len(placed)


def renumbered(both: Both, keep: Keep) -> None:
    """Match what the source has under new UIDs with what was copied under the old ones. Raises WireError."""
    source, there, journal, folder = both.source, both.there, both.journal, both.folder
    taken = journal.taken(folder, 0)
    copies = defaultdict[bytes, list[int]](list)
    sizes = Counter[int]()
    for size, to_uid, digest in journal.former(folder):
        if to_uid not in taken:
            copies[digest].append(to_uid)
            sizes[size] += 1
    waiting = _waiting(journal, folder)
    placed = [
        Placed(uid, copies[digest].pop(0), digest, adopted=True)
        for uid, digest in digests(source, [meta for meta in waiting if sizes[meta.size]])
        if copies[digest]
    ]
    found = {meta.uid: meta for meta in there.metas("1:*")} if placed else {}
    _flags(there, _pairs({meta.uid: meta for meta in waiting}, placed, found), keep)
    journal.placed(folder, placed)
    journal.forget_former(folder)


def _left(
    waiting: dict[int, Meta], found: dict[int, Meta], placed: Sequence[Placed]
) -> tuple[list[Meta], dict[int, Meta]]:
    """What neither side has accounted for yet."""
    ours, theirs = {one.uid for one in placed}, {one.to_uid for one in placed}
    return (
        [meta for uid, meta in waiting.items() if uid not in ours],
        {uid: meta for uid, meta in found.items() if uid not in theirs},
    )


def _waiting(journal: Journal, folder: Folder) -> list[Meta]:
    found: list[Meta] = []
    while page := journal.waiting(folder, found[-1].uid if found else 0, PAGE):
        found += page
    return found


def _again(there: Reader, journal: Journal, folder: Folder, found: dict[int, Meta]) -> list[Placed]:
    """Copies of ours that have another UID now."""
    searched = journal.copied_once(folder)
    if not searched:
        return []
    copies = _copies(there, list(found.values()))
    return [Placed(uid, copies[digest].pop(0), digest) for uid, digest in searched if copies[digest]]


def _alike(source: Reader, there: Reader, waiting: Sequence[Meta], found: dict[int, Meta]) -> list[Placed]:
    """Messages that hold the same; only what has the same size on both sides is read."""
    sizes = {meta.size for meta in waiting} & {meta.size for meta in found.values()}
    copies = _copies(there, [meta for meta in found.values() if meta.size in sizes])
    placed = []
    for uid, digest in digests(source, [meta for meta in waiting if meta.size in sizes]):
        if copies[digest]:
            placed.append(Placed(uid, copies[digest].pop(0), digest, adopted=True))
    return placed


def _copies(there: Reader, metas: Sequence[Meta]) -> defaultdict[bytes, list[int]]:
    copies = defaultdict[bytes, list[int]](list)
    for uid, digest in sorted(digests(there, metas)):
        copies[digest].append(uid)
    return copies


def _by_headers(both: Both, waiting: dict[int, Meta], found: dict[int, Meta], placed: Sequence[Placed]) -> list[Placed]:
    """Messages with the same identity, which no other message of the folder has, and the same text below the header."""
    source, there = both.source, both.there
    left, over = _left(waiting, found, placed)
    if not left or not over:
        return []
    # Two that share an identity are told apart by none, also where one of them is accounted for.
    ours, theirs = _identities(source, list(waiting.values())), _identities(there, list(found.values()))
    free = {meta.uid for meta in left}
    pairs = {uid: theirs[key] for key, uid in ours.items() if uid in free and theirs.get(key) in over}
    texts = dict(digests(source, [waiting[uid] for uid in pairs], text_digest))
    copies = dict(digests(there, [found[uid] for uid in pairs.values()], text_digest))
    return [
        Placed(uid, copy, b"", adopted=True)
        for uid, copy in pairs.items()
        if uid in texts and texts[uid] == copies.get(copy)
    ]


def _identities(reader: Reader, metas: Sequence[Meta]) -> dict[bytes, int]:
    keys = defaultdict[bytes, list[int]](list)
    for uid, header in reader.headers([meta.uid for meta in metas], ("MESSAGE-ID", "DATE", "FROM", "SUBJECT")):
        lines = sorted(b" ".join(line.split()).lower() for line in _unfolded(header))
        if any(line.startswith(b"message-id:") for line in lines):
            keys[hashlib.sha256(b"\n".join(lines)).digest()].append(uid)
    return {key: uids[0] for key, uids in keys.items() if len(uids) == 1}


def _unfolded(header: bytes) -> Iterable[bytes]:
    return filter(bytes.strip, header.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n"))


def _pairs(waiting: dict[int, Meta], placed: Sequence[Placed], found: dict[int, Meta]) -> Iterator[tuple[Meta, Meta]]:
    """Each message with its copy."""
    for one in placed:
        meta, copy = waiting.get(one.uid), found.get(one.to_uid or 0)
        if meta is not None and copy is not None:
            yield meta, copy


def _flags(there: Reader, pairs: Iterable[tuple[Meta, Meta]], keep: Keep) -> None:
    groups = defaultdict[tuple[str, ...], list[int]](list)
    for meta, copy in pairs:
        flags = keep(meta)[0]
        if {flag.lower() for flag in flags} != {flag.lower() for flag in copy.flags} - {"\\recent"}:
            groups[flags].append(copy.uid)
    for flags, uids in groups.items():
        store(there.line, uids, flags)
