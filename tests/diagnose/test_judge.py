"""What was seen is judged by tables: every reason, code and kind of secret has its finding."""

from __future__ import annotations

import pytest

from mailwright import diagnose, texts
from mailwright.core import (
    Discovery,
    DomainFacts,
    Fixer,
    Reason,
    Repair,
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
    Reason.NONE: ("net.slow", U, PROVIDER),
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
    Reason.REDIRECT: ("net.slow", U, PROVIDER),
    Reason.LIMIT: ("net.slow", U, PROVIDER),
}


def test_every_reason_is_in_the_table() -> None:
    """A new reason needs a row of its own."""
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize("where", [IMAP, POP3, SMTP], ids=lambda service: service.protocol)
@pytest.mark.parametrize("reason", Reason)
def test_reasons(reason: Reason, where: Service) -> None:
    """What stopped us before a login names the finding and who can mend it, whatever the protocol."""
    other = works(SMTP) if where is not SMTP else works(IMAP)
    assert only(judged(evidence(stopped(where, reason, Stage.CONNECT), other))) == REASONS[reason]


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
    assert [finding.id for finding in judged(evidence())] == ["settings.no_incoming", "settings.no_outgoing"]


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
