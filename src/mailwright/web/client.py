"""Who asks, and how: the client behind trusted proxies, whether nobody can listen in, whether a page of ours asks."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mailwright.web.options import Options, Scope

ASKER = "mailwright.client"
"""Where in a scope stands what makes the key of whoever asks; most answers do without it."""
_OURS = ("same-origin", "none")
# The headers of proxies: where one of them stands, the peer is not the client.
_PASSED_ON = (b"x-forwarded-for", b"forwarded", b"via", b"x-real-ip")
# Some proxies write the port as well: 192.0.2.1:4711, [2001:db8::1]:4711.
_PORT = re.compile(r"^(?:([0-9.]+):\d+|\[([^\]]*)\](?::\d+)?)$")


@dataclass(frozen=True, slots=True)
class Client:
    """`key`: an IPv4 address or the /64 of an IPv6 one; `safe`: a password may be sent; `ours`: no stranger's page.

    `known`: asked by a name that leads here, and not by one that a stranger's DNS leads to this machine.
    """

    key: str
    safe: bool
    ours: bool
    known: bool


def client(scope: Scope, options: Options) -> Client:
    """Whoever asks, read from one ASGI scope."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
    peer = _peer(scope)
    trusted = _trusted(scope, peer, options)
    proto = headers.get(b"x-forwarded-proto", "") if trusted else ""
    tls = options.https or scope.get("scheme") == "https" or proto == "https"
    host = headers.get(b"host", "")
    alone = _is_loopback(peer) and _local(host) and not any(name in headers for name in _PASSED_ON)
    known = trusted or not options.loopback or _local(host) or host.lower() in ("", _based(options))
    return Client(key(scope, options), tls or alone, _same_origin(headers, host, options), known)


def key(scope: Scope, options: Options) -> str:
    """The key of whoever asks, and no more: cheap enough for answers that take no time themselves."""
    peer = _peer(scope)
    if not _trusted(scope, peer, options):
        return _grouped(peer)
    forwarded = [value for name, value in scope.get("headers", ()) if name.lower() == b"x-forwarded-for"]
    return _grouped(_behind(forwarded[-1].decode("latin-1") if forwarded else "", peer, options))


def asker(scope: Scope) -> str:
    """The key of whoever asks, "" where nothing in the scope makes one."""
    make = scope.get(ASKER)
    return make(scope) if make is not None else ""


def _peer(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def _trusted(scope: Scope, peer: str, options: Options) -> bool:
    # Who came by a Unix socket could open our file, as only a proxy may.
    by_file = scope.get("client") is None and (scope.get("server") or ("", None))[1] is None
    return by_file or _within(peer, options)


def _behind(forwarded: str, peer: str, options: Options) -> str:
    """The last of the chain that is no proxy of ours: what stands before it, anybody can have written."""
    hops = [_PORT.sub(r"\1\2", hop.strip()) for hop in forwarded.split(",") if hop.strip()]
    for hop in reversed(hops):
        if not _within(hop, options):
            return hop
    return hops[0] if hops else peer


def _within(address: str, options: Options) -> bool:
    if not options.trusted_proxies:
        return False
    ip = _plain(address)
    return ip is not None and any(ip in network for network in options.trusted_proxies)


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IPv4 address as such, also where a socket of both families writes it as IPv6; None for what is none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


@lru_cache(maxsize=4096)
def _grouped(address: str) -> str:
    ip = _plain(address)
    if ip is None or ip.version == 4:
        return str(ip or "?")
    # Whoever has one address of a /64 has them all.
    return str(ipaddress.ip_network((ip, 64), strict=False))


def _is_loopback(address: str) -> bool:
    ip = _plain(address)
    return ip is not None and ip.is_loopback


def _local(host: str) -> bool:
    """A name that nobody else's DNS can lead to this machine."""
    name = _name(host)
    return name == "localhost" or _is_loopback(name)


def _name(host: str) -> str:
    """Without the port; "" for what is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _based(options: Options) -> str:
    """Host and port of how people reach us, as a browser writes them; "" when nobody said it."""
    return options.base_url().partition("://")[2].rstrip("/").lower()


def _same_origin(headers: dict[bytes, str], host: str, options: Options) -> bool:
    """By Sec-Fetch-Site where a browser says it, else by Origin; programs say neither."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in _OURS
    origin = headers.get(b"origin")
    if origin is None:
        return True
    # "null" says a page in a sandbox, and has no host: our own Referrer-Policy lets our pages say where they come from.
    asked = origin.partition("://")[2].lower()
    return bool(_name(asked)) and asked in (host.lower(), _based(options))
