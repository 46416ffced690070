"""SRV records of the domain (RFC 6186 §3, RFC 8314 §5.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from mailwright.core import Candidate, DnsAnswer, Protocol, Security, Source, SourceAnswer, Srv, Told
from mailwright.core import Service as Found
from mailwright.discover import service, verdict
from mailwright.discover.query import Query
from mailwright.discover.saying import Saying, over_dns

SOURCE = Source.SRV
# Within a protocol implicit TLS comes first (RFC 8314 §3).
NAMES = (
    ("_imaps._tcp", Protocol.IMAP, Security.TLS),
    ("_imap._tcp", Protocol.IMAP, Security.STARTTLS),
    ("_pop3s._tcp", Protocol.POP3, Security.TLS),
    ("_pop3._tcp", Protocol.POP3, Security.STARTTLS),
    ("_submissions._tcp", Protocol.SMTP, Security.TLS),
    ("_submission._tcp", Protocol.SMTP, Security.STARTTLS),
)


@dataclass(frozen=True, slots=True)
class _Offer:
    priority: int
    found: Found


async def ask(query: Query) -> SourceAnswer:
    """All six names; what is said of the user name and of signing in is nothing."""
    names = query.below(*(name for name, _, _ in NAMES))
    answers = await asyncio.gather(*(query.dns(name, "SRV") for name in names))
    offers = [offer for row, answer in zip(NAMES, answers, strict=False) for offer in _offers(query, row[1:], answer)]
    if not offers:
        return verdict.combined(SOURCE, [verdict.dns(SOURCE, answer) for answer in answers])
    services = tuple(offer.found for offer in sorted(offers, key=_Preference(offers)))
    where = services[0].endpoint.provenance.where
    return SourceAnswer(SOURCE, Told.FOUND, where, Candidate(services))


async def denied(query: Query) -> frozenset[Protocol]:
    """The protocols a "." says are not there (RFC 2782, RFC 6186 §3.4), unless another of their names has a host."""
    kinds = [(label, protocol) for label, protocol, _ in NAMES]
    answers = await asyncio.gather(*(query.dns(name, "SRV") for name in query.below(*(label for label, _ in kinds))))
    records = [(protocol, r) for (_, protocol), a in zip(kinds, answers, strict=False) for r in a.srv()]
    offered = {protocol for protocol, record in records if record.target != "."}
    return frozenset(protocol for protocol, _ in records) - offered


class _Preference:
    """RFC 6186 §3.4: the priorities say which protocol is preferred; at a tie IMAP before POP3."""

    def __init__(self, offers: list[_Offer]) -> None:
        self._best: dict[Protocol, int] = {}
        for offer in offers:
            protocol = offer.found.protocol
            self._best[protocol] = min(offer.priority, self._best.get(protocol, offer.priority))

    def __call__(self, offer: _Offer) -> tuple[bool, int, int]:
        protocol = offer.found.protocol
        return (not protocol.incoming, self._best[protocol], list(Protocol).index(protocol))


def _offers(query: Query, kind: tuple[Protocol, Security], answer: DnsAnswer) -> list[_Offer]:
    saying = Saying(query, SOURCE, f"SRV {answer.name}", over_dns(signed=answer.signed), own=answer.signed)
    protocol, security = kind
    offers = []
    for record in ordered(answer.srv(), query.random):
        if record.target in (".", "") or not record.port:
            continue  # not offered
        # Many write _submission with port 465, where STARTTLS is not spoken.
        protection = Security.TLS if service.usual(record.port) is Security.TLS else security
        port = str(record.port)
        where = service.endpoint(protocol, record.target, port, protection, address=query.address)
        if where is not None:
            offers.append(_Offer(record.priority, service.service(where, saying)))
    return offers


def ordered(records: Sequence[Srv], chance: Random) -> list[Srv]:
    """By priority, then drawn by weight (RFC 2782, "Usage rules")."""
    # Zero weights come first, so that they have a very small chance, not none.
    waiting = sorted(records, key=lambda r: (r.priority, r.weight, r.target, r.port))
    result: list[Srv] = []
    while waiting:
        same = [r for r in waiting if r.priority == waiting[0].priority]
        chosen = _drawn(same, chance.randint(0, sum(r.weight for r in same)))
        waiting.remove(chosen)
        result.append(chosen)
    return result


def _drawn(records: list[Srv], number: int) -> Srv:
    running = 0
    for record in records:
        running += record.weight
        if running >= number:
            return record
    return records[-1]
