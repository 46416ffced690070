"""What is made for Himalaya is TOML with the keys of its manual, and holds every value as it was."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import Profile, Secret, Security
from mailwright.export.formats import himalaya
from tests.export.conftest import NASTY, nasty, profile_of

ANNA = "anna@wellknown.test"
STARTTLS = "anna@starttls.test"


def account(form: str, profile: Profile, choice: export.Choice) -> dict[str, Any]:
    """The one account in the file."""
    (file,) = export.render(export.get(form), profile, choice).files
    assert file.private == (choice.secret is not None)
    ((_, found),) = tomllib.loads(file.data.decode())["accounts"].items()
    return dict(found)


def test_version_2() -> None:
    """Servers as URLs, the secret from a command that is run by a shell."""
    found = account("himalaya", profile_of(ANNA), export.Choice(command="echo x", ca_file="/ca.pem"))
    sasl = {"plain": {"username": ANNA, "password": {"command": ["sh", "-c", "echo x"]}}}
    tls = {"cert": "/ca.pem"}
    assert found == {
        "default": True,
        "imap": {"server": "imaps://box.wellknown.test:20993", "tls": tls, "sasl": sasl},
        "smtp": {"server": "smtps://box.wellknown.test:20465", "tls": tls, "sasl": sasl},
    }


def test_version_2_with_starttls() -> None:
    """STARTTLS is a setting of its own beside the URL."""
    found = account("himalaya", profile_of(STARTTLS), export.Choice())
    assert (found["imap"]["server"], found["imap"]["starttls"]) == ("imap://box.starttls.test:20143", True)
    assert (found["smtp"]["server"], found["smtp"]["starttls"]) == ("smtp://box.starttls.test:20587", True)


def test_version_2_says_who_it_is() -> None:
    """Where the provider wants to know the program, and only there."""
    found = account("himalaya", replace(profile_of(ANNA), needs_id=True), export.Choice())
    assert found["imap"]["id"] == {"auto": True}
    made = export.render(export.get("himalaya-1"), replace(profile_of(ANNA), needs_id=True), export.Choice())
    assert [note.id for note in made.notes] == ["id"]


def test_version_2_by_a_token() -> None:
    """An account without a password gets a token from a command; version 1 may have been built without that."""
    profile = profile_of("anna@oauth.test")
    found = account("himalaya", profile, export.Choice(token_command="cat token"))
    token = {"username": "anna@oauth.test", "token": {"command": ["sh", "-c", "cat token"]}}
    assert found["imap"]["sasl"] == found["smtp"]["sasl"] == {"xoauth2": token}
    made = export.render(export.get("himalaya-1"), profile, export.Choice())
    assert (made.files, [note.id for note in made.notes]) == ((), ["oauth"])


@pytest.mark.parametrize(("security", "word"), [("tls", "tls"), ("starttls", "start-tls"), ("none", "none")])
def test_version_1(security: str, word: str) -> None:
    """Host, port and encryption are settings of their own."""
    profile = profile_of(ANNA)
    endpoint = replace(profile.incoming.endpoint, security=Security(security))
    profile = replace(profile, incoming=replace(profile.incoming, endpoint=endpoint))
    found = account("himalaya-1", profile, export.Choice(command="echo x"))
    assert found["backend"] == {
        "type": "imap",
        "host": "box.wellknown.test",
        "port": 20993,
        "encryption": {"type": word},
        "login": ANNA,
        "auth": {"type": "password", "cmd": "echo x"},
    }
    assert found["message"]["send"]["backend"]["type"] == "smtp"
    assert (found["email"], found["display-name"]) == (ANNA, profile.name)


@pytest.mark.parametrize("form", ["himalaya", "himalaya-1"])
def test_every_sign_stays_what_it_is(form: str) -> None:
    """User names, secrets and commands full of signs are read back as they were."""
    profile = nasty(profile_of(ANNA))
    for choice in (export.Choice(secret=Secret(NASTY)), export.Choice(command=NASTY)):
        found = str(account(form, profile, choice))
        assert found.count(repr(profile.incoming.username)) == 2
        assert found.count(repr(NASTY)) == (3 if form == "himalaya-1" else 2)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=80))
def test_quoting(text: str) -> None:
    """TOML reads back what was quoted."""
    assert tomllib.loads(f"a = {himalaya.quoted(text)}\n") == {"a": text}
