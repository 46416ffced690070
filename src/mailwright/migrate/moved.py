"""Mail that was moved at the source is moved at the destination, not copied again."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from mailwright import wire
from mailwright.migrate.append import expand
from mailwright.migrate.doubt import digests
from mailwright.migrate.fetch import Meta, Reader
from mailwright.migrate.folder import FolderPass, at
from mailwright.migrate.journal import Folder, Journal, Moved
from mailwright.migrate.pairs import Pair
from mailwright.migrate.side import mailbox, select, sequence_set

AT_ONCE = 500
_COPYUID = re.compile(r"\d+ ([\d:,]{1,100000}) ([\d:,]{1,100000})")


def follow(pair: Pair, journal: Journal, passes: Sequence[FolderPass]) -> int:
    """Find what is gone in one folder and new in another, and move its copy; how many. Raises Broken or Refused."""
    folders = {folder.id: folder for folder in journal.folders()}
    here = {one.folder.id: one for one in passes}
    moved, used = 0, set[tuple[int, int]]()
    for number, rows in itertools.groupby(journal.moves(), key=lambda row: row.folder):
        if number not in here:
            continue
        found = _found(pair, here[number].folder, rows, used)
        groups = defaultdict[int, list[Moved]](list)
        for one in found:
            groups[one.left].append(one)
        if groups and _prepared(pair, here[number]):
            for left, some in groups.items():
                moved += _moved(pair, here[number], folders[left], some)
    return moved


def _found(pair: Pair, here: Folder, rows: Iterable[Moved], used: set[tuple[int, int]]) -> list[Moved]:
    """Of what may have been moved here that which was; a copy can go to one place only."""
    maybe = defaultdict[int, list[Moved]](list)
    for row in rows:
        maybe[row.uid].append(row)
    with at("source"):
        select(pair.reading(), here.source, readonly=True)
        news = list(digests(Reader(pair.reading()), [Meta(uid, 0, (), "") for uid in sorted(maybe)]))
    found = []
    for uid, digest in news:
        for one in maybe[uid]:
            if one.digest == digest and (one.left, one.left_uid) not in used:
                used.add((one.left, one.left_uid))
                found.append(one)
                break
    return found


def _prepared(pair: Pair, one: FolderPass) -> bool:
    """Make the folder if it is not there; False where it has first to be found out what is in it."""
    target, journal = one.target(pair), one.move.journal
    known = one.folder.destination_validity
    if known != target.validity and not (known == 0 and one.folder.made):
        return False
    if not one.folder.dirty:
        # Whatever happens, what arrives there is looked at before anything is copied.
        one.folder = journal.note(
            one.folder, destination_validity=target.validity, destination_next=target.next, dirty=1
        )
    return True


def _moved(pair: Pair, one: FolderPass, there: Folder, found: list[Moved]) -> int:
    """Move messages at the destination and write down where they are; how many."""
    journal, moved = one.move.journal, list[tuple[Moved, int | None]]()
    with at("destination"):
        writing = pair.writing()
        opened = select(writing, there.destination, readonly=False)
        if opened.validity != there.destination_validity:
            return 0
        still = {uid for uid, _ in Reader(writing).flags(sequence_set(row.copy for row in found))}
        verb = "MOVE" if writing.session.has("MOVE") or writing.session.has("IMAP4REV2") else "COPY"
        here = [row for row in found if row.copy in still]
        for at_, some in ((at_, here[at_ : at_ + AT_ONCE]) for at_ in range(0, len(here), AT_ONCE)):
            told = {row.copy: row.copy for row in some}
            if there.id != one.folder.id:
                answer, before = writing.command(f"UID {verb} {sequence_set(told)} {mailbox(one.folder.destination)}")
                told = _copyuid([answer, *before])
            moved += [(row, told.get(row.copy)) for row in some]
            journal.followed(moved[at_:])
    one.change_flags(pair, [(row.uid, uid, row.flags) for row, uid in moved if uid and row.flags != row.left_flags])
    return len(moved)


def _copyuid(said: list[wire.imap_parse.Response]) -> dict[int, int]:
    """The UID here of each UID there; nothing where the server does not tell (RFC 4315 §3)."""
    for one in said:
        told = _COPYUID.fullmatch(one.code_args) if one.code == "COPYUID" else None
        if told:
            before, after = expand(told[1], AT_ONCE), expand(told[2], AT_ONCE)
            if before and after and len(before) == len(after):
                return dict(zip(before, after, strict=True))
    return {}
