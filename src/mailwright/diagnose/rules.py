"""The tables: which reason, response code or certificate error is which finding.

Ids are those of docs/findings; they never change once released.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailwright.core import Fixer, Reason, Repair, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """What a table row concludes."""

    id: str
    severity: Severity
    who: Fixer


def _error(id: str, who: Fixer) -> Rule:
    return Rule(id, Severity.ERROR, who)


def _unknown(id: str, who: Fixer) -> Rule:
    return Rule(id, Severity.UNKNOWN, who)


REASONS: dict[Reason, Rule] = {
    Reason.DNS_NXDOMAIN: _error("dns.nxdomain", Fixer.PROVIDER),
    Reason.DNS_NODATA: _error("dns.nodata", Fixer.PROVIDER),
    Reason.DNS_SERVFAIL: _unknown("dns.servfail", Fixer.PROVIDER),
    Reason.DNS_TIMEOUT: _unknown("dns.timeout", Fixer.NETWORK),
    Reason.CONNECT_REFUSED: _error("net.refused", Fixer.PROVIDER),
    Reason.CONNECT_TIMEOUT: _unknown("net.timeout", Fixer.NETWORK),
    Reason.CONNECT_UNREACHABLE: _unknown("net.unreachable", Fixer.NETWORK),
    Reason.CONNECT_RESET: _unknown("net.reset", Fixer.NETWORK),
    Reason.CONNECT_FAILED: _unknown("net.unreachable", Fixer.NETWORK),
    Reason.PRIVATE_ADDRESS: _error("net.private_address", Fixer.PROVIDER),
    Reason.PROXY_UNREACHABLE: _unknown("net.proxy", Fixer.YOU),
    Reason.PROXY_AUTH: _error("net.proxy_auth", Fixer.YOU),
    Reason.PROXY_REFUSED: _error("net.proxy_refused", Fixer.NETWORK),
    Reason.CLOSED: _unknown("net.closed", Fixer.PROVIDER),
    Reason.READ_TIMEOUT: _unknown("net.slow", Fixer.PROVIDER),
    Reason.TOO_MUCH: _error("proto.too_much", Fixer.PROVIDER),
    Reason.NOT_THE_PROTOCOL: _error("proto.wrong_service", Fixer.PROVIDER),
    Reason.TLS_HANDSHAKE: _error("tls.version", Fixer.PROVIDER),
    Reason.TLS_NOT_SPOKEN: _error("proto.tls_mode", Fixer.PROVIDER),
    Reason.STARTTLS_MISSING: _error("tls.starttls_missing", Fixer.NETWORK),
    Reason.STARTTLS_REFUSED: _error("tls.starttls_refused", Fixer.PROVIDER),
    Reason.STARTTLS_INJECTION: _error("tls.starttls_injection", Fixer.NETWORK),
    Reason.NO_MECHANISM: _error("auth.mechanism", Fixer.PROVIDER),
    Reason.LOGIN_DISABLED: _error("proto.tls_required", Fixer.PROVIDER),
    Reason.SERVER_SIGNATURE: _error("auth.server_signature", Fixer.NETWORK),
    Reason.NOT_CONFIRMED: _unknown("trust.not_confirmed", Fixer.YOU),
    Reason.PLAINTEXT: _error("settings.plaintext", Fixer.PROVIDER),
    Reason.SMTPUTF8_MISSING: _error("policy.smtputf8", Fixer.PROVIDER),
    Reason.REDIRECT: _error("proto.wrong_service", Fixer.PROVIDER),
    Reason.LIMIT: _unknown("limit.connections", Fixer.YOU),
}
# X509_V_ERR_* of OpenSSL (x509_vfy.h).
CERTIFICATE: dict[int, Rule] = {
    9: _error("tls.not_yet_valid", Fixer.PROVIDER),
    10: _error("tls.expired", Fixer.PROVIDER),
    18: _error("tls.self_signed", Fixer.PROVIDER),
    19: _error("tls.unknown_ca", Fixer.PROVIDER),
    20: _error("tls.unknown_ca", Fixer.PROVIDER),
    21: _error("tls.unknown_ca", Fixer.PROVIDER),
    62: _error("tls.name", Fixer.PROVIDER),
    64: _error("tls.name", Fixer.PROVIDER),
    66: _error("tls.weak_key", Fixer.PROVIDER),
    67: _error("tls.weak_key", Fixer.PROVIDER),
    68: _error("tls.weak_key", Fixer.PROVIDER),
}
OTHER_CERTIFICATE = _error("tls.certificate", Fixer.PROVIDER)
MISSING_INTERMEDIATE = _error("tls.intermediate", Fixer.PROVIDER)
NO_BRIDGE = _error("bridge.not_running", Fixer.YOU)
BRIDGE_CERTIFICATE = _error("bridge.certificate", Fixer.YOU)
TURNED_AWAY = _error("policy.client_refused", Fixer.PROVIDER)
OVERLOAD = _unknown("server.overload", Fixer.PROVIDER)
# RFC 5530 §3, RFC 2449 §8 and RFC 3206: what a response code says whatever the text.
LOGIN_CODES: dict[str, Rule] = {
    "EXPIRED": _error("auth.password_expired", Fixer.YOU),
    "CONTACTADMIN": _error("auth.locked", Fixer.ADMIN),
    "PRIVACYREQUIRED": _error("proto.tls_required", Fixer.PROVIDER),
    "AUTHORIZATIONFAILED": _error("auth.wrong_mailbox", Fixer.YOU),
    "UNAVAILABLE": OVERLOAD,
    "SERVERBUG": OVERLOAD,
    "INUSE": _unknown("limit.locked_mailbox", Fixer.YOU),
    "IN-USE": _unknown("limit.locked_mailbox", Fixer.YOU),
    "LIMIT": _unknown("limit.connections", Fixer.YOU),
    "LOGIN-DELAY": _unknown("limit.rate", Fixer.YOU),
    "SYS/TEMP": OVERLOAD,
    "SYS/PERM": _error("auth.protocol_off_user", Fixer.YOU),
}
# RFC 4954 §6: the three digits of AUTH's answer where they say more than "refused".
LOGIN_STATUS: dict[str, Rule] = {
    "432": _error("auth.password_expired", Fixer.YOU),
    "503": _error("auth.mechanism", Fixer.PROVIDER),
    "504": _error("auth.mechanism", Fixer.PROVIDER),
    "538": _error("proto.tls_required", Fixer.PROVIDER),
}
TOKEN_MECHANISMS = frozenset({"OAUTHBEARER", "XOAUTH2"})
REPAIRS: dict[Repair, str] = {
    Repair.FULL_WIDTH: "input.fullwidth",
    Repair.BLANKS: "input.blank",
    Repair.INNER_SPACES: "input.blank",
    Repair.PERCENT: "input.percent",
    Repair.DOMAIN_ADDED: "auth.username_form",
    Repair.DOMAIN_REMOVED: "auth.username_form",
}
