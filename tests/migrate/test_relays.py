"""What stands before the servers: lines that are slow or break, and servers that can do less."""

from __future__ import annotations

import imaplib
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.migrate import servers

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from io import BufferedRWPair

PASSWORD = "a secret"


def signed_in(port: int) -> AbstractContextManager[imaplib.IMAP4]:
    return servers.signed_in(port, "anna", PASSWORD)


@pytest.fixture
def plain(serve: Callable[..., servers.Server]) -> servers.Server:
    return serve(servers.dovecot, users={"anna": PASSWORD})


def test_a_relay_is_late_both_ways(plain: servers.Server) -> None:
    """Each question takes a round trip, and many bytes take no longer for being many."""
    with servers.relay(plain.port, 0.1) as relay, signed_in(relay.port) as client:
        began = time.monotonic()
        client.noop()
        assert 0.1 <= time.monotonic() - began < 0.3
        large = b"a: b\r\n\r\n" + b"x" * 8_000_000
        client.append("INBOX", "", "", large)
        began = time.monotonic()
        client.select()
        assert client.fetch("1", "BODY[]")[1][0][1] == large  # type: ignore[index]
        assert time.monotonic() - began < 2


def put(port: int, body: bytes) -> None:
    with signed_in(port) as client:
        client.append("INBOX", "", "", body)


def test_a_cutting_relay_breaks_where_it_was_told(plain: servers.Server) -> None:
    """A connection is reset after so many bytes, at the same place for the same seed, and later ones are good."""
    moved = []
    for seed in (None, 3, 3):
        with servers.cutting(plain.port, after=20_000, seed=seed, times=1) as relay:
            with pytest.raises((OSError, imaplib.IMAP4.abort)):
                put(relay.port, b"x" * 40_000)
            moved.append(relay.links[0].moved)
            with signed_in(relay.port) as client:
                assert client.noop()[0] == "OK"
    assert moved[0] == 20_000
    assert moved[1] == moved[2] < 20_000


def test_a_relay_can_be_cut_at_any_moment(plain: servers.Server) -> None:
    """cut() breaks what is connected, not what comes after."""
    with servers.cutting(plain.port, after=10**9) as relay:
        with signed_in(plain.port) as other, suppress(imaplib.IMAP4.abort), signed_in(relay.port) as client:
            relay.cut()
            with pytest.raises((OSError, imaplib.IMAP4.abort)):
                client.noop()
            assert other.noop()[0] == "OK"
        with signed_in(relay.port) as again:
            assert again.noop()[0] == "OK"


LADDER = ("MULTIAPPEND", "LITERAL+", "UIDPLUS", "CONDSTORE")


def spoken(port: int, *commands: bytes) -> list[bytes]:
    """Say each whole, literals and all; the tagged answers, b"" for a connection that ended."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line, line.makefile("rwb") as file:
        welcome = file.readline()
        login = f'a LOGIN anna "{PASSWORD}"\r\n'.encode()
        return [welcome, *(answered(file, command) for command in (login, *commands))]


def answered(file: BufferedRWPair, command: bytes) -> bytes:
    answer, tag = b"", command.partition(b" ")[0] + b" "
    with suppress(OSError):
        file.write(command)
        file.flush()
        while (answer := file.readline()) and not answer.startswith(tag):
            pass
    return answer


ASKED = (
    b"b APPEND INBOX {3+}\r\na:b\r\n",
    b"c APPEND INBOX {3+}\r\na:b {3+}\r\nc:d\r\n",
    b"d SELECT INBOX (CONDSTORE)\r\n",
    b"e UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)\r\n",
    b"f UID EXPUNGE 1\r\n",
    b"g SELECT INBOX\r\n",
)


def test_dovecot_can_do_all_of_the_ladder(plain: servers.Server) -> None:
    """The near miss of the next test: without a relay before it nothing of that is refused or unsaid."""
    welcome, login, *answers = spoken(plain.port, *ASKED)
    assert b"LITERAL+" in welcome
    assert all(name.encode() in login for name in ("MULTIAPPEND", "UIDPLUS", "CONDSTORE", "QRESYNC"))
    assert [answer[:4] for answer in answers] == [b"b OK", b"c OK", b"d OK", b"e OK", b"f OK", b"g OK"]
    assert b"APPENDUID" in answers[0]


def test_what_a_lesser_server_lacks_it_refuses(plain: servers.Server) -> None:
    """Neither offered nor taken: literals that do not wait, several messages at once, UIDPLUS, CONDSTORE."""
    with servers.lesser(plain.port, LADDER) as relay:
        welcome, login, *rest = spoken(relay.port, *ASKED[2:])
        offered = welcome + login
        assert not [name for name in (*LADDER, "QRESYNC", "COMPRESS") if name.encode() in offered]
        assert b"IDLE" in offered
        assert [answer[2:5] for answer in rest] == [b"BAD", b"BAD", b"BAD", b"OK "]
        assert spoken(relay.port, ASKED[0])[2].startswith(b"b BAD")
    with servers.lesser(plain.port, ("MULTIAPPEND",)) as relay:
        assert [answer[:4] for answer in spoken(relay.port, *ASKED[:2])[2:]] == [b"b OK", b"c BA"]
        assert len(relay.refused) == 1
    with servers.lesser(plain.port, ("LITERAL+",), also=("LITERAL-",)) as relay:
        small, large = spoken(relay.port, ASKED[0], b"h APPEND INBOX {5000+}\r\n" + b"x" * 5000 + b"\r\n")[2:]
        assert small.startswith(b"b OK")
        assert large.startswith(b"h BAD")


def test_a_lesser_server_passes_on_all_else(plain: servers.Server) -> None:
    """Literals that wait, those that are refused, and messages of any content go through whole."""
    body = b"a: b\r\n\r\n{5}\r\nb OK done\r\n* CAPABILITY UIDPLUS\r\n" + b"x" * 3_000_000
    with servers.lesser(plain.port, LADDER) as relay, signed_in(relay.port) as client:
        assert client.append("Nowhere", "", "", body)[0] == "NO"
        kind, answer = client.append("INBOX", r"(\Seen)", "", body)
        assert (kind, b"APPENDUID" in bytes(answer[0])) == ("OK", False)
        client.select()
        assert client.fetch("1", "BODY[]")[1][0][1] == body  # type: ignore[index]
