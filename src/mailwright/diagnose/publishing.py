"""What all findings about publications share: whose they are, how a way is named, and what is to be published."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mailwright.core import (
    Endpoint,
    Finding,
    Fixer,
    Param,
    Protocol,
    Publication,
    Published,
    Security,
    Severity,
    Way,
)

# Places that nobody makes but to say mail settings there.
DEDICATED = frozenset({
    Way.AUTOCONFIG, Way.AUTOCONFIG_HTTP, Way.MAILCONF, Way.PACC, Way.AUTODISCOVER, Way.AUTODISCOVER_SRV, Way.MTA_STS,
})  # fmt: skip
_LABELS = {
    (Protocol.IMAP, Security.TLS): "_imaps",
    (Protocol.IMAP, Security.STARTTLS): "_imap",
    (Protocol.POP3, Security.TLS): "_pop3s",
    (Protocol.POP3, Security.STARTTLS): "_pop3",
    (Protocol.SMTP, Security.TLS): "_submissions",
    (Protocol.SMTP, Security.STARTTLS): "_submission",
}


def names(way: Way) -> str:
    """The family of a way: all kinds of Autodiscover version 1 are one."""
    v1 = way.value.startswith("autodiscover") and way is not Way.AUTODISCOVER_V2
    return "autodiscover" if v1 else way.value


def finding(
    one: Publication,
    seen: Published,
    id: str,
    severity: Severity,
    *,
    protocol: Protocol | None = None,
    who: Fixer | None = None,
    params: Mapping[str, Param] = MappingProxyType({}),
    **more: Param,
) -> Finding:
    """A finding about one way. What is wrong in the database of others is for them to mend."""
    fixer = who or (Fixer.PROVIDER if one.way is Way.ISPDB else Fixer.ADMIN)
    about: dict[str, Param] = {"domain": seen.domain, "way": one.way.value, "url": one.where, **params, **more}
    return Finding(id, severity, fixer, tuple(about.items()), protocol)


def record(domain: str, endpoint: Endpoint) -> str:
    """The SRV record of a server (RFC 6186 §3, RFC 8314 §5.1)."""
    label = _LABELS[endpoint.protocol, endpoint.security]
    return f"{label}._tcp.{domain}. SRV 0 1 {endpoint.port} {endpoint.host}."


def spelt(security: Security) -> str:
    """A mode of encryption as mail programs of all languages write it."""
    return "SSL/TLS" if security is Security.TLS else security.value.upper()


def settings_url(domain: str) -> str:
    """Where most programs look first."""
    return f"https://autoconfig.{domain}/mail/config-v1.1.xml"


def urls(seen: Published) -> dict[str, Param]:
    """Where the files belong."""
    return {
        "url": settings_url(seen.domain),
        "pox_url": f"https://autodiscover.{seen.domain}/autodiscover/autodiscover.xml",
    }
