"""Who asks, and how: the client behind trusted proxies, whether nobody can listen in, whether a page of ours asks."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mailwright.web.options import Options, Scope

_OURS = ("same-origin", "none")
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
# The headers of proxies: where one of them stands, the peer is not the client.
_PASSED_ON = (b"x-forwarded-for", b"forwarded", b"via", b"x-real-ip")
# Some proxies write the port as well: 192.0.2.1:4711, [2001:db8::1]:4711.
_PORT = re.compile(r"^(?:([0-9.]+):\d+|\[([^\]]*)\](?::\d+)?)$")


@dataclass(frozen=True, slots=True)
class Client:
    """`key`: an IPv4 address or the /64 of an IPv6 one; `safe`: a password may be sent; `ours`: no stranger's page."""

    key: str
    safe: bool
    ours: bool


def client(scope: Scope, options: Options) -> Client:
    """Whoever asks, read from one ASGI scope."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers", ())}
    peer = str((scope.get("client") or ("",))[0])
    # Who came by a Unix socket could open our file, as only a proxy may.
    by_file = scope.get("client") is None and (scope.get("server") or ("", None))[1] is None
    trusted = by_file or _within(peer, options)
    address = _behind(headers.get(b"x-forwarded-for", ""), peer, options) if trusted else peer
    proto = headers.get(b"x-forwarded-proto", "") if trusted else ""
    tls = options.https or scope.get("scheme") == "https" or proto == "https"
    host = headers.get(b"host", "")
    alone = _is_loopback(peer) and _local(host) and not any(name in headers for name in _PASSED_ON)
    return Client(_grouped(address), tls or alone, _same_origin(headers, host, options, tls=tls))


def _behind(forwarded: str, peer: str, options: Options) -> str:
    """The last of the chain that is no proxy of ours: what stands before it, anybody can have written."""
    hops = [_PORT.sub(r"\1\2", hop.strip()) for hop in forwarded.split(",") if hop.strip()]
    for hop in reversed(hops):
        if not _within(hop, options):
            return hop
    return hops[0] if hops else peer


def _within(address: str, options: Options) -> bool:
    ip = _plain(address)
    return ip is not None and any(ip in network for network in options.trusted_proxies)


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IPv4 address as such, also where a socket of both families writes it as IPv6; None for what is none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


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
    return (urlsplit(f"//{host}").hostname or "") in _LOCAL_NAMES if _splits(host) else False


def _splits(host: str) -> bool:
    try:
        urlsplit(f"//{host}")
    except ValueError:
        return False
    return True


def _same_origin(headers: dict[bytes, str], host: str, options: Options, *, tls: bool) -> bool:
    """By Sec-Fetch-Site where a browser says it, else by Origin; programs say neither."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in _OURS
    origin = headers.get(b"origin")
    if origin is None:
        return True
    if origin == "null":
        # Our own Referrer-Policy makes it so. Over plain HTTP browsers do not say Sec-Fetch-Site; over TLS they do.
        return not tls
    if not _splits(origin.partition("://")[2]):
        return False
    asked = origin.partition("://")[2].lower()
    return asked == host.lower() or origin.lower() == options.base_url.rstrip("/").lower()
