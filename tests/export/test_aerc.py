"""aerc reads and sends mail by what was made for it, and takes nothing in it for its own syntax."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest

from mailwright import export
from mailwright.core import BadInput, Profile, Protocol, Secret, Security
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of
from tests.export.screen import showing

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"
BERT = "bert@auto.test"
OAUTH = "anna@oauth.test"
EDITOR = "#!/bin/sh\nprintf '\\nwritten in aerc\\n' >> \"$1\"\n"


def ready(desk: Desk, profile: Profile, choice: export.Choice) -> None:
    """The account where aerc looks for it, and an editor that writes by itself."""
    desk.put(export.render(export.get("aerc"), profile, choice), ".config/aerc")
    editor = desk.home / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    (desk.home / ".config/aerc/aerc.conf").write_text(
        f"[ui]\nindex-columns = subject<*\nindex-format = %s\n[compose]\neditor = {editor}\n"
    )


def works(desk: Desk, address: str, subject: str) -> str:
    """Find a message in the list, send another; give what arrived."""
    letters.put(desk.lab, address, f"{subject}-read")
    with showing(desk, "aerc") as screen:
        screen.until(f"{subject}-read")
        screen.keys(f':compose -H "To: {address}" -H "Subject: {subject}-sent"', "Enter")
        screen.until("Send this email?")
        screen.keys("y")
        return letters.arrived(desk.lab, address, f"{subject}-sent")


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_reads_and_sends(desk: Desk, program: Program, address: str) -> None:
    """With the secret from a command, over TLS and over STARTTLS."""
    program("aerc"), program("tmux")
    command = f"printf %s {shlex.quote(password_of(address))}"
    ready(desk, replace(profile_of(address), name="Anna (at home)"), export.Choice(command=command))
    got = works(desk, address, f"aerc-{address[5:8]}")
    assert "written in aerc" in got
    assert f'From: "Anna (at home)" <{address}>' in got


def test_with_the_secret_in_the_file(desk: Desk, program: Program) -> None:
    """A secret with spaces and letters beyond ASCII stands in a file nobody else may read."""
    program("aerc"), program("tmux")
    ready(desk, profile_of(BERT), export.Choice(secret=Secret(password_of(BERT))))
    assert (desk.home / ".config/aerc/accounts.conf").stat().st_mode & 0o777 == 0o600
    works(desk, BERT, "aerc-clear")


def test_tokens(desk: Desk, program: Program) -> None:
    """An account without a password is opened, and sends, by a token from a command."""
    program("aerc"), program("tmux")
    (desk.home / "token").write_text(letters.token(desk.lab))
    ready(desk, profile_of(OAUTH), export.Choice(token_command="cat token"))
    works(desk, OAUTH, "aerc-token")


def test_every_sign_stays_what_it_is(desk: Desk, program: Program) -> None:
    """A name full of signs is what recipients see, but for aerc's ' instead of "; a command is what the shell gets."""
    program("aerc"), program("tmux")
    name = NASTY.replace("\\", "") + "; %(source)s `touch ran`"
    secret = shlex.quote(password_of(ANNA))
    odd = NASTY.replace("'", "") + ";`# x"
    command = f"printf %s '{odd}' > seen; printf %s {secret}"
    ready(desk, replace(profile_of(ANNA), name=name), export.Choice(command=command))
    got = letters.header(works(desk, ANNA, "aerc-signs"), "From")
    assert got == f"{name} <{ANNA}>".replace('"', "'")
    assert (desk.home / "seen").read_text() == odd
    assert not (desk.home / "ran").exists()


def test_a_backslash_in_a_name() -> None:
    """aerc would take it for syntax in the messages it writes: refused."""
    with pytest.raises(BadInput, match="cannot_hold"):
        export.render(export.get("aerc"), replace(profile_of(ANNA), name="An\\na"), export.Choice())


def test_a_user_name_stays_what_it_is() -> None:
    """A user name and a secret full of signs are within the address, and read back from it."""
    profile = replace(nasty(profile_of(ANNA)), name="")
    text = export.render(export.get("aerc"), profile, export.Choice(secret=Secret(NASTY))).files[0].data.decode()
    found = dict(line.split(" = ", 1) for line in text.splitlines() if line.startswith(("source", "outgoing")))
    assert set(found) == {"source", "outgoing"}
    for place in found.values():
        read = urlsplit(place)
        assert (unquote(read.username or ""), unquote(read.password or "")) == (profile.incoming.username, NASTY)


def test_a_value_of_aerc_is_no_command() -> None:
    """%(…)s in a command would stand for another value: refused."""
    with pytest.raises(BadInput, match="cannot_hold"):
        export.render(export.get("aerc"), profile_of(ANNA), export.Choice(command="echo %(from)s"))


@pytest.mark.parametrize(
    ("security", "source", "outgoing"),
    [
        (Security.TLS, "imaps://", "smtps+plain://"),
        (Security.STARTTLS, "imap://", "smtp+plain://"),
        (Security.NONE, "imap+insecure://", "smtp+insecure+plain://"),
    ],
)
def test_each_mode_by_its_name(security: Security, source: str, outgoing: str) -> None:
    """Each mode of encryption has its scheme; an IPv6 address is in brackets."""
    profile = profile_of(ANNA)
    assert profile.outgoing is not None
    both = [
        replace(login, endpoint=replace(login.endpoint, host="2001:db8::1", security=security), username="a")
        for login in (profile.incoming, profile.outgoing)
    ]
    assert both[0].endpoint.protocol is Protocol.IMAP
    profile = replace(profile, incoming=both[0], outgoing=both[1])
    text = export.render(export.get("aerc"), profile, export.Choice()).files[0].data.decode()
    assert f"\nsource = {source}a@[2001:db8::1]:20993\n" in text
    assert f"\noutgoing = {outgoing}a@[2001:db8::1]:20465\n" in text
    assert ("\nsmtp-starttls = yes\n" in text) == (security is Security.STARTTLS)
