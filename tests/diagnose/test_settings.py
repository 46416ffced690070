"""What is said of the settings themselves: where they come from, what they lack, whether anybody has proved them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright import diagnose, texts
from mailwright.core import (
    Discovery,
    DomainFacts,
    Evidence,
    Fixer,
    Reason,
    SecretKind,
    ServiceEvidence,
    Severity,
    Source,
    SourceAnswer,
    Told,
)
from tests.diagnose import made
from tests.diagnose.made import IMAP, SMTP, candidate, discovery, evidence, judged, only, refused, stopped, works

E, W, I, U = Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.UNKNOWN  # noqa: E741  # the tables below are read by these letters
YOU, PROVIDER, NETWORK = Fixer.YOU, Fixer.PROVIDER, Fixer.NETWORK


def test_missing_sides() -> None:
    """Settings that lack a way to read or to send are told so."""
    assert only(judged(evidence(works(IMAP)))) == ("settings.no_outgoing", E, PROVIDER)
    assert only(judged(evidence(works(SMTP)))) == ("settings.no_incoming", E, PROVIDER)
    assert [finding.id for finding in judged(evidence())] == [
        "settings.no_incoming", "settings.no_outgoing", "settings.not_verified",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "seen", "finding"),
    [
        (Told.NOTHING, works(IMAP), [("settings.no_outgoing", E)]),
        (Told.UNKNOWN, works(IMAP), [("settings.no_outgoing", U)]),
        (Told.NOTHING, works(SMTP), [("settings.no_incoming", E)]),
        (Told.UNKNOWN, stopped(IMAP, Reason.DNS_TIMEOUT), []),
        (Told.NOTHING, stopped(IMAP, Reason.NOT_THE_PROTOCOL), []),
    ],
)
def test_nothing_found_is_no_missing_side(
    told: Told, seen: ServiceEvidence, finding: list[tuple[str, Severity]]
) -> None:
    """Where no settings were found, a side is missing only beside one that works; unsure if nobody could be asked."""
    nothing = replace(discovery(), answers=(SourceAnswer(Source.SRV, told),))
    missing = [f for f in diagnose.findings(nothing, evidence(seen), replies=made.Silent()) if ".no_" in f.id]
    assert [(f.id, f.severity) for f in missing] == finding


NOT_VERIFIED = [
    # evidence, whether somebody has signed in
    (None, False),
    (evidence(stopped(IMAP, Reason.NONE), stopped(SMTP, Reason.NONE)), False),
    (evidence(stopped(IMAP, Reason.CONNECT_TIMEOUT), stopped(SMTP, Reason.NOT_CONFIRMED)), False),
    (evidence(refused(IMAP, made.REFUSAL), stopped(SMTP, Reason.NOT_TRIED)), True),
    (evidence(stopped(IMAP, Reason.CONNECT_REFUSED), works(SMTP)), True),
    (evidence(works(IMAP), works(SMTP)), True),
]


@pytest.mark.parametrize(("seen", "tried"), NOT_VERIFIED)
def test_nobody_has_signed_in(seen: Evidence | None, *, tried: bool) -> None:
    """Settings are called not verified when no login was even tried, whatever else was seen."""
    found = diagnose.findings(discovery(candidate()), seen, replies=made.Silent())
    assert ("settings.not_verified" in {finding.id for finding in found}) is not tried


KINDS = [None, *SecretKind]


@pytest.mark.parametrize("signing_in", [True, False])
@pytest.mark.parametrize("when", ["always", "two_factor", "optional"])
@pytest.mark.parametrize("kind", KINDS)
def test_nobody_gets_in_by_password(kind: SecretKind | None, when: str, *, signing_in: bool) -> None:
    """Who wants to sign in without a token, where nothing else is ever taken, is told so before any password."""
    wanted = candidate(kind, when=when)
    only_token = kind is SecretKind.OAUTH2 and when == "always"
    assert diagnose.needs_token(wanted) is only_token
    found = diagnose.findings(discovery(wanted), None, signing_in=signing_in)
    told = only_token and signing_in
    assert [finding.id for finding in found] == [*(["auth.oauth_only"] if told else []), "settings.not_verified"]
    if told:
        assert (found[0].severity, found[0].who) == (E, YOU)
        assert (found[0].param("provider"), found[0].param("host")) == ("mine", "imap.example.org")
        assert all(texts.Words(language).finding(found[0]).fix for language in texts.LANGUAGES)


OWN = (Source.PACC, Source.AUTOCONFIG, Source.MAILCONF, Source.SRV)


@pytest.mark.parametrize("told", Told)
@pytest.mark.parametrize("winner", [source for source in Source if source is not Source.USER])
@pytest.mark.parametrize("source", Source)
def test_a_better_source_that_did_not_answer(source: Source, winner: Source, told: Told) -> None:
    """What the domain itself may have said counts more than what is shown: not to know it is worth a warning."""
    order = list(Source)
    expected = source in OWN and told in (Told.UNKNOWN, Told.STOPPED) and order.index(source) < order.index(winner)
    found = diagnose.findings(made.found_by(winner, SourceAnswer(source, told)), evidence(works(IMAP), works(SMTP)))
    if not expected:
        assert found == ()
        return
    assert only(found) == ("settings.better_source_silent", W, NETWORK)
    assert (found[0].param("sources"), found[0].param("domain")) == (source.value, "example.org")


def test_several_better_sources() -> None:
    """All that did not answer are named, in the order they came."""
    silent = [SourceAnswer(source, Told.UNKNOWN, reason=Reason.DNS_TIMEOUT) for source in OWN]
    found = diagnose.findings(made.found_by(Source.GUESS, *silent), evidence(works(IMAP), works(SMTP)))
    assert found[0].param("sources") == "pacc, autoconfig, mailconf, srv"


@pytest.mark.parametrize("reason", Reason)
def test_what_a_proxy_could_not_reach(reason: Reason) -> None:
    """A proxy does not tell a name that does not exist from a host that is down: it is not warned of each time."""
    by_proxy = reason in (Reason.PROXY_REFUSED, Reason.PROXY_UNREACHABLE, Reason.PROXY_AUTH)
    silent = made.found_by(Source.ISPDB, SourceAnswer(Source.PACC, Told.UNKNOWN, reason=reason))
    assert (diagnose.findings(silent, evidence(works(IMAP), works(SMTP))) == ()) is by_proxy


ASKED = SourceAnswer(Source.ISPDB, Told.UNKNOWN)
EMPTY = SourceAnswer(Source.ISPDB, Told.NOTHING)
INSIDE = SourceAnswer(Source.GUESS, Told.STOPPED, reason=Reason.PRIVATE_ADDRESS)
STRANGE = SourceAnswer(Source.AUTOCONFIG, Told.STOPPED, reason=Reason.PORT_NOT_ALLOWED)
SETTINGS = [
    (discovery(candidate()), ("settings.not_verified", I, YOU)),
    (discovery(candidate(services=False)), ("provider.closed", E, PROVIDER)),
    (discovery(None, domain=DomainFacts(exists=False)), ("domain.nxdomain", E, YOU)),
    (discovery(None, domain=DomainFacts(exists=True, null_mx=True)), ("domain.null_mx", E, YOU)),
    (discovery(None, domain=DomainFacts(exists=None), online=False), ("settings.offline", U, YOU)),
    (Discovery(made.LI, None, (EMPTY, ASKED)), ("settings.unknown", U, NETWORK)),
    (Discovery(made.LI, None, (EMPTY,)), ("settings.not_found", E, PROVIDER)),
    (Discovery(made.LI, None, (EMPTY, INSIDE)), ("net.private_address", U, YOU)),
    (Discovery(made.LI, None, (EMPTY, STRANGE)), ("net.port_not_allowed", U, YOU)),
]


@pytest.mark.parametrize(("found", "expected"), SETTINGS, ids=[row[1][0] for row in SETTINGS])
def test_settings_alone(found: Discovery, expected: tuple[str, Severity, Fixer]) -> None:
    """Before anyone signs in, what the search told is judged; not to have been told is not a no."""
    results = diagnose.findings(found, None)
    assert only(results) == expected
    for language in texts.LANGUAGES:
        assert texts.Words(language).finding(results[0]).title
