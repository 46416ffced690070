"""Traces that a provider leaves in a domain's DNS: aliases, and who may send in its name."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from mailwright import book
from mailwright.core import Candidate, Channel, DnsAnswer, Protocol, Source, SourceAnswer, Told, Trust
from mailwright.discover import exchange, probing, service, verdict
from mailwright.discover.query import Query
from mailwright.discover.saying import Saying

SOURCE = Source.HINT
LABELS = ("imap", "smtp", "mail", "autodiscover")
# Only includes of those who keep mailboxes; a gateway or a newsletter sender proves nothing.
INCLUDES = {
    "spf.protection.outlook.com": "microsoft365",
    "spf.protection.partner.outlook.cn": "m365-cn",
    "_spf.google.com": "google-workspace",
    "spf.exmail.qq.com": "tencent-exmail",
    "spf.mail.qq.com": "tencent-exmail",
    "spf.qiye.aliyun.com": "aliyun-qiye",
    "spf.qiye.163.com": "netease-qiye",
    "spf.163.com": "netease-qiye",
    "_netblocks.m.feishu.cn": "feishu",
}


async def ask(query: Query) -> SourceAnswer:
    """A provider of the book, or hosts that both imap. and smtp. are aliases of."""
    names = query.below(*LABELS)
    *answers, spf = await asyncio.gather(*(query.dns(name, "A") for name in names), query.dns(query.domain, "TXT"))
    known = _by_alias(query, answers)
    if known is not None:
        where, provider = known
        return SourceAnswer(SOURCE, Told.FOUND, where, provider.candidate(query.address, SOURCE, where))
    sender = _by_spf(query, spf)
    if sender is not None:
        where, provider = sender
        return SourceAnswer(SOURCE, Told.FOUND, where, _to_confirm(provider.candidate(query.address, SOURCE, where)))
    targets = [_alias(answer) for answer in answers[:2]]
    if all(targets) and targets:
        return await _probed(query, targets[0], targets[1])
    return verdict.combined(SOURCE, [verdict.dns(SOURCE, answer) for answer in (*answers, spf)])


def _alias(answer: DnsAnswer) -> str:
    """What the name is an alias of, "" if it is none."""
    return answer.canonical if answer.canonical not in ("", answer.name) else ""


def _by_alias(query: Query, answers: Sequence[DnsAnswer]) -> tuple[str, book.Provider] | None:
    for answer in answers:
        target = _alias(answer)
        is_exchange = answer.name.startswith("autodiscover.")
        provider = exchange.provider(target, query.shelf) if is_exchange else query.shelf.by_host(target, query.domain)
        if target and provider is not None:
            return f"CNAME {answer.name} {target}", provider
    return None


def _by_spf(query: Query, answer: DnsAnswer) -> tuple[str, book.Provider] | None:
    """RFC 7208 §5.2; two providers in one record prove neither."""
    record = next((text for text in answer.text() if text.lower().startswith("v=spf1 ")), "")
    words = [word.lower().lstrip("+").partition(":") for word in record.split()]
    ids = {INCLUDES[target] for kind, _, target in words if kind == "include" and target in INCLUDES}
    provider = query.shelf.get(ids.pop()) if len(ids) == 1 else None
    return (f"TXT {query.domain}", provider) if provider else None


def _to_confirm(candidate: Candidate) -> Candidate:
    """Who may send for a domain need not keep its mail: the book knows the hosts, not that they are meant."""
    services = []
    for one in candidate.services:
        origin = replace(one.endpoint.provenance, trust=min(one.trust, Trust.CONFIRM))
        services.append(replace(one, endpoint=replace(one.endpoint, provenance=origin)))
    return replace(candidate, services=tuple(services))


async def _probed(query: Query, reading: str, sending: str) -> SourceAnswer:
    """Hosts behind aliases: their certificates are for their own names, so those are what to use."""
    await query.patience()
    looked = await asyncio.gather(
        probing.best(query, probing.endpoints(query, Protocol.IMAP, [reading])),
        probing.best(query, probing.endpoints(query, Protocol.SMTP, [sending])),
    )
    saying = Saying(query, SOURCE, f"CNAME imap.{query.domain} {reading}", Channel.DNS)
    services = tuple(service.service(one.best, saying) for one in looked if one.best is not None)
    if services:
        return SourceAnswer(SOURCE, Told.FOUND, saying.where, Candidate(services))
    return verdict.combined(SOURCE, [verdict.probe(SOURCE, failed) for one in looked for failed in one.failed])
