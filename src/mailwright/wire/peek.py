"""Looks at the way to a server: addresses, first bytes, handshakes. No secret and no command is ever sent here.

One connection for each look, bounded in bytes and time; what happened is the answer, no error is raised.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailwright.core import Endpoint, Outcome, Reason, Security, TlsFacts
from mailwright.wire import tls
from mailwright.wire.dial import dial, resolve
from mailwright.wire.driver import Driver
from mailwright.wire.errors import WireError
from mailwright.wire.lookhello import TLS13, Flight, Offer, client_hello, parse
from mailwright.wire.record import Recorder
from mailwright.wire.stream import Stream
from mailwright.wire.world import until_tls

if TYPE_CHECKING:
    from mailwright.wire.world import World

BANNER_SECONDS = 0.6
ANSWER_SECONDS = 3.0
MAX_FIRST = 4096
_CIPHERS = (0x1301, 0x1302, 0x1303, 0xC02F, 0xC02B, 0xC030, 0xC02C, 0xC013, 0xC014, 0x009C, 0x002F, 0x0035, 0x000A)
_GROUPS = (0x001D, 0x0017, 0x0018)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A connection to one address. `errno`: its name, "" when it connected or ran out of time."""

    address: str
    outcome: Outcome
    errno: str = ""
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class First:
    """What a port says by itself (`banner`), and upon a ClientHello from the first byte on (`flight`).

    `waited`: how the silence ended: banner | silent | closed | reset, "unreachable" without a connection.
    """

    waited: str
    banner: bytes = b""
    flight: Flight = field(default_factory=lambda: Flight("silent"))


@dataclass(frozen=True, slots=True)
class Shake:
    """A handshake: `tls` when it went through, else what stopped it. `chain`: the certificates, DER."""

    outcome: Outcome
    tls: TlsFacts | None = None
    reason: Reason = Reason.NONE
    alert: str = ""
    chain: tuple[bytes, ...] = field(default=(), repr=False)


async def attempts(world: World, host: str, port: int, seconds: float) -> tuple[Attempt, ...]:
    """Every address of the host, dialled at the same time. Through a proxy there is nothing to see: ()."""
    if world.settings.proxy is not None:
        return ()
    to_host, to_port = world.settings.route(host, port)
    try:
        found = await resolve(world.settings, world.dns, to_host)
    except WireError:
        return ()
    addresses = list(found.addresses)
    for question in found.late:
        addresses += [a for a in (await question).text() if a not in addresses]
    return tuple(await asyncio.gather(*(_attempt(address, to_port, seconds) for address in addresses[:8])))


async def _attempt(address: str, port: int, seconds: float) -> Attempt:
    began = time.monotonic()
    try:
        (await _socket(address, port, seconds)).close()
    except TimeoutError as error:
        timed_out = error.errno == errno.ETIMEDOUT
        name = "ETIMEDOUT" if timed_out else ""
        return Attempt(address, Outcome.TIMEOUT, name, time.monotonic() - began)
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "").removeprefix("WSA")
        return Attempt(address, Outcome.NO, name, time.monotonic() - began)
    return Attempt(address, Outcome.OK, "", time.monotonic() - began)


async def _socket(address: str, port: int, seconds: float, mss: int = 0) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        if mss:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, mss)
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except BaseException:
        sock.close()
        raise
    return sock


async def first(world: World, endpoint: Endpoint) -> First:
    """One connection that waits for a banner, one that begins with a ClientHello."""
    (waited, banner), flight = await asyncio.gather(_banner(world, endpoint), _hello(world, endpoint))
    return First(waited, banner, flight)


async def _dialled(world: World, endpoint: Endpoint) -> Stream:
    target = (endpoint.host, endpoint.port)
    return await dial(world.settings, world.dns, target, Recorder(str(endpoint)))


async def _banner(world: World, endpoint: Endpoint) -> tuple[str, bytes]:
    began = time.monotonic()
    try:
        stream = await _dialled(world, endpoint)
    except WireError:
        return "unreachable", b""
    patience = max(BANNER_SECONDS, 3 * (time.monotonic() - began))
    try:
        async with asyncio.timeout(min(patience, ANSWER_SECONDS)):
            data = await stream.read_some(MAX_FIRST)
            return ("banner" if data else "closed"), data
    except TimeoutError:
        return "silent", b""
    except WireError as error:
        return ("reset" if error.reason is Reason.CONNECT_RESET else "closed"), b""
    finally:
        stream.close()


async def _hello(world: World, endpoint: Endpoint) -> Flight:
    try:
        stream = await _dialled(world, endpoint)
    except WireError:
        return Flight("silent")
    offer = Offer(TLS13, _CIPHERS, name=_sni(endpoint.host), groups=_GROUPS)
    got = b""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await stream.write(client_hello(offer))
            while len(got) < MAX_FIRST:
                data = await stream.read_some(MAX_FIRST)
                if not data:
                    break
                got += data
                flight = parse(got)
                if flight.kind != "silent":
                    return flight
        flight = parse(got)
        return flight if got else Flight("closed")
    except TimeoutError:
        return parse(got)
    except WireError as error:
        return parse(got) if got else Flight("reset" if error.reason is Reason.CONNECT_RESET else "closed")
    finally:
        stream.close()


async def shake(
    world: World, endpoint: Endpoint, context: ssl.SSLContext, *, name: str | None = None, mss: int = 0
) -> Shake:
    """One handshake as `context` does it, with nothing behind it. `name`: for SNI, None: the host; "": none."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _shake(world, endpoint, context, name=name, mss=mss)
    except TimeoutError:
        return Shake(Outcome.TIMEOUT, reason=Reason.READ_TIMEOUT)
    except WireError as error:
        alert = error.tls.alert if error.tls is not None else ""
        return Shake(error.outcome, reason=error.reason, alert=alert)


async def _shake(world: World, endpoint: Endpoint, context: ssl.SSLContext, *, name: str | None, mss: int) -> Shake:
    stream = await (_small(world, endpoint, mss) if mss else _dialled(world, endpoint))
    try:
        if endpoint.security is Security.STARTTLS:
            driver = Driver(stream, Recorder(str(endpoint)), context, endpoint.host, ANSWER_SECONDS)
            await driver.run(until_tls(endpoint))
        elif endpoint.security is Security.NONE:
            return Shake(Outcome.NO)
        if stream.tls is None:
            await stream.start_tls(context, endpoint.host if name is None else name)
        return Shake(Outcome.OK, stream.tls, chain=stream.sent_chain())
    finally:
        stream.close()


async def _small(world: World, endpoint: Endpoint, mss: int) -> Stream:
    """A connection whose segments are small both ways (RFC 9293 §3.7.1)."""
    host, port = world.settings.route(endpoint.host, endpoint.port)
    found = await resolve(world.settings, world.dns, host)
    found.close()
    try:
        return Stream(await _socket(found.addresses[0], port, ANSWER_SECONDS, mss))
    except OSError as error:
        raise WireError(Outcome.FAILED, Reason.CONNECT_FAILED) from error


def _sni(host: str) -> str:
    # RFC 6066 §3: never an address.
    return "" if ":" in host or host.replace(".", "").isdigit() else host


def contexts() -> dict[str, ssl.SSLContext]:
    """The rungs of a ladder: handshakes loosened or tightened, none of them ever used for more than a look."""
    made = {"tls1.0": _old(ssl.TLSVersion.TLSv1), "tls1.1": _old(ssl.TLSVersion.TLSv1_1)}
    weak = tls.looking()
    weak.set_ciphers("ALL:@SECLEVEL=0")
    legacy = tls.looking()
    legacy.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    capped = tls.looking()
    capped.maximum_version = ssl.TLSVersion.TLSv1_2
    return {**made, "seclevel0": weak, "legacy": legacy, "tls1.2_max": capped, "no_sni": tls.looking()}


def _old(version: ssl.TLSVersion) -> ssl.SSLContext:
    import warnings

    context = tls.looking()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is the question
        context.minimum_version = context.maximum_version = version
    return context


async def web(world: World, host: str, port: int, request: str) -> bytes:
    """What a port answers to one plain HTTP request ("HEAD" or "GET" of /); b"" when nothing came."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            stream = await dial(world.settings, world.dns, (host, port), Recorder(host))
            try:
                asked = f"{request} / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: mailwright\r\nConnection: close\r\n\r\n"
                await stream.write(asked.encode("ascii"))
                got = b""
                while len(got) < MAX_FIRST and (data := await stream.read_some(MAX_FIRST)):
                    got += data
                    if b"\r\n\r\n" in got:
                        break
                return got
            finally:
                stream.close()
    except (TimeoutError, WireError):
        return b""


def now() -> float:
    """Our own clock, in seconds since 1970."""
    return time.time()
