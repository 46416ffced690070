"""Looks at one endpoint: its first bytes, its certificates, looser handshakes, its other ports, another way to it."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace

from mailwright import wire
from mailwright.core import (
    DEFAULT_PORTS,
    Endpoint,
    Fact,
    Look,
    LookKind,
    Outcome,
    Protocol,
    Security,
    Stage,
)

MSS = 536
_SPEAKS = (
    ("imap", re.compile(rb"\* (OK|PREAUTH|BYE)\b", re.IGNORECASE)),
    ("pop3", re.compile(rb"(\+OK|-ERR)\b", re.IGNORECASE)),
    ("http", re.compile(rb"\s*(HTTP/\d|<!doctype|<html)", re.IGNORECASE)),
    ("ssh", re.compile(rb"SSH-")),
    ("ftp", re.compile(rb"220[ -][^\r\n]*(ftp|filezilla)", re.IGNORECASE)),
    ("smtp", re.compile(rb"(220|421|450|451|554|550)[ -]")),
)
# X509_V_ERR_* of OpenSSL: no way to a root that is known.
_NO_WAY = (2, 18, 19, 20, 21)
_HELLO = {"hello": "server_hello", "retry": "server_hello", "ssl2": "server_hello"}


async def first_bytes(endpoint: Endpoint, world: wire.World) -> tuple[Look, ...]:
    """What the port says by itself, and what on a ClientHello."""
    began = time.monotonic()
    seen = await wire.peek.first(world, endpoint)
    if seen.waited == "unreachable":
        return ()
    flight = seen.flight
    said = seen.banner or (flight.first if flight.kind == "plain" else b"")
    hello = _HELLO.get(flight.kind, flight.kind)
    speaks = _spoken(said) if said else "tls" if hello in ("server_hello", "alert") else seen.waited
    banner = said.split(b"\r\n", 1)[0][:200].decode("utf-8", "replace")
    facts: tuple[tuple[str, Fact], ...] = (
        ("speaks", speaks),
        ("banner", "".join(c if c.isprintable() else "\ufffd" for c in banner)),
        ("hello", hello),
        ("alert", flight.alert),
        ("version", f"0x{flight.version:04x}" if flight.version else ""),
        ("group", wire.tls.GROUPS.get(flight.group, "") if flight.group else ""),
        ("first", (said or flight.first)[:64].hex()),
    )
    return (Look(LookKind.BYTES, str(endpoint), Outcome.OK, endpoint, time.monotonic() - began, facts),)


def _spoken(data: bytes) -> str:
    if data[:1] in (b"\x15", b"\x16"):
        return "tls"
    return next((name for name, pattern in _SPEAKS if pattern.match(data)), "other")


async def chain(endpoint: Endpoint, world: wire.World) -> tuple[Look, ...]:
    """The certificates as sent, whether a fetched issuer closes the gap, and what comes without a name."""
    context, named = wire.tls.looking(), wire.peek.shake(world, endpoint, wire.tls.looking())
    with_name, without = await asyncio.gather(named, wire.peek.shake(world, endpoint, context, name=""))
    if with_name.tls is None:
        return (Look(LookKind.CHAIN, str(endpoint), with_name.outcome, endpoint, facts=(("completed", False),)),)
    closed, address = await _completed(endpoint, world, with_name.chain)
    differs = without.tls is not None and without.chain[:1] != with_name.chain[:1]
    facts: tuple[tuple[str, Fact], ...] = (("completed", closed), ("aia", address), ("sni_differs", differs))
    return (Look(LookKind.CHAIN, str(endpoint), Outcome.OK, endpoint, facts=facts, tls=with_name.tls),)


async def _completed(endpoint: Endpoint, world: wire.World, sent: tuple[bytes, ...]) -> tuple[bool, str]:
    """Whether the issuer's certificate that the last one points to leads to a known root; and where it is."""
    made = wire.lookchain.Chain(sent, world.settings.ca_file, wire.lookchain.today())
    address = made.issuers_address()
    if not address.startswith("http://"):
        return False, address
    try:
        async with asyncio.timeout(wire.peek.ANSWER_SECONDS):
            answer = await world.http.get(address, wire.Recorder(str(endpoint)))
    except TimeoutError:
        return False, address
    problems = made.problems(endpoint.host, (answer.body,) if answer.ok else ())
    return answer.ok and not any(p.code in _NO_WAY for p in problems), address


async def ladder(endpoint: Endpoint, world: wire.World) -> tuple[Look, ...]:
    """The handshake again, each time with something loosened or tightened. Nothing is sent over them."""
    free, made = asyncio.Semaphore(3), wire.peek.contexts()

    async def rung(name: str) -> Look:
        async with free:
            seen = await wire.peek.shake(world, endpoint, made[name], name="" if name == "no_sni" else None)
        facts: tuple[tuple[str, Fact], ...] = (
            ("with", name),
            ("version", seen.tls.version if seen.tls else ""),
            ("cipher", seen.tls.cipher if seen.tls else ""),
            ("alert", seen.alert),
        )
        outcome = Outcome.OK if seen.tls is not None else seen.outcome
        return Look(LookKind.LADDER, str(endpoint), outcome, endpoint, facts=facts)

    return tuple(await asyncio.gather(*map(rung, made)))


async def small(endpoint: Endpoint, world: wire.World) -> tuple[Look, ...]:
    """The handshake with small segments: where only that works, large packets get lost (RFC 8899 §1)."""
    if world.settings.proxy is not None:
        return ()
    seen = await wire.peek.shake(world, endpoint, wire.tls.looking(), mss=MSS)
    outcome = Outcome.OK if seen.tls is not None else seen.outcome
    return (Look(LookKind.SMALL, str(endpoint), outcome, endpoint, facts=(("mss", MSS),)),)


async def ports(endpoint: Endpoint, world: wire.World) -> tuple[Look, ...]:
    """The usual ports and modes of the same host other than this one: the protocol's own, then what else it serves."""
    own = [
        Endpoint(endpoint.protocol, endpoint.host, DEFAULT_PORTS[endpoint.protocol, security], security)
        for security in (Security.TLS, Security.STARTTLS)
    ]
    swapped = Security.STARTTLS if endpoint.security is Security.TLS else Security.TLS
    other = [replace(endpoint, security=swapped)]
    others = [
        Endpoint(protocol, endpoint.host, DEFAULT_PORTS[protocol, Security.TLS], Security.TLS)
        for protocol in Protocol
        if protocol is not endpoint.protocol
    ]
    tried = [e for e in dict.fromkeys((*own, *other, *others)) if e != endpoint]
    return tuple(await asyncio.gather(*(_port(one, world) for one in tried)))


async def _port(endpoint: Endpoint, world: wire.World) -> Look:
    began = time.monotonic()
    try:
        async with asyncio.timeout(wire.peek.ANSWER_SECONDS):
            probe = await world.probe(endpoint, wire.Recorder(str(endpoint)))
        outcome = probe.outcome
        speaks = endpoint.protocol.value if probe.outcome is Outcome.OK else probe.stage.value
    except TimeoutError:
        outcome, speaks = Outcome.TIMEOUT, Stage.CONNECT.value
    facts: tuple[tuple[str, Fact], ...] = (("security", endpoint.security.value), ("speaks", speaks))
    return Look(LookKind.PORT, str(endpoint), outcome, endpoint, time.monotonic() - began, facts)


async def path(endpoint: Endpoint, world: wire.World) -> tuple[Look, ...]:
    """The same endpoint without the proxy; there is no other way where none is configured."""
    if world.settings.proxy is None or endpoint.security is Security.NONE:
        return ()
    async with wire.World(replace(world.settings, proxy=None)) as direct:
        usual, other = await asyncio.gather(
            wire.peek.shake(world, endpoint, wire.tls.looking()), wire.peek.shake(direct, endpoint, wire.tls.looking())
        )
    both = usual.tls is not None and other.tls is not None
    facts: tuple[tuple[str, Fact], ...] = (
        ("via", "direct"),
        ("same", usual.chain[:1] == other.chain[:1] if both else None),
        ("speaks", endpoint.protocol.value if other.tls is not None else ""),
    )
    return (Look(LookKind.PATH, str(endpoint), other.outcome, endpoint, facts=facts),)
