"""Looks at one endpoint: its first bytes, looser handshakes, its other ports, another way to it, small segments."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace

from mailwright import wire
from mailwright.core import (
    DEFAULT_PORTS,
    BadInput,
    Endpoint,
    Fact,
    Look,
    LookKind,
    Outcome,
    Protocol,
    Reason,
    Security,
    Stage,
    TlsFacts,
    Wanted,
)
from mailwright.verify.look_round import Job, Round

MSS = 536
_HELLO = {"hello": "server_hello", "retry": "server_hello", "ssl2": "server_hello"}


async def first_bytes(want: Wanted, around: Round) -> Sequence[Job]:
    """What the port says by itself, and what on a ClientHello."""
    return [_first_bytes(want.endpoint, around)] if want.endpoint is not None else ()


async def _first_bytes(endpoint: Endpoint, around: Round) -> Look | None:
    began = time.monotonic()
    seen, flight = await asyncio.gather(_banner(endpoint, around), _hello(endpoint, around))
    if seen.waited == "unreachable":
        return None
    said = seen.data or (flight.first if flight.kind == "plain" else b"")
    hello = _HELLO.get(flight.kind, flight.kind)
    # What closes at once, or resets, says more of a port that is silent otherwise.
    quiet = hello if seen.waited == "silent" and hello in ("closed", "reset") else seen.waited
    speaks = wire.peek.spoken(said) if said else "tls" if hello in ("server_hello", "alert") else quiet
    line = said.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")
    facts: tuple[tuple[str, Fact], ...] = (
        ("speaks", speaks),
        ("banner", wire.peek.shown(line) if speaks != "tls" else ""),
        ("hello", hello),
        ("alert", flight.alert),
        ("version", wire.rungs.VERSIONS.get(flight.version, "")),
        ("group", wire.tls.GROUPS.get(flight.group, "")),
        ("first", (seen.data or flight.first)[:64].hex()),
    )
    return Look(LookKind.BYTES, str(endpoint), Outcome.OK, endpoint, time.monotonic() - began, facts)


async def _banner(endpoint: Endpoint, around: Round) -> wire.peek.Banner:
    async with around.turn(endpoint.host):
        return await wire.peek.banner(around.world, endpoint)


async def _hello(endpoint: Endpoint, around: Round) -> wire.lookhello.Flight:
    async with around.turn(endpoint.host):
        return await wire.peek.hello(around.world, endpoint)


async def ladder(want: Wanted, around: Round) -> Sequence[Job]:
    """The handshake again, each time with something loosened or tightened."""
    if want.endpoint is None or want.endpoint.security is Security.NONE:
        return ()
    names = [name for name in wire.rungs.NAMES if want.about in ("", name)]
    return [_rung(want.endpoint, name, around) for name in names]


async def _rung(endpoint: Endpoint, name: str, around: Round) -> Look:
    async with around.turn(endpoint.host):
        began = time.monotonic()
        seen = await wire.rungs.rung(around.world, endpoint, name)
    tls = seen.tls or TlsFacts()
    facts: tuple[tuple[str, Fact], ...] = (
        ("with", name),
        ("version", tls.version),
        ("cipher", tls.cipher),
        ("alert", seen.alert),
    )
    return Look(LookKind.LADDER, str(endpoint), seen.outcome, endpoint, time.monotonic() - began, facts)


async def small(want: Wanted, around: Round) -> Sequence[Job]:
    """The handshake with small segments: where only that works, large packets get lost (RFC 8899 §1)."""
    return [_small(want.endpoint, around)] if want.endpoint is not None else ()


async def _small(endpoint: Endpoint, around: Round) -> Look | None:
    async with around.turn(endpoint.host):
        began = time.monotonic()
        seen = await wire.rungs.shake(around.world, endpoint, wire.tls.looking(), mss=MSS)
    if seen.reason in (Reason.NOT_TRIED, Reason.PLAINTEXT):
        return None
    facts = (("mss", MSS),)
    return Look(LookKind.SMALL, str(endpoint), seen.outcome, endpoint, time.monotonic() - began, facts)


async def ports(want: Wanted, around: Round) -> Sequence[Job]:
    """Other ports and modes of the same host: the usual ones of the protocol, and this port in the other mode.

    "services": the usual ones of every protocol; a number: that port, in both modes.
    """
    if want.endpoint is None:
        return ()
    here = want.endpoint
    other = Security.STARTTLS if here.security is Security.TLS else Security.TLS
    tried = [*_usual(here, here.protocol), replace(here, security=other)]
    if want.about == "services":
        tried = [one for protocol in Protocol for one in _usual(here, protocol)]
    elif want.about.isdecimal() and 0 < int(want.about) < 65536:
        tried = [replace(here, port=int(want.about), security=mode) for mode in (Security.TLS, Security.STARTTLS)]
    return [_port(one, around) for one in dict.fromkeys(tried) if one != here]


def _usual(here: Endpoint, protocol: Protocol) -> list[Endpoint]:
    modes = (Security.TLS, Security.STARTTLS)
    return [Endpoint(protocol, here.host, DEFAULT_PORTS[protocol, mode], mode) for mode in modes]


async def _port(endpoint: Endpoint, around: Round) -> Look:
    began = time.monotonic()
    async with around.turn(endpoint.host):
        outcome, stage, reason, tls = await _greeted(endpoint, around.world)
    facts: tuple[tuple[str, Fact], ...] = (
        ("security", endpoint.security.value),
        ("speaks", endpoint.protocol.value if outcome is Outcome.OK else ""),
        ("stage", stage.value),
        ("reason", reason.value),
    )
    return Look(LookKind.PORT, str(endpoint), outcome, endpoint, time.monotonic() - began, facts, tls=tls)


async def _greeted(endpoint: Endpoint, world: wire.World) -> tuple[Outcome, Stage, Reason, TlsFacts | None]:
    """Not World.probe(): what is left open there counts against the person's next sign-in."""
    seen: tuple[Outcome, Stage, Reason, TlsFacts | None] = Outcome.TIMEOUT, Stage.CONNECT, Reason.READ_TIMEOUT, None
    try:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(asyncio.timeout(wire.peek.ANSWER_SECONDS))
            session, recorder = wire.Session(endpoint), wire.Recorder(str(endpoint))
            connection = await stack.enter_async_context(world.service(endpoint, session, recorder))
            seen = Outcome.OK, Stage.CAPABILITY, Reason.NONE, connection.tls
    except TimeoutError:
        return seen
    except wire.WireError as error:
        return error.outcome, error.stage or Stage.RESOLVE, error.reason, None
    return seen


async def path(want: Wanted, around: Round) -> Sequence[Job]:
    """The same endpoint through the proxy that is named. Never around the usual one: it is there for a reason."""
    if want.endpoint is None or want.endpoint.security is Security.NONE:
        return ()
    try:
        other = wire.Proxy.parse(want.about)
    except BadInput:
        return ()
    return [_path(want.endpoint, other, around)] if other != around.world.settings.proxy else ()


async def _path(endpoint: Endpoint, proxy: wire.Proxy, around: Round) -> Look:
    began = time.monotonic()
    elsewhere = wire.World(replace(around.world.settings, proxy=proxy))
    try:
        async with around.turn(endpoint.host):
            usual = await wire.rungs.shake(around.world, endpoint, wire.tls.looking())
        async with around.turn(endpoint.host):
            other = await wire.rungs.shake(elsewhere, endpoint, wire.tls.looking(), wait=True)
    finally:
        await elsewhere.http.close()
        await elsewhere.dns.close()
    both = usual.tls is not None and other.tls is not None
    # With STARTTLS nothing comes behind the handshake, but before it the protocol was spoken.
    starttls = endpoint.security is Security.STARTTLS and other.tls is not None
    speaks = endpoint.protocol.value if starttls else wire.peek.spoken(other.said) if other.said else ""
    facts: tuple[tuple[str, Fact], ...] = (
        ("via", str(proxy)),
        ("same", usual.chain[:1] == other.chain[:1] if both else None),
        ("speaks", speaks),
    )
    outcome = Outcome.OK if other.tls is not None else other.outcome
    return Look(LookKind.PATH, str(endpoint), outcome, endpoint, time.monotonic() - began, facts, tls=other.tls)
