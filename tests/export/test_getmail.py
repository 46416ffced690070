"""getmail fetches by what was made for it, and reads every value back as it was."""

from __future__ import annotations

import configparser
import os
import shlex
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import BadInput, Profile, Protocol, Secret, Security
from mailwright.export.formats import getmail
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
BERT = "bert@auto.test"
OAUTH = "anna@oauth.test"


NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


@pytest.fixture
def low(desk: Desk) -> Iterator[Desk]:
    """A home of somebody who is not root, for whom getmail does not deliver."""
    with tempfile.TemporaryDirectory(prefix="mw-") as folder:
        os.chown(folder, NOBODY, NOBODY)
        yield replace(desk, home=Path(folder))


def ready(desk: Desk, profile: Profile, choice: export.Choice) -> None:
    """The settings in the person's home, and the Maildir that they name."""
    desk.put(export.render(export.get("getmail"), profile, replace(choice, ca_file=str(desk.lab.ca))))
    for part in ("cur", "new", "tmp"):
        (desk.home / "Mail" / str(profile.address) / part).mkdir(parents=True, exist_ok=True)
    for path in desk.home.rglob("*"):
        os.chown(path, NOBODY, NOBODY)


def fetched(desk: Desk, address: str) -> str:
    """Every message that getmail fetched."""
    ran = desk.run(*AS_NOBODY, "getmail", "--getmaildir", str(desk.home), "--rcfile", "getmailrc")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    new = desk.home / "Mail" / address / "new"
    return "".join(path.read_text(errors="replace") for path in sorted(new.iterdir()))


def parsed(profile: Profile, choice: export.Choice) -> dict[str, str]:
    """What the parser that getmail uses reads."""
    parser = configparser.RawConfigParser()
    parser.read_string(export.render(export.get("getmail"), profile, choice).files[0].data.decode())
    assert parser.sections() == ["retriever", "destination", "options"]
    return dict(parser.items("retriever"))


@pytest.mark.parametrize("protocol", [Protocol.IMAP, Protocol.POP3])
def test_fetches_with_the_secret_from_a_command(low: Desk, program: Program, protocol: Protocol) -> None:
    """Over TLS, by IMAP and by POP3; what was fetched stays on the server."""
    program("getmail")
    command = f"printf %s {shlex.quote(password_of(ANNA))}"
    ready(low, profile_of(ANNA, incoming=protocol), export.Choice(command=command))
    letters.put(low.lab, ANNA, f"getmail-{protocol}", f"fetched by {protocol}")
    assert f"fetched by {protocol}" in fetched(low, ANNA)
    letters.arrived(low.lab, ANNA, f"getmail-{protocol}")


def test_fetches_with_the_secret_in_the_file(low: Desk, program: Program) -> None:
    """The secret stands in a file nobody else may read; letters beyond ASCII by POP3."""
    program("getmail")
    ready(low, profile_of(BERT, incoming=Protocol.POP3), export.Choice(secret=Secret(password_of(BERT))))
    assert (low.home / "getmailrc").stat().st_mode & 0o777 == 0o600
    letters.put(low.lab, BERT, "getmail-clear", "with the secret in it")
    assert "with the secret in it" in fetched(low, BERT)


def test_fetches_by_a_token(low: Desk, program: Program) -> None:
    """An account without a password is opened by a token from a command."""
    program("getmail")
    (low.home / "token").write_text(letters.token(low.lab))
    ready(low, profile_of(OAUTH), export.Choice(token_command="cat token"))
    letters.put(low.lab, OAUTH, "getmail-token", "fetched by a token")
    assert "fetched by a token" in fetched(low, OAUTH)


def test_a_server_nobody_vouches_for(desk: Desk, program: Program) -> None:
    """With the system's authorities only, the lab's server is not spoken to."""
    program("getmail")
    made = export.render(export.get("getmail"), profile_of(ANNA), export.Choice(command="echo x"))
    desk.put(made)
    (desk.home / "Mail" / ANNA / "cur").mkdir(parents=True)
    for part in ("new", "tmp"):
        (desk.home / "Mail" / ANNA / part).mkdir()
    ran = desk.run("getmail", "--getmaildir", str(desk.home), "--rcfile", "getmailrc")
    assert "CERTIFICATE_VERIFY_FAILED" in ran.stdout + ran.stderr


def test_a_server_of_another_name(low: Desk, program: Program) -> None:
    """A right certificate that was made for another server is not enough."""
    program("getmail")
    address = low.lab.resolver.rpartition(":")[0].rpartition(".")[0] + ".10"
    profile = profile_of(ANNA)
    endpoint = replace(profile.incoming.endpoint, host=address)
    ready(low, replace(profile, incoming=replace(profile.incoming, endpoint=endpoint)), export.Choice(command="echo x"))
    ran = low.run(*AS_NOBODY, "getmail", "--getmaildir", str(low.home), "--rcfile", "getmailrc")
    assert "doesn't match" in ran.stdout + ran.stderr


def test_every_sign_stays_what_it_is() -> None:
    """Secret and command full of signs are read back as they were; a user name as IMAP has it in a command."""
    profile = nasty(profile_of(ANNA))
    secret = NASTY.encode("ascii", "ignore").decode().strip()
    assert parsed(profile, export.Choice(secret=Secret(secret)))["password"] == secret
    found = parsed(profile, export.Choice(command=NASTY))
    assert eval(found["password_command"]) == ("sh", "-c", NASTY)  # getmail itself does that
    assert found["username"] == '"an\\"na\\\\%s$x`y\'z;#{}@wellknown.test"'
    assert parsed(nasty(profile_of(ANNA, incoming=Protocol.POP3)), export.Choice())["username"] == (
        profile.incoming.username
    )


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80))
def test_quoting(text: str) -> None:
    """A command survives the file and the evaluation of Python."""
    parser = configparser.RawConfigParser()
    parser.read_string(f"[a]\nb = ('sh', '-c', {getmail.literal(text)})\n")
    assert eval(parser.get("a", "b")) == ("sh", "-c", text)


@pytest.mark.parametrize("secret", ["pässwort", " begins with a blank"])
def test_a_secret_that_it_cannot_send(secret: str) -> None:
    """What getmail would lose or stumble over is refused."""
    with pytest.raises(BadInput, match="cannot_hold"):
        export.render(export.get("getmail"), profile_of(ANNA), export.Choice(secret=Secret(secret)))


def test_no_starttls() -> None:
    """getmail knows no STARTTLS: nothing is made, unless another way in has TLS."""
    profile = profile_of("anna@starttls.test")
    made = export.render(export.get("getmail"), profile, export.Choice())
    assert (made.files, [(note.id, note.stops) for note in made.notes]) == ((), [("security", True)])
    other = replace(profile.others[0], endpoint=replace(profile.others[0].endpoint, security=Security.TLS))
    made = export.render(export.get("getmail"), replace(profile, others=(other,)), export.Choice())
    assert b"\ntype = SimplePOP3SSLRetriever\n" in made.files[0].data
