"""Reading Autodiscover (POX) answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core import Channel, EmailAddress, Security, Source
from mailwright.discover import markup, pox
from mailwright.discover.saying import Saying
from tests.discover.scripted import ANNA, query, world

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">'
    '<Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">'
)


def answer(account: str) -> bytes:
    return f"{_HEAD}<Account><AccountType>email</AccountType>{account}</Account></Response></Autodiscover>".encode()


def protocol(kind: str, port: str, rest: str = "<SSL>on</SSL>") -> str:
    return f"<Protocol><Type>{kind}</Type><Server>m.example.org</Server><Port>{port}</Port>{rest}</Protocol>"


def parse(body: bytes, address: EmailAddress = ANNA) -> pox.Reply:
    return parse_for(body, pox.Asked(address, address.wire))


def parse_for(body: bytes, asked: pox.Asked) -> pox.Reply:
    return pox.parse(body, Saying(query(world()), Source.AUTODISCOVER, "https://x", Channel.HTTPS, own=True), asked)


@pytest.mark.parametrize(
    ("port", "rest", "security"),
    [
        ("993", "<SSL>on</SSL>", Security.TLS),
        ("993", "", Security.TLS),
        ("993", "<Encryption>TLS</Encryption>", Security.TLS),
        ("143", "<SSL>on</SSL>", Security.STARTTLS),
        ("143", "<SSL>off</SSL>", Security.NONE),
        ("143", "<SSL>off</SSL><Encryption>TLS</Encryption>", Security.STARTTLS),
        ("143", "<Encryption>None</Encryption>", Security.NONE),
        ("2143", "<Encryption>TLS</Encryption>", Security.STARTTLS),
        ("2993", "<Encryption>SSL</Encryption>", Security.TLS),
        ("2993", "<Encryption>Auto</Encryption>", Security.TLS),
    ],
)
def test_protection(port: str, rest: str, security: Security) -> None:
    """Encryption overrides SSL; what a well-known port always speaks overrides both."""
    service = parse(answer(f"<Action>settings</Action>{protocol('IMAP', port, rest)}")).services[0]
    assert (service.endpoint.value.port, service.endpoint.value.security) == (int(port), security)


@pytest.mark.parametrize("kind", ["IMAP", "imap", "POP3", "POP", "SMTP"])
def test_protocols(kind: str) -> None:
    """The three mail protocols are read, in the wrong spelling of a widespread server too."""
    assert len(parse(answer(protocol(kind, "993"))).services) == 1


@pytest.mark.parametrize(
    ("login", "template"),
    [
        ("", "%EMAILADDRESS%"),
        ("<LoginName>anna@example.org</LoginName>", "%EMAILADDRESS%"),
        ("<LoginName>anna</LoginName>", "%EMAILLOCALPART%"),
        ("<LoginName>u1234</LoginName>", "u1234"),
    ],
)
def test_user_names(login: str, template: str) -> None:
    """Without a login name the full address is meant (MS-OXDISCO)."""
    assert parse(answer(protocol("IMAP", "993", login))).services[0].username.value == template


def test_the_address_of_a_redirect_is_the_user_name() -> None:
    """After a redirect to another address it is that one which signs in."""
    other = EmailAddress.parse("anna@mail.example.net")
    assert parse(answer(protocol("IMAP", "993", "")), other).services[0].username.value == "anna@mail.example.net"


STAND_IN = pox.Asked(EmailAddress.parse("postmaster@example.org"), "%EMAILADDRESS%", stands_in=True)


@pytest.mark.parametrize(
    ("moved", "login", "template"),
    [
        ("", "", "%EMAILADDRESS%"),
        ("", "postmaster@example.org", "%EMAILADDRESS%"),
        ("", "postmaster", "%EMAILLOCALPART%"),
        ("", "%EMAILLOCALPART%.org", "%EMAILLOCALPART%.org"),
        ("", "u1234", ""),
        ("", "anna@example.org", ""),
        ("postmaster@m.example.net", "", "%EMAILLOCALPART%@m.example.net"),
        ("postmaster@m.example.net", "postmaster@m.example.net", "%EMAILLOCALPART%@m.example.net"),
        ("postmaster@m.example.net", "postmaster", "%EMAILLOCALPART%"),
        ("admin@m.example.net", "", ""),
        ("admin@m.example.net", "admin", ""),
    ],
)
def test_names_of_the_stand_in(moved: str, login: str, template: str) -> None:
    """What is said of the postmaster is said of the person where it can be; another's name is not theirs."""
    asked = STAND_IN.moved(EmailAddress.parse(moved)) if moved else STAND_IN
    entry = f"<LoginName>{login}</LoginName>" if login else ""
    assert parse_for(answer(protocol("IMAP", "993", entry)), asked).services[0].username.value == template


def test_redirects_and_exchange() -> None:
    """Redirects and hosts that speak only Exchange are told apart from settings."""
    moved = parse(answer("<Action>redirectAddr</Action><RedirectAddr>a@example.net</RedirectAddr>"))
    assert moved == pox.Reply(redirect_address="a@example.net")
    url = parse(answer("<Action>redirectUrl</Action><RedirectUrl>https://e.example/</RedirectUrl>"))
    assert url == pox.Reply(redirect_url="https://e.example/")
    assert parse(answer(protocol("EXCH", "443"))).exchange == ("m.example.org",)


@pytest.mark.parametrize(
    "body",
    [
        f"{_HEAD}<Error><ErrorCode>600</ErrorCode></Error></Response></Autodiscover>".encode(),
        b"<Autodiscover/>",
        b"<html/>",
        answer(protocol("CARDDAV", "443")),
        answer(protocol("IMAP", "9" * 9000)),
    ],
)
def test_answers_without_settings(body: bytes) -> None:
    """Errors, other documents and unknown protocols are no settings."""
    assert parse(body) == pox.Reply()


def test_the_request_escapes_the_address() -> None:
    """An address with markup in it stays text in the request."""
    body = pox.request(EmailAddress("a&b", "example.org"))
    assert b"<EMailAddress>a&amp;b@example.org</EMailAddress>" in body
    assert markup.parse(body).tag == "Autodiscover"


@given(st.binary(max_size=300) | st.text(max_size=200).map(answer))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    """Whatever is served, the parser ends with a reply or one of its two errors."""
    try:
        parse(body)
    except (markup.HostileError, markup.NotMarkupError):
        return
