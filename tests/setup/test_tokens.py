"""A token goes to hosts that belong with its issuer, whoever else a domain names."""

from __future__ import annotations

import pytest

from mailwright import book
from mailwright.core import (
    Auth,
    Candidate,
    Channel,
    EmailAddress,
    Endpoint,
    OAuth,
    Protocol,
    Provenance,
    Security,
    Service,
    Source,
    Sourced,
    Trust,
)
from mailwright.setup.tokens import guarded, token_hosts

GOOGLE = "https://accounts.google.com"
PACC = "https://ua-auto-config.evil.example/.well-known/user-agent-configuration.json"


@pytest.fixture(scope="module")
def shelf() -> book.Book:
    return book.Book()


def origin(source: Source, where: str) -> Provenance:
    return Provenance(source, where, Channel.HTTPS, Trust.TRUSTED)


def service(protocol: Protocol, host: str, said: Provenance) -> Service:
    endpoint = Endpoint(protocol, host, 993 if protocol is Protocol.IMAP else 465, Security.TLS)
    return Service(Sourced(endpoint, said), Sourced("%EMAILADDRESS%", said), Sourced((Auth.OAUTH2,), said))


def candidate(imap: str, smtp: str, said: Provenance, oauth: Sourced[OAuth] | None) -> Candidate:
    return Candidate((service(Protocol.IMAP, imap, said), service(Protocol.SMTP, smtp, said)), oauth=oauth)


def of_book(shelf: book.Book, id: str) -> Sourced[OAuth]:
    provider = shelf.get(id)
    assert provider is not None
    assert provider.oauth is not None
    return provider.oauth


def test_a_stranger_beside_a_provider(shelf: book.Book) -> None:
    """A domain's own autoconfig names Gmail for reading and its own host for sending: that one gets no token."""
    said = origin(Source.AUTOCONFIG, "https://autoconfig.evil.example/mail/config-v1.1.xml")
    found = candidate("imap.gmail.com", "smtp.evil.example", said, of_book(shelf, "google-workspace"))
    assert token_hosts(found, shelf) == {"imap.gmail.com"}


@pytest.mark.parametrize("id", ["gmail", "google-workspace", "outlook", "microsoft365", "yahoo", "fastmail", "mit"])
def test_providers_of_the_book(shelf: book.Book, id: str) -> None:
    """All hosts of a provider of the book take its tokens, however the provider was found."""
    provider = shelf.get(id)
    assert provider is not None
    for source, where in ((Source.BOOK, ""), (Source.MX_BOOK, "mx.example.org")):
        found = provider.candidate(EmailAddress("anna", "example.org"), source, where)
        assert token_hosts(found, shelf) == {entry.host for entry in provider.endpoints}


def test_another_provider(shelf: book.Book) -> None:
    """The host of one provider gets no token of another's issuer, though the book knows both."""
    said = origin(Source.SRV, "_imaps._tcp.example.org")
    found = candidate("imap.gmail.com", "smtp.office365.com", said, of_book(shelf, "microsoft365"))
    assert token_hosts(found, shelf) == {"smtp.office365.com"}


def test_an_issuer_of_their_own(shelf: book.Book) -> None:
    """Who names an issuer that the book does not know names its hosts, too; what others say of hosts does not count."""
    said = origin(Source.PACC, PACC)
    oauth = Sourced(OAuth("https://issuer.evil.example"), said)
    found = candidate("imap.evil.example", "smtp.evil.example", said, oauth)
    assert token_hosts(found, shelf) == {"imap.evil.example", "smtp.evil.example"}
    for other in (origin(Source.SRV, "_imaps._tcp.evil.example"), origin(Source.PACC, "https://other.example")):
        assert token_hosts(candidate("imap.evil.example", "smtp.evil.example", other, oauth), shelf) == frozenset()


@pytest.mark.parametrize("issuer", [GOOGLE, f"{GOOGLE}/", f"{GOOGLE}:443", "https://ACCOUNTS.google.com/o"])
def test_a_known_issuer_named_by_a_stranger(shelf: book.Book, issuer: str) -> None:
    """A domain that names a large provider's issuer does not get that provider's tokens for hosts of its own."""
    said = origin(Source.PACC, PACC)
    found = candidate("imap.evil.example", "smtp.evil.example", said, Sourced(OAuth(issuer), said))
    assert token_hosts(found, shelf) == frozenset()


def test_no_issuer(shelf: book.Book) -> None:
    """Without an issuer there is no token, so no host may have it."""
    found = candidate("imap.gmail.com", "smtp.gmail.com", origin(Source.USER, "typed"), None)
    assert token_hosts(found, shelf) == frozenset()


def test_strangers_need_a_yes(shelf: book.Book) -> None:
    """In a run with a token the stranger's host is asked about; without an issuer nothing changes."""
    said = origin(Source.AUTOCONFIG, "https://autoconfig.evil.example/mail/config-v1.1.xml")
    found = candidate("imap.gmail.com", "smtp.evil.example", said, of_book(shelf, "google-workspace"))
    assert [s.trust for s in guarded(found, shelf).services] == [Trust.TRUSTED, Trust.CONFIRM]
    bare = candidate("imap.gmail.com", "smtp.evil.example", said, None)
    assert guarded(bare, shelf) == bare
