"""From a host name and port to a connected stream: Happy Eyeballs, or through a proxy."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from itertools import zip_longest

from mailwright.core import DnsStatus, Outcome, Reason, Stage
from mailwright.wire.dns import Dns
from mailwright.wire.errors import WireError
from mailwright.wire.record import OpenStep, Recorder
from mailwright.wire.settings import Proxy, Settings
from mailwright.wire.stream import Stream

# RFC 8305 §8: Resolution Delay 50 ms, Connection Attempt Delay 250 ms.
RESOLUTION_DELAY = 0.05
ATTEMPT_DELAY = 0.25
MAX_ADDRESSES = 8


async def dial(settings: Settings, dns: Dns, target: tuple[str, int], recorder: Recorder) -> Stream:
    """A stream to (host, port), re-routed and through the proxy if the settings say so.

    Every look-up and attempt becomes a step. Raises WireError (RESOLVE, CONNECT or PROXY).
    """
    host, port = settings.route(*target)
    if settings.proxy is not None:
        with recorder.step(Stage.PROXY, proxy=str(settings.proxy), host=host, port=port) as step:
            return Stream(await _through(settings.proxy, host, port, settings.connect_seconds, step))
    return Stream(await _race(settings, await _addresses(settings, dns, host, recorder), port, recorder))


async def _addresses(settings: Settings, dns: Dns, host: str, recorder: Recorder) -> list[str]:
    literal = _literal(host)
    if literal:
        return _allowed(settings, [literal])
    with recorder.step(Stage.RESOLVE, name=host) as step:
        found = await resolve(settings, dns, host)
        step.note(addresses=" ".join(found))
        return _allowed(settings, found)


async def resolve(settings: Settings, dns: Dns, host: str) -> list[str]:
    """The addresses of `host`, IPv6 and IPv4 taking turns (RFC 8305 §4). Raises WireError(RESOLVE)."""
    v6_task = asyncio.ensure_future(dns.ask(host, "AAAA"))
    v4 = await dns.ask(host, "A")
    # IPv4 is here: give IPv6 its short head start, but wait in full when IPv4 has nothing.
    await asyncio.wait([v6_task], timeout=RESOLUTION_DELAY if v4.text() else None)
    v6 = v6_task.result() if v6_task.done() else None
    pairs = zip_longest(v6.text() if v6 else (), v4.text())
    found = [address for pair in pairs for address in pair if address][:MAX_ADDRESSES]
    if not found and not settings.resolvers:
        found = await _system_addresses(host)
    if found:
        return found
    statuses = {v4.status, v6.status if v6 else DnsStatus.TIMEOUT}
    raise WireError(*_why_nothing(statuses), stage=Stage.RESOLVE)


def _why_nothing(statuses: set[DnsStatus]) -> tuple[Outcome, Reason]:
    if DnsStatus.TIMEOUT in statuses or DnsStatus.FAILED in statuses:
        return Outcome.TIMEOUT, Reason.DNS_TIMEOUT
    if DnsStatus.SERVFAIL in statuses or DnsStatus.REFUSED in statuses:
        return Outcome.FAILED, Reason.DNS_SERVFAIL
    return Outcome.NO, Reason.DNS_NXDOMAIN if DnsStatus.NXDOMAIN in statuses else Reason.DNS_NODATA


async def _system_addresses(host: str) -> list[str]:
    """What only the system knows: its hosts file, mDNS, a container's names."""
    try:
        async with asyncio.timeout(2):
            loop = asyncio.get_running_loop()
            infos = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError):
        return []
    return list(dict.fromkeys(str(info[4][0]) for info in infos))[:MAX_ADDRESSES]


def _literal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""


def _allowed(settings: Settings, addresses: list[str]) -> list[str]:
    if not settings.public_only:
        return addresses
    public = [address for address in addresses if ipaddress.ip_address(address).is_global]
    if not public:
        raise WireError(Outcome.STOPPED, Reason.PRIVATE_ADDRESS, stage=Stage.CONNECT)
    return public


async def _race(settings: Settings, addresses: list[str], port: int, recorder: Recorder) -> socket.socket:
    """Connect to the addresses one after another, each with a short head start; the first wins."""
    pending: set[asyncio.Task[socket.socket]] = set()
    errors: list[WireError] = []
    waiting = list(addresses)
    try:
        while waiting or pending:
            if waiting:
                attempt = _attempt(waiting.pop(0), port, settings.connect_seconds, recorder)
                pending.add(asyncio.create_task(attempt))
            done, pending = await asyncio.wait(
                pending, timeout=ATTEMPT_DELAY if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                error = task.exception()
                if error is None:
                    _drop_losers(done - {task})
                    return task.result()
                assert isinstance(error, WireError), error
                errors.append(error)
    finally:
        for task in pending:
            task.cancel()
        # A loser may have connected in the same tick: its socket is closed, not leaked.
        await asyncio.gather(*pending, return_exceptions=True)
        _drop_losers(pending)
    raise _worst(errors)


def _drop_losers(tasks: set[asyncio.Task[socket.socket]]) -> None:
    for task in tasks:
        if not task.cancelled() and task.exception() is None:
            task.result().close()


def _worst(errors: list[WireError]) -> WireError:
    """What to report when all failed: a clear refusal says more than a time-out."""
    return next((e for e in errors if e.reason is Reason.CONNECT_REFUSED), errors[0])


async def _attempt(address: str, port: int, seconds: float, recorder: Recorder) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    with recorder.step(Stage.CONNECT, address=address, port=port) as step:
        try:
            async with asyncio.timeout(seconds):
                await asyncio.get_running_loop().sock_connect(sock, (address, port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:  # TimeoutError is one
            sock.close()
            step.note(errno=errno.errorcode.get(error.errno or 0, ""))
            raise _connect_error(error) from error
        except asyncio.CancelledError:
            sock.close()
            raise
        return sock


def _connect_error(error: OSError) -> WireError:
    if isinstance(error, TimeoutError):
        return WireError(Outcome.TIMEOUT, Reason.CONNECT_TIMEOUT, stage=Stage.CONNECT)
    reasons = {
        errno.ECONNREFUSED: Reason.CONNECT_REFUSED,
        errno.ECONNRESET: Reason.CONNECT_RESET,
        errno.EHOSTUNREACH: Reason.CONNECT_UNREACHABLE,
        errno.ENETUNREACH: Reason.CONNECT_UNREACHABLE,
        errno.EADDRNOTAVAIL: Reason.CONNECT_UNREACHABLE,
    }
    reason = reasons.get(error.errno or 0, Reason.CONNECT_FAILED)
    return WireError(Outcome.FAILED, reason, stage=Stage.CONNECT)


async def _through(proxy: Proxy, host: str, port: int, seconds: float, step: OpenStep) -> socket.socket:
    """Ask the proxy for the connection; it resolves the name itself."""
    from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
    from python_socks.async_.asyncio import Proxy as Dialer

    dialer = Dialer(
        proxy_type=ProxyType.SOCKS5 if proxy.kind == "socks5" else ProxyType.HTTP,
        host=proxy.host,
        port=proxy.port,
        username=proxy.username or None,
        password=proxy.password.reveal() if proxy.password else None,
        rdns=True,
    )
    try:
        return await dialer.connect(dest_host=host, dest_port=port, timeout=seconds)
    except ProxyTimeoutError as error:
        raise WireError(Outcome.TIMEOUT, Reason.PROXY_UNREACHABLE, stage=Stage.PROXY) from error
    except ProxyConnectionError as error:
        step.note(errno=errno.errorcode.get(error.errno or 0, ""))
        raise WireError(Outcome.FAILED, Reason.PROXY_UNREACHABLE, stage=Stage.PROXY) from error
    except ProxyError as error:
        raise _proxy_no(error.error_code, step) from error


def _proxy_no(code: int | None, step: OpenStep) -> WireError:
    step.note(code=code)
    # HTTP 407 says it; a SOCKS5 proxy that wants a password answers "no acceptable method" (0xFF) or
    # refuses the sign-in, and the library gives no code for either (RFC 1928 §3, RFC 1929 §2).
    wants_password = code is None or code in (407, 0xFF)
    reason = Reason.PROXY_AUTH if wants_password else Reason.PROXY_REFUSED
    return WireError(Outcome.NO, reason, stage=Stage.PROXY)
