"""mbsync fetches by what was made for it, and reads every value back as it was."""

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
from mailwright.core import BadInput, Profile, Secret
from mailwright.export.formats import mbsync
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"
BERT = "bert@auto.test"


def ready(desk: Desk, profile: Profile, choice: export.Choice) -> str:
    """The settings in the person's home, and the folder that they name."""
    made = export.render(export.get("mbsync"), profile, replace(choice, ca_file=str(desk.lab.ca)))
    (path,) = desk.put(made)
    (desk.home / "Mail" / str(profile.address)).mkdir(parents=True, exist_ok=True)
    return str(path)


def fetched(desk: Desk, rc: str, address: str) -> str:
    """Every message of the inbox that mbsync fetched."""
    ran = desk.run("mbsync", "-c", rc, "-a")
    assert ran.returncode == 0, ran.stderr
    inbox = desk.home / "Mail" / address / "INBOX"
    return "".join(path.read_text(errors="replace") for path in sorted(inbox.rglob("*,*")))


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_fetches_with_the_secret_from_a_command(desk: Desk, program: Program, address: str) -> None:
    """Over TLS and over STARTTLS, into the Maildir that the file names, with all folders."""
    program("mbsync")
    rc = ready(desk, profile_of(address), export.Choice(command=f"printf %s {shlex.quote(password_of(address))}"))
    letters.put(desk.lab, address, "mbsync-read", "only for mbsync")
    assert "only for mbsync" in fetched(desk, rc, address)
    assert len(list((desk.home / "Mail" / address).glob("*/cur"))) > 1


def test_fetches_with_the_secret_in_the_file(desk: Desk, program: Program) -> None:
    """A secret with spaces and letters beyond ASCII stands in a file nobody else may read."""
    program("mbsync")
    rc = ready(desk, profile_of(BERT), export.Choice(secret=Secret(password_of(BERT))))
    assert (desk.home / "mbsyncrc").stat().st_mode & 0o777 == 0o600
    letters.put(desk.lab, BERT, "mbsync-clear", "with the secret in it")
    assert "with the secret in it" in fetched(desk, rc, BERT)


def test_a_server_nobody_vouches_for(desk: Desk, program: Program) -> None:
    """Without the authority of the lab the secret is never asked for."""
    program("mbsync")
    made = export.render(export.get("mbsync"), profile_of(STARTTLS), export.Choice(command="touch asked; echo x"))
    (path,) = desk.put(made)
    (desk.home / "Mail" / STARTTLS).mkdir(parents=True)
    ran = desk.run("mbsync", "-c", str(path), "-a", SSL_CERT_FILE="/dev/null")
    assert ran.returncode != 0
    assert "certificate" in ran.stderr
    assert not (desk.home / "asked").exists()


def test_every_sign_stays_what_it_is(desk: Desk, program: Program) -> None:
    """User name and secret full of signs reach the server unchanged; nothing in them is run."""
    program("mbsync")
    profile = nasty(profile_of(ANNA))
    rc = ready(desk, profile, export.Choice(secret=Secret(NASTY + "`touch ran`")))
    ran = desk.run("mbsync", "-c", rc, "-DN", "-a")
    # Everything was read; what it was is in the answer of the server only.
    assert ran.returncode != 0
    assert "AUTHENTICATIONFAILED" in ran.stdout + ran.stderr
    assert not (desk.home / "ran").exists()


def read_back(line: str) -> str:
    """What mbsync makes of a quoted command: it is run, and prints itself."""
    with tempfile.TemporaryDirectory() as folder:
        rc = Path(folder) / "rc"
        rc.write_text(
            f"IMAPStore a\nHost 127.0.0.1\nTunnel {line}\nUser x\nPass x\n\n"
            f"MaildirStore b\nPath {folder}/\nInbox {folder}/i\n\nChannel c\nFar :a:\nNear :b:\nSyncState *\n",
            encoding="utf-8",
        )
        subprocess.run(["mbsync", "-c", rc, "-a"], capture_output=True, timeout=10, check=False, cwd=folder)
        return (Path(folder) / "seen").read_text(encoding="utf-8")


@settings(max_examples=20, deadline=None)
@given(text=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=80))
def test_quoting(text: str) -> None:
    """mbsync hands the shell exactly what was quoted."""
    if subprocess.run(["sh", "-c", "command -v mbsync"], capture_output=True, check=False).returncode:
        pytest.skip("mbsync is not installed")
    assert read_back(mbsync.quoted(f"printf %s {shlex.quote(text)} > seen", "command")) == text


def test_a_plus_is_part_of_the_command() -> None:
    """A command that begins with + is not taken for one that speaks to the terminal."""
    made = export.render(export.get("mbsync"), profile_of(ANNA), export.Choice(command="+x"))
    assert b'\nPassCmd " +x"\n' in made.files[0].data


def test_a_line_has_an_end() -> None:
    """What is too long for a line of mbsync is refused."""
    with pytest.raises(BadInput, match="cannot_hold"):
        export.render(export.get("mbsync"), profile_of(ANNA), export.Choice(command="李" * 400))


def test_tokens() -> None:
    """An account without a password is given a token, and the person told what has to be installed for it."""
    made = export.render(export.get("mbsync"), profile_of("anna@oauth.test"), export.Choice(token_command="cat token"))
    assert b'\nPassCmd "cat token"\nAuthMechs XOAUTH2\n' in made.files[0].data
    assert [note.id for note in made.notes] == ["mbsync_oauth"]
