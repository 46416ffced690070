"""What the ClientHello to a mail server asks for."""

from __future__ import annotations

import asyncio

from mailwright import wire
from mailwright.core import Endpoint, Protocol, Security

ALPN = b"\x00\x10"  # extension 16, RFC 7301 §3.1


async def test_mail_servers_are_not_asked_for_http() -> None:
    """After a web request a mail server still gets a ClientHello without ALPN (Dovecot 2.4 refuses "http/1.1")."""
    hellos: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hellos.append(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, wire.World() as world:
        await world.http.get(f"https://127.0.0.1:{port}/", wire.Recorder("web"))
        await world.probe(Endpoint(Protocol.IMAP, "127.0.0.1", port, Security.TLS), wire.Recorder("mail"))
    web, mail = hellos
    assert b"http/1.1" in web
    assert ALPN + b"\x00" not in _extensions(mail)


def _extensions(hello: bytes) -> bytes:
    """The types of the extensions, each followed by a zero byte."""
    at = 5 + 4 + 34
    at += 1 + hello[at]
    at += 2 + int.from_bytes(hello[at : at + 2])
    at += 1 + hello[at]
    end = at + 2 + int.from_bytes(hello[at : at + 2])
    at, kinds = at + 2, b""
    while at < end:
        kinds += hello[at : at + 2] + b"\x00"
        at += 4 + int.from_bytes(hello[at + 2 : at + 4])
    return kinds
