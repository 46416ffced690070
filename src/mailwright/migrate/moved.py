"""Mail that was moved at the source is moved at the destination, not copied again."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from mailwright import wire
from mailwright.migrate.doubt import digests
from mailwright.migrate.fetch import Meta, Reader
from mailwright.migrate.folder import at
from mailwright.migrate.journal import Folder, Journal
from mailwright.migrate.pairs import Pair
from mailwright.migrate.side import create, mailbox, select

Gone = tuple[int, int, int]
_COPYUID = re.compile(r"\d+ [\d:,]+ (\d{1,10})")


def follow(pair: Pair, journal: Journal) -> int:
    """Find what is gone in one folder and new in another, and move its copy; how many. Raises Broken or Refused."""
    folders = {folder.id: folder for folder in journal.folders()}
    found = 0
    for number, rows in itertools.groupby(journal.moves(), key=lambda row: row[0]):
        left: dict[bytes, list[Gone]] = {}
        for _, _, folder, uid, to_uid, digest in rows_of(rows, sizes := set[int]()):
            gone = left.setdefault(digest, [])
            if (folder, uid, to_uid) not in gone:
                gone.append((folder, uid, to_uid))
        here = folders[number]
        with at("source"):
            select(pair.reading(), here.source, readonly=True)
            news = list(digests(Reader(pair.reading()), [Meta(uid, 0, (), "") for uid in sorted(sizes)]))
        for uid, digest in news:
            if left.get(digest):
                folder, gone_uid, to_uid = left[digest].pop(0)
                moved = _move(pair, folders[folder], to_uid, here)
                journal.followed(here.id, uid, (folder, gone_uid), moved, digest)
                found += 1
    return found


def rows_of(
    rows: Iterable[tuple[int, int, int, int, int, bytes]], uids: set[int]
) -> Iterable[tuple[int, int, int, int, int, bytes]]:
    """The rows, with the UIDs of what is new noted in `uids`."""
    for row in rows:
        uids.add(row[1])
        yield row


def _move(pair: Pair, there: Folder, uid: int, here: Folder) -> int | None:
    """Move one message at the destination; its new UID, None where the server does not tell."""
    with at("destination"):
        writing = pair.writing()
        if not here.destination_validity:
            create(writing, here.destination)
        select(writing, there.destination, readonly=False)
        verb = "MOVE" if writing.session.has("MOVE") or writing.session.has("IMAP4REV2") else "COPY"
        answer, before = writing.command(f"UID {verb} {uid} {mailbox(here.destination)}")
        return _copyuid([answer, *before])


def _copyuid(said: list[wire.imap_parse.Response]) -> int | None:
    for one in said:
        told = _COPYUID.fullmatch(one.code_args) if one.code == "COPYUID" else None
        if told:
            return int(told[1])
    return None
