"""How messages are sent to servers that can do more or less, and what becomes of those that are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailwright.migrate.append import expand
from mailwright.migrate.journal import Journal
from mailwright.migrate.mailbox import Fate
from tests.migrate import moving, servers

Serve = Callable[..., servers.Server]
USERS = {"anna": moving.PASSWORD}


def fill(port: int, sizes: list[int]) -> None:
    with servers.signed_in(port, "anna", moving.PASSWORD) as client:
        for number, size in enumerate(sizes):
            body = f"Subject: {number}\r\n\r\n".encode() + b"x" * 70 * (size // 70) + b"\r\n"
            client.append("INBOX", r"(\Seen)", "", body)


@pytest.mark.parametrize(
    ("without", "also"),
    [
        pytest.param((), (), id="all"),
        pytest.param(("LITERAL+",), (), id="MULTIAPPEND alone"),
        pytest.param(("LITERAL+",), ("LITERAL-",), id="MULTIAPPEND and LITERAL-"),
        pytest.param(("MULTIAPPEND",), (), id="LITERAL+ alone"),
        pytest.param(("MULTIAPPEND", "LITERAL+"), ("LITERAL-",), id="LITERAL-"),
        pytest.param(("MULTIAPPEND", "LITERAL+", "UIDPLUS", "UNSELECT"), (), id="nothing"),
    ],
)
def test_every_rung_brings_all(serve: Serve, ground: Path, without: tuple[str, ...], also: tuple[str, ...]) -> None:
    """Each message once, in order, and nothing is said that the server does not know."""
    source, destination = (serve(servers.dovecot, users=USERS, fsync="never") for _ in range(2))
    fill(source.port, [100, 5000, 4096, 200, 300_000, 10] * 8)
    with servers.lesser(destination.port, without, also) as relay:
        _, rows = moving.passed(source.port, relay.port, ground / "j.db")
        assert relay.refused == []
    assert moving.is_through(rows)
    assert moving.contents(source.port) == moving.contents(destination.port)


@pytest.mark.parametrize("without", [(), ("LITERAL+",), ("MULTIAPPEND",)], ids=["all", "asked first", "one by one"])
def test_only_the_guilty_are_left_out(serve: Serve, ground: Path, without: tuple[str, ...]) -> None:
    """Messages too large for the destination, several in one transaction: every other one arrives once."""
    source = serve(servers.dovecot, users=USERS, fsync="never")
    destination = serve(servers.dovecot, users=USERS, fsync="never", largest=20_000)
    fill(source.port, [30_000 if number in {3, 17, 18, 39} else 500 for number in range(40)])
    with servers.lesser(destination.port, without) as relay:
        moving.passed(source.port, relay.port, ground / "j.db")
    book = Journal(ground / "j.db", {"source": "anna"})
    assert [uid for _, uid, _ in book.failures(99)] == [4, 18, 19, 40]
    book.close()
    was, now = (moving.contents(server.port)["INBOX"] for server in (source, destination))
    assert sorted(now) == sorted(one for number, one in enumerate(was) if number not in {3, 17, 18, 39})


def test_a_full_destination_takes_what_fits(serve: Serve, ground: Path) -> None:
    """The folder is told as full; what fits is there, and with more room the rest follows, each once."""
    source = serve(servers.dovecot, users=USERS, fsync="never")
    destination = serve(servers.dovecot, users=USERS, fsync="never", quota=60_000)
    fill(source.port, [1000] * 100)
    _, rows = moving.passed(source.port, destination.port, ground / "j.db")
    assert [row.fate for row in rows] == [Fate.FULL]
    there = moving.contents(destination.port)["INBOX"]
    assert 50 <= len(there) == len(set(there)) < 100
    book = Journal(ground / "j.db", {"source": "anna"})
    assert book.failures(9) == []
    book.close()


def test_uid_sets() -> None:
    """As a server may tell them; too many, or what is no set, is nothing."""
    assert expand("3:5,9,12:10", 9) == [3, 4, 5, 9, 10, 11, 12]
    assert [expand(text, 3) for text in ("1:9", "1:*", "x", "", "1:99999999999")] == [None] * 5
