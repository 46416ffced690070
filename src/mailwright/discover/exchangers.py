"""The domain's mail exchangers and the domains they lie in."""

from __future__ import annotations

from dataclasses import dataclass

from mailwright.core import DnsAnswer, DomainFacts, registrable_domain
from mailwright.discover.query import Query, is_ip


@dataclass(frozen=True, slots=True)
class Exchangers:
    """`hosts`: those of the best preference. `bases`: where to look for their settings, best first."""

    answer: DnsAnswer
    hosts: tuple[str, ...]
    bases: tuple[str, ...]


async def of(query: Query) -> Exchangers:
    """Ask for the MX records of the address's domain."""
    answer = await query.dns(query.domain, "MX")
    records = answer.mx()
    hosts = tuple(mx.host for mx in records if mx.preference == records[0].preference and mx.host != ".")
    return Exchangers(answer, hosts, bases(hosts[0], query.domain) if hosts else ())


def bases(host: str, domain: str) -> tuple[str, ...]:
    """The host without its first label, then its registrable domain; nothing above that, and never D.

    The longer one separates mail.protection.outlook.com from olc.protection.outlook.com.
    """
    base = None if is_ip(host) else registrable_domain(host)
    if base is None or base == domain:
        return ()
    parent = host.partition(".")[2]
    longer = (parent,) if len(parent) > len(base) and parent != domain else ()
    return (*longer, base)


def null_mx(answer: DnsAnswer) -> bool:
    """True when the domain says that it takes no mail (RFC 7505 §3)."""
    return [mx.host for mx in answer.mx()] == ["."]


def facts(answer: DnsAnswer) -> DomainFacts:
    """What DNS says of the domain itself."""
    exists = answer.status.value != "nxdomain" if answer.status.told else None
    hosts = tuple(mx.host for mx in answer.mx() if mx.host != ".")
    return DomainFacts(exists, null_mx(answer), hosts)
