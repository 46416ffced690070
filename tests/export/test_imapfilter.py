"""IMAPFilter reads the mailbox by what was made for it, and takes nothing in it for Lua."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import Profile, Secret, Security
from mailwright.export.formats import imapfilter
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
BERT = "bert@auto.test"
OAUTH = "anna@oauth.test"


def made(desk: Desk, profile: Profile, choice: export.Choice) -> Path:
    """The settings in the person's home."""
    (path,) = desk.put(export.render(export.get("imapfilter"), profile, choice))
    return path


def counted(desk: Desk, rc: Path, subject: str) -> str:
    """How many messages of that subject IMAPFilter finds."""
    with rc.open("a") as file:
        file.write(f'print("found " .. #account.INBOX:contain_subject("{subject}"))\n')
    return desk.run("imapfilter", "-c", str(rc), "-t", str(desk.lab.ca)).stdout


def seen(desk: Desk, rc: Path, *lines: str) -> str:
    """What Lua prints in place of a sign-in: `IMAP` gives the account as it was written."""
    rc.write_text("function IMAP(t) return t end\n" + rc.read_text() + "\n".join(lines))
    return desk.run("imapfilter", "-c", str(rc)).stdout


def test_reads_with_the_secret_from_a_command(desk: Desk, program: Program) -> None:
    """Over TLS, with rules that find a message."""
    program("imapfilter")
    command = f"printf '%s\\n' {shlex.quote(password_of(ANNA))}"
    letters.put(desk.lab, ANNA, "imapfilter-read")
    assert "found 1\n" in counted(desk, made(desk, profile_of(ANNA), export.Choice(command=command)), "imapfilter-read")


def test_reads_with_the_secret_in_the_file(desk: Desk, program: Program) -> None:
    """A secret with spaces and letters beyond ASCII stands in a file nobody else may read."""
    program("imapfilter")
    rc = made(desk, profile_of(BERT), export.Choice(secret=Secret(password_of(BERT))))
    assert rc.stat().st_mode & 0o777 == 0o600
    letters.put(desk.lab, BERT, "imapfilter-clear")
    assert "found 1\n" in counted(desk, rc, "imapfilter-clear")


def test_reads_by_a_token(desk: Desk, program: Program) -> None:
    """An account without a password is opened by a token from a command."""
    program("imapfilter")
    (desk.home / "token").write_text(letters.token(desk.lab))
    letters.put(desk.lab, OAUTH, "imapfilter-token")
    rc = made(desk, profile_of(OAUTH), export.Choice(token_command="cat token # it's (one"))
    assert "found 1\n" in counted(desk, rc, "imapfilter-token")


def test_a_server_nobody_vouches_for(desk: Desk, program: Program) -> None:
    """With the system's authorities only, the mailbox is not opened."""
    program("imapfilter")
    rc = made(desk, profile_of(ANNA), export.Choice(secret=Secret(password_of(ANNA))))
    with rc.open("a") as file:
        file.write('print("found " .. #account.INBOX:select_all())\n')
    ran = desk.run("imapfilter", "-c", str(rc), SSL_CERT_FILE="/dev/null")
    assert ran.returncode != 0
    assert "found" not in ran.stdout


def test_every_sign_stays_what_it_is(desk: Desk, program: Program) -> None:
    """User name and secret full of signs reach IMAP's quotes as they must be, from the file and from a command."""
    program("imapfilter")
    profile = nasty(profile_of(ANNA))
    quoted_user = profile.incoming.username.replace("\\", "\\\\").replace('"', '\\"')
    secret = NASTY + "`touch ran`\\\\"
    choices = (export.Choice(secret=Secret(secret)), export.Choice(command=f"printf %s {shlex.quote(secret)}"))
    for choice in choices:
        rc = made(desk, profile, choice)
        said = seen(desk, rc, "print(account.username)", "print(account.password)", "print(account.server)")
        # IMAPFilter itself puts a backslash before each " of a password.
        assert said.splitlines() == [quoted_user, secret.replace("\\", "\\\\"), "box.wellknown.test"]
    assert not (desk.home / "ran").exists()


@settings(max_examples=20, deadline=None)
@given(text=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80))
def test_quoting(text: str) -> None:
    """Lua reads back what was quoted."""
    if subprocess.run(["sh", "-c", "command -v imapfilter"], capture_output=True, check=False).returncode:
        pytest.skip("imapfilter is not installed")
    with tempfile.TemporaryDirectory() as folder:
        rc = Path(folder) / "config.lua"
        rc.write_text(f"io.write({imapfilter.quoted(text)})\n", encoding="utf-8")
        ran = subprocess.run(
            ["imapfilter", "-c", rc],
            env={"HOME": folder, "PATH": "/usr/bin"},
            capture_output=True,
            check=True,
            timeout=10,
        )
        assert ran.stdout.decode() == text


def test_no_starttls() -> None:
    """STARTTLS would be a wish only: nothing is made."""
    out = export.render(export.get("imapfilter"), profile_of("anna@starttls.test"), export.Choice())
    assert (out.files, [(note.id, note.stops) for note in out.notes]) == ((), [("security", True)])


def test_without_encryption() -> None:
    """Where the server has none, none is tried, and a note says so; another note where the authorities go."""
    profile = profile_of(ANNA)
    bare = replace(profile.incoming.endpoint, security=Security.NONE)
    profile = replace(profile, incoming=replace(profile.incoming, endpoint=bare))
    out = export.render(export.get("imapfilter"), profile, export.Choice(ca_file="/ca.pem"))
    assert b"ssl =" not in out.files[0].data
    assert [note.id for note in out.notes] == ["plain", "imapfilter_ca"]
