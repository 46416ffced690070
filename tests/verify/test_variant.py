"""What is typed at the first and at the second login, if there is a second."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.core import (
    Confidence,
    Credentials,
    EmailAddress,
    Provenance,
    Repair,
    Reply,
    Secret,
    Service,
    Source,
    Sourced,
    Trust,
)
from mailwright.verify import variant
from tests.verify import at

LI = EmailAddress("li", "xn--fsqu00a.test")
EAI = EmailAddress("李", "xn--fsqu00a.test")


def service(
    template: str, source: Source = Source.SRV, confidence: Confidence | None = None, trust: Trust = Trust.TRUSTED
) -> Service:
    found = at.service("imap", "imap.example.org", 993, trust=trust)
    origin: Provenance = replace(found.username.provenance, source=source, confidence=confidence)
    return replace(found, username=Sourced(template, origin))


FORMS = [
    # template, address, user name that is insisted on, first user name, second (None: no second login)
    ("%EMAILADDRESS%", LI, None, "li@xn--fsqu00a.test", "li"),
    ("%EMAILLOCALPART%", LI, None, "li", "li@xn--fsqu00a.test"),
    ("%EMAILADDRESS%", EAI, None, "李@例子.test", "李"),
    ("%EMAILLOCALPART%", EAI, None, "李", "李@xn--fsqu00a.test"),
    ("fixed", LI, None, "fixed", "fixed@xn--fsqu00a.test"),
    ("%EMAILADDRESS%", LI, "", "", None),
    ("%EMAILADDRESS%", LI, "ming", "ming", "ming@xn--fsqu00a.test"),
    ("%EMAILADDRESS%", LI, "ming@other.test", "ming@other.test", None),
]


@pytest.mark.parametrize(("template", "address", "username", "first", "second"), FORMS)
def test_user_names(template: str, address: EmailAddress, username: str | None, first: str, second: str | None) -> None:
    """First what the settings or the person say; then with the domain part, or without, if nothing else is wrong."""
    who = Credentials(address, Secret("x"), username=username)
    assert variant.as_typed(service(template), who) == variant.Variant(first, Secret("x"))
    other = variant.repaired(service(template), who)
    assert (other.username if other else None) == second


SURE = [
    (Source.BOOK, Confidence.HIGH, False),
    (Source.BOOK, Confidence.MEDIUM, True),
    (Source.BOOK, Confidence.LOW, True),
    (Source.BOOK, None, True),
    (Source.MX_BOOK, Confidence.HIGH, True),
    (Source.PACC, None, False),
    (Source.AUTOCONFIG, None, False),
    (Source.MAILCONF, None, False),
    (Source.ISPDB, None, False),
    (Source.MX_AUTOCONFIG, None, False),
    (Source.MX_ISPDB, None, False),
    (Source.AUTODISCOVER, None, True),
    (Source.AUTOCONFIG_HTTP, None, True),
    (Source.HINT, None, True),
    (Source.USER, None, True),
    (Source.SRV, None, True),
    (Source.GUESS, None, True),
]


@pytest.mark.parametrize(("source", "confidence", "toggled"), SURE)
def test_how_sure_the_form_is(source: Source, confidence: Confidence | None, *, toggled: bool) -> None:
    """A form that the book is sure of, or who runs the servers says, is not doubted unless the person typed another."""
    found = service("%EMAILADDRESS%", source, confidence)
    assert (variant.repaired(found, Credentials(LI, Secret("x"))) is not None) is toggled
    assert variant.repaired(found, Credentials(LI, Secret("x"), username="li")) is not None


def test_every_source_is_in_the_table() -> None:
    """A new source needs a row of its own."""
    assert {source for source, _, _ in SURE} == set(Source)


@pytest.mark.parametrize("trust", [Trust.LOW, Trust.CONFIRM])
@pytest.mark.parametrize("source", [Source.PACC, Source.AUTOCONFIG, Source.MAILCONF, Source.ISPDB])
def test_a_form_nobody_vouches_for(source: Source, trust: Trust) -> None:
    """What came over an unsafe way may be wrong about the user name, too."""
    found = service("%EMAILADDRESS%", source, trust=trust)
    assert variant.repaired(found, Credentials(LI, Secret("x"))) is not None


def test_one_thing_at_a_time() -> None:
    """Where the secret is repaired the user name keeps its form."""
    other = variant.repaired(service("%EMAILADDRESS%"), Credentials(LI, Secret(" x")))
    assert other == variant.Variant("li@xn--fsqu00a.test", Secret("x"), (Repair.BLANKS,))


def test_a_repair_is_told_once() -> None:
    """Blanks around both name and secret are one repair."""
    other = variant.repaired(service("%EMAILADDRESS%"), Credentials(LI, Secret(" x"), username="li "))
    assert other == variant.Variant("li", Secret("x"), (Repair.BLANKS,))


def test_tokens_are_left_alone() -> None:
    """An access token was not typed and names its own user: only what was typed beside it is repaired."""
    assert variant.repaired(service("%EMAILADDRESS%"), Credentials(LI, Secret(" x "), token=True)) is None
    other = variant.repaired(service("%EMAILADDRESS%"), Credentials(LI, Secret(" x "), token=True, username="li "))
    assert other == variant.Variant("li", Secret(" x "), (Repair.BLANKS,))


@pytest.mark.parametrize(
    ("proved", "repeated"),
    [((Repair.BLANKS,), True), ((Repair.FULL_WIDTH,), False), ((Repair.BLANKS, Repair.PERCENT), False), ((), False)],
)
def test_repeating_what_was_proved(proved: tuple[Repair, ...], *, repeated: bool) -> None:
    """Sending tries the repaired form only if it is the very one that reading has proved."""
    other = variant.with_repairs(service("%EMAILADDRESS%"), Credentials(LI, Secret("x ")), proved)
    assert (other is not None) is repeated


REFUSALS = [
    (None, False),
    (Reply("NO", "", "no"), True),
    (Reply("NO", "AUTHENTICATIONFAILED", "no"), True),
    (Reply("NO", "UNAVAILABLE", "later"), False),
    (Reply("NO", "LIMIT", "too many"), False),
    (Reply("NO", "EXPIRED", "old"), False),
    (Reply("NO", "CONTACTADMIN", "locked"), False),
    (Reply("NO", "AUTHORIZATIONFAILED", "other"), False),
    (Reply("BAD", "", "what"), False),
    (Reply("BYE", "", "bye"), False),
    (Reply("OK", "", "in"), False),
    (Reply("-ERR", "", "no"), True),
    (Reply("-ERR", "AUTH", "no"), True),
    (Reply("-ERR", "IN-USE", "later"), False),
    (Reply("-ERR", "LOGIN-DELAY", "later"), False),
    (Reply("-ERR", "SYS/TEMP", "later"), False),
    (Reply("-ERR", "SYS/PERM", "never"), False),
    (Reply("535", "", "no"), True),
    (Reply("535", "5.7.8", "no"), True),
    (Reply("535", "5.7.3", "no"), True),
    (Reply("535", "5.7.139", "basic authentication is disabled"), False),
    (Reply("534", "5.7.9", "application password"), False),
    (Reply("454", "4.7.0", "later"), False),
    (Reply("421", "4.7.0", "later"), False),
    (Reply("550", "", "no"), False),
    (Reply("235", "2.7.0", "in"), False),
]


@pytest.mark.parametrize(("reply", "plain"), REFUSALS, ids=[str(row[0]) for row in REFUSALS])
def test_plain_refusals(reply: Reply | None, *, plain: bool) -> None:
    """Only "authentication failed" and nothing more is worth another spelling."""
    assert variant.is_refusal(reply) is plain
