"""What is written down of a move: whose it is, by whom it may be used, and that it is on the disk."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from mailwright.core import BadInput
from mailwright.migrate.fetch import Meta
from mailwright.migrate.journal import VERSION, Journal, Placed, State

ABOUT = {"source": "anna"}
DIGEST = b"\1" * 32


def metas(uids: range) -> list[Meta]:
    return [Meta(uid, 100, (), "01-Jan-2020 00:00:00 +0000") for uid in uids]


def test_another_pair_is_refused(tmp_path: Path) -> None:
    """And the journal stays good for its own."""
    Journal(tmp_path / "j.db", ABOUT).close()
    with pytest.raises(BadInput, match=r"migrate\.journal_other"):
        Journal(tmp_path / "j.db", {"source": "bert"})
    Journal(tmp_path / "j.db", ABOUT).close()


def test_what_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    """Not a byte of it is changed."""
    path = tmp_path / "j.db"
    path.write_bytes(b"Dear diary, " * 500)
    with pytest.raises(BadInput, match=r"migrate\.journal"):
        Journal(path, ABOUT)
    assert path.read_bytes() == b"Dear diary, " * 500


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    """It may hold what this version would not keep in order."""
    Journal(tmp_path / "j.db", ABOUT).close()
    with closing(sqlite3.connect(tmp_path / "j.db")) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(BadInput, match=r"migrate\.journal_other"):
        Journal(tmp_path / "j.db", ABOUT)


def test_threads_write_at_the_same_time(tmp_path: Path) -> None:
    """Each its folder; nothing is missing."""
    book, failed = Journal(tmp_path / "j.db", ABOUT), list[BaseException]()

    def copy(name: str) -> None:
        try:
            folder = book.folder(name, name)
            book.found(folder, metas(range(1, 101)))
            for uid in range(1, 101):
                book.placed(folder, [Placed(uid, uid, DIGEST)])
        except BaseException as error:  # noqa: BLE001  # it is told below
            failed.append(error)

    threads = [threading.Thread(target=copy, args=(f"f{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert book.counts() == {State.COPIED: (800, 80_000)}
    book.close()


def test_what_is_written_is_synced(tmp_path: Path) -> None:
    """Another connection reads it while the journal is open; each commit waits for the disk."""
    book = Journal(tmp_path / "j.db", ABOUT)
    folder = book.folder("INBOX", "INBOX")
    book.found(folder, metas(range(1, 3)))
    book.placed(folder, [Placed(1, 7, DIGEST)])
    full = 2
    assert book.read("PRAGMA synchronous") == [(full,)]
    with closing(sqlite3.connect(tmp_path / "j.db")) as other:
        rows = other.execute("SELECT uid, state, to_uid FROM message ORDER BY uid").fetchall()
    assert rows == [(1, State.COPIED, 7), (2, State.WAITING, None)]
    book.close()
