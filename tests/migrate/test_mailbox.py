"""Pass after pass between real servers: what is new, changed, moved, gone or renumbered, and nothing twice."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mailwright.migrate.compare import compare
from mailwright.migrate.journal import Folder, Journal
from mailwright.migrate.keeping import Losses
from mailwright.migrate.mailbox import Fate, Row
from tests.migrate import moving, servers

Serve = Callable[..., servers.Server]
USERS = {"anna": moving.PASSWORD}
BOTH_WAYS = [("2.3", "2.4"), ("2.4", "2.3")]


class Place:
    """Two servers and a journal."""

    def __init__(self, source: int, destination: int, journal: Path) -> None:
        self.source, self.destination, self.journal = source, destination, journal

    def go(self, **given: Any) -> dict[str, Row]:
        """One pass."""
        self.move, rows = moving.passed(self.source, self.destination, self.journal, **given)
        return {row.source: row for row in rows}

    def same(self) -> bool:
        """Both hold the same messages in the same folders and order."""
        return moving.contents(self.source) == moving.contents(self.destination)

    @contextmanager
    def book(self) -> Iterator[Journal]:
        book = Journal(self.journal, {"source": "anna"})
        try:
            yield book
        finally:
            book.close()


@contextmanager
def at(port: int, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
    with servers.signed_in(port, "anna", moving.PASSWORD) as client:
        client.select(folder)
        yield client


def put(port: int, *subjects: str, folder: str = "INBOX", flags: str = "", extra: str = "") -> None:
    with servers.signed_in(port, "anna", moving.PASSWORD) as client:
        client.create(folder)
        for subject in subjects:
            kind, said = client.append(folder, flags, '"01-Feb-2024 10:00:00 +0000"', message(subject, extra))
            assert kind == "OK", said


def message(subject: str, extra: str = "") -> bytes:
    head = f"From: a@mail.test\r\nDate: Thu, 1 Feb 2024 10:00:00 +0000\r\nMessage-ID: <{subject}@mail.test>\r\n"
    return f"{head}{extra}Subject: {subject}\r\n\r\ntext of {subject}\r\n".encode()


@pytest.fixture(params=BOTH_WAYS, ids=["2.3-2.4", "2.4-2.3"])
def two(serve: Serve, ground: Path, request: pytest.FixtureRequest) -> Place:
    return placed(serve, ground, *request.param)


@pytest.fixture
def one(serve: Serve, ground: Path) -> Place:
    return placed(serve, ground, "2.3", "2.3")


def placed(serve: Serve, ground: Path, source: str, destination: str) -> Place:
    left, right = (serve(servers.dovecot, version=version, users=USERS) for version in (source, destination))
    return Place(left.port, right.port, ground / "journal.db")


def fates(rows: dict[str, Row]) -> dict[str, Fate]:
    return {name: row.fate for name, row in rows.items()}


def test_what_is_new_changed_and_gone(two: Place) -> None:
    """New mail follows, flags follow, what vanished stays; and a pass over nothing new does nothing."""
    put(two.source, "one", "two", "three", flags=r"(\Seen $Label1)")
    put(two.source, "else", folder="Work")
    assert set(fates(two.go()).values()) == {Fate.DONE}
    assert two.same()
    assert two.move.progress.messages == 4
    assert set(fates(two.go()).values()) == {Fate.UNCHANGED}
    with at(two.source) as client:
        client.store("1", "FLAGS", r"(\Flagged)")
        client.store("2", "+FLAGS", r"(\Answered)")
        client.store("3", "+FLAGS", r"(\Deleted)")
        client.expunge()
    put(two.source, "four")
    rows = two.go()
    assert fates(rows)["INBOX"] is Fate.DONE
    assert two.move.progress.messages == 1
    source, destination = moving.contents(two.source), moving.contents(two.destination)
    assert source["INBOX"] == [destination["INBOX"][at] for at in (0, 1, 3)]
    assert len(destination["INBOX"]) == 4
    assert source["Work"] == destination["Work"]
    assert set(fates(two.go()).values()) == {Fate.UNCHANGED}


def test_flags_follow_without_condstore(one: Place) -> None:
    """Where the source counts no changes they are compared; where the destination tells no UIDs they are found."""
    put(one.source, *"abcdef")
    with (
        servers.lesser(one.source, ("CONDSTORE",)) as source,
        servers.lesser(one.destination, ("UIDPLUS", "CONDSTORE")) as destination,
    ):
        place = Place(source.port, destination.port, one.journal)
        place.go()
        with at(one.source) as client:
            client.store("2:3", "+FLAGS", r"(\Seen \Flagged)")
        put(one.source, "g")
        place.go()
        assert place.move.progress.messages == 1
        assert source.refused + destination.refused == []
    assert one.same()


def test_moved_mail_is_moved(two: Place) -> None:
    """Nothing is sent again: many at once, with their new flags, into an old folder and one that is new."""
    put(two.source, *(f"m{number}" for number in range(30)))
    put(two.source, "old", folder="Archive")
    two.go()
    with at(two.source) as client:
        client.create("New")
        client.uid("MOVE", "1:10", "Archive")
        client.uid("MOVE", "11:20", "New")
    with at(two.source, "New") as client:
        client.store("1:5", "+FLAGS", r"(\Seen)")
    two.go()
    assert two.move.progress.messages == 0
    assert two.move.progress.through == 0
    assert two.same()
    assert set(fates(two.go()).values()) == {Fate.UNCHANGED}
    with at(two.source, "Archive") as client:
        client.uid("MOVE", "1:*", "INBOX")
    two.go()
    assert (two.move.progress.through, two.same()) == (0, True)


def test_a_renamed_folder_is_not_sent_again(two: Place) -> None:
    """Its mail is moved into the new one; a folder that was removed stays at the destination."""
    put(two.source, *"abc", folder="Before")
    put(two.source, "x", folder="Removed")
    two.go()
    with at(two.source) as client:
        client.rename("Before", "After")
        client.delete("Removed")
    two.go()
    found = moving.contents(two.destination)
    assert two.move.progress.through == 0
    assert found["After"] == moving.contents(two.source)["After"]
    assert (found["Before"], len(found["Removed"])) == ([], 1)
    put(two.source, "x", folder="Removed")
    two.go()
    assert len(moving.contents(two.destination)["Removed"]) == 1


def test_new_uids_on_either_side_copy_nothing_again(two: Place) -> None:
    """UIDVALIDITY changed at the source, then at the destination: all is known by what it holds, flags included."""
    names = [f"m{number}" for number in range(6)]
    put(two.source, *names, folder="Box")
    two.go()
    for port in (two.source, two.destination):
        with at(port) as client:
            client.delete("Box")
        put(port, *names, folder="Box", flags=r"(\Flagged)" if port == two.source else "")
        if port == two.destination:
            put(port, f"new {two.source}", folder="Box")
        # A folder at the destination is looked at when its source has something new.
        put(two.source, f"new {port}", folder="Box")
        two.go()
        assert (port, two.move.progress.messages, two.same()) == (port, 1, True)


@pytest.mark.parametrize("extra", ["", "X-TUID: ab12cd34\r\n"], ids=["copied", "mbsync"])
def test_what_another_tool_has_copied_is_adopted(two: Place, extra: str) -> None:
    """Not doubled, also with a header of the tool's own; what has the same header and another text is other mail."""
    put(two.source, *"abcd", flags=r"(\Seen)")
    put(two.destination, *"abc", extra=extra)
    with servers.signed_in(two.destination, "anna", moving.PASSWORD) as client:
        client.append("INBOX", "", "", message("d").replace(b"text of", b"something else of"))
    two.go()
    assert (two.move.progress.adopted, two.move.progress.messages) == (3, 1)
    found = moving.contents(two.destination)["INBOX"]
    assert len(found) == 5
    assert {moving.contents(two.source)["INBOX"][3]} <= set(found)
    assert [flags for flags, _, _ in found] == [("\\Seen",)] * 3 + [()] + [("\\Seen",)]
    two.go()
    assert len(moving.contents(two.destination)["INBOX"]) == 5


def test_adopting_survives_its_own_end(one: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off while what is there is being looked at: the next pass looks again, and doubles nothing."""
    put(one.source, *"abc")
    put(one.destination, *"abc")
    monkeypatch.setattr("mailwright.migrate.journal.Journal.placed", _ended)
    with pytest.raises(KeyboardInterrupt):
        one.go()
    monkeypatch.undo()
    one.go()
    assert (one.move.progress.messages, one.move.progress.adopted) == (0, 3)
    assert len(moving.contents(one.destination)["INBOX"]) == 3


def _ended(*_: object) -> None:
    raise KeyboardInterrupt


def test_flags_changed_between_two_passes_that_broke_off(one: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was copied before a folder's first pass came to its end gets the flags it has later."""
    put(one.source, *"abc")
    noted: Any = Journal.note

    def not_done(self: Journal, folder: Folder, **values: int) -> Folder:
        if "source_next" in values:
            raise KeyboardInterrupt
        return noted(self, folder, **values)  # type: ignore[no-any-return]

    monkeypatch.setattr(Journal, "note", not_done)
    with pytest.raises(KeyboardInterrupt):
        one.go()
    monkeypatch.undo()
    with at(one.source) as client:
        client.store("1:2", "+FLAGS", r"(\Seen)")
    one.go()
    assert one.same()


def test_several_pairs_and_the_newest_first(two: Place) -> None:
    """The same mail, whatever the way."""
    for name in ("INBOX", "A", "B", "C"):
        put(two.source, *(f"{name}{number}" for number in range(12)), folder=name)
    assert set(fates(two.go(pairs=3, newest=True)).values()) == {Fate.DONE}
    found, wanted = moving.contents(two.destination), moving.contents(two.source)
    assert {name: sorted(all_) for name, all_ in found.items()} == {name: sorted(all_) for name, all_ in wanted.items()}


def test_compare_finds_each_kind_of_difference(two: Place) -> None:
    """Nothing wrong at first; then a flag, a missing message and one that was altered are found, each by its UID."""
    put(two.source, *"abcd")
    two.go()
    sides = moving.side(two.source), moving.side(two.destination)
    with two.book() as book:
        assert [(one.same, one.good) for one in compare(*sides, book, Losses().keeping)] == [(4, True)]
        with at(two.destination) as client:
            client.store("1", "+FLAGS", r"(\Flagged)")
            client.store("2", "+FLAGS", r"(\Deleted)")
            client.expunge()
        row = next(compare(*sides, book, Losses().keeping))
        assert (row.same, row.flags, row.missing, row.good) == (2, 1, 1, False)
        assert row.named == {"flags": [1], "missing": [2]}
