"""Looks at the network: names, addresses, clocks, web pages where none should be."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import ssl
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailwright import wire
from mailwright.core import (
    DnsAnswer,
    DnsStatus,
    Endpoint,
    Fact,
    Look,
    LookKind,
    Outcome,
    Protocol,
    Security,
    Wanted,
    registrable_domain,
)
from mailwright.verify.look_round import Job, Round

NAME_SECONDS = 3.0
# A lost first packet is sent again after one second, and after two more (RFC 6298 §2.1, §5.5); a host that is not
# there takes the last router three.
ADDRESS_SECONDS = 3.5
# RFC 6761 §6, RFC 6762 §3 and app. G, RFC 8375, and .internal (ICANN, 2024).
_PRIVATE = (".test", ".localhost", ".invalid", ".example", ".local", ".internal", ".intranet", ".private", ".corp",
            ".home", ".lan", ".home.arpa")  # fmt: skip
_MOST_CLOCKS = 4
_HEADER = re.compile(rb"\n(date|location):[ \t]*([^\r\n]{1,500})", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?!\d)")
# RFC 5322 §3.3, as it stands in many greetings.
_DATE = re.compile(r"[A-Z][a-z]{2}, {1,2}\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT|UT)")


async def names(want: Wanted, around: Round) -> Sequence[Job]:
    """A and AAAA of a host, by the usual resolver and by each of the others."""
    host = want.endpoint.host if want.endpoint is not None else want.about
    about = want.about if want.endpoint is not None else ""
    if not host or _is_address(host):
        return ()
    mine = [_asked(host, "system", around.world.dns, around.world)] if about != "second" else []
    second = [resolver for resolver in around.second if about != "system" and _may_know(resolver, host)]
    others = [_beside(host, resolver, around.world) for resolver in second]
    return [*mine, *others]


def _may_know(resolver: wire.Resolver, host: str) -> bool:
    """False for a public resolver and a name of a private network: its no would mean nothing."""
    return not host.endswith(_PRIVATE) or not ipaddress.ip_address(resolver.address).is_global


def _is_address(host: str) -> bool:
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


async def _beside(host: str, resolver: wire.Resolver, world: wire.World) -> Look:
    dns = wire.Dns(replace(world.settings, resolvers=(resolver,), trust_ad=False))
    address = f"[{resolver.address}]" if ":" in resolver.address else resolver.address
    shown = f"{address}:{resolver.port}" if world.allowed([resolver.address]) else "second"
    try:
        return await _asked(host, shown, dns, world)
    finally:
        await dns.close()


async def _asked(host: str, resolver: str, dns: wire.Dns, world: wire.World) -> Look:
    began = time.monotonic()
    a, aaaa = await asyncio.gather(_answer(host, "A", dns), _answer(host, "AAAA", dns))
    timed_out = DnsStatus.TIMEOUT in (a.status, aaaa.status)
    told = a.status.told or aaaa.status.told
    found = (*a.text(), *aaaa.text())
    addresses = world.allowed(found)
    canonical = (a.canonical or aaaa.canonical) if len(addresses) == len(found) else ""
    facts: tuple[tuple[str, Fact], ...] = (
        ("resolver", resolver),
        ("a", a.status.value),
        ("aaaa", aaaa.status.value),
        ("addresses", " ".join(addresses[:16])),
        ("canonical", canonical if canonical != host else ""),
    )
    outcome = Outcome.OK if told else Outcome.TIMEOUT if timed_out else Outcome.FAILED
    return Look(LookKind.NAMES, host, outcome, took=time.monotonic() - began, facts=facts)


async def _answer(host: str, rdtype: str, dns: wire.Dns) -> DnsAnswer:
    try:
        async with asyncio.timeout(NAME_SECONDS):
            return await dns.ask(host, rdtype)
    except TimeoutError:
        return DnsAnswer(host, rdtype, DnsStatus.TIMEOUT)


async def addresses(want: Wanted, around: Round) -> Sequence[Job]:
    """Each address of a host, dialled."""
    if want.endpoint is None:
        return ()
    host, port = around.world.settings.route(want.endpoint.host, want.endpoint.port)
    found = await wire.peek.addresses(around.world, host)
    return [_dialled(want.endpoint, address, port, around) for address in found]


async def _dialled(endpoint: Endpoint, address: str, port: int, around: Round) -> Look:
    async with around.turn(address):
        # Rather an answer that says so than none.
        one = await wire.peek.attempt(address, port, min(ADDRESS_SECONDS, max(0.1, around.left - 0.1)))
    facts: tuple[tuple[str, Fact], ...] = (
        ("host", endpoint.host),
        ("port", endpoint.port),
        ("family", 6 if ":" in address else 4),
        ("errno", one.errno),
    )
    return Look(LookKind.ADDRESS, address, one.outcome, took=one.took, facts=facts)


async def clock(want: Wanted, around: Round) -> Sequence[Job]:
    """How far our clock is ahead of others: mail servers that greet with a date, web servers beside them."""
    endpoints = [want.endpoint] if want.endpoint is not None else list(around.endpoints)
    greeting = [_greeted(e, around) for e in endpoints if e.protocol is Protocol.SMTP]
    hosts = [
        name for e in endpoints if not _is_address(e.host) for name in (e.host, registrable_domain(e.host)) if name
    ]
    return [*greeting[:_MOST_CLOCKS], *(_web(host, around) for host in list(dict.fromkeys(hosts))[:_MOST_CLOCKS])]


async def _greeted(endpoint: Endpoint, around: Round) -> Look | None:
    async with around.turn(endpoint.host):
        if endpoint.security is Security.TLS:
            said = (await wire.rungs.shake(around.world, endpoint, wire.tls.looking(), wait=True)).said
        else:
            said = (await wire.peek.banner(around.world, endpoint)).data
    found = _DATE.search(said.decode("latin-1"))
    return _ahead("smtp greeting", endpoint.host, found[0]) if found is not None else None


async def _web(host: str, around: Round) -> Look | None:
    """RFC 9110 §6.6.1. Over TLS nothing is verified: a wrong clock would forbid it."""
    ways: tuple[tuple[int, ssl.SSLContext | None], ...] = ((80, None), (443, wire.tls.looking()))
    for port, context in ways:
        async with around.turn(host):
            got = await wire.peek.web(around.world, (host, port), "HEAD", context)
        date = _headers(got).get("date", "")
        look = _ahead("http date", host, date) if _STATUS.match(got) and date else None
        if look is not None:
            return look
    return None


def _ahead(source: str, host: str, date: str) -> Look | None:
    try:
        theirs = parsedate_to_datetime(date)
        # RFC 5322 §3.3: "-0000" is UTC too.
        theirs = theirs if theirs.tzinfo is not None else theirs.replace(tzinfo=UTC)
        ahead = (datetime.fromtimestamp(wire.peek.now(), UTC) - theirs).total_seconds()
    except (ValueError, OverflowError):
        return None
    return Look(LookKind.CLOCK, f"{source} of {host}", Outcome.OK, facts=(("source", host), ("ahead", round(ahead, 1))))


def _headers(got: bytes) -> dict[str, str]:
    head = got.split(b"\r\n\r\n", 1)[0]
    return {key.decode().lower(): value.decode("ascii", "replace").strip() for key, value in _HEADER.findall(head)}


async def portal(want: Wanted, around: Round) -> Sequence[Job]:
    """A web request to a mail port that speaks HTTP: only something in between would answer it with a page."""
    endpoints = [want.endpoint] if want.endpoint is not None else around.endpoints[:2]
    return [_page(endpoint, around) for endpoint in endpoints]


async def _page(endpoint: Endpoint, around: Round) -> Look | None:
    """Nothing is asked of a port that does not answer a ClientHello in the words of the web."""
    async with around.turn(endpoint.host):
        flight = await wire.peek.hello(around.world, endpoint)
    if flight.kind != "plain" or wire.peek.spoken(flight.first) != "http":
        return None
    async with around.turn(endpoint.host):
        got = await wire.peek.web(around.world, (endpoint.host, endpoint.port), "GET")
    # Some hang up on the first request and answer no second one: then the answer to the ClientHello has to do.
    status = _STATUS.match(got) or _STATUS.match(flight.first)
    if status is None:
        return None
    html = b"<html" in got.lower() or re.search(rb"\ncontent-type:[ \t]*text/html", got, re.IGNORECASE) is not None
    facts: tuple[tuple[str, Fact], ...] = (
        ("status", int(status[1])),
        ("location", wire.peek.shown(_headers(got).get("location", ""))),
        ("body_is_html", html),
    )
    return Look(LookKind.PORTAL, f"http://{endpoint}/", Outcome.OK, facts=facts)
