"""Where a mail service listens."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from mailwright.core.address import to_ascii, to_unicode
from mailwright.core.problem import BadInput


class Protocol(StrEnum):
    """What is spoken there; `SMTP` always means message submission (RFC 6409)."""

    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"

    @property
    def incoming(self) -> bool:
        """True for the protocols that read mail."""
        return self is not Protocol.SMTP


class Security(StrEnum):
    """How the connection is protected (RFC 8314 §3)."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


# RFC 8314 §7 and the services registry.
DEFAULT_PORTS: dict[tuple[Protocol, Security], int] = {
    (Protocol.IMAP, Security.TLS): 993,
    (Protocol.IMAP, Security.STARTTLS): 143,
    (Protocol.IMAP, Security.NONE): 143,
    (Protocol.POP3, Security.TLS): 995,
    (Protocol.POP3, Security.STARTTLS): 110,
    (Protocol.POP3, Security.NONE): 110,
    (Protocol.SMTP, Security.TLS): 465,
    (Protocol.SMTP, Security.STARTTLS): 587,
    (Protocol.SMTP, Security.NONE): 587,
}

_ZONE = re.compile(r"[A-Za-z0-9._-]{0,32}")


def check_host(text: str) -> str:
    """A host name (A-labels) or IP address in canonical form; raises BadInput("input.host")."""
    try:
        address = ipaddress.ip_address(text.strip().removeprefix("[").removesuffix("]"))
    except ValueError:
        pass
    else:
        # ipaddress takes anything for the zone behind %, also what would end a line or a word.
        if _ZONE.fullmatch(getattr(address, "scope_id", None) or ""):
            return str(address)
    try:
        return to_ascii(text)
    except BadInput as problem:
        raise BadInput("input.host", host=text[:80]) from problem


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One listening service: protocol, host (A-labels or IP), port, security."""

    protocol: Protocol
    host: str
    port: int
    security: Security

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise BadInput("input.port", port=self.port)
        object.__setattr__(self, "host", check_host(self.host))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """Host and port as people read them; whoever types them, or trusts them, wants the host itself."""
        return to_unicode(str(self))
