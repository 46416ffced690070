"""What has been moved, for one mailbox: the truth from which a copy goes on after a crash.

A SQLite file. A batch that the destination has acknowledged is written down and synced before the next thing is said
of it, so that what stands here is there, and what does not is looked for.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

from mailwright.core import BadInput
from mailwright.migrate.fetch import Meta

VERSION = 1
_BUSY_SECONDS = 20.0
_SCHEMA = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE folder (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, destination TEXT NOT NULL,
  source_validity INTEGER NOT NULL DEFAULT 0, destination_validity INTEGER NOT NULL DEFAULT 0,
  source_next INTEGER NOT NULL DEFAULT 0, source_modseq INTEGER NOT NULL DEFAULT 0,
  source_count INTEGER NOT NULL DEFAULT 0, destination_next INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL DEFAULT 0, dirty INTEGER NOT NULL DEFAULT 0);
CREATE TABLE message (
  folder INTEGER NOT NULL, uid INTEGER NOT NULL, size INTEGER NOT NULL, flags TEXT NOT NULL, date TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0, to_uid INTEGER, digest BLOB, why TEXT, PRIMARY KEY (folder, uid)) WITHOUT ROWID;
CREATE TABLE former (folder INTEGER NOT NULL, size INTEGER NOT NULL, to_uid INTEGER NOT NULL, digest BLOB NOT NULL);
CREATE INDEX left_behind ON message (size) WHERE state = 4 AND to_uid IS NOT NULL;
CREATE INDEX waiting ON message (folder, uid) WHERE state = 0;
CREATE INDEX unplaced ON message (folder, uid) WHERE state IN (1, 2) AND to_uid IS NULL;
"""


class State(IntEnum):
    """What has become of a message."""

    WAITING = 0
    COPIED = 1
    ADOPTED = 2
    FAILED = 3
    GONE = 4


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on both sides, and what was seen of it when it was last in order. Names as IMAP spells them."""

    id: int
    source: str
    destination: str
    source_validity: int
    destination_validity: int
    source_next: int
    source_modseq: int
    source_count: int
    destination_next: int
    made: bool
    dirty: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A message that is at the destination; `to_uid` None where the server does not tell."""

    uid: int
    to_uid: int | None
    digest: bytes
    adopted: bool = False


class Moved(NamedTuple):
    """A message that waits, and another, gone, that may have been it; `copy` is the UID at the destination."""

    folder: int
    uid: int
    flags: str
    left: int
    left_uid: int
    left_flags: str
    copy: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the source and what is known of it at the destination."""

    uid: int
    state: State
    to_uid: int | None
    digest: bytes


class Journal:
    """Opened or made at `path` for what `about` names. Several threads may use it. Close it when done.

    Raises BadInput("migrate.journal_other") for another pair of mailboxes, BadInput("migrate.journal") for no journal.
    """

    def __init__(self, path: Path, about: dict[str, str]) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._prepare(about)
        except (OSError, sqlite3.Error) as error:
            raise BadInput("migrate.journal", file=str(path), reason=str(error)[:200]) from error

    def _prepare(self, about: dict[str, str]) -> None:
        with self._change():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    self._db.execute(statement)
                self._db.executemany("INSERT INTO about VALUES (?, ?)", about.items())
                self._db.execute(f"PRAGMA user_version = {VERSION}")
            known = dict(self._db.execute("SELECT key, value FROM about").fetchall())
        if version > VERSION or any(known.get(key) != value for key, value in about.items()):
            self._db.close()
            raise BadInput("migrate.journal_other", file=str(self.path))

    def close(self) -> None:
        """Give the file back."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _change(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def folder(self, source: str, destination: str) -> Folder:
        """The folder called so at the source, made known with this destination if it was not."""
        with self._change():
            self._db.execute("INSERT OR IGNORE INTO folder (source, destination) VALUES (?, ?)", (source, destination))
            return self._folder("source = ?", source)

    def folders(self) -> list[Folder]:
        """All that are known."""
        with self._lock:
            return [_folder(row) for row in self._db.execute("SELECT * FROM folder ORDER BY id")]

    def again(self, folder: Folder) -> Folder:
        """The folder as it stands now."""
        with self._lock:
            return self._folder("id = ?", folder.id)

    def _folder(self, where: str, value: object) -> Folder:
        return _folder(self._db.execute(f"SELECT * FROM folder WHERE {where}", (value,)).fetchone())  # noqa: S608  # ours

    def note(self, folder: Folder, **values: int) -> Folder:
        """Write down fields of a folder."""
        assert values.keys() <= set(Folder.__dataclass_fields__)
        with self._change():
            names = ", ".join(f"{name} = ?" for name in values)
            self._db.execute(f"UPDATE folder SET {names} WHERE id = ?", (*values.values(), folder.id))  # noqa: S608  # ours
            return self._folder("id = ?", folder.id)

    def found(self, folder: Folder, metas: Iterable[Meta]) -> int:
        """Note messages of the source; how many were not known."""
        with self._change():
            before = self._db.total_changes
            self._db.executemany(
                # One that was gone is there again: its folder was away for a while.
                "INSERT INTO message (folder, uid, size, flags, date) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
                " SET state = iif(to_uid IS NULL, 0, 1) WHERE state = 4",
                ((folder.id, m.uid, m.size, " ".join(m.flags), m.date) for m in metas),
            )
            return self._db.total_changes - before

    def waiting(self, folder: Folder, after: int, most: int, *, newest: bool = False) -> list[Meta]:
        """The next messages that are to be copied, behind UID `after` (before it with `newest`)."""
        how = "uid < ? ORDER BY uid DESC" if newest else "uid > ? ORDER BY uid"
        with self._lock:
            rows = self._db.execute(
                f"SELECT uid, size, flags, date FROM message WHERE folder = ? AND state = 0 AND {how} LIMIT ?",  # noqa: S608  # ours
                (folder.id, after, most),
            ).fetchall()
        return [Meta(uid, size, tuple(flags.split()), date) for uid, size, flags, date in rows]

    def placed(self, folder: Folder, messages: Sequence[Placed]) -> None:
        """They are at the destination: synced when this returns."""
        with self._change():
            self._db.executemany(
                "UPDATE message SET state = ?, to_uid = ?, digest = ?, why = NULL WHERE folder = ? AND uid = ?",
                (
                    (State.ADOPTED if m.adopted else State.COPIED, m.to_uid, m.digest, folder.id, m.uid)
                    for m in messages
                ),
            )

    def failed(self, folder: Folder, uid: int, why: str) -> None:
        """This one cannot be copied: a class of causes and what the server said."""
        with self._change():
            self._db.execute(
                "UPDATE message SET state = ?, why = ? WHERE folder = ? AND uid = ?",
                (State.FAILED, why[:500], folder.id, uid),
            )

    def changed(self, folder: Folder, seen: Iterable[tuple[int, tuple[str, ...]]]) -> list[tuple[int, int | None, str]]:
        """Of UIDs with the flags they have now, those whose flags were others: UID, the destination's UID, flags."""
        found = []
        with self._lock:
            for uid, flags in seen:
                row = self._db.execute(
                    "SELECT to_uid, flags FROM message WHERE folder = ? AND uid = ? AND state != ?",
                    (folder.id, uid, State.GONE),
                ).fetchone()
                if row is not None and _same(row[1]) != _same(" ".join(flags)):
                    found.append((uid, row[0], " ".join(flags)))
        return found

    def flagged(self, folder: Folder, messages: Iterable[tuple[int, str]]) -> None:
        """UIDs and the flags that both sides have now."""
        with self._change():
            self._db.executemany(
                "UPDATE message SET flags = ? WHERE folder = ? AND uid = ?",
                ((flags, folder.id, uid) for uid, flags in messages),
            )

    def rows(self, folder: Folder, most: int) -> Iterator[list[Entry]]:
        """All messages that the source still has, in the order of their UIDs, so many at a time."""
        after = 0
        while True:
            with self._lock:
                rows = self._db.execute(
                    "SELECT uid, state, to_uid, digest FROM message WHERE folder = ? AND uid > ? AND state != ?"
                    " ORDER BY uid LIMIT ?",
                    (folder.id, after, State.GONE, most),
                ).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            yield [Entry(uid, State(state), to_uid, digest or b"") for uid, state, to_uid, digest in rows]

    def present(self, folder: Folder) -> int:
        """How many messages the source had when it was last looked at."""
        with self._lock:
            row = self._db.execute(
                "SELECT count(*) FROM message WHERE folder = ? AND state != ?", (folder.id, State.GONE)
            ).fetchone()
        return int(row[0])

    def uids(self, folder: Folder) -> list[int]:
        """The UIDs of the source that are not gone."""
        with self._lock:
            rows = self._db.execute(
                "SELECT uid FROM message WHERE folder = ? AND state != ? ORDER BY uid", (folder.id, State.GONE)
            ).fetchall()
        return [uid for (uid,) in rows]

    def retry(self, *, broken: bool = False) -> int:
        """Whatever could not be copied waits again, or only what a connection broke at; how many."""
        which = " AND (why LIKE 'source %' OR why LIKE 'destination %')" if broken else ""
        with self._change():
            cursor = self._db.execute(f"UPDATE message SET state = 0 WHERE state = ?{which}", (State.FAILED,))  # noqa: S608  # ours
            return cursor.rowcount

    def gone(self, folder: Folder, uids: Iterable[int]) -> None:
        """The source no longer has them."""
        with self._change():
            self._db.executemany(
                "UPDATE message SET state = ? WHERE folder = ? AND uid = ?",
                ((State.GONE, folder.id, uid) for uid in uids),
            )

    def vanished(self, folder: Folder) -> None:
        """The source no longer has the folder; should it come back, all of it is looked at."""
        with self._change():
            self._db.execute("UPDATE message SET state = ? WHERE folder = ?", (State.GONE, folder.id))
            self._db.execute("UPDATE folder SET source_next = 0, source_modseq = 0 WHERE id = ?", (folder.id,))

    def renumbered(self, folder: Folder) -> Folder:
        """The source has given new UIDs to all messages: those that are copied are remembered by what they hold."""
        with self._change():
            self._db.execute(
                "INSERT INTO former SELECT folder, size, to_uid, digest FROM message"
                " WHERE folder = ? AND to_uid IS NOT NULL AND digest IS NOT NULL",
                (folder.id,),
            )
            self._db.execute("DELETE FROM message WHERE folder = ?", (folder.id,))
            self._db.execute("UPDATE folder SET source_next = 0, source_modseq = 0 WHERE id = ?", (folder.id,))
            return self._folder("id = ?", folder.id)

    def former(self, folder: Folder) -> list[tuple[int, int, bytes]]:
        """Size, the destination's UID and digest of what was copied under UIDs that are no longer good."""
        with self._lock:
            return self._db.execute(
                "SELECT size, to_uid, digest FROM former WHERE folder = ? ORDER BY to_uid", (folder.id,)
            ).fetchall()

    def forget_former(self, folder: Folder) -> None:
        """They have been matched, as far as they can be."""
        with self._change():
            self._db.execute("DELETE FROM former WHERE folder = ?", (folder.id,))

    def displaced(self, folder: Folder) -> None:
        """The destination has given new UIDs to all messages: they wait, and where they are is to be found out."""
        with self._change():
            self._db.execute(
                "UPDATE message SET to_uid = NULL, state = iif(state IN (1, 2), 0, state) WHERE folder = ?",
                (folder.id,),
            )
            self._db.execute("DELETE FROM former WHERE folder = ?", (folder.id,))

    def copied_once(self, folder: Folder) -> list[tuple[int, bytes]]:
        """UID and digest of those that wait and were at the destination before."""
        with self._lock:
            return self._db.execute(
                "SELECT uid, digest FROM message WHERE folder = ? AND state = 0 AND digest IS NOT NULL ORDER BY uid",
                (folder.id,),
            ).fetchall()

    def moves(self) -> list[Moved]:
        """What waits, with all of the same size that is gone elsewhere, in the order of folders."""
        with self._lock:
            rows = self._db.execute(
                "SELECT w.folder, w.uid, w.flags, g.folder, g.uid, g.flags, g.to_uid, g.digest FROM message g"
                " JOIN message w ON w.size = g.size AND w.state = 0"
                " WHERE g.state = 4 AND g.to_uid IS NOT NULL AND g.digest IS NOT NULL"
                " ORDER BY w.folder, w.uid, g.folder, g.uid"
            ).fetchall()
        return [Moved(*row) for row in rows]

    def followed(self, messages: Iterable[tuple[Moved, int | None]]) -> None:
        """Each has its copy, which was that of what is gone, under this UID (None where the server does not tell)."""
        with self._change():
            for one, to_uid in messages:
                left = (one.left, one.left_uid)
                self._db.execute("UPDATE message SET to_uid = NULL WHERE folder = ? AND uid = ?", left)
                self._db.execute(
                    "UPDATE message SET state = 1, to_uid = ?, digest = ? WHERE folder = ? AND uid = ?",
                    (to_uid, one.digest, one.folder, one.uid),
                )

    def unplaced(self, folder: Folder) -> list[tuple[int, bytes]]:
        """UID and digest of those that are there under a UID nobody told."""
        with self._lock:
            return self._db.execute(
                "SELECT uid, digest FROM message WHERE folder = ? AND state IN (1, 2) AND to_uid IS NULL ORDER BY uid",
                (folder.id,),
            ).fetchall()

    def taken(self, folder: Folder, behind: int) -> set[int]:
        """The destination's UIDs from `behind` on that are accounted for."""
        with self._lock:
            rows = self._db.execute(
                "SELECT to_uid FROM message WHERE folder = ? AND to_uid >= ?", (folder.id, behind)
            ).fetchall()
        return {uid for (uid,) in rows}

    def counts(self) -> dict[State, tuple[int, int]]:
        """Messages and bytes by state."""
        with self._lock:
            rows = self._db.execute("SELECT state, count(*), sum(size) FROM message GROUP BY state").fetchall()
        return {State(state): (count, size or 0) for state, count, size in rows}

    def read(self, statement: str, *values: int) -> list[tuple[Any, ...]]:
        """What a SELECT gives."""
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def failures(self, most: int) -> list[tuple[str, int, str]]:
        """Folder, UID and why of messages that could not be copied."""
        with self._lock:
            return self._db.execute(
                "SELECT f.source, m.uid, m.why FROM message m JOIN folder f ON f.id = m.folder WHERE m.state = 3"
                " ORDER BY m.folder, m.uid LIMIT ?",
                (most,),
            ).fetchall()


def _same(flags: str) -> frozenset[str]:
    return frozenset(flag.lower() for flag in flags.split()) - {"\\recent"}


def _folder(row: tuple[int | str, ...]) -> Folder:
    id, source, destination, *numbers, made, dirty = row
    seven = (int(number) for number in numbers)
    return Folder(int(id), str(source), str(destination), *seven, bool(made), bool(dirty))  # type: ignore[call-arg,arg-type]
