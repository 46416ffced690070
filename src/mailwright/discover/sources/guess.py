"""Usual host names, looked at: the last resort, and the only one that costs strangers connections."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mailwright.core import Candidate, Channel, DnsAnswer, Endpoint, Protocol, Source, SourceAnswer, Told
from mailwright.discover import exchangers, probing, service, verdict
from mailwright.discover.query import Query
from mailwright.discover.saying import Saying
from mailwright.discover.sources import srv

SOURCE = Source.GUESS
LABELS = {
    Protocol.IMAP: ("imap", "mail"),
    Protocol.POP3: ("pop3", "pop", "mail"),
    Protocol.SMTP: ("smtp", "mail"),
}


async def ask(query: Query) -> SourceAnswer:
    """Whatever answers with the right certificate; IMAP before POP3."""
    names = list(dict.fromkeys(label for labels in LABELS.values() for label in labels))
    hosts = [*query.below(*names), query.domain]
    mx, denied, found = await asyncio.gather(
        query.dns(query.domain, "MX"),
        srv.denied(query),
        asyncio.gather(*(_addresses(query, host) for host in hosts)),
    )
    if exchangers.null_mx(mx):
        return SourceAnswer(SOURCE, Told.NOTHING, f"MX {query.domain}")
    there = {host for host, answer in zip(hosts, found, strict=True) if answer.records}
    await query.patience()
    wanted = [protocol for protocol in Protocol if protocol not in denied]
    endpoints = [one for protocol in wanted for one in _wanted(query, protocol, there)]
    return await probed(query, endpoints, [verdict.dns(SOURCE, answer) for answer in found])


async def _addresses(query: Query, host: str) -> DnsAnswer:
    """The answer that has addresses, else the one that could not be had, else a "no"."""
    answers = await asyncio.gather(query.dns(host, "A"), query.dns(host, "AAAA"))
    return min(answers, key=lambda answer: (not answer.records, answer.status.told))


async def probed(query: Query, wanted: Sequence[Endpoint], dns: Sequence[SourceAnswer]) -> SourceAnswer:
    """Probe the endpoints, best first, for reading and for sending at once."""
    looked = await asyncio.gather(
        probing.best(query, [one for one in wanted if one.protocol.incoming]),
        probing.best(query, [one for one in wanted if not one.protocol.incoming]),
    )
    saying = Saying(query, SOURCE, "probe", Channel.PROBE)
    services = tuple(service.service(one.best, saying) for one in looked if one.best is not None)
    if services:
        return SourceAnswer(SOURCE, Told.FOUND, str(services[0].endpoint.value), Candidate(services))
    answers = [verdict.probe(SOURCE, failed) for one in looked for failed in one.failed]
    return verdict.combined(SOURCE, [*answers, *dns])


def _wanted(query: Query, protocol: Protocol, there: set[str]) -> list[Endpoint]:
    hosts = [*query.below(*LABELS[protocol]), query.domain]
    return probing.endpoints(query, protocol, [host for host in hosts if host in there])
