"""What was seen is judged by tables: every reason, code and kind of secret has its finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright import diagnose, texts
from mailwright.core import (
    Discovery,
    DomainFacts,
    Evidence,
    Fixer,
    Outcome,
    Protocol,
    Reason,
    Repair,
    SecretKind,
    Service,
    ServiceEvidence,
    Severity,
    Source,
    SourceAnswer,
    Stage,
    Told,
)
from tests.diagnose import made
from tests.diagnose.made import IMAP, POP3, SMTP, candidate, discovery, evidence, judged, only, refused, stopped, works

E, W, I, U = Severity.ERROR, Severity.WARNING, Severity.INFO, Severity.UNKNOWN  # noqa: E741  # the tables below are read by these letters
YOU, PROVIDER, NETWORK, ADMIN = Fixer.YOU, Fixer.PROVIDER, Fixer.NETWORK, Fixer.ADMIN


REASONS = {
    Reason.NONE: None,  # looked at only, before anyone signs in
    Reason.NOT_TRIED: None,  # left alone: what is wrong is said of the other protocol
    Reason.DNS_NXDOMAIN: ("dns.nxdomain", E, PROVIDER),
    Reason.DNS_NODATA: ("dns.nodata", E, PROVIDER),
    Reason.DNS_SERVFAIL: ("dns.servfail", U, PROVIDER),
    Reason.DNS_TIMEOUT: ("dns.timeout", U, NETWORK),
    Reason.CONNECT_REFUSED: ("net.refused", E, PROVIDER),
    Reason.CONNECT_TIMEOUT: ("net.timeout", U, NETWORK),
    Reason.CONNECT_UNREACHABLE: ("net.unreachable", U, NETWORK),
    Reason.CONNECT_RESET: ("net.reset", U, NETWORK),
    Reason.CONNECT_FAILED: ("net.unreachable", U, NETWORK),
    Reason.PRIVATE_ADDRESS: ("net.private_address", E, PROVIDER),
    Reason.PROXY_UNREACHABLE: ("net.proxy", U, YOU),
    Reason.PROXY_AUTH: ("net.proxy_auth", E, YOU),
    Reason.PROXY_REFUSED: ("net.proxy_refused", E, NETWORK),
    Reason.CLOSED: ("net.closed", U, PROVIDER),
    Reason.READ_TIMEOUT: ("net.slow", U, PROVIDER),
    Reason.TOO_MUCH: ("proto.too_much", E, PROVIDER),
    Reason.NOT_THE_PROTOCOL: ("proto.wrong_service", E, PROVIDER),
    Reason.TLS_CERTIFICATE: ("tls.certificate", E, PROVIDER),
    Reason.TLS_HANDSHAKE: ("tls.version", E, PROVIDER),
    Reason.TLS_NOT_SPOKEN: ("proto.tls_mode", E, PROVIDER),
    Reason.STARTTLS_MISSING: ("tls.starttls_missing", E, NETWORK),
    Reason.STARTTLS_REFUSED: ("tls.starttls_refused", E, PROVIDER),
    Reason.STARTTLS_INJECTION: ("tls.starttls_injection", E, NETWORK),
    Reason.NO_MECHANISM: ("auth.mechanism", E, PROVIDER),
    Reason.LOGIN_DISABLED: ("proto.tls_required", E, PROVIDER),
    Reason.SERVER_SIGNATURE: ("auth.server_signature", E, NETWORK),
    Reason.NOT_CONFIRMED: ("trust.not_confirmed", U, YOU),
    Reason.REFUSED: ("server.overload", U, PROVIDER),
    Reason.REDIRECT: ("proto.wrong_service", E, PROVIDER),
    Reason.LIMIT: ("limit.connections", U, YOU),
    Reason.PLAINTEXT: ("settings.plaintext", E, PROVIDER),
    Reason.SMTPUTF8_MISSING: ("policy.smtputf8", E, PROVIDER),
}


def test_every_reason_is_in_the_table() -> None:
    """A new reason needs a row of its own."""
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize("where", [IMAP, POP3, SMTP], ids=lambda service: service.protocol)
@pytest.mark.parametrize("reason", Reason)
def test_reasons(reason: Reason, where: Service) -> None:
    """What stopped us before a login names the finding and who can mend it, whatever the protocol."""
    other = works(SMTP) if where is not SMTP else works(IMAP)
    found, expected = judged(evidence(stopped(where, reason, Stage.CONNECT), other)), REASONS[reason]
    assert found == () if expected is None else only(found) == expected


def test_left_alone_after_two_refusals() -> None:
    """What is said is said once, of the side that was refused, with every user name that was tried."""
    tries = (
        made.login(Outcome.NO, made.REFUSAL),
        made.login(Outcome.NO, made.REFUSAL, Repair.DOMAIN_REMOVED, name="li"),
    )
    reading = ServiceEvidence(IMAP, Stage.LOGIN, Outcome.NO, made.REFUSAL, tries, reason=Reason.REFUSED)
    sending = ServiceEvidence(SMTP, Stage.LOGIN, Outcome.CANCELLED, reason=Reason.NOT_TRIED)
    found = judged(evidence(reading, sending))
    assert only(found) == ("auth.bad_credentials", E, YOU)
    assert (found[0].protocol, found[0].param("username")) == (Protocol.IMAP, "li@example.org, li")
    assert found[0].param("reply") == "NO [AUTHENTICATIONFAILED] Login failed"


def test_a_user_name_is_listed_once() -> None:
    """Where only the password was repaired, the one name that was tried stands there once."""
    tries = (made.login(Outcome.NO, made.REFUSAL), made.login(Outcome.NO, made.REFUSAL, Repair.BLANKS))
    seen = ServiceEvidence(IMAP, Stage.LOGIN, Outcome.NO, made.REFUSAL, tries, reason=Reason.REFUSED)
    assert judged(evidence(seen, stopped(SMTP, Reason.NOT_TRIED)))[0].param("username") == "li@example.org"


HOME = ["127.0.0.1", "127.8.8.8", "::1", "localhost"]
AWAY = ["192.168.1.5", "10.0.0.1", "8.8.8.8", "fe80::1", "imap.example.org", "localhost.example.org"]


@pytest.mark.parametrize("host", HOME + AWAY)
@pytest.mark.parametrize(
    ("reason", "at_home", "elsewhere"),
    [
        (Reason.CONNECT_REFUSED, ("bridge.not_running", E, YOU), ("net.refused", E, PROVIDER)),
        (Reason.TLS_CERTIFICATE, ("bridge.certificate", E, YOU), ("tls.self_signed", E, PROVIDER)),
        (Reason.CONNECT_TIMEOUT, ("net.timeout", U, NETWORK), ("net.timeout", U, NETWORK)),
        (Reason.CLOSED, ("net.closed", U, PROVIDER), ("net.closed", U, PROVIDER)),
    ],
)
def test_a_program_on_this_machine(
    host: str, reason: Reason, at_home: tuple[str, Severity, Fixer], elsewhere: tuple[str, Severity, Fixer]
) -> None:
    """Behind a loopback address stands a bridge, which the person starts and trusts; anywhere else it is no bridge."""
    seen = replace(made.bad_certificate(18, 1, self_signed=True), service=made.service(Protocol.IMAP, host=host))
    found = judged(evidence(replace(seen, reason=reason), works(SMTP)))
    assert only(found) == (at_home if host in HOME else elsewhere)
    assert found[0].param("host") == host


CERTIFICATES = [
    # X509_V_ERR, certificates sent, finding
    (9, 2, "tls.not_yet_valid"),
    (10, 2, "tls.expired"),
    (10, 1, "tls.expired"),
    (18, 1, "tls.self_signed"),
    (19, 2, "tls.unknown_ca"),
    (20, 2, "tls.unknown_ca"),
    (20, 1, "tls.intermediate"),
    (21, 2, "tls.unknown_ca"),
    (21, 1, "tls.intermediate"),
    (20, 0, "tls.unknown_ca"),
    (62, 2, "tls.name"),
    (62, 1, "tls.name"),
    (64, 2, "tls.name"),
    (66, 2, "tls.weak_key"),
    (67, 2, "tls.weak_key"),
    (68, 2, "tls.weak_key"),
    (23, 2, "tls.certificate"),
    (0, 0, "tls.certificate"),
]


@pytest.mark.parametrize(("code", "chain", "id"), CERTIFICATES)
def test_certificates(code: int, chain: int, id: str) -> None:
    """OpenSSL's number and the length of the chain say what is wrong with a certificate."""
    assert only(judged(evidence(made.bad_certificate(code, chain), works(SMTP)))) == (id, E, PROVIDER)


def test_a_single_certificate_that_signed_itself() -> None:
    """No intermediate is missing where the only certificate vouches for itself."""
    seen = evidence(made.bad_certificate(20, 1, self_signed=True), works(SMTP))
    assert only(judged(seen))[0] == "tls.unknown_ca"


def test_what_a_certificate_says() -> None:
    """Names, issuer and dates of the certificate go along, to be told."""
    (found,) = judged(evidence(made.bad_certificate(62), works(SMTP)))
    assert [found.param(key) for key in ("host", "port", "names", "issuer", "since", "until")] == [
        "imap.example.org", 993, "imap.example.org", "CN=Some CA", "2026-01-01", "2026-02-01",
    ]  # fmt: skip


REPAIRS = {
    Repair.FULL_WIDTH: "input.fullwidth",
    Repair.BLANKS: "input.blank",
    Repair.INNER_SPACES: "input.blank",
    Repair.PERCENT: "input.percent",
    Repair.DOMAIN_ADDED: "auth.username_form",
    Repair.DOMAIN_REMOVED: "auth.username_form",
}


@pytest.mark.parametrize("repair", Repair)
def test_repairs(repair: Repair) -> None:
    """What had to be repaired before it worked is a warning that names the user name which works."""
    found = judged(evidence(works(IMAP, repair), works(SMTP)))
    assert only(found) == (REPAIRS[repair], W, YOU)
    assert found[0].param("username") == "li@example.org"


def test_several_repairs() -> None:
    """Each kind of warning comes once for a service."""
    found = judged(evidence(works(IMAP, Repair.FULL_WIDTH, Repair.BLANKS, Repair.INNER_SPACES), works(SMTP)))
    assert [finding.id for finding in found] == ["input.fullwidth", "input.blank"]


PASSED_OVER = [
    # what the endpoints of one protocol did, in their order; the finding
    ([stopped(IMAP, Reason.CONNECT_REFUSED), works(IMAP)], None),
    ([works(IMAP), stopped(IMAP, Reason.CONNECT_REFUSED)], None),
    ([stopped(IMAP, Reason.CONNECT_REFUSED), refused(IMAP, made.REFUSAL)], "auth.protocol_off_user"),
    ([made.bad_certificate(10), stopped(IMAP, Reason.STARTTLS_MISSING, Stage.RESOLVE)], "tls.expired"),
    ([stopped(IMAP, Reason.NOT_CONFIRMED, Stage.RESOLVE), made.bad_certificate(10)], "tls.expired"),
    ([stopped(IMAP, Reason.CONNECT_TIMEOUT), stopped(IMAP, Reason.CONNECT_REFUSED)], "net.timeout"),
]


@pytest.mark.parametrize(("seen", "id"), PASSED_OVER)
def test_several_endpoints(seen: list[ServiceEvidence], id: str | None) -> None:
    """The endpoint that let us come farthest is the one to talk about; of equals the preferred one."""
    assert [finding.id for finding in judged(evidence(*seen, works(SMTP)))] == ([id] if id else [])


def test_missing_sides() -> None:
    """Settings that lack a way to read or to send are told so."""
    assert only(judged(evidence(works(IMAP)))) == ("settings.no_outgoing", E, PROVIDER)
    assert only(judged(evidence(works(SMTP)))) == ("settings.no_incoming", E, PROVIDER)
    assert [finding.id for finding in judged(evidence())] == [
        "settings.no_incoming", "settings.no_outgoing", "settings.not_verified",
    ]  # fmt: skip


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
    found = diagnose.findings(discovery(candidate()), seen)
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
SETTINGS = [
    (discovery(candidate()), ("settings.not_verified", I, YOU)),
    (discovery(candidate(services=False)), ("provider.closed", E, PROVIDER)),
    (discovery(None, domain=DomainFacts(exists=False)), ("domain.nxdomain", E, YOU)),
    (discovery(None, domain=DomainFacts(exists=True, null_mx=True)), ("domain.null_mx", E, YOU)),
    (discovery(None, domain=DomainFacts(exists=None), online=False), ("settings.offline", U, YOU)),
    (Discovery(made.LI, None, (EMPTY, ASKED)), ("settings.unknown", U, NETWORK)),
    (Discovery(made.LI, None, (EMPTY,)), ("settings.not_found", E, PROVIDER)),
]


@pytest.mark.parametrize(("found", "expected"), SETTINGS, ids=[row[1][0] for row in SETTINGS])
def test_settings_alone(found: Discovery, expected: tuple[str, Severity, Fixer]) -> None:
    """Before anyone signs in, what the search told is judged; not to have been told is not a no."""
    results = diagnose.findings(found, None)
    assert only(results) == expected
    for language in texts.LANGUAGES:
        assert texts.Words(language).finding(results[0]).title
