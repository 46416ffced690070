"""What answers where a mail server should, or stands in front of one: web pages, proxies, silence, resets."""

from __future__ import annotations

import asyncio
import socket
import struct
from email.utils import formatdate
from typing import TYPE_CHECKING

from mailwright.lab.faults.channel import Channel, Gone

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from mailwright.lab.faults.play import Play

_WHOLE = 86_400.0
_SOCKS_CODES = {"refused": 5, "forbidden": 2, "unreachable": 4}
_CONNECT_LINES = {
    "auth": '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"',
    "forbidden": "403 Forbidden",
    "bad": "502 Bad Gateway",
}


async def _http(channel: Channel, play: Play, pki: Path) -> None:
    """A web server: files of the pki folder (issuers of certificates), or a redirect to `words`."""
    head = b""
    while line := await channel.line():
        head = head or line
    path = head.split(b" ")[1].decode("latin-1") if head.count(b" ") >= 2 else "/"
    file = pki / path.rpartition("/")[2]
    extra = f"Date: {formatdate(usegmt=True)}\r\nServer: lab\r\nConnection: close\r\n"
    if play.words:
        page = b"<html><title>Sign in to the network</title></html>"
        first = f"HTTP/1.1 302 Found\r\nLocation: {play.words}\r\nContent-Type: text/html\r\n"
    elif path.endswith(".der") and file.exists():
        page, first = file.read_bytes(), "HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\n"
    else:
        page, first = b"not found\n", "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n"
    await channel.send(f"{first}{extra}Content-Length: {len(page)}\r\n\r\n".encode() + page)


async def _portal(channel: Channel, play: Play, _: Path) -> None:
    """A captive portal: whatever comes, also a ClientHello, is answered with the redirect to its page."""
    await channel.some()
    page = b"<html><title>Sign in to the network</title></html>"
    head = f"HTTP/1.1 302 Found\r\nLocation: {play.words}\r\nContent-Type: text/html\r\nContent-Length: {len(page)}"
    await channel.send(head.encode() + b"\r\nConnection: close\r\n\r\n" + page)


async def _silent(channel: Channel, _: Play, __: Path) -> None:
    """It takes the connection and says nothing."""
    while True:
        await channel.some()


async def _close(channel: Channel, _: Play, __: Path) -> None:
    """It hangs up at once."""
    channel.close()


async def _reset(channel: Channel, _: Play, __: Path) -> None:
    """It resets the connection at the first byte."""
    await channel.some()
    sock = channel.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    channel.writer.transport.abort()


async def _words(channel: Channel, play: Play, _: Path) -> None:
    """It says its line and waits."""
    await channel.send(play.words.encode().decode("unicode_escape").encode("latin-1"))
    while True:
        await channel.some()


async def _socks(channel: Channel, play: Play, pki: Path) -> None:
    """SOCKS5 (RFC 1928): asks for a password it never likes, or refuses the connection."""
    del pki
    count = (await channel.exactly(2))[1]
    await channel.exactly(count)
    if play.words == "auth":
        await channel.send(b"\x05\xff")
        return
    await channel.send(b"\x05\x00")
    kind = (await channel.exactly(4))[3]
    size = (await channel.exactly(1))[0] if kind == 3 else 4 if kind == 1 else 16
    await channel.exactly(size + 2)
    await channel.send(bytes((5, _SOCKS_CODES[play.words], 0, 1, 0, 0, 0, 0, 0, 0)))


async def _connect(channel: Channel, play: Play, _: Path) -> None:
    """An HTTP proxy (RFC 9110 §9.3.6) that does not let anybody through."""
    while await channel.line():
        pass
    if play.words == "hang":
        await asyncio.sleep(_WHOLE)
    await channel.send(f"HTTP/1.1 {_CONNECT_LINES[play.words]}\r\nContent-Length: 0\r\n\r\n".encode())


async def _tunnel(channel: Channel, play: Play, pki: Path) -> None:
    """An HTTP proxy that works."""
    del play, pki
    first = await channel.line()
    while await channel.line():
        pass
    host, _, port = first.split(b" ")[1].decode().rpartition(":")
    reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    await channel.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await _both(channel, reader, writer)


async def _forward(channel: Channel, play: Play, _: Path) -> None:
    """A middlebox: what comes is passed on to the true server, and back."""
    reader, writer = await asyncio.open_connection(*play.to)
    await _both(channel, reader, writer)


async def _strip(channel: Channel, play: Play, _: Path) -> None:
    """A middlebox that blanks STARTTLS in what the server offers, as some firewalls do ("XXXXXXXX")."""
    reader, writer = await asyncio.open_connection(*play.to)
    await _both(channel, reader, writer, lambda data: data.replace(b"STARTTLS", b"XXXXXXXX").replace(b"STLS", b"XXXX"))


async def _both(
    channel: Channel,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    change: Callable[[bytes], bytes] = bytes,
) -> None:
    async def back() -> None:
        while data := await reader.read(16384):
            await channel.send(change(data))
        channel.close()

    task = asyncio.create_task(back())
    try:
        if channel.buffer:
            writer.write(bytes(channel.buffer))
        while True:
            writer.write(await channel.some())
            await writer.drain()
    except (Gone, OSError):
        pass
    finally:
        task.cancel()
        writer.close()
        await asyncio.gather(task, return_exceptions=True)


async def _sasl(channel: Channel, _: Play, __: Path) -> None:
    """Dovecot's authentication service for Postfix, dying as soon as somebody signs in."""
    await channel.send(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\n"
                       b"SPID\t1\nCUID\t1\nCOOKIE\t00000000000000000000000000000000\nDONE\n")  # fmt: skip
    while not (await channel.line()).startswith(b"AUTH"):
        pass


ODDITIES: dict[str, Callable[[Channel, Play, Path], Awaitable[None]]] = {
    "http": _http,
    "portal": _portal,
    "silent": _silent,
    "close": _close,
    "reset": _reset,
    "words": _words,
    "socks5": _socks,
    "connect": _connect,
    "tunnel": _tunnel,
    "forward": _forward,
    "strip": _strip,
    "sasl": _sasl,
}
