"""What an Autodiscover service answers, field by field, and read back by our own reader."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import Auth, BadInput, Profile, Protocol, Security, Source, expand
from mailwright.discover import pox
from mailwright.export.formats import autodiscover
from mailwright.texts import Words
from tests.export import reading
from tests.export.conftest import nasty, profile_of

TOP = "{http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006}"
IN = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"


def response(data: bytes) -> Element:
    root: Element = ElementTree.fromstring(data)
    assert root.tag == f"{TOP}Autodiscover"
    (child,) = root
    assert child.tag == f"{IN}Response"
    return child


def fields(entry: Element) -> dict[str, str | None]:
    return {child.tag.removeprefix(IN): child.text for child in entry}


def entries(profile: Profile) -> list[dict[str, str | None]]:
    return [fields(entry) for entry in response(autodiscover.pox(profile)).iter(f"{IN}Protocol")]


def accounts() -> Profile:
    """The full profile with passwords only: Autodiscover has nothing else."""
    full = reading.full()
    return replace(full, incoming=replace(full.incoming, auth=Auth.PASSWORD), others=full.others[1:])


def test_every_field() -> None:
    """Each protocol has the fields of the specification with the values that programs expect."""
    common = {"DomainRequired": "off", "SPA": "off", "AuthRequired": "on"}
    found = entries(accounts())
    assert found[0] == common | {
        "Type": "IMAP",
        "Server": "imap.example.org",
        "Port": "993",
        "LoginName": "anna@example.org",
        "SSL": "on",
        "Encryption": "SSL",
    }
    assert found[1] == common | {
        "Type": "SMTP",
        "Server": "smtp.example.org",
        "Port": "465",
        "LoginName": "anna@example.org",
        "SSL": "on",
        "Encryption": "SSL",
        "UsePOPAuth": "on",
        "SMTPLast": "off",
    }
    shown = [(entry["Type"], entry["Port"], entry["SSL"], entry["Encryption"]) for entry in found[2:]]
    assert shown == [
        ("IMAP", "143", "on", "TLS"),
        ("POP3", "995", "on", "SSL"),
        ("POP3", "110", "off", "None"),
        ("SMTP", "587", "on", "TLS"),
    ]


def test_account() -> None:
    """The account is settings for mail, and the person has a name."""
    top = response(autodiscover.pox(accounts()))
    assert top.findtext(f"{IN}User/{IN}DisplayName") == "李雷 “Lee” 😀"
    assert top.findtext(f"{IN}Account/{IN}AccountType") == "email"
    assert top.findtext(f"{IN}Account/{IN}Action") == "settings"
    nameless = response(autodiscover.pox(replace(accounts(), name="")))
    assert nameless.findtext(f"{IN}User/{IN}DisplayName") == "anna@example.org"


def test_our_reader_finds_the_same() -> None:
    """Every service is read back in its order."""
    for profile in (accounts(), nasty(profile_of("anna@wellknown.test"))):
        asked = pox.Asked(profile.address, profile.address.wire)
        reply = pox.parse(autodiscover.pox(profile), reading.saying(profile.address, Source.AUTODISCOVER), asked)
        found = [(s.endpoint.value, expand(s.username.value, profile.address)) for s in reply.services]
        assert found == [(login.endpoint, login.username) for login in profile.logins]


def test_another_user_name_for_sending() -> None:
    """Who signs in to send by another name does not use the name for reading."""
    profile = reading.plain()
    assert profile.outgoing is not None
    found = entries(replace(profile, outgoing=replace(profile.outgoing, username="sender")))
    assert (found[1]["LoginName"], found[1]["UsePOPAuth"]) == ("sender", "off")


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=60))
def test_any_user_name(name: str) -> None:
    """Any user name arrives as it is in a parser of XML, or is refused."""
    profile = replace(reading.plain(), incoming=replace(reading.plain().incoming, username=name))
    if name != name.strip() or set(name) & {"\ufffe", "\uffff"}:
        with pytest.raises(BadInput, match="export.cannot_hold"):
            entries(profile)
        return
    assert entries(profile)[0]["LoginName"] == name


def test_errors() -> None:
    """An error has its code, its message and nothing of an account; our reader finds nothing in it."""
    data = autodiscover.pox_error(autodiscover.NO_PROVIDER, "a <b> & c", time="12:00:01.5", id="7")
    error = response(data).find(f"{IN}Error")
    assert error is not None
    assert error.attrib == {"Time": "12:00:01.5", "Id": "7"}
    assert fields(error) == {"ErrorCode": "601", "Message": "a <b> & c", "DebugData": None}
    asked = pox.Asked(reading.ANNA, reading.ANNA.wire)
    assert pox.parse(data, reading.saying(reading.ANNA, Source.AUTODISCOVER), asked) == pox.Reply()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_json(language: str) -> None:
    """Version 2 says where version 1 is, and that there is nothing else."""
    choice = export.Choice(Words(language).client, language)
    made = export.render(export.get("autodiscover-json"), reading.full(), choice)
    known, unknown = (json.loads(file.data) for file in made.files)
    url = "https://autodiscover.example.org/autodiscover/autodiscover.xml"
    assert known == {"Protocol": "AutodiscoverV1", "Url": url}
    assert unknown["ErrorCode"] == "InvalidProtocol"
    assert "AutodiscoverV1" in unknown["ErrorMessage"]
    assert json.loads(autodiscover.json_answer("autodiscoverV1", url=url, message="no")) == known


def test_a_token_cannot_be_expressed() -> None:
    """An account that takes no password gets no answer but a note."""
    made = export.render(export.get("autodiscover"), reading.full(), export.Choice())
    assert made.files == ()
    assert [(note.id, note.stops) for note in made.notes] == [("oauth", True)]


@pytest.mark.parametrize(
    ("port", "security", "noted"),
    [
        (993, Security.TLS, False),
        (143, Security.STARTTLS, False),
        (143, Security.NONE, False),
        (20993, Security.TLS, False),
        (20143, Security.STARTTLS, True),
        (143, Security.TLS, True),
    ],
)
def test_unusual_ports(port: int, security: Security, noted: bool) -> None:  # noqa: FBT001  # a row of the table
    """A port at which a reader would guess the wrong protection is told."""
    profile = replace(reading.plain(), incoming=reading.login(Protocol.IMAP, port, security))
    made = export.render(export.get("autodiscover"), profile, export.Choice())
    assert ("autodiscover_port" in [note.id for note in made.notes]) is noted
