"""The words of real servers are said again byte for byte as such a server sends them."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailwright import lab as room
from mailwright.lab import replay
from mailwright.lab.replay import Row, spoken
from tests.lab import fault_client as client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Lab

ROWS = replay.rows()
SERVED = tuple(row for row in ROWS if row.stage in ("login", "greeting", "after_login", "sender"))[::4]


def test_imap_gets_its_tag() -> None:
    """A tagged answer carries the tag of the command (RFC 3501 §2.2.2)."""
    assert spoken("NO LOGIN failed.", "imap", tag="a1") == b"a1 NO LOGIN failed.\r\n"


def test_imap_untagged_lines_come_first() -> None:
    """Lines that begin with * stay as they are, the refusal follows."""
    said = spoken("* NO [WEBALERT https://x.test/] Web login required.\nNO [ALERT] Please (Failure)", "imap", tag="a1")
    assert said == b"* NO [WEBALERT https://x.test/] Web login required.\r\na1 NO [ALERT] Please (Failure)\r\n"


def test_imap_refusal_that_people_left_out() -> None:
    """A client waits for the tagged line, so an untagged one alone gets one."""
    assert spoken("* NO [WEBALERT u] Web login required.", "imap", tag="a1").endswith(
        b"\r\na1 NO Web login required.\r\n"
    )


def test_imap_bye_is_the_end() -> None:
    """After BYE nothing is said (RFC 3501 §7.1.5)."""
    assert spoken("* BYE Account exceeded limits.", "imap", tag="a1") == b"* BYE Account exceeded limits.\r\n"


def test_imap_before_any_command() -> None:
    """What has no status word is a BYE in place of the greeting."""
    assert spoken("ERR.LOGIN.DOMAINNOTEXIST", "imap") == b"* BYE ERR.LOGIN.DOMAINNOTEXIST\r\n"


def test_pop3_gets_its_status() -> None:
    """A bare text is an error (RFC 1939 §3)."""
    assert spoken("pop not allowed", "pop3") == b"-ERR pop not allowed\r\n"
    assert spoken("-ERR [IN-USE] busy", "pop3") == b"-ERR [IN-USE] busy\r\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("535 5.7.8 Error: authentication failed:", ["535 5.7.8 Error: authentication failed:"]),
        ("535-5.7.8 Not accepted. Learn more at 535 5.7.8 https://x.test/",
         ["535-5.7.8 Not accepted. Learn more at", "535 5.7.8 https://x.test/"]),
        ("534-5.7.9 Password required. Learn more at 5.7.9 https://x.test/",
         ["534-5.7.9 Password required. Learn more at", "534 5.7.9 https://x.test/"]),
        ("550-one 550-two 550 three", ["550-one", "550-two", "550 three"]),
        ("UC_CLIENT_NON_SSL", ["535 UC_CLIENT_NON_SSL"]),
        ("421 HL:REP", ["421 HL:REP"]),
    ],
)  # fmt: skip
def test_smtp_lines(text: str, lines: list[str]) -> None:
    """A reply quoted as one line becomes the lines it was (RFC 5321 §4.2.1)."""
    assert spoken(text, "smtp").decode().splitlines() == lines


def test_other_encodings() -> None:
    """Some servers speak Chinese in GB18030."""
    assert spoken("535 登录失败", "smtp", encoding="gb18030") == "535 登录失败\r\n".encode("gb18030")


def test_the_table_has_rows_of_every_stage() -> None:
    """Greeting, sign-in, mailbox and sender: all occur, and none is the word of a program."""
    assert {row.stage for row in ROWS} >= set(replay.STAGES)
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_every_row_can_be_said() -> None:
    """Each row makes whole lines that a client of the protocol can read."""
    for row, protocol in [(one, name) for one in ROWS for name in one.protocols or ("imap",)]:
        lines = spoken(row.say, protocol, tag="" if row.stage == "greeting" else "a1").decode().splitlines()
        assert all(0 < len(line) < 2000 for line in lines)
        last = {"imap": r"a1 |\* (BYE|NO|BAD|OK)|a1 NO", "pop3": r"-ERR|\+OK|\+ ", "smtp": r"\d{3}( |\Z)"}[protocol]
        assert any(re.match(last, line) for line in lines), row.id


@pytest.fixture(scope="module")
def repeating() -> Iterator[Lab]:
    """A lab in which a quarter of the table is served, each row by its own server."""
    folder = Path(os.path.realpath("/tmp")) / f"mw-replay-{os.getpid()}"
    ids = tuple(f"reply:{row.id}" for row in SERVED)
    with room.running(folder, options=room.Options(faults=ids)) as made:
        yield made


def test_rows_are_served_over_real_sockets(repeating: Lab) -> None:
    """A client that signs in gets to hear the words of the row, over good TLS."""

    def told(row: Row) -> str:
        return client.seen(repeating, f"reply:{row.id}", row.protocols[0] if row.protocols else "imap")

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(told, SERVED))
    missed = [row.id for row, said in zip(SERVED, seen, strict=True) if not _words(row.say) <= _words(said)]
    assert not missed, [said for row, said in zip(SERVED, seen, strict=True) if row.id in missed]


def _words(text: str) -> set[str]:
    """Its words, without the codes that start again on each line."""
    return set(re.findall(r"[a-z]{3,}", text.lower()))
