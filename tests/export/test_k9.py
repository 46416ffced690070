"""The settings file of Thunderbird and K-9 Mail on Android, read back by the rules of its reader."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import Auth, BadInput, EmailAddress, Endpoint, Login, Profile, Protocol, Secret, Security
from tests.export import reading
from tests.export.conftest import NASTY, nasty, profile_of

# Element: its attributes, and the elements that may stand in it.
LAYOUT: dict[str, tuple[set[str], set[str]]] = {
    "k9settings": ({"version", "format"}, {"accounts"}),
    "accounts": (set(), {"account"}),
    "account": ({"uuid"}, {"name", "settings", "incoming-server", "outgoing-server", "identities"}),
    "settings": (set(), {"value"}),
    "value": ({"key"}, set()),
    **{
        side: ({"type"}, {"host", "port", "connection-security", "authentication-type", "username", "password"})
        for side in ("incoming-server", "outgoing-server")
    },
    "identities": (set(), {"identity"}),
    "identity": (set(), {"name", "email"}),
}


def made(profile: Profile, choice: export.Choice | None = None) -> export.File:
    (file,) = export.render(export.get("k9"), profile, choice or export.Choice()).files
    return file


def read(file: export.File) -> dict[str, Any]:
    """The account, after a look at the layout."""
    root: Element = ElementTree.fromstring(file.data)
    assert (root.tag, root.attrib) == ("k9settings", {"version": "99", "format": "1"})
    assert list(strangers(root)) == []
    (account,) = root.findall("accounts/account")
    sides = {side: part(account.find(side)) for side in ("incoming-server", "outgoing-server")}
    (identity,) = account.findall("identities/identity")
    policy = {value.get("key"): value.text for value in account.iterfind("settings/value")}
    name = account.findtext("name")
    return {"uuid": account.get("uuid"), "name": name, "identity": part(identity), "settings": policy, **sides}


def strangers(element: Element) -> Iterator[str]:
    """What stands where the reader does not look for it."""
    attributes, below = LAYOUT.get(element.tag, (set(), set()))
    if set(element.attrib) != attributes:
        yield element.tag
    for child in element:
        if child.tag not in below:
            yield f"{element.tag}/{child.tag}"
        yield from strangers(child)


def part(element: Element | None) -> dict[str, str]:
    assert element is not None
    return element.attrib | {child.tag: child.text or "" for child in element}


def test_every_value() -> None:
    """Servers, account and identity are what they are, and no secret stands there."""
    found = read(made(reading.plain()))
    assert str(uuid.UUID(found.pop("uuid"))) != ""
    login = {"username": "anna@example.org", "connection-security": "SSL_TLS_REQUIRED", "authentication-type": "PLAIN"}
    assert found == {
        "name": "anna@example.org",
        "settings": {"deletePolicy": "DELETE"},
        "identity": {"name": "Anna", "email": "anna@example.org"},
        "incoming-server": login | {"type": "IMAP", "host": "imap.example.org", "port": "993"},
        "outgoing-server": login | {"type": "SMTP", "host": "smtp.example.org", "port": "465"},
    }


@pytest.mark.parametrize(
    ("security", "auth", "expected"),
    [
        (Security.STARTTLS, Auth.PASSWORD, ("STARTTLS_REQUIRED", "PLAIN")),
        (Security.NONE, Auth.ENCRYPTED_PASSWORD, ("NONE", "CRAM_MD5")),
        (Security.TLS, Auth.OAUTH2, ("SSL_TLS_REQUIRED", "XOAUTH2")),
    ],
)
def test_ways_in(security: Security, auth: Auth, expected: tuple[str, str]) -> None:
    """Each protection and way to sign in has its word; mail fetched by POP3 stays on the server."""
    login = Login(Endpoint(Protocol.POP3, "2001:db8::1", 4711, security), "u", auth)
    found = read(made(replace(reading.plain(), incoming=login)))
    server = found["incoming-server"]
    assert (server["connection-security"], server["authentication-type"]) == expected
    assert (server["type"], server["host"], server["port"]) == ("POP3", "2001:db8::1", "4711")
    assert found["settings"] == {"deletePolicy": "NEVER"}


def test_secret_in_the_clear() -> None:
    """The secret stands at both servers, in a file that nobody else may read."""
    file = made(reading.plain(), export.Choice(secret=Secret(NASTY)))
    assert file.private
    found = read(file)
    assert (found["incoming-server"]["password"], found["outgoing-server"]["password"]) == (NASTY, NASTY)


def test_every_sign_arrives() -> None:
    """Names and user names full of signs are read back as they were."""
    profile = nasty(profile_of("anna@wellknown.test"))
    found = read(made(profile))
    assert found["identity"]["name"] == NASTY
    assert found["incoming-server"]["username"] == found["outgoing-server"]["username"] == profile.incoming.username


@pytest.mark.parametrize("letter", ["\ufffe", "\uffff"])
@pytest.mark.parametrize("format", ["k9", "mobileconfig", "autoconfig", "neomutt"])
def test_an_address_no_reader_takes(format: str, letter: str) -> None:
    """What is no letter of XML is refused in an address, for every format."""
    profile = replace(reading.plain(), address=EmailAddress(f"a{letter}b", "example.org"))
    with pytest.raises(BadInput) as caught:
        export.render(export.get(format), profile, export.Choice())
    assert (caught.value.id, caught.value.params["field"]) == ("export.control", "address")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60))
def test_any_name(name: str) -> None:
    """Any name arrives as it is, blanks around it too, or is refused because XML cannot hold it."""
    profile = replace(reading.plain(), name=name)
    if set(name) & {"\ufffe", "\uffff"}:
        with pytest.raises(BadInput, match="export.cannot_hold"):
            made(profile)
        return
    assert read(made(profile))["identity"]["name"] == name


def test_the_same_account() -> None:
    """Made again, the account has the same id, another has another; an unknown way to sign in is refused."""
    assert read(made(reading.plain()))["uuid"] == read(made(replace(reading.plain(), name="New")))["uuid"]
    assert read(made(reading.plain()))["uuid"] != read(made(profile_of("anna@wellknown.test")))["uuid"]
    odd = replace(reading.plain().incoming, auth=Auth.OTHER)
    with pytest.raises(BadInput) as caught:
        made(replace(reading.plain(), incoming=odd))
    assert caught.value.params == {"format": "k9", "field": "auth"}
