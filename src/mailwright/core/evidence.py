"""What the servers really did: facts, no judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from mailwright.core.trace import Outcome, Trace

if TYPE_CHECKING:
    from datetime import datetime

    from mailwright.core.candidate import Service
    from mailwright.core.secret import Repair


class Stage(StrEnum):
    """How far a verification came, in order."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    PROXY = "proxy"
    TLS = "tls"
    GREETING = "greeting"
    CAPABILITY = "capability"
    STARTTLS = "starttls"
    LOGIN = "login"
    ID = "id"
    SELECT = "select"
    LIST = "list"
    STAT = "stat"
    MAIL_FROM = "mail_from"
    DONE = "done"


class Reason(StrEnum):
    """What stopped us where no server reply says it."""

    NONE = ""
    DNS_NXDOMAIN = "dns_nxdomain"
    DNS_NODATA = "dns_nodata"
    DNS_SERVFAIL = "dns_servfail"
    DNS_TIMEOUT = "dns_timeout"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_UNREACHABLE = "connect_unreachable"
    CONNECT_RESET = "connect_reset"
    CONNECT_FAILED = "connect_failed"
    PRIVATE_ADDRESS = "private_address"
    PORT_NOT_ALLOWED = "port_not_allowed"
    PROXY_UNREACHABLE = "proxy_unreachable"
    PROXY_AUTH = "proxy_auth"
    PROXY_REFUSED = "proxy_refused"
    CLOSED = "closed"
    READ_TIMEOUT = "read_timeout"
    TOO_MUCH = "too_much"
    NOT_THE_PROTOCOL = "not_the_protocol"
    TLS_CERTIFICATE = "tls_certificate"
    TLS_HANDSHAKE = "tls_handshake"
    TLS_NOT_SPOKEN = "tls_not_spoken"
    STARTTLS_MISSING = "starttls_missing"
    STARTTLS_REFUSED = "starttls_refused"
    STARTTLS_INJECTION = "starttls_injection"
    NO_MECHANISM = "no_mechanism"
    SMTPUTF8_MISSING = "smtputf8_missing"
    LOGIN_DISABLED = "login_disabled"
    SERVER_SIGNATURE = "server_signature"
    NOT_CONFIRMED = "not_confirmed"
    NOT_TRIED = "not_tried"
    PLAINTEXT = "plaintext"
    REFUSED = "refused"
    REDIRECT = "redirect"
    LIMIT = "limit"
    NO_SOCKETS = "no_sockets"


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer, decoded, its lines joined.

    `status`: OK NO BAD BYE, +OK -ERR, or the three digits; `code`: the response code (RFC
    9051 §7.1, RFC 2449 §8) or enhanced status code (RFC 3463), "" if none. `alerts`: untagged
    lines before it that must be shown.
    """

    status: str
    code: str
    text: str
    alerts: tuple[str, ...] = ()

    def __str__(self) -> str:
        code = f" [{self.code}]" if self.code and not self.code[0].isdigit() else f" {self.code}" if self.code else ""
        return f"{self.status}{code} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an X.509 certificate says. `names`: DNS names and IP addresses it is for."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    sha256: str
    key: str
    self_signed: bool


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """A handshake. `verified`: chain and name are good. `verify_code`: OpenSSL's X509_V_ERR_*."""

    version: str = ""
    cipher: str = ""
    group: str = ""
    verified: bool = False
    verify_code: int = 0
    verify_message: str = ""
    alert: str = ""
    chain: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class LoginTry:
    """One sign-in: with which user name and mechanism, what was repaired, what came back."""

    username: str
    mechanism: str
    repairs: tuple[Repair, ...]
    outcome: Outcome
    reply: Reply | None


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """What was seen after login: messages in INBOX, number of folders (None: not asked)."""

    messages: int | None = None
    folders: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceEvidence:
    """One service, tried. `stage` DONE means it works; else where it stopped and how."""

    service: Service
    stage: Stage
    outcome: Outcome
    reply: Reply | None = None
    logins: tuple[LoginTry, ...] = ()
    tls: TlsFacts | None = None
    mailboxes: Mailboxes | None = None
    capabilities: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    reason: Reason = Reason.NONE
    trace: Trace = field(default_factory=lambda: Trace(""))

    @property
    def works(self) -> bool:
        """True when every step up to the last one went well."""
        return self.stage is Stage.DONE and self.outcome is Outcome.OK


@dataclass(frozen=True, slots=True)
class Evidence:
    """All services that were tried for one address."""

    services: tuple[ServiceEvidence, ...]
