"""Handshakes with something loosened or tightened. Nothing is sent over them; what comes by itself is read.

In TLS 1.3 a server that wants a certificate of ours says so only behind the handshake (RFC 8446 §4.4.2.4).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mailwright.core import Outcome, Reason, Security, Stage, TlsFacts
from mailwright.wire import peek, tls
from mailwright.wire.dial import dial
from mailwright.wire.driver import Driver
from mailwright.wire.errors import WireError
from mailwright.wire.lookhello import TLS10, TLS11, Offer
from mailwright.wire.record import Recorder
from mailwright.wire.world import until_tls

if TYPE_CHECKING:
    from mailwright.core import Endpoint
    from mailwright.wire.stream import Stream
    from mailwright.wire.world import World

NAMES = ("tls1.2_max", "tls1.1", "tls1.0", "seclevel0", "legacy", "no_sni")
VERSIONS = {0x0002: "SSLv2", 0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}
# What our own OpenSSL says when it cannot: then nothing was sent.
_UNABLE = frozenset({"NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE", "UNSUPPORTED_PROTOCOL_VERSION"})
_OLD = {"tls1.0": TLS10, "tls1.1": TLS11}
_OLD_CIPHERS = (0xC014, 0xC013, 0xC00A, 0xC009, 0x0039, 0x0033, 0x0035, 0x002F, 0x000A, 0x0005, 0x0004)


@dataclass(frozen=True, slots=True)
class Shake:
    """A handshake: `tls` when it went through; `outcome` and `reason` say what stopped it, then or right behind.

    `alert`: OpenSSL's word; `chain`: the certificates, DER; `said`: what the server said first over it;
    `address`: where it led, "" through a proxy.
    """

    outcome: Outcome
    tls: TlsFacts | None = None
    reason: Reason = Reason.NONE
    alert: str = ""
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    said: bytes = b""
    address: str = ""


@dataclass(slots=True)
class _Going:
    """What is known while it goes on."""

    so_far: Shake = field(default_factory=lambda: Shake(Outcome.FAILED))


async def rung(world: World, endpoint: Endpoint, name: str) -> Shake:
    """One of NAMES."""
    old = _OLD.get(name)
    if old is None:
        return await shake(world, endpoint, _context(name), name="" if name == "no_sni" else None, wait=True)
    context = _only(old)
    seen = await shake(world, endpoint, context, wait=True) if context is not None else None
    return await _by_hand(world, endpoint, old) if seen is None or seen.alert in _UNABLE else seen


def _context(name: str) -> ssl.SSLContext:
    context = tls.looking()
    if name == "seclevel0":
        context.set_ciphers("ALL:@SECLEVEL=0")
    elif name == "legacy":
        context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    elif name == "tls1.2_max":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def _only(number: int) -> ssl.SSLContext | None:
    """A context for one old version; None where OpenSSL was built without it."""
    built = ssl.HAS_TLSv1 if number == TLS10 else ssl.HAS_TLSv1_1
    if not built:
        return None
    context = tls.looking()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is the question
        try:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = ssl.TLSVersion(number)
        except (ValueError, ssl.SSLError):
            return None
    return context


async def _by_hand(world: World, endpoint: Endpoint, number: int) -> Shake:
    """Whether the server would go on with that version, where our own OpenSSL cannot."""
    offer = Offer(number, _OLD_CIPHERS, name=peek.sni(endpoint.host), groups=peek.GROUPS)
    flight = await peek.hello(world, endpoint, offer, upgraded=True)
    if flight.accepted and flight.version == number:
        return Shake(Outcome.OK, TlsFacts(version=VERSIONS[number], cipher=f"0x{flight.cipher:04X}"))
    return Shake(Outcome.TIMEOUT if flight.kind == "silent" else Outcome.FAILED, reason=Reason.TLS_HANDSHAKE)


async def shake(
    world: World,
    endpoint: Endpoint,
    context: ssl.SSLContext,
    *,
    name: str | None = None,
    mss: int = 0,
    wait: bool = False,
) -> Shake:
    """One handshake as `context` does it. `name`: for SNI; None: the host, "": none.

    `mss`: with segments no larger than that; `wait`: for what the server says behind it.
    """
    going = _Going()
    try:
        async with asyncio.timeout(peek.ANSWER_SECONDS):
            began = time.monotonic()
            target, recorder = (endpoint.host, endpoint.port), Recorder(str(endpoint))
            opened = peek.small(world, endpoint, mss) if mss else dial(world.settings, world.dns, target, recorder)
            with contextlib.closing(await opened) as stream:
                patience = max(peek.BANNER_SECONDS, 3 * (time.monotonic() - began))
                await _secured(stream, endpoint, context, peek.sni(endpoint.host) if name is None else name)
                address = _address(recorder) if world.settings.proxy is None else ""
                going.so_far = Shake(Outcome.OK, stream.tls, chain=stream.sent_chain(), address=address)
                return await _behind(stream, going.so_far, patience) if wait else going.so_far
    except TimeoutError:
        waited = Shake(Outcome.TIMEOUT, reason=Reason.READ_TIMEOUT)
        return going.so_far if going.so_far.tls is not None else waited
    except WireError as error:
        alert = error.tls.alert if error.tls is not None else ""
        return replace(going.so_far, outcome=error.outcome, reason=error.reason, alert=alert)


def _address(recorder: Recorder) -> str:
    done = [s for s in recorder.trace().steps if s.kind == Stage.CONNECT and s.outcome is Outcome.OK]
    return str(done[-1].fact("address")) if done else ""


async def _secured(stream: Stream, endpoint: Endpoint, context: ssl.SSLContext, name: str) -> None:
    if endpoint.security is Security.NONE:
        raise WireError(Outcome.NO, Reason.PLAINTEXT)
    if endpoint.security is Security.TLS:
        await stream.start_tls(context, name)
        return
    driver = Driver(stream, Recorder(str(endpoint)), context, name, peek.ANSWER_SECONDS)
    await driver.run(until_tls(endpoint))


async def _behind(stream: Stream, seen: Shake, patience: float) -> Shake:
    """`seen`, and what came of it. Raises WireError when the server takes it back."""
    said = b""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            said = await stream.read_some(peek.MAX_FIRST)
            if not said:
                raise WireError(Outcome.FAILED, Reason.CLOSED)
    return replace(seen, said=said)
