"""OfflineIMAP fetches by what was made for it, and reads every value back as it was."""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import BadInput, Profile, Secret, Security
from mailwright.export.formats import offlineimap
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
BERT = "bert@auto.test"
OAUTH = "anna@oauth.test"


def ready(desk: Desk, profile: Profile, choice: export.Choice) -> None:
    """The settings in the person's home."""
    (desk.home / "Mail").mkdir()
    desk.put(export.render(export.get("offlineimap"), profile, replace(choice, ca_file=str(desk.lab.ca))))


def fetched(desk: Desk, address: str) -> str:
    """Every message of the inbox that OfflineIMAP fetched."""
    ran = desk.run("offlineimap", "-c", "offlineimaprc", "-u", "basic", "-o", "-f", "INBOX")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    inbox = desk.home / "Mail" / address / "INBOX"
    return "".join(path.read_text(errors="replace") for path in sorted(inbox.rglob("*,*")))


def parsed(profile: Profile, choice: export.Choice) -> dict[str, str]:
    """What the parser that OfflineIMAP uses reads about the server."""
    parser = configparser.ConfigParser()
    parser.read_string(export.render(export.get("offlineimap"), profile, choice).files[0].data.decode())
    assert len(parser.sections()) == 4
    return dict(parser.items(f"Repository {ANNA}-remote"))


def test_fetches_with_the_secret_from_a_command(desk: Desk, program: Program) -> None:
    """Over TLS, into the Maildir that the file names."""
    program("offlineimap")
    ready(desk, profile_of(ANNA), export.Choice(command=f"printf '%s\\n' {shlex.quote(password_of(ANNA))}"))
    letters.put(desk.lab, ANNA, "offlineimap-read", "only for offlineimap")
    assert "only for offlineimap" in fetched(desk, ANNA)


def test_fetches_with_the_secret_in_the_file(desk: Desk, program: Program) -> None:
    """A secret with spaces and letters beyond ASCII stands in a file nobody else may read."""
    program("offlineimap")
    ready(desk, profile_of(BERT), export.Choice(secret=Secret(password_of(BERT))))
    assert (desk.home / "offlineimaprc").stat().st_mode & 0o777 == 0o600
    letters.put(desk.lab, BERT, "offlineimap-clear", "with the secret in it")
    assert "with the secret in it" in fetched(desk, BERT)


def test_fetches_by_a_token(desk: Desk, program: Program) -> None:
    """An account without a password is opened by a token from a command."""
    program("offlineimap")
    (desk.home / "token").write_text(letters.token(desk.lab))
    ready(desk, profile_of(OAUTH), export.Choice(token_command="cat token"))
    letters.put(desk.lab, OAUTH, "offlineimap-token", "fetched by a token")
    assert "fetched by a token" in fetched(desk, OAUTH)


def test_a_server_nobody_vouches_for(desk: Desk, program: Program) -> None:
    """With the system's authorities only, the secret is not sent."""
    program("offlineimap")
    (desk.home / "Mail").mkdir()
    desk.put(export.render(export.get("offlineimap"), profile_of(ANNA), export.Choice(command="touch asked; echo x")))
    ran = desk.run("offlineimap", "-c", "offlineimaprc", "-u", "basic", "-o", "-f", "INBOX")
    assert "certificate" in (ran.stdout + ran.stderr).lower()
    assert not (desk.home / "asked").exists()


def test_every_sign_stays_what_it_is() -> None:
    """User name, secret and command full of signs are read back as they were."""
    profile = nasty(profile_of(ANNA))
    found = parsed(profile, export.Choice(secret=Secret(NASTY)))
    assert (found["remoteuser"], found["remotepass"]) == (profile.incoming.username, NASTY)
    command = f"printf '%s\n' {shlex.quote(NASTY + '`false`')}".replace("\n", "\\n")
    found = parsed(profile, export.Choice(command=command))
    assert eval(found["remotepasseval"]) == NASTY + "`false`"  # OfflineIMAP itself does that


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80))
def test_quoting(text: str) -> None:
    """A command survives the file, the evaluation of Python and the shell."""
    parser = configparser.ConfigParser()
    parser.read_string(f"[a]\nb = {offlineimap.output(f'printf %s {shlex.quote(text)}')}\n")
    assert eval(parser.get("a", "b")) == text


def test_blanks_around_a_secret() -> None:
    """They would be lost: refused."""
    with pytest.raises(BadInput, match="cannot_hold"):
        export.render(export.get("offlineimap"), profile_of(ANNA), export.Choice(secret=Secret(" x")))


def test_no_starttls() -> None:
    """STARTTLS would be a wish only, and no certificate looked at: nothing is made."""
    made = export.render(export.get("offlineimap"), profile_of("anna@starttls.test"), export.Choice())
    assert (made.files, [(note.id, note.stops) for note in made.notes]) == ((), [("security", True)])


def test_without_encryption() -> None:
    """Where the server has none, the file says so plainly, and so does a note."""
    profile = profile_of(ANNA)
    bare = replace(profile.incoming.endpoint, security=Security.NONE)
    profile = replace(profile, incoming=replace(profile.incoming, endpoint=bare))
    made = export.render(export.get("offlineimap"), profile, export.Choice())
    assert b"\nssl = no\nstarttls = no\n" in made.files[0].data
    assert [note.id for note in made.notes] == ["plain"]
