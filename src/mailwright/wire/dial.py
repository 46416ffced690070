"""From a host name and port to a connected stream: Happy Eyeballs, or through a proxy."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from mailwright.core import DnsAnswer, DnsStatus, Outcome, Reason, Stage
from mailwright.wire.dns import Dns
from mailwright.wire.errors import WireError
from mailwright.wire.proxy import ask as ask_proxy
from mailwright.wire.record import OpenStep, Recorder
from mailwright.wire.settings import Settings
from mailwright.wire.stream import Stream

# RFC 8305 §8: Resolution Delay 50 ms, Connection Attempt Delay 250 ms.
RESOLUTION_DELAY = 0.05
ATTEMPT_DELAY = 0.25
MAX_ADDRESSES = 8
SYSTEM_SECONDS = 2.0
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# RFC 8215 §1: for translation inside one network; where in it the inner address stands, only that network knows.
LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
# This machine has no more to give: that says nothing of any network.
_OUR_OWN = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


@dataclass(frozen=True, slots=True)
class Found:
    """The addresses of a host; `late`: the question for the other family while it is open (RFC 8305 §3)."""

    addresses: list[str]
    late: Sequence[asyncio.Future[DnsAnswer]] = ()

    def close(self) -> None:
        """Wait for nothing more."""
        for question in self.late:
            question.cancel()


async def dial(settings: Settings, dns: Dns, target: tuple[str, int], recorder: Recorder) -> Stream:
    """A stream to (host, port), re-routed and through the proxy if the settings say so.

    Every look-up and attempt becomes a step. Raises WireError (RESOLVE, CONNECT or PROXY).
    """
    host, port = settings.route(*target)
    if settings.proxy is not None and not settings.public_only:
        return await _through(settings, dns, (host, port), recorder)
    with contextlib.closing(await _addresses(settings, dns, host, recorder)) as found:
        usable = allowed(settings, found.addresses)
        if not usable:
            raise WireError(Outcome.STOPPED, Reason.PRIVATE_ADDRESS, stage=Stage.CONNECT)
        if settings.proxy is not None:
            # Resolved here and not by the proxy: it would not know which addresses are forbidden.
            return await _through(settings, dns, (usable[0], port), recorder)
        return Stream(await _race(settings, Found(usable, found.late), port, recorder))


async def _addresses(settings: Settings, dns: Dns, host: str, recorder: Recorder) -> Found:
    literal = _literal(host)
    if literal:
        return Found([literal])
    with recorder.step(Stage.RESOLVE, name=host) as step:
        found = await resolve(settings, dns, host)
        step.note(addresses=" ".join(allowed(settings, found.addresses)))
        return found


async def resolve(settings: Settings, dns: Dns, host: str) -> Found:
    """The addresses of `host`, IPv6 and IPv4 taking turns (RFC 8305 §4). Raises WireError(RESOLVE)."""
    asked = [asyncio.ensure_future(dns.ask(host, rdtype)) for rdtype in ("AAAA", "A")]
    try:
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        # One family is here: give the other its short head start, but wait in full when there is nothing to try yet.
        if waiting:
            found_some = any(allowed(settings, task.result().text()) for task in done)
            _, waiting = await asyncio.wait(waiting, timeout=RESOLUTION_DELAY if found_some else None)
    except BaseException:
        Found([], asked).close()
        raise
    answers = [task.result() for task in asked if task not in waiting]
    pairs = zip_longest(*(answer.text() for answer in answers))
    found = [address for pair in pairs for address in pair if address][:MAX_ADDRESSES]
    if not found and not settings.resolvers:
        found = await _system_addresses(host)
    if found:
        return Found(found, [*waiting])
    raise WireError(*_why_nothing({answer.status for answer in answers}), stage=Stage.RESOLVE)


async def every_address(settings: Settings, dns: Dns, host: str) -> list[str]:
    """All addresses of `host` that may be connected to, the families taking turns. Raises WireError(RESOLVE, CONNECT).

    Where dial() goes ahead with what is there, this waits for both families.
    """
    literal = _literal(host)
    with contextlib.closing(Found([literal]) if literal else await resolve(settings, dns, host)) as found:
        late = [address for question in found.late for address in (await question).text()]
    families = ([a for a in (*found.addresses, *late) if (":" in a) is six] for six in (True, False))
    pairs = [address for pair in zip_longest(*families) for address in pair if address]
    usable = allowed(settings, dict.fromkeys(pairs))[:MAX_ADDRESSES]
    if not usable:
        raise WireError(Outcome.STOPPED, Reason.PRIVATE_ADDRESS, stage=Stage.CONNECT)
    return usable


def _why_nothing(statuses: set[DnsStatus]) -> tuple[Outcome, Reason]:
    if DnsStatus.TIMEOUT in statuses or DnsStatus.FAILED in statuses:
        return Outcome.TIMEOUT, Reason.DNS_TIMEOUT
    if DnsStatus.SERVFAIL in statuses or DnsStatus.REFUSED in statuses:
        return Outcome.FAILED, Reason.DNS_SERVFAIL
    return Outcome.NO, Reason.DNS_NXDOMAIN if DnsStatus.NXDOMAIN in statuses else Reason.DNS_NODATA


async def _system_addresses(host: str) -> list[str]:
    """What only the system knows: its hosts file, mDNS, a container's names."""
    loop = asyncio.get_running_loop()
    infos: asyncio.Future[list[str]] = loop.create_future()

    def tell(found: list[str]) -> None:
        if not infos.done():
            infos.set_result(found)

    def ask() -> None:
        try:
            found = [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError):
            found = []
        with contextlib.suppress(RuntimeError):  # nobody waits any more: the loop is closed
            loop.call_soon_threadsafe(tell, found)

    # Not the loop's own threads: it would wait at its end for a resolver that is silent for half a minute.
    threading.Thread(target=ask, daemon=True).start()
    try:
        async with asyncio.timeout(SYSTEM_SECONDS):
            return list(dict.fromkeys(await infos))[:MAX_ADDRESSES]
    except TimeoutError:
        return []


def is_literal(host: str) -> bool:
    """True for an address."""
    return bool(_literal(host))


def _literal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def allowed(settings: Settings, addresses: Iterable[str]) -> list[str]:
    """Those that may be connected to. The others are written down nowhere: they tell of the network we stand in."""
    return [one for one in addresses if not settings.public_only or is_public(ipaddress.ip_address(one))]


def is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """False for addresses that lead into a private network, also those with one inside (RFC 4291 §2.5.5, RFC 6052)."""
    if ip.version == 6:
        nat64 = ip in NAT64
        inner = ip.ipv4_mapped or (ipaddress.IPv4Address(ip.packed[-4:]) if nat64 else None)
        # 6to4 (RFC 7526) and Teredo are out of use, and tunnels lead anywhere.
        tunnel = ip.sixtofour is not None or ip.teredo is not None
        if ip in LOCAL_NAT64 or ip.is_site_local or tunnel or (inner is not None and not is_public(inner)):
            return False
    return ip.is_global and not ip.is_multicast


async def _race(settings: Settings, found: Found, port: int, recorder: Recorder) -> socket.socket:
    """Connect to the addresses one after another, each with a short head start; the first wins.

    Late addresses queue up behind the others: nothing has failed before both families are through.
    """
    pending: set[asyncio.Task[socket.socket]] = set()
    errors: list[WireError] = []
    waiting, late, due = list(found.addresses), set(found.late), 0.0
    clock = asyncio.get_running_loop().time
    try:
        while waiting or pending or late:
            if waiting and clock() >= due:
                attempt = _attempt(waiting.pop(0), port, settings.connect_seconds, recorder)
                pending.add(asyncio.create_task(attempt))
                due = clock() + ATTEMPT_DELAY
            watched: set[asyncio.Future[Any]] = {*pending, *late}
            await asyncio.wait(watched, timeout=due - clock() if waiting else None, return_when=asyncio.FIRST_COMPLETED)
            done = {task for task in pending if task.done()}
            pending -= done
            won = [task.result() for task in done if task.exception() is None]
            for loser in won[1:]:
                loser.close()
            if won:
                return won[0]
            errors += [error for task in done if isinstance(error := task.exception(), WireError)]
            due = 0.0 if done else due
            for question in [question for question in late if question.done()]:
                late.discard(question)
                waiting += _joining(settings, question.result(), recorder)
    finally:
        for task in pending:
            # It may have connected by now: its socket is closed, not leaked.
            task.add_done_callback(_close_socket)
            task.cancel()
    raise _worst(errors)


def _joining(settings: Settings, answer: DnsAnswer, recorder: Recorder) -> list[str]:
    """The addresses of a late answer."""
    addresses = allowed(settings, answer.text())[:MAX_ADDRESSES]
    if addresses:
        recorder.step(Stage.RESOLVE, name=answer.name, addresses=" ".join(addresses)).end(Outcome.OK)
    return addresses


def _close_socket(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


def _worst(errors: list[WireError]) -> WireError:
    """What to report when all failed: a clear refusal says more than a time-out."""
    return next((e for e in errors if e.reason is Reason.CONNECT_REFUSED), errors[0])


async def _attempt(address: str, port: int, seconds: float, recorder: Recorder) -> socket.socket:
    with recorder.step(Stage.CONNECT, address=address, port=port) as step:
        try:
            return await connect(address, port, seconds)
        except OSError as error:  # TimeoutError is one
            # Windows has its own names for the same numbers.
            step.note(errno=errno.errorcode.get(error.errno or 0, "").removeprefix("WSA"))
            raise _connect_error(error) from error


async def connect(address: str, port: int, seconds: float, *, mss: int = 0) -> socket.socket:
    """A socket connected to one address. `mss`: the largest segment, both ways (RFC 9293 §3.7.1). Raises OSError."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(0)
        if mss:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, mss)
        async with asyncio.timeout(seconds):
            await asyncio.get_running_loop().sock_connect(sock, (address, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _connect_error(error: OSError) -> WireError:
    if error.errno in _OUR_OWN:
        return WireError(Outcome.FAILED, Reason.NO_SOCKETS, stage=Stage.CONNECT)
    if isinstance(error, TimeoutError):
        return WireError(Outcome.TIMEOUT, Reason.CONNECT_TIMEOUT, stage=Stage.CONNECT)
    if isinstance(error, ConnectionRefusedError):
        return WireError(Outcome.FAILED, Reason.CONNECT_REFUSED, stage=Stage.CONNECT)
    if isinstance(error, ConnectionResetError):
        return WireError(Outcome.FAILED, Reason.CONNECT_RESET, stage=Stage.CONNECT)
    unreachable = error.errno in (
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EADDRNOTAVAIL,
        errno.EAFNOSUPPORT,  # a machine without IPv6
    )
    reason = Reason.CONNECT_UNREACHABLE if unreachable else Reason.CONNECT_FAILED
    return WireError(Outcome.FAILED, reason, stage=Stage.CONNECT)


async def _through(settings: Settings, dns: Dns, target: tuple[str, int], recorder: Recorder) -> Stream:
    """Ask the proxy for the connection."""
    proxy = settings.proxy
    assert proxy is not None
    if proxy.password is not None:
        recorder.hide(proxy.password)
    # Strangers see that there is a proxy, and not where.
    shown, inside = (proxy.kind, Recorder(proxy.kind)) if settings.public_only else (str(proxy), recorder)
    with recorder.step(Stage.PROXY, proxy=shown, host=target[0], port=target[1]) as step:
        try:
            with contextlib.closing(await _addresses(settings, dns, proxy.host, inside)) as found:
                stream = Stream(await _race(settings, found, proxy.port, inside))
        except WireError as error:
            reason = error.reason if error.reason is Reason.NO_SOCKETS else Reason.PROXY_UNREACHABLE
            raise WireError(error.outcome, reason, stage=Stage.PROXY) from error
        with contextlib.ExitStack() as owner:
            owner.callback(stream.close)
            failed = await _refusal(settings, stream, target, step)
            if failed is None:
                owner.pop_all()
                return stream
        raise failed


async def _refusal(settings: Settings, stream: Stream, target: tuple[str, int], step: OpenStep) -> WireError | None:
    """Why the proxy does not connect us; made anew, as the frames of the first error hold the password."""
    assert settings.proxy is not None
    try:
        async with asyncio.timeout(settings.connect_seconds):
            await ask_proxy(stream, settings.proxy, target, step)
    except TimeoutError:
        return WireError(Outcome.TIMEOUT, Reason.PROXY_UNREACHABLE, stage=Stage.PROXY)
    except WireError as error:
        reason = error.reason if error.stage is Stage.PROXY else Reason.PROXY_REFUSED
        return WireError(error.outcome, reason, stage=Stage.PROXY)
    return None
