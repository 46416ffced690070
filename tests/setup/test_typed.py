"""What a person typed becomes the service that is tried first."""

from __future__ import annotations

import pytest

from mailwright import book, discover
from mailwright.core import EmailAddress, Endpoint, Protocol, Security, Source, Trust, Typed
from mailwright.setup.typed import protocol_of, typed_endpoint, used

SHELF = book.Book()
QQ = discover.offline(EmailAddress.parse("li@qq.com"), SHELF)


@pytest.mark.parametrize(
    ("typed", "endpoint"),
    [
        (Typed(host="smtp.qq.com", protocol=Protocol.IMAP, port=993), ("imap", "smtp.qq.com", 993, "tls")),
        (Typed(host=" imap.qq.com"), ("imap", "imap.qq.com", 993, "tls")),
        (Typed(host="imap.qq.com", port=143), ("imap", "imap.qq.com", 143, "starttls")),
        (Typed(host="imaps://imap.qq.com:993/"), ("imap", "imap.qq.com", 993, "tls")),
        (Typed(host="pop.qq.com"), ("pop3", "pop.qq.com", 995, "tls")),
        (Typed(host="smtp.qq.com"), ("smtp", "smtp.qq.com", 465, "tls")),
        (Typed(host="smtp.qq.com", port=25), ("smtp", "smtp.qq.com", 25, "starttls")),
        (Typed(port=143), ("imap", "imap.qq.com", 143, "starttls")),
        (Typed(port=993, security=Security.STARTTLS), ("imap", "imap.qq.com", 993, "starttls")),
        (Typed(security=Security.NONE, protocol=Protocol.SMTP), ("smtp", "smtp.qq.com", 587, "none")),
    ],
)
def test_what_was_left_out_is_filled_in(typed: Typed, endpoint: tuple[str, str, int, str]) -> None:
    """Host, port and security that were not typed follow from those that were."""
    protocol, host, port, security = endpoint
    assert typed_endpoint(typed, QQ) == Endpoint(Protocol(protocol), host, port, Security(security))


@pytest.mark.parametrize("typed", [Typed(), Typed(username="li"), Typed(host="a..b"), Typed(host="  ")])
def test_without_a_server_that_could_be_meant_there_is_none(typed: Typed) -> None:
    """What was found is used then."""
    assert used(QQ, typed, SHELF) == QQ.candidate


def test_what_was_typed_comes_first_and_what_was_found_stays() -> None:
    """The person's own service is tried before those it is compared with."""
    candidate = used(QQ, Typed(host="imap.exmail.qq.com"), SHELF)
    assert candidate is not None
    assert QQ.candidate is not None
    first = candidate.services[0]
    assert (first.endpoint.value.host, first.endpoint.provenance.source) == ("imap.exmail.qq.com", Source.USER)
    assert candidate.services[1:] == QQ.candidate.services


@pytest.mark.parametrize(
    ("host", "trust"),
    [
        ("imap.qq.com", Trust.TRUSTED),
        ("imap.exmail.qq.com", Trust.TRUSTED),
        ("mail.qq.com", Trust.TRUSTED),
        ("imap.qq.com.evil.example", Trust.CONFIRM),
        ("imap.qq.con", Trust.CONFIRM),
    ],
)
def test_a_host_nobody_vouches_for_gets_no_password(host: str, trust: Trust) -> None:
    """Only hosts of the book, of the settings or of the address's own domain are trusted because they were typed."""
    candidate = used(QQ, Typed(host=host, protocol=Protocol.IMAP), SHELF)
    assert candidate is not None
    assert candidate.services[0].trust is trust


@pytest.mark.parametrize("host", ["203.0.113.5", "2001:db8::1", "com.cn"])
@pytest.mark.parametrize("domain", ["co.uk", "198.51.113.5"])
def test_what_belongs_to_nobody_is_no_bond(host: str, domain: str) -> None:
    """Neither two names without an owner nor two addresses that end alike are of one domain."""
    found = discover.offline(EmailAddress("li", domain), SHELF)
    candidate = used(found, Typed(host=host), SHELF)
    assert candidate is not None
    assert candidate.services[0].trust is Trust.CONFIRM


def test_the_field_follows_from_port_and_name() -> None:
    """As said, else as the port says, else as the name says."""
    assert protocol_of(Typed(host="smtp.x.test", port=993)) is Protocol.IMAP
    assert protocol_of(Typed(host="smtp.x.test")) is Protocol.SMTP
    assert protocol_of(Typed(protocol=Protocol.POP3, host="smtp.x.test", port=993)) is Protocol.POP3
