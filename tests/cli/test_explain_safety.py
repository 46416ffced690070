"""`mailwright explain` with secrets in what was pasted, and with whatever else may be piped in."""

from __future__ import annotations

import base64
import time

import pytest

from tests.cli.explaining import as_json, first
from tests.cli.program import LANGUAGES, Program

PASSWORD = "kX7-hunter2Wq"
PLAIN = base64.b64encode(b"\0li@example.org\0" + PASSWORD.encode()).decode()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "pasted",
    [
        f"535 5.7.8 authentication failed, password: {PASSWORD}",
        f"AUTH PLAIN {PLAIN}\r\n535 5.7.8 Error: authentication failed",
        f"C: AUTH PLAIN\nS: 334\nC: {PLAIN}\nS: 535 5.7.8 Error: authentication failed",
        f"send: 'AUTH PLAIN {PLAIN}\\r\\n'\nreply: b'535 5.7.8 Error: authentication failed\\r\\n'",
        f'a1 LOGIN "li@example.org" "{PASSWORD}"\r\na1 NO [AUTHENTICATIONFAILED] Authentication failed.',
        f'a1 LOGIN "li@example.org" "{PASSWORD}"',
        f"imaps://li:{PASSWORD}@imap.example.org:993 -> NO [AUTHENTICATIONFAILED] Authentication failed.",
        f"535 5.7.8 authentication failed, see https://li:{PASSWORD}@example.org/help",
        f"USER li\nPASS {PASSWORD}\n-ERR [AUTH] Authentication failed.",
    ],
)
def test_nothing_secret_is_repeated(program: Program, pasted: str, language: str) -> None:
    """What was pasted along with the error is in neither output, in no language, by argument or by stdin."""
    runs = (
        program("explain", pasted, "--lang", language, hidden=(PASSWORD, PLAIN)),
        program("explain", "--lang", language, "--json", stdin=pasted, hidden=(PASSWORD, PLAIN)),
    )
    for ran in runs:
        assert ran.code in (0, 3), ran
        assert PASSWORD[4:] not in ran.both
        assert PLAIN[:20] not in ran.both


def test_a_host_with_a_password(program: Program) -> None:
    """What stands before the @ of a pasted URL is not repeated, be the host good or bad."""
    for host in ("imap.qq.com", "imap!qq", ""):
        ran = program("explain", "535 Login Fail", "--host", f"imaps://li:{PASSWORD}/x@{host}", hidden=(PASSWORD,))
        assert PASSWORD[:6] not in ran.both
        assert ran.code == (0 if host == "imap.qq.com" else 2)


HOSTILE = {
    "megabyte": b"535 " + b"x" * 1_000_000,
    "brackets": b"[" * 100_000,
    "nested": b"535 (((" + b"([{<" * 100_000,
    "nul": b"\0" * 500 + b"535 5.7.8 authentication failed" + b"\0" * 500_000,
    "control": bytes(range(32)) * 20_000 + b" 535 authentication failed",
    "rtl": ("535 \u202eauthentication\u202c failed \u2066" * 20_000).encode(),
    "random": bytes(at * 7919 % 256 for at in range(200_000)),
    "lines": b"535-5.7.8 x\n" * 80_000,
    "links": b"<https://a" * 100_000,
    "words": b"password is " * 80_000,
    "logins": b"a1 LOGIN " * 100_000,
    "surrogates": b"535 " + b"\xed\xa0\x80" * 100_000,
    "painted": ("\ufdd0bad\ufdd1535 authentication failed\ufdd2" * 1000).encode(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input(program: Program, name: str) -> None:
    """Whatever comes in, the answer is short, valid and harmless to a terminal, and comes before a person gives up."""
    began = time.monotonic()
    ran = program("explain", stdin=HOSTILE[name])
    took = time.monotonic() - began
    assert ran.code in (0, 3), ran.err
    assert took < 30, took  # it takes a tenth of a second; what grows with the square of its input takes minutes
    assert len(ran.out) < 8_000
    assert not any(mark in ran.out for mark in "\u202e\u2066\0\x1b")
    document = as_json(program, stdin=HOSTILE[name])
    assert len(document["text"]) <= 2000


def test_the_end_of_a_long_log_counts(program: Program) -> None:
    """The last line of a log is read, however much stands before it, cut characters or not."""
    said = "535 Login Fail. Please enter your authorization code to login"
    log = "2026-01-01 12:00:00 DEBUG 一切正常\n" * 30_000
    assert first(as_json(program, stdin=f"{log}{said}")) == "auth.authcode"
    assert first(as_json(program, stdin=f"{log}{said}".encode("gb18030"))) == "auth.authcode"
