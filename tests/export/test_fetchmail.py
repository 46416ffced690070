"""fetchmail fetches by what was made for it, and reads every value back as it was."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import Profile, Protocol, Secret, Security
from mailwright.export.formats import fetchmail
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"
BERT = "bert@auto.test"


def ready(desk: Desk, profile: Profile, choice: export.Choice) -> None:
    """The settings in the person's home."""
    desk.put(export.render(export.get("fetchmail"), profile, replace(choice, ca_file=str(desk.lab.ca))))


def fetched(desk: Desk, address: str) -> str:
    """Everything that fetchmail fetched."""
    ran = desk.run("fetchmail", "-f", "fetchmailrc", "--mda", f"cat >> {desk.home}/got", "--nosyslog")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return (desk.home / "got").read_text(errors="replace")


def dumped(rc: Path) -> dict[str, Any]:
    """What fetchmail itself says it read: Python text, right for ASCII only."""
    ran = subprocess.run(
        ["fetchmail", "-f", rc, "--configdump"], capture_output=True, text=True, timeout=10, check=False
    )
    assert ran.returncode == 0, ran.stderr
    text = ran.stdout.partition("fetchmailrc = ")[2]
    values = {"TRUE": True, "FALSE": False}
    found: dict[str, Any] = eval(
        text.partition("\n}\n")[0] + "\n}", {"__builtins__": {}}, values
    )  # as fetchmailconf does
    (server,) = found["servers"]
    return {**server, **server["users"][0]}


@pytest.mark.parametrize("protocol", [Protocol.IMAP, Protocol.POP3])
@pytest.mark.parametrize("address", [ANNA, STARTTLS, BERT])
def test_fetches(desk: Desk, program: Program, address: str, protocol: Protocol) -> None:
    """With the secret in the file, by IMAP and POP3, over TLS and STARTTLS; what was fetched stays on the server."""
    program("fetchmail")
    choice = export.Choice(secret=Secret(password_of(address)))
    ready(desk, profile_of(address, incoming=protocol), choice)
    subject = f"fetchmail-{protocol}-{address[5:8]}"
    letters.put(desk.lab, address, subject, f"fetched as {subject}")
    assert f"fetched as {subject}" in fetched(desk, address)
    letters.arrived(desk.lab, address, subject)


def test_asks(desk: Desk, program: Program) -> None:
    """Without a secret in the file the person is told where fetchmail takes it from: ~/.netrc, for one."""
    program("fetchmail")
    ready(desk, profile_of(ANNA), export.Choice())
    netrc = desk.home / ".netrc"
    netrc.write_text(f"machine box.wellknown.test login {ANNA} password {password_of(ANNA)}\n")
    netrc.chmod(0o600)
    letters.put(desk.lab, ANNA, "fetchmail-netrc", "the secret was elsewhere")
    assert "the secret was elsewhere" in fetched(desk, ANNA)
    made = export.render(export.get("fetchmail"), profile_of(ANNA), export.Choice())
    assert [note.id for note in made.notes] == ["fetchmail_asks"]


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_a_server_nobody_vouches_for(desk: Desk, program: Program, address: str) -> None:
    """Without the authority of the lab no secret is sent."""
    program("fetchmail")
    made = export.render(
        export.get("fetchmail"), profile_of(address), export.Choice(secret=Secret(password_of(address)))
    )
    desk.put(made)
    ran = desk.run("fetchmail", "-f", "fetchmailrc", "-v", "--mda", "cat", SSL_CERT_FILE="/dev/null")
    assert ran.returncode != 0
    assert "certificate verify failed" in ran.stdout + ran.stderr
    said = [line for line in ran.stdout.splitlines() if "IMAP> " in line]
    assert not [line for line in said if "LOGIN" in line or "AUTHENTICATE" in line]


@pytest.mark.parametrize("security", list(Security))
def test_every_sign_stays_what_it_is(desk: Desk, program: Program, security: Security) -> None:
    """fetchmail reads user name and secret as they were, and one account with the right encryption."""
    program("fetchmail")
    profile, ascii_only = nasty(profile_of(ANNA)), NASTY.encode("ascii", "ignore").decode()
    endpoint = replace(profile.incoming.endpoint, security=security, host="2001:db8::1")
    profile = replace(profile, incoming=replace(profile.incoming, endpoint=endpoint))
    ready(desk, profile, export.Choice(secret=Secret(ascii_only)))
    found = dumped(desk.home / "fetchmailrc")
    assert (found["remote"], found["password"]) == (profile.incoming.username, ascii_only)
    assert found["pollname"] == "2001:db8::1"
    assert found["keep"]
    modes = {
        Security.TLS: (True, None, True),
        Security.STARTTLS: (False, "auto", True),
        Security.NONE: (False, "", False),
    }
    assert (found["ssl"], found["sslproto"], found["sslcertck"]) == modes[security]


@settings(max_examples=20, deadline=None)
@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=80))
def test_quoting(text: str) -> None:
    """fetchmail reads back what was quoted."""
    if subprocess.run(["sh", "-c", "command -v fetchmail"], capture_output=True, check=False).returncode:
        pytest.skip("fetchmail is not installed")
    with tempfile.TemporaryDirectory() as folder:
        rc = Path(folder) / "rc"
        rc.write_text(f"poll x protocol IMAP user {fetchmail.quoted(text)} password p\n", encoding="utf-8")
        rc.chmod(0o600)
        assert dumped(rc)["remote"] == text
