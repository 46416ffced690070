"""One candidate from many answers, field by field."""

from __future__ import annotations

import pytest

from mailwright.core import (
    Auth,
    Candidate,
    EmailAddress,
    OAuth,
    Protocol,
    Security,
    Source,
    SourceAnswer,
    Sourced,
    Told,
)
from mailwright.discover import merge
from tests.discover.scripted import ANNA, SHELF, both, found, hosts, service


def merged(*answers: SourceAnswer, address: EmailAddress = ANNA) -> Candidate:
    candidate = merge.merged(answers, address, SHELF)
    assert candidate is not None
    return candidate


def test_nobody_knew() -> None:
    """Without an answer there is no candidate."""
    assert merge.merged([], ANNA, SHELF) is None


def test_host_port_and_protection_come_from_one_answer() -> None:
    """Two answers for one protocol are never mixed: the higher rank gives all of it."""
    candidate = merged(both(Source.SRV, "low.example.org"), both(Source.PACC, "high.example.org"))
    assert hosts(candidate) == ["imap high.example.org:993", "smtp high.example.org:993"]


def test_missing_protocols_come_from_the_next_ranks() -> None:
    """Each protocol the winner lacks is taken from the best answer that has it."""
    candidate = merged(
        found(Source.SRV, service("smtp", "s.example.org", source=Source.SRV), service("pop3", "p.example.org")),
        found(Source.PACC, service("imap", "i.example.org", source=Source.PACC)),
        both(Source.GUESS, "g.example.org"),
    )
    assert hosts(candidate) == ["imap i.example.org:993", "smtp s.example.org:993", "pop3 p.example.org:993"]
    assert [s.endpoint.provenance.source for s in candidate.services[:2]] == [Source.PACC, Source.SRV]


def test_plaintext_is_kept_but_last() -> None:
    """A server without TLS stays visible behind all others, those of lower ranks too."""
    candidate = merged(
        found(Source.PACC, service("imap", "plain.example.org", Security.NONE), service("smtp", "s.example.org")),
        both(Source.SRV, "safe.example.org"),
    )
    assert hosts(candidate) == ["smtp s.example.org:993", "imap safe.example.org:993", "imap plain.example.org:993"]


def test_user_name_from_another_answer_about_the_same_host() -> None:
    """A source that knows only hosts takes the user name from one that names the same host."""
    candidate = merged(
        found(Source.SRV, service("imap", "i.example.org", source=Source.SRV)),
        found(Source.MX_ISPDB, service("imap", "i.example.org", user="%EMAILLOCALPART%", auth=(Auth.OAUTH2,))),
    )
    first = candidate.services[0]
    assert first.endpoint.provenance.source is Source.SRV
    assert (first.username.value, first.auth.value) == ("%EMAILLOCALPART%", (Auth.OAUTH2,))
    assert first.username.provenance.source is Source.ISPDB


def test_user_name_from_the_book() -> None:
    """Else the book says it, if the host stands there."""
    candidate = merged(found(Source.SRV, service("imap", "imap.mail.me.com", source=Source.SRV)))
    assert candidate.services[0].username.value == "%EMAILLOCALPART%"
    assert candidate.services[0].username.provenance.source is Source.BOOK


def test_user_name_by_default() -> None:
    """Else the full address is assumed, and the provenance says that it is an assumption."""
    candidate = merged(found(Source.SRV, service("imap", "i.example.org", source=Source.SRV)))
    first = candidate.services[0]
    assert (first.username.value, first.auth.value) == ("%EMAILADDRESS%", (Auth.PASSWORD,))
    assert first.username.provenance.source is Source.GUESS


@pytest.mark.parametrize(
    ("host", "provider"),
    [("imap.163.com", "netease-163"), ("imap.gmail.com", "google-workspace"), ("imap.qq.com", "qq-domain")],
)
def test_the_book_explains_the_host(host: str, provider: str) -> None:
    """What the secret is called and whether an ID is wanted comes with the host, whoever named it."""
    candidate = merged(both(Source.SRV, host))
    book = SHELF.get(provider)
    assert book is not None
    assert candidate.provider == provider
    assert (candidate.secret, candidate.needs_id, candidate.name) == (book.secret, book.needs_id, book.name)


@pytest.mark.parametrize(("others", "provider"), [((), "google-workspace"), (("gmail",), "gmail")])
def test_the_exchanger_knows_better_than_the_host(others: tuple[str, ...], provider: str) -> None:
    """Two providers share hosts: the one that was found by the MX records is meant."""
    answers = [both(Source.SRV, "imap.gmail.com")]
    for id in others:
        found_there = SHELF.get(id)
        assert found_there is not None
        candidate = found_there.candidate(ANNA, Source.MX_BOOK)
        answers.append(SourceAnswer(Source.MX_BOOK, Told.FOUND, candidate=candidate))
    assert merged(*answers).provider == provider


def test_oauth_of_the_source_stays_without_a_word_of_the_book() -> None:
    """The issuer a domain names itself is used where the book knows none."""
    answer = both(Source.PACC, "m.example.org")
    assert answer.candidate is not None
    oauth = Sourced(OAuth("https://login.example.org"), answer.candidate.services[0].endpoint.provenance)
    candidate = merged(SourceAnswer(answer.source, answer.told, "", Candidate(answer.candidate.services, oauth=oauth)))
    assert candidate.oauth == oauth


def test_a_provider_without_services_stays_one() -> None:
    """What the book knows to be closed is not filled in from a guess."""
    address = EmailAddress.parse("a@tuta.com")
    provider = SHELF.by_domain("tuta.com")
    assert provider is not None
    answer = SourceAnswer(
        Source.BOOK, both(Source.PACC, "x.example").told, "", provider.candidate(address, Source.BOOK)
    )
    candidate = merged(answer, both(Source.GUESS, "g.example.org"), address=address)
    assert (candidate.services, candidate.provider) == ((), "tuta")


def test_completing_one_answer() -> None:
    """Each answer that is listed is complete in itself."""
    answer = merge.completed(found(Source.SRV, service("imap", "i.example.org")), ANNA, SHELF)
    assert answer.candidate is not None
    best = answer.candidate.best(Protocol.IMAP)
    assert best is not None
    assert best.username.value == "%EMAILADDRESS%"
