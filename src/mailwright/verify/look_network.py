"""Looks at the network: names, addresses, clocks, web pages in between, lists and owners of addresses."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from mailwright import wire
from mailwright.core import DnsAnswer, DnsStatus, Endpoint, Fact, Look, LookKind, Outcome

NAME_SECONDS = 3.0
ADDRESS_SECONDS = 3.5
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_HEADER = re.compile(rb"\r\n(date|location):[ \t]*([^\r\n]{1,500})", re.IGNORECASE)


async def names(host: str, world: wire.World, second: Sequence[wire.Resolver]) -> tuple[Look, ...]:
    """A and AAAA of a host, by the usual resolver and by each of the others."""
    mine = _asked(host, "system", world.dns)
    others = [_beside(host, resolver, world) for resolver in second]
    return tuple(await asyncio.gather(mine, *others))


async def _beside(host: str, resolver: wire.Resolver, world: wire.World) -> Look:
    dns = wire.Dns(replace(world.settings, resolvers=(resolver,), trust_ad=False))
    try:
        return await _asked(host, f"{resolver.address}:{resolver.port}", dns)
    finally:
        await dns.close()


async def _asked(host: str, resolver: str, dns: wire.Dns) -> Look:
    began = time.monotonic()
    try:
        async with asyncio.timeout(NAME_SECONDS):
            a, aaaa = await asyncio.gather(dns.ask(host, "A"), dns.ask(host, "AAAA"))
    except TimeoutError:
        nothing = DnsAnswer(host, "A", DnsStatus.TIMEOUT)
        a = aaaa = nothing
    told = a.status.told or aaaa.status.told
    outcome = Outcome.OK if told else Outcome.TIMEOUT if a.status is DnsStatus.TIMEOUT else Outcome.FAILED
    facts: tuple[tuple[str, Fact], ...] = (
        ("resolver", resolver),
        ("a", a.status.value),
        ("aaaa", aaaa.status.value),
        ("addresses", " ".join((*a.text(), *aaaa.text())[:16])),
        ("canonical", a.canonical if a.canonical != host else ""),
    )
    return Look(LookKind.NAMES, host, outcome, took=time.monotonic() - began, facts=facts)


async def addresses(endpoint: Endpoint, world: wire.World) -> tuple[Look, ...]:
    """Each address of a host, dialled."""
    tried = await wire.peek.attempts(world, endpoint.host, endpoint.port, ADDRESS_SECONDS)
    return tuple(
        Look(
            LookKind.ADDRESS,
            one.address,
            one.outcome,
            took=one.took,
            facts=(
                ("host", endpoint.host),
                ("port", endpoint.port),
                ("family", 6 if ":" in one.address else 4),
                ("errno", one.errno),
            ),
        )
        for one in tried
    )


async def clock(endpoints: Sequence[Endpoint], world: wire.World) -> tuple[Look, ...]:
    """How far our clock is ahead of those of web servers beside the mail servers (RFC 9110 §6.6.1)."""
    hosts = list(dict.fromkeys(name for e in endpoints for name in (e.host, e.host.partition(".")[2]) if "." in name))
    looked = await asyncio.gather(*(_date(host, world) for host in hosts[:4]))
    return tuple(look for look in looked if look is not None)


async def _date(host: str, world: wire.World) -> Look | None:
    got = await wire.peek.web(world, host, 80, "HEAD")
    told = {key.lower(): value for key, value in _HEADER.findall(got)}
    try:
        theirs = parsedate_to_datetime(told[b"date"].decode("ascii")).timestamp()
    except (KeyError, ValueError, UnicodeDecodeError, OverflowError):
        return None
    ahead = round(wire.peek.now() - theirs, 1)
    return Look(LookKind.CLOCK, f"http date of {host}", Outcome.OK, facts=(("source", host), ("ahead", ahead)))


async def portal(endpoints: Sequence[Endpoint], world: wire.World) -> tuple[Look, ...]:
    """A web request to the mail port itself: only something in between would answer it with a page."""
    for endpoint in endpoints[:2]:
        got = await wire.peek.web(world, endpoint.host, endpoint.port, "GET")
        status = _STATUS.match(got)
        if status is None:
            continue
        told = {key.lower(): value for key, value in _HEADER.findall(got)}
        where = told.get(b"location", b"").decode("ascii", "replace")
        html = b"<html" in got.lower() or b"text/html" in got.lower()
        facts: tuple[tuple[str, Fact], ...] = (
            ("status", int(status[1])),
            ("location", where[:200]),
            ("body_is_html", html),
        )
        return (Look(LookKind.PORTAL, f"http://{endpoint}/", Outcome.OK, facts=facts),)
    return ()


async def blocklists(address: str, world: wire.World) -> tuple[Look, ...]:
    """Whether lists of senders nobody wants mail from have this address (RFC 5782 §2.1)."""
    try:
        turned = ipaddress.ip_address(address).reverse_pointer.rsplit(".", 2)[0]
    except ValueError:
        return ()
    return tuple(await asyncio.gather(*(_listed(address, turned, zone, world) for zone in world.settings.blocklists)))


async def _listed(address: str, turned: str, zone: str, world: wire.World) -> Look:
    name = f"{turned}.{zone}"
    answer, text = await asyncio.gather(world.dns.ask(name, "A"), world.dns.ask(name, "TXT"))
    codes = answer.text()
    if codes and all(code.startswith("127.") and not code.startswith("127.255.255.") for code in codes):
        outcome = Outcome.OK
    else:
        # 127.255.255.x: the list does not answer this resolver.
        told = answer.status in (DnsStatus.NXDOMAIN, DnsStatus.NODATA)
        outcome = Outcome.NO if told else Outcome.FAILED
    facts = (("list", zone), ("codes", " ".join(codes[:4])), ("text", " ".join(text.text())[:200]))
    return Look(LookKind.BLOCKLIST, address, outcome, facts=facts)


async def owner(address: str, world: wire.World) -> tuple[Look, ...]:
    """Who runs the network an address belongs to (RDAP, RFC 9083)."""
    url = f"{world.settings.rdap}ip/{quote(address)}"
    answer = await world.http.get(url, wire.Recorder(address))
    if not answer.ok:
        return (Look(LookKind.OWNER, address, Outcome.FAILED),)
    try:
        found = json.loads(answer.body)
        facts = (
            ("name", str(found.get("name") or "")[:100]),
            ("country", str(found.get("country") or "")[:8]),
            ("abuse", _abuse(found)[:100]),
        )
    except (ValueError, AttributeError, RecursionError):
        return (Look(LookKind.OWNER, address, Outcome.FAILED),)
    return (Look(LookKind.OWNER, address, Outcome.OK, facts=facts),)


def _abuse(found: dict[str, object]) -> str:
    """The address for complaints, "" if none is told."""
    entities = found.get("entities")
    waiting, seen = list(entities) if isinstance(entities, list) else [], 0
    while waiting and seen < 50:
        entity, seen = waiting.pop(0), seen + 1
        if not isinstance(entity, dict):
            continue
        below = entity.get("entities")
        waiting += below if isinstance(below, list) else []
        if "abuse" in (entity.get("roles") or ()):
            rows = (entity.get("vcardArray") or ["", []])[1]
            return next((str(row[3]) for row in rows if row and row[0] == "email"), "")
    return ""
