"""What a destination does not take, as the person who moves is told of it."""

from __future__ import annotations

import imaplib
import json
import ssl
from typing import TYPE_CHECKING

import pytest

from tests.cli.program import Program, Ran
from tests.migrate import servers
from tests.migrate.conftest import ground, serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["ground", "serve"]  # fixtures

SIZES = (1_000, 60_000, 2_000)
WORDS = {"li": "geheim-4711", "an": "geheim-4712"}


def moved(program: Program, made: servers.Server, folder: Path, *more: str, to: servers.Server | None = None) -> Ran:
    both = (made, to or made)
    (folder / "ca.pem").write_text("".join(one.ca.read_text() for one in both))
    hosts = [f"{one.host}:{one.tls_port}" for one in both]
    led = [word for one in both for word in ("--connect-to", f"{one.host}:{one.tls_port}:127.0.0.1:{one.tls_port}")]
    ways = (*led, "--ca", str(folder / "ca.pem"), "--passwords-stdin", "--journal", str(folder / "j.db"))
    sides = (f"imaps://li@{hosts[0]}", f"imaps://an@{hosts[1]}")
    return program("migrate", *sides, *ways, *more, stdin="\n".join(WORDS.values()) + "\n")


def filled(made: servers.Server) -> None:
    context = ssl.create_default_context(cafile=str(made.ca))
    context.check_hostname = False
    with imaplib.IMAP4_SSL("127.0.0.1", made.tls_port, ssl_context=context) as client:
        client.login("li", WORDS["li"])
        for size in SIZES:
            assert client.append("INBOX", "", "", b"Subject: x\r\n\r\n" + b"y" * size + b"\r\n")[0] == "OK"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_room(program: Program, serve: Callable[..., servers.Server], tmp_path: Path, language: str) -> None:
    """A full mailbox is named with what was said and who can help; exit code 1, and the command to go on."""
    made = serve(servers.dovecot, users=WORDS, tls=True, quota=100_000)
    filled(made)
    context = ssl.create_default_context(cafile=str(made.ca))
    context.check_hostname = False
    with imaplib.IMAP4_SSL("127.0.0.1", made.tls_port, ssl_context=context) as client:
        client.login("an", WORDS["an"])
        assert client.append("INBOX", "", "", b"Subject: old\r\n\r\n" + b"z" * 80_000 + b"\r\n")[0] == "OK"
    ran = moved(program, made, tmp_path, "--lang", language)
    assert ran.code == 1, ran
    assert {"zh": "装不下", "en": "no room left"}[language] in ran.out
    assert "uota" in ran.out
    assert "mailwright migrate imaps://" in ran.out.replace("\n", " ")
    assert "{" not in ran.both
    document = json.loads(moved(program, made, tmp_path, "--json").out)
    assert (document["next"], [row["fate"] for row in document["folders"]]) == ("again", ["full"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_too_big(program: Program, serve: Callable[..., servers.Server], tmp_path: Path, language: str) -> None:
    """The message is named, with its class; the others are there; --retry-failed is the next step."""
    made = serve(servers.dovecot, users=WORDS, tls=True)
    filled(made)
    small = serve(servers.dovecot, users=WORDS, tls=True, largest=30_000)
    ran = moved(program, made, tmp_path, "--lang", language, to=small)
    assert ran.code == 1, ran
    assert {"zh": "INBOX", "en": "INBOX, message 2: larger than the destination takes"}[language] in ran.out
    assert "--retry-failed" in ran.out
    assert "{" not in ran.both
    document = json.loads(moved(program, made, tmp_path, "--json", to=small).out)
    assert (document["totals"]["messages"], document["totals"]["failed"]) == (2, 1)
    assert [(one["uid"], one["class"]) for one in document["folders"][0]["failed"]] == [(2, "too_big")]
