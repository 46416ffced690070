"""A look at a port, one connection each: its addresses, its first bytes, a web page. No secret is ever sent here.

Bounded in bytes and time; what happened is the answer, no error is raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright.core import Outcome, Reason, Security
from mailwright.wire import tls
from mailwright.wire.dial import connect, dial, every_address
from mailwright.wire.driver import Driver
from mailwright.wire.errors import WireError
from mailwright.wire.lookgreet import quick
from mailwright.wire.lookhello import TLS10, TLS11, TLS12, TLS13, Flight, Offer, client_hello, parse
from mailwright.wire.record import Recorder
from mailwright.wire.stream import Stream

if TYPE_CHECKING:
    import ssl

    from mailwright.core import Endpoint
    from mailwright.wire.world import World

# Half of all greetings are there in less; some servers look the client up first.
BANNER_SECONDS = 0.6
ANSWER_SECONDS = 3.0
MAX_FIRST = 4096
# What was begun is let finish, this long.
_REST_SECONDS = 0.3
CIPHERS = (0x1301, 0x1302, 0x1303, 0xC02F, 0xC02B, 0xC030, 0xC02C, 0xC013, 0xC014, 0x009C, 0x002F, 0x0035, 0x000A)
GROUPS = (0x11EC, 0x001D, 0x0017, 0x0018)
_SPEAKS = (
    ("imap", re.compile(rb"\* (OK|PREAUTH|BYE)\b", re.IGNORECASE)),
    ("pop3", re.compile(rb"(\+OK|-ERR)\b", re.IGNORECASE)),
    ("http", re.compile(rb"\s*(HTTP/\d|<!doctype|<html)", re.IGNORECASE)),
    ("ssh", re.compile(rb"SSH-")),
    ("ftp", re.compile(rb"220[ -][^\r\n]*(ftp|filezilla)", re.IGNORECASE)),
    ("smtp", re.compile(rb"(220|421|450|451|554|550)[ -]")),
)
Enough = Callable[[bytearray], bool]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A connection to one address. `errno`: its name, "" when it connected or ran out of time."""

    address: str
    outcome: Outcome
    errno: str = ""
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Banner:
    """What a port says by itself. `waited`: banner | silent | closed | reset, "unreachable" without a connection."""

    waited: str
    data: bytes = b""


def spoken(data: bytes) -> str:
    """The protocol that begins like this: imap pop3 smtp http ssh ftp tls, other."""
    if data[:1] in (b"\x15", b"\x16") and data[1:2] in (b"", b"\x03"):
        return "tls"
    return next((name for name, pattern in _SPEAKS if pattern.match(data)), "other")


def shown(text: str) -> str:
    """At most 200 letters, none of which does anything to a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[:200])


async def addresses(world: World, host: str) -> tuple[str, ...]:
    """All addresses of a host that a connection would try; () when there is none, or a proxy that knows them alone."""
    if world.settings.proxy is not None:
        return ()
    try:
        return tuple(await every_address(world.settings, world.dns, host))
    except WireError:
        return ()


async def attempt(address: str, port: int, seconds: float) -> Attempt:
    """Connect to one address, and hang up."""
    began = time.monotonic()
    try:
        (await connect(address, port, seconds)).close()
    except TimeoutError as error:
        # The system may give up before we do.
        name = "ETIMEDOUT" if error.errno == errno.ETIMEDOUT else ""
        return Attempt(address, Outcome.TIMEOUT, name, time.monotonic() - began)
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "").removeprefix("WSA")
        return Attempt(address, Outcome.NO, name, time.monotonic() - began)
    return Attempt(address, Outcome.OK, "", time.monotonic() - began)


async def banner(world: World, endpoint: Endpoint) -> Banner:
    """Connect and wait for what comes, saying nothing: three round trips, and never less than a greeting takes."""
    began = time.monotonic()
    try:
        async with _connected(world, endpoint) as stream:
            patience = min(max(BANNER_SECONDS, 3 * (time.monotonic() - began)), ANSWER_SECONDS)
            return await _said(stream, patience)
    except (TimeoutError, WireError):
        return Banner("unreachable")


async def _said(stream: Stream, patience: float) -> Banner:
    got, how = await _read(stream, b"", lambda got: b"\n" in got, seconds=patience)
    return Banner("banner" if got else how, got)


async def _read(stream: Stream, asked: bytes, enough: Enough, *, seconds: float) -> tuple[bytes, str]:
    """Send `asked`; what comes until it is `enough`, and how it ended otherwise: silent | closed | reset."""
    got = bytearray()
    try:
        async with asyncio.timeout(seconds) as limit:
            if asked:
                await stream.write(asked)
            how = await _fill(stream, got, enough, limit)
    except TimeoutError:
        how = "silent"
    except WireError as error:
        how = _ended(error)
    return bytes(got), how


async def _fill(stream: Stream, got: bytearray, enough: Enough, limit: asyncio.Timeout) -> str:
    while len(got) < MAX_FIRST and not enough(got):
        data = await stream.read_some(MAX_FIRST)
        if not data:
            return "closed"
        if not got:
            limit.reschedule(asyncio.get_running_loop().time() + _REST_SECONDS)
        got += data
    return "enough"


async def hello(world: World, endpoint: Endpoint, offer: Offer | None = None, *, upgraded: bool = False) -> Flight:
    """The answer to a ClientHello, sent at once, or (`upgraded`) where STARTTLS leads.

    A server that speaks first is let finish its line.
    """
    offer = offer or Offer(TLS13, CIPHERS, name=sni(endpoint.host), groups=GROUPS, lower=(TLS12, TLS11, TLS10))
    try:
        async with _connected(world, endpoint) as stream:
            if upgraded and endpoint.security is Security.STARTTLS:
                driver = Driver(stream, Recorder(str(endpoint)), tls.looking(), endpoint.host, ANSWER_SECONDS)
                await driver.run(quick(endpoint.protocol))
            return await _answer(stream, client_hello(offer))
    except TimeoutError:
        return Flight("silent")
    except WireError as error:
        return Flight(_ended(error))


async def _answer(stream: Stream, asked: bytes) -> Flight:
    got, how = await _read(stream, asked, _enough, seconds=ANSWER_SECONDS)
    flight = parse(got)
    if flight.kind != "silent":
        return flight
    # A lot of one message that is not whole yet: of a hello, or of alerts.
    begun = "hello" if got[:1] == b"\x16" else "alert"
    return Flight(begun if how == "enough" else how, first=flight.first)


def _enough(got: bytearray) -> bool:
    kind = parse(bytes(got)).kind
    return b"\n" in got or len(got) >= 64 if kind == "plain" else kind != "silent"


def _ended(error: WireError) -> str:
    return "reset" if error.reason is Reason.CONNECT_RESET else "closed"


@contextlib.asynccontextmanager
async def _connected(world: World, endpoint: Endpoint) -> AsyncIterator[Stream]:
    """Raises WireError, and TimeoutError for want of a connection."""
    async with asyncio.timeout(ANSWER_SECONDS):
        stream = await dial(world.settings, world.dns, (endpoint.host, endpoint.port), Recorder(str(endpoint)))
    with contextlib.closing(stream):
        yield stream


def sni(host: str) -> str:
    """The name to ask for in TLS, "" for none."""
    # RFC 6066 §3: never an address.
    return "" if ":" in host or host.replace(".", "").isdigit() else host


async def web(world: World, place: tuple[str, int], method: str, context: ssl.SSLContext | None = None) -> bytes:
    """The head of what (host, port) answers to one HTTP request, "HEAD" or "GET" of /; b"" when nothing came.

    `context`: for TLS before it; without, it is asked in the clear.
    """
    host, port = place
    # RFC 9110 §7.2: with the port, unless it is the usual one.
    name = f"[{host}]" if ":" in host else host
    name = name if port in (80, 443) else f"{name}:{port}"
    asked = f"{method} / HTTP/1.1\r\nHost: {name}\r\nUser-Agent: Mailwright\r\nConnection: close\r\n\r\n"
    try:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(asyncio.timeout(ANSWER_SECONDS))
            stream = await dial(world.settings, world.dns, place, Recorder(host))
            stack.callback(stream.close)
            if context is not None:
                await stream.start_tls(context, host)
            return (await _read(stream, asked.encode("ascii"), _is_head, seconds=ANSWER_SECONDS))[0]
    except (TimeoutError, WireError):
        return b""


def _is_head(got: bytearray) -> bool:
    return b"\r\n\r\n" in got


async def small(world: World, endpoint: Endpoint, mss: int) -> Stream:
    """A connection whose segments are small both ways. Raises WireError, also where the system has no such wish."""
    if not hasattr(socket, "TCP_MAXSEG") or world.settings.proxy is not None:
        raise WireError(Outcome.STOPPED, Reason.NOT_TRIED)
    host, port = world.settings.route(endpoint.host, endpoint.port)
    found = await every_address(world.settings, world.dns, host)
    for address in found:
        with contextlib.suppress(OSError):
            return Stream(await connect(address, port, ANSWER_SECONDS / min(len(found), 3), mss=mss))
    raise WireError(Outcome.FAILED, Reason.CONNECT_FAILED)


def now() -> float:
    """Our own clock, in seconds since 1970."""
    return time.time()
