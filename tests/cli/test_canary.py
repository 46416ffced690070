"""Secrets stay where they belong: not in files, not in what other processes of the person can see."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli import proxy as proxies
from tests.cli.program import Program, leaks, valid
from tests.cli.test_oauth import ANNA, CLIENT, browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Lab

CANARY = "canary-9f4e-Zw7Qm2-läuft"
SPY = """
import os, sys
seen = open(sys.argv[1], "ab")
process = os.getpid()
above = b""
while b"mailwright" not in above:  # we, the shell, the program
    above = open(f"/proc/{process}/cmdline", "rb").read()
    seen.write(above + open(f"/proc/{process}/environ", "rb").read())
    process = int(open(f"/proc/{process}/stat").read().rpartition(")")[2].split()[1])
print(open(sys.argv[2], encoding="utf-8").read())
"""


@pytest.fixture
def own(inside: Program, tmp_path: Path) -> Iterator[Program]:
    """The program with home, configuration and temporary files in one folder; none of them holds the canary."""
    home = tmp_path / "own"
    home.mkdir()
    folders = {"HOME": str(home), "TMPDIR": str(home), "MAILWRIGHT_CONFIG": str(home), "XDG_CACHE_HOME": str(home)}
    yield Program({**inside.variables, **folders})
    for file in home.rglob("*"):
        assert not file.is_file() or not leaks(file.read_bytes().decode(errors="replace"), [CANARY]), file


def spy(folder: Path, secret: str) -> str:
    """A command that notes what can be seen of itself and of those above it, and prints the secret."""
    (folder / "spy.py").write_text(SPY)
    (folder / "secret").write_text(secret, encoding="utf-8")
    return f"{sys.executable} {folder}/spy.py {folder}/seen {folder}/secret"


FLOWS: dict[str, tuple[str, ...]] = {
    "wrong": ("anna@auto.test",),
    "pop3": ("anna@auto.test", "--protocol", "pop3"),
    "cram": ("anna@cram.test",),
    "oauth_only": ("anna@oauth.test",),
    "doubtful": ("anna@srvout.test",),
    "trusted": ("anna@http.test", "--trust-host", "box.http.test"),
    "nothing": ("anna@nothing.test",),
    "no_dns": ("anna@auto.test", "--resolver", "127.77.250.250:9", "--timeout", "1"),
    "whole_address": ("anna@ispdb.test", "--send-address"),
}


@pytest.mark.parametrize("name", FLOWS)
def test_however_it_ends(own: Program, name: str) -> None:
    """A password shows in no answer, trace or document, whatever happens to it; nor in any file."""
    ran = own("setup", *FLOWS[name], "--password-stdin", "--trace", "--json", stdin=CANARY, hidden=[CANARY])
    assert ran.code in (1, 2, 3)
    if ran.out:
        valid(ran.out)


def test_a_server_that_cannot_be_reached(own: Program) -> None:
    """Nothing is tried, nothing shown, when nobody answers where the password would go."""
    closed = {"MAILWRIGHT_CONNECT_TO": f":993::1 :465::1 {own.variables['MAILWRIGHT_CONNECT_TO']}"}
    arguments = ("setup", "anna@auto.test", "--password-stdin", "--trace")
    ran = own(*arguments, env=closed, stdin=CANARY, hidden=[CANARY])
    assert ran.code in (1, 3)
    assert "AUTHENTICATE" not in ran.out
    assert "imap.auto.test:993" in ran.out


@pytest.mark.parametrize("option", ["--password-command", "--token-command"])
def test_by_a_command(own: Program, option: str, tmp_path: Path) -> None:
    """What one command printed, no process can be seen to have: not the program, not the next command."""
    command = spy(tmp_path, CANARY)
    address = "anna@auto.test" if option.startswith("--pass") else "anna@oauth.test"
    ran = own("setup", address, option, command, "--trace", hidden=[CANARY])
    assert ran.code == 1
    seen = (tmp_path / "seen").read_bytes().decode(errors="replace")
    assert f"MAILWRIGHT_ADDRESS={address}" in seen
    assert "-m\0mailwright\0setup" in seen
    assert not leaks(seen, [CANARY])


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["people", "programs"])
def test_a_move(own: Program, more: tuple[str, ...], tmp_path: Path) -> None:
    """Neither side's secret is seen by a command, in what is said, in the document or in the journal."""
    command = spy(tmp_path, CANARY)
    sides = ("imaps://anna%40auto.test@imap.auto.test", "imaps://anna%40wellknown.test@box.wellknown.test")
    ways = ("--from-password-command", command, "--to-password-command", command)
    ran = own("migrate", *sides, *ways, "--journal", str(tmp_path / "own" / "journal.db"), *more, hidden=[CANARY])
    assert ran.code == 1, ran
    assert not leaks((tmp_path / "seen").read_bytes().decode(errors="replace"), [CANARY])


def test_the_proxy_password_is_not_handed_on(own: Program, lab: Lab, tmp_path: Path) -> None:
    """The command for the mail password cannot see the proxy's password."""
    (tmp_path / "proxy-secret").write_text(CANARY, encoding="utf-8")
    with proxies.running("socks5", lab, CANARY) as proxy:
        ways = ("--proxy", proxy.url, "--proxy-password-command", f"cat {tmp_path}/proxy-secret")
        command = spy(tmp_path, lab.account("anna@auto.test").password)
        ran = own("setup", "anna@auto.test", *ways, "--password-command", command, "--trace", hidden=[CANARY])
    assert ran.code == 0, ran
    assert not leaks((tmp_path / "seen").read_bytes().decode(errors="replace"), [CANARY])


def test_rows_do_not_see_each_other(own: Program, tmp_path: Path) -> None:
    """In a long list no command sees the secret of another row, and the result holds none."""
    (tmp_path / "list.csv").write_text("\n".join(f"u{number}@auto.test" for number in range(4)))
    arguments = ("setup", "--bulk", str(tmp_path / "list.csv"), "-o", str(tmp_path / "own" / "out.csv"))
    ran = own(*arguments, "--password-command", spy(tmp_path, CANARY), hidden=[CANARY])
    assert ran.code == 1
    assert not leaks((tmp_path / "seen").read_bytes().decode(errors="replace"), [CANARY])


def test_the_browser_gets_no_token(own: Program, lab: Lab, tmp_path: Path) -> None:
    """The browser's command line and environment hold the way to the issuer, no token and no password."""
    env = browser(lab, tmp_path) | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    assert own("setup", ANNA, "--oauth", CLIENT, "--trace", env=env).code == 0
    seen = (tmp_path / "seen").read_text()
    assert "code_challenge_method=S256" in seen
    assert not any(word in seen for word in ("access_token", "refresh_token", "code_verifier", "eyJ"))


def test_no_argument_takes_a_secret(program: Program) -> None:
    """No option of any verb takes a password, token or key itself."""
    helps = program("setup", "--help").out
    taking = [line.split()[0] for line in helps.splitlines() if line.startswith("  --")]
    secret = [option for option in taking if any(word in option for word in ("password", "token", "secret"))]
    assert secret
    assert all(option.endswith(("-command", "-stdin")) for option in secret)
