"""What was seen is judged by tables: every reason, code and kind of secret has its finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.core import (
    Fixer,
    Outcome,
    Protocol,
    Reason,
    Repair,
    Service,
    ServiceEvidence,
    Severity,
    Stage,
)
from tests.diagnose import made
from tests.diagnose.made import IMAP, POP3, SMTP, evidence, judged, only, refused, stopped, works

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
    Reason.PRIVATE_ADDRESS: ("net.private_address", U, YOU),
    Reason.PORT_NOT_ALLOWED: ("net.port_not_allowed", U, YOU),
    Reason.NO_SOCKETS: ("net.no_sockets", U, YOU),
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
