"""How messages are sent to servers that can do more or less, and what becomes of those that are refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from mailwright.core import Endpoint, Protocol, Security
from mailwright.migrate.append import Message, Sent, Writer, expand
from mailwright.migrate.journal import Journal
from mailwright.migrate.mailbox import Fate
from mailwright.wire import WireError
from mailwright.wire.session import Session
from tests.migrate import moving, scripted, servers

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


def putting(says: bytes, *capabilities: str) -> tuple[list[Sent], list[Sent | None]]:
    """Two messages written to a server that says this: the transactions answered, and what put() gave back."""
    done = list[Sent]()
    tag = Session(Endpoint(Protocol.IMAP, "127.0.0.1", 143, Security.NONE)).tag().encode()
    with scripted.line([says.replace(b"TAG", tag)], *capabilities) as (line, _):
        writer = Writer(line, "INBOX", done.append, (10, 10_000))
        given = [writer.put(uid, 3, [memoryview(b"abc")], Message((), "", hashlib.sha256())) for uid in range(1, 3)]
        writer.settle()
    return done, given


def test_no_at_the_second_literal() -> None:
    """The transaction is void: it is given back with what it held, and told of once."""
    done, given = putting(b"+ go\r\nTAG NO [LIMIT] not that one\r\n", "MULTIAPPEND")
    assert given[0] is None
    assert given[1] is done[0]
    assert len(done) == 1
    assert [one.uid for one in done[0].letters] == [1]
    assert not done[0].good


@pytest.mark.parametrize("capabilities", [("MULTIAPPEND",), ("MULTIAPPEND", "LITERAL+"), ("LITERAL+",)])
def test_a_goodbye_breaks_the_connection(capabilities: tuple[str, ...]) -> None:
    """Nothing counts as taken."""
    with pytest.raises(WireError):
        putting(b"* BYE full of woe\r\n", *capabilities)


@pytest.mark.parametrize(
    ("code", "uids"),
    [
        ("[APPENDUID 7 4:5]", (7, [4, 5])),
        ("[APPENDUID 7 5,9]", (7, [5, 9])),
        ("[APPENDUID 7 4]", None),
        ("[APPENDUID 7 4:6]", None),
        ("[APPENDUID 7]", None),
        ("[APPENDUID x y]", None),
        ("", None),
    ],
)
def test_uids_as_a_server_tells_them(code: str, uids: tuple[int, list[int]] | None) -> None:
    """One for each message, or none is believed; the messages are there in any case."""
    done, given = putting(f"TAG OK {code} done\r\n".encode(), "MULTIAPPEND", "LITERAL+")
    assert given == [None, None]
    assert [(one.good, one.uids()) for one in done] == [(True, uids)]
