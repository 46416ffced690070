"""Asks a proxy for a connection: SOCKS5 (RFC 1928, RFC 1929) or HTTP CONNECT (RFC 9110 §9.3.6).

The proxy resolves the name. What the other end says right behind the proxy's answer stays in
the stream's buffer: an IMAP greeting often comes in the same packet.
"""

from __future__ import annotations

import base64
import ipaddress
import re

from mailwright.core import Outcome, Reason, Stage
from mailwright.wire.errors import WireError
from mailwright.wire.record import OpenStep
from mailwright.wire.settings import Proxy
from mailwright.wire.stream import Stream

MAX_HEADERS = 100
_SOCKS_IPV4, _SOCKS_NAME, _SOCKS_IPV6 = 1, 3, 4
_NO_PASSWORD, _PASSWORD = 0, 2
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?!\d)")


async def ask(stream: Stream, proxy: Proxy, target: tuple[str, int], step: OpenStep) -> None:
    """Afterwards `stream` leads to `target`. Raises WireError; the proxy's code becomes a fact of `step`."""
    if proxy.kind == "http":
        await _connect(stream, proxy, target, step)
        return
    await _sign_in(stream, proxy)
    await _socks5(stream, target, step)


def _no(reason: Reason) -> WireError:
    return WireError(Outcome.NO, reason, stage=Stage.PROXY)


async def _connect(stream: Stream, proxy: Proxy, target: tuple[str, int], step: OpenStep) -> None:
    host, port = target
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {name} HTTP/1.1", f"Host: {name}"]
    if proxy.username:
        pair = b":".join(_credentials(proxy))  # RFC 7617 §2
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(pair).decode()}")
    await stream.write("\r\n".join([*lines, "", ""]).encode())
    found = _STATUS.match(await stream.read_line())
    if found is None:
        raise WireError(Outcome.FAILED, Reason.PROXY_REFUSED, stage=Stage.PROXY)
    code = int(found.group(1))
    step.note(code=code)
    if not 200 <= code < 300:
        # tinyproxy answers a wrong password with 401, a missing one with 407.
        raise _no(Reason.PROXY_AUTH if code in (401, 407) else Reason.PROXY_REFUSED)
    for _ in range(MAX_HEADERS):
        if not await stream.read_line():
            return
    raise WireError(Outcome.STOPPED, Reason.TOO_MUCH, stage=Stage.PROXY)


async def _sign_in(stream: Stream, proxy: Proxy) -> None:
    """RFC 1928 §3: agree on how to sign in, and do so."""
    methods = bytes((_NO_PASSWORD, _PASSWORD) if proxy.username else (_NO_PASSWORD,))
    await stream.write(bytes((5, len(methods))) + methods)
    version, method = await stream.read_bytes(2)
    if version != 5:
        raise WireError(Outcome.FAILED, Reason.PROXY_REFUSED, stage=Stage.PROXY)
    if method == _NO_PASSWORD:
        return
    if method not in methods:  # 0xFF: it wants something else, or a password we do not have
        raise _no(Reason.PROXY_AUTH)
    fields = _credentials(proxy)
    if max(map(len, fields)) > 255:
        raise _no(Reason.PROXY_AUTH)
    await stream.write(b"\x01" + b"".join(bytes((len(field),)) + field for field in fields))  # RFC 1929 §2
    if (await stream.read_bytes(2))[1] != 0:
        raise _no(Reason.PROXY_AUTH)


async def _socks5(stream: Stream, target: tuple[str, int], step: OpenStep) -> None:
    """RFC 1928 §4 to §6."""
    host, port = target
    await stream.write(b"\x05\x01\x00" + _socks_address(host) + port.to_bytes(2))
    _, code = await stream.read_bytes(2)
    step.note(code=code)
    if code != 0:
        raise _no(Reason.PROXY_REFUSED)
    _, kind = await stream.read_bytes(2)
    sizes = {_SOCKS_IPV4: 4, _SOCKS_IPV6: 16}
    size = sizes[kind] if kind in sizes else (await stream.read_bytes(1))[0]
    await stream.read_bytes(size + 2)


def _socks_address(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("ascii")
        return bytes((_SOCKS_NAME, len(name))) + name
    return bytes((_SOCKS_IPV4 if address.version == 4 else _SOCKS_IPV6,)) + address.packed


def _credentials(proxy: Proxy) -> tuple[bytes, bytes]:
    password = proxy.password.reveal() if proxy.password is not None else ""
    return proxy.username.encode(), password.encode()
