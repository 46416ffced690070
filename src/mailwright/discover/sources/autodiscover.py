"""Autodiscover, version 1 (POX) and 2 (JSON). Never signs in anywhere: a password here is a leak.

The protocol has no question without an address: unless the person allowed to send theirs it is
the postmaster's, whom every domain has (RFC 5321 §4.5.1), over HTTPS with a good certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from mailwright.core import (
    BadInput,
    Candidate,
    Channel,
    EmailAddress,
    HttpAnswer,
    Reason,
    Source,
    SourceAnswer,
    Told,
    registrable_domain,
)
from mailwright.discover import exchange, markup, objects, pox, race, verdict
from mailwright.discover.query import Query
from mailwright.discover.saying import Saying
from mailwright.discover.sources.srv import ordered

SOURCE = Source.AUTODISCOVER
PATH = "/autodiscover/autodiscover.xml"
V2_PATH = "/autodiscover/autodiscover.json"
STAND_IN = "postmaster"
MAX_ADDRESSES = 2
MAX_URLS = 3


@dataclass(frozen=True, slots=True)
class Visit:
    """One POST to make. `signed`: a signed DNS answer named the host; the rest bounds redirects."""

    url: str
    asked: pox.Asked
    signed: bool = False
    addresses_left: int = MAX_ADDRESSES
    urls_left: int = MAX_URLS


async def ask(query: Query) -> SourceAnswer:
    """All ways at once; settings count more than knowing that it is an Exchange server."""
    ways = [_visit(query, Visit(url, _asked(query))) for url in _urls(query.domain)]
    for host in query.below("autodiscover"):
        ways += [_redirect(query, host), _located(query, f"_autodiscover._tcp.{query.domain}"), _v2(query, host)]
    return await _first(ways)


def _asked(query: Query) -> pox.Asked:
    if query.options.send_address:
        return pox.Asked(query.address, query.address.wire)
    return pox.Asked(EmailAddress(STAND_IN, query.domain), "%EMAILADDRESS%", stands_in=True)


async def _first(ways: Sequence[race.Question[SourceAnswer]]) -> SourceAnswer:
    return verdict.combined(SOURCE, await race.ranked(ways, lambda answer: answer.told is Told.FOUND))


def _urls(domain: str) -> list[str]:
    hosts = [domain] if registrable_domain(domain) is None else [f"autodiscover.{domain}", domain]
    return [f"https://{host}{PATH}" for host in hosts]


async def _visit(query: Query, visit: Visit) -> SourceAnswer:
    """One POST, and those it leads to."""
    answer = await query.world.http.post(
        visit.url,
        query.recorder,
        body=pox.request(visit.asked.address),
        headers={"Content-Type": pox.CONTENT_TYPE},
    )
    if not answer.ok or not answer.secure:
        return verdict.http(SOURCE, answer)
    own = visit.signed or query.inside(_host(answer.url))
    saying = Saying(query, SOURCE, visit.url, Channel.HTTPS, own)
    try:
        reply = pox.parse(answer.body, saying, visit.asked)
    except markup.HostileError:
        return SourceAnswer(SOURCE, Told.STOPPED, visit.url, reason=Reason.LIMIT)
    except markup.NotMarkupError:
        return SourceAnswer(SOURCE, Told.NOTHING, visit.url)  # a web shop's home page
    return await _follow(query, visit, reply)


async def _follow(query: Query, visit: Visit, reply: pox.Reply) -> SourceAnswer:
    if reply.services:
        return SourceAnswer(SOURCE, Told.FOUND, visit.url, Candidate(reply.services))
    if reply.redirect_address:
        return await _other_address(query, visit, reply.redirect_address)
    if reply.redirect_url:
        if visit.urls_left == 0 or not reply.redirect_url.startswith("https://"):
            return SourceAnswer(SOURCE, Told.STOPPED, visit.url, reason=Reason.REDIRECT)
        return await _visit(query, replace(visit, url=reply.redirect_url, urls_left=visit.urls_left - 1))
    return _hosted(query, reply.exchange, visit.url)


async def _other_address(query: Query, visit: Visit, text: str) -> SourceAnswer:
    """The server says that the mailbox has another address: ask for that one."""
    stopped = SourceAnswer(SOURCE, Told.STOPPED, visit.url, reason=Reason.REDIRECT)
    try:
        address = EmailAddress.parse(text)
    except BadInput:
        return stopped
    if visit.addresses_left == 0 or address == visit.asked.address:
        return stopped
    following = replace(visit, asked=visit.asked.moved(address), addresses_left=visit.addresses_left - 1)
    return await _first([_visit(query, replace(following, url=url)) for url in _urls(address.domain)])


async def _redirect(query: Query, host: str) -> SourceAnswer:
    """Ask over HTTP, saying nothing, for a redirect to HTTPS."""
    url = f"http://{host}{PATH}"
    answer = await query.get(url)
    if not answer.url.startswith("https://"):
        return verdict.http(SOURCE, answer)
    return await _at(query, Visit(answer.url, _asked(query)))


async def _located(query: Query, name: str) -> SourceAnswer:
    """The host that an SRV record names."""
    answer = await query.dns(name, "SRV")
    targets = [r for r in ordered(answer.srv(), query.random) if r.target not in ("", ".") and r.port]
    if not targets:
        return verdict.dns(SOURCE, answer)
    port = "" if targets[0].port == 443 else f":{targets[0].port}"
    return await _at(query, Visit(f"https://{targets[0].target}{port}{PATH}", _asked(query), answer.signed))


async def _at(query: Query, visit: Visit) -> SourceAnswer:
    """A cloud that is known needs no asking: it only answers those who sign in."""
    known = _hosted(query, (_host(visit.url),), visit.url)
    return known if known.candidate else await _visit(query, visit)


async def _v2(query: Query, host: str) -> SourceAnswer:
    """Version 2 never names IMAP or SMTP servers; it shows whose Exchange it is."""
    asked = quote(_asked(query).address.wire, safe="@.")
    url = f"https://{host}{V2_PATH}?Email={asked}&Protocol=AutodiscoverV1&RedirectCount=1"
    answer = await query.get(url)
    if not answer.ok or not answer.secure:
        return verdict.http(SOURCE, answer)
    return _hosted(query, tuple(_hosts(answer)), url)


def _hosts(answer: HttpAnswer) -> list[str]:
    try:
        found = objects.parse(answer.body)
    except markup.HostileError:
        return []
    host = _host(objects.text(found, "Url")) if found else ""
    return [host] if host else []


def _hosted(query: Query, hosts: tuple[str, ...], where: str) -> SourceAnswer:
    """The book's settings for a known cloud."""
    provider = next((p for host in hosts if (p := exchange.provider(host, query.shelf))), None)
    if provider is None:
        return SourceAnswer(SOURCE, Told.NOTHING, where)
    return SourceAnswer(SOURCE, Told.FOUND, where, provider.candidate(query.address, SOURCE, where))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
