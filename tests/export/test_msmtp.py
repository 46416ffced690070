"""msmtp sends by what was made for it, and reads every value back as it was."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import BadInput, EmailAddress, Profile, Secret
from mailwright.export.formats import msmtp
from tests.export import letters
from tests.export.conftest import NASTY, Desk, nasty, password_of, profile_of

Program = Callable[[str], str]
ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"
BERT = "bert@auto.test"
OAUTH = "anna@oauth.test"


def ready(desk: Desk, profile: Profile, choice: export.Choice) -> str:
    """The settings in the person's home."""
    made = export.render(export.get("msmtp"), profile, replace(choice, ca_file=str(desk.lab.ca)))
    (path,) = desk.put(made)
    return str(path)


def sent(desk: Desk, rc: str, address: str, subject: str) -> str:
    """What arrived of a message that msmtp sent."""
    text = letters.letter(subject, address, "by msmtp").decode()
    ran = desk.run("msmtp", "-C", rc, "--", address, stdin=text)
    assert ran.returncode == 0, ran.stderr
    return letters.arrived(desk.lab, address, subject)


def shown(desk: Desk, rc: str) -> dict[str, str]:
    """What msmtp itself says its settings are."""
    ran = desk.run("msmtp", "-C", rc, "--pretend", "a@wellknown.test", stdin="\n")
    assert ran.returncode == 0, ran.stderr
    return dict(re.findall(r"^(\w+) += (.*)$", ran.stdout, re.MULTILINE))


@pytest.mark.parametrize("address", [ANNA, STARTTLS])
def test_sends_with_the_secret_from_a_command(desk: Desk, program: Program, address: str) -> None:
    """Over TLS and over STARTTLS; the envelope has the account's address."""
    program("msmtp")
    command = f"printf '%s\\n' {shlex.quote(password_of(address))}"
    rc = ready(desk, profile_of(address), export.Choice(command=command))
    assert f"Return-Path: <{address}>" in sent(desk, rc, address, f"msmtp-{address[5:8]}")


def test_sends_with_the_secret_in_the_file(desk: Desk, program: Program) -> None:
    """A secret with spaces and letters beyond ASCII stands in a file nobody else may read."""
    program("msmtp")
    rc = ready(desk, profile_of(BERT), export.Choice(secret=Secret(password_of(BERT))))
    assert (desk.home / "msmtprc").stat().st_mode & 0o777 == 0o600
    sent(desk, rc, BERT, "msmtp-clear")


def test_sends_by_a_token(desk: Desk, program: Program) -> None:
    """An account without a password sends by a token from a command."""
    program("msmtp")
    (desk.home / "token").write_text(letters.token(desk.lab))
    rc = ready(desk, profile_of(OAUTH), export.Choice(token_command="cat token"))
    sent(desk, rc, OAUTH, "msmtp-token")


def test_starttls_is_a_must(desk: Desk, program: Program) -> None:
    """A certificate that nobody vouches for ends it before the secret is sent."""
    program("msmtp")
    made = export.render(export.get("msmtp"), profile_of(STARTTLS), export.Choice(command="echo x"))
    (path,) = desk.put(made)
    ran = desk.run("msmtp", "-C", str(path), "--", STARTTLS, stdin="Subject: no\n\nno\n")
    assert ran.returncode != 0
    assert "certificate" in ran.stderr


def test_every_sign_stays_what_it_is(desk: Desk, program: Program) -> None:
    """User name and command full of signs arrive unchanged; nothing is run before it is needed."""
    program("msmtp")
    profile = replace(nasty(profile_of(ANNA)), address=EmailAddress.parse("a#'{|}`$b@wellknown.test"))
    profile = replace(profile, name="`touch ran`$(touch ran)")
    command = f"printf %s {shlex.quote(NASTY + '`touch ran`$(touch ran)')}"
    found = shown(desk, ready(desk, profile, export.Choice(command=command)))
    assert found["user"] == profile.incoming.username
    assert found["passwordeval"] == command
    assert found["from"] == str(profile.address)
    assert not (desk.home / "ran").exists()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=80))
def test_quoting(desk: Desk, program: Program, text: str) -> None:
    """msmtp reads back what was quoted."""
    program("msmtp")
    (desk.home / "rc").write_text(f"account default\nhost x\nuser {msmtp.quoted(text, 'username')}\n", encoding="utf-8")
    assert shown(desk, "rc")["user"] == text


@pytest.mark.parametrize("length", [484, 485])
def test_a_line_has_an_end(desk: Desk, program: Program, length: int) -> None:
    """The longest command that is written is read by msmtp; a longer one is refused."""
    program("msmtp")
    choice = export.Choice(command="echo ".ljust(length, "x"))
    if length == 485:
        with pytest.raises(BadInput, match="cannot_hold"):
            export.render(export.get("msmtp"), profile_of(ANNA), choice)
        return
    assert shown(desk, ready(desk, profile_of(ANNA), choice))["passwordeval"] == choice.command


@pytest.mark.parametrize("address", ["a%Ub@wellknown.test", "a*b@wellknown.test"])
def test_a_pattern_is_no_address(address: str) -> None:
    """An address that msmtp would take for a pattern is refused."""
    with pytest.raises(BadInput, match="cannot_hold"):
        export.render(
            export.get("msmtp"), replace(profile_of(ANNA), address=EmailAddress.parse(address)), export.Choice()
        )
