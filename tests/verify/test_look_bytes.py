"""What a port says first, by itself and upon a ClientHello."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable

import pytest

from mailwright.core import Look, LookKind, Outcome
from mailwright.wire import peek
from tests.verify import seeing
from tests.wire.peers import Handler, Peer, Pki, closed_port, echo_nothing, says, serving

BYTES = LookKind.BYTES
BANNERS = [
    (b"* OK [CAPABILITY IMAP4rev1 STARTTLS] Dovecot ready.\r\n", "imap"),
    (b"* PREAUTH you are known\r\n", "imap"),
    (b"* BYE Too many connections\r\n", "imap"),
    (b"+OK POP3 ready <1896.697@mail.example.org>\r\n", "pop3"),
    (b"-ERR locked\r\n", "pop3"),
    (b"220 mail.example.org ESMTP Postfix (Debian/GNU)\r\n", "smtp"),
    (b"220-first of several lines\r\n220 last\r\n", "smtp"),
    (b"554 5.7.1 no access\r\n", "smtp"),
    (b"421 4.7.0 try again later\r\n", "smtp"),
    (b"220 (vsFTPd 3.0.3)\r\n", "ftp"),
    (b"220-FileZilla Server 1.8.0\r\n", "ftp"),
    (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", "ssh"),
    (b"HTTP/1.1 408 Request Timeout\r\n\r\n", "http"),
    (b"<!DOCTYPE html>\n<html>", "http"),
    (b"<html><body>Sign in to use this network\n", "http"),
    (b"* OKAY is no IMAP word\r\n", "other"),
    (b"2200 is no reply code\r\n", "other"),
    (b"RFB 003.008\n", "other"),
    (b"\x16\x03\x03\x00\x02", "tls"),
    (b"\x16is no record\r\n", "other"),
]


async def first(peer: Peer, security: str = "tls") -> Look:
    (look,) = await seeing.looked(seeing.to(peer.port), BYTES, seeing.endpoint(security=security))
    assert look.outcome is Outcome.OK
    return look


@pytest.mark.parametrize(("banner", "speaks"), BANNERS, ids=[repr(banner[:12]) for banner, _ in BANNERS])
async def test_who_speaks_first(banner: bytes, speaks: str) -> None:
    """The protocol is known by the beginning of what it says by itself, and the first line is kept."""
    async with serving(says(banner)) as peer:
        look = await first(peer)
    assert look.fact("speaks") == speaks
    line = banner.split(b"\n", maxsplit=1)[0].decode("latin-1").rstrip("\r")
    assert look.fact("banner") == ("" if speaks == "tls" else line.replace("\x16", "\N{REPLACEMENT CHARACTER}"))
    assert str(look.fact("first")).startswith(banner[:16].hex())


def by_pieces(data: bytes) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(data)):
            writer.write(data[at : at + 1])
            await writer.drain()
            await asyncio.sleep(0.001)
        await reader.read()

    return handler


async def test_a_greeting_in_pieces() -> None:
    """A server that writes byte by byte is understood as one that does not."""
    async with serving(by_pieces(b"220 mail.example.org ESMTP\r\n")) as peer:
        look = await first(peer)
    assert (look.fact("speaks"), look.fact("banner")) == ("smtp", "220 mail.example.org ESMTP")


def answers(data: bytes) -> Handler:
    """Silent until something comes."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(data)
        await writer.drain()
        await reader.read()

    return handler


@pytest.mark.parametrize(
    ("said", "facts"),
    [(b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n",
      {"speaks": "http", "hello": "plain", "banner": "HTTP/1.1 302 Found", "alert": -1}),
     (b"\x15\x03\x01\x00\x02\x02\x46", {"speaks": "tls", "hello": "alert", "banner": "", "alert": 70}),
     (b"\x15\x03\x03\x00\x02\x02\x70", {"speaks": "tls", "hello": "alert", "banner": "", "alert": 112}),
     (b"\x15", {"speaks": "silent", "hello": "silent", "banner": "", "alert": -1}),
     (b"garbage\x1b[2J", {"speaks": "other", "hello": "plain", "banner": "garbage\N{REPLACEMENT CHARACTER}[2J"})],
    ids=["http", "version", "name", "half an alert", "other"],
)  # fmt: skip
async def test_answers_to_a_client_hello(said: bytes, facts: dict[str, object]) -> None:
    """A port that waits is told by its answer to a ClientHello; what it says cannot move a cursor."""
    async with serving(answers(said)) as peer:
        look = await first(peer)
    assert {key: look.fact(key) for key in facts} == facts


async def test_a_server_that_speaks_tls(pki: Pki) -> None:
    """TLS is seen without a certificate being looked at: version and group are told, nothing was said by itself."""
    async with serving(echo_nothing, tls=pki.server(fault="expired")) as peer:
        look = await first(peer)
    assert seeing.told(look) | {"first": ""} == {
        "speaks": "tls", "banner": "", "hello": "server_hello", "alert": -1, "version": "TLSv1.3", "group": "x25519",
        "first": "",
    }  # fmt: skip


async def test_an_old_server(pki: Pki) -> None:
    """A server that stops at TLS 1.2 tells so."""
    context = pki.server()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with serving(echo_nothing, tls=context) as peer:
        assert (await first(peer)).fact("version") == "TLSv1.2"


async def test_a_plain_server_that_is_asked_for_tls() -> None:
    """Where the protocol greets in the clear, what comes upon a ClientHello is the greeting too."""
    async with serving(says(b"* OK ready\r\n", b"* BAD what\r\n")) as peer:
        look = await first(peer, "starttls")
    assert (look.fact("speaks"), look.fact("hello")) == ("imap", "plain")


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def closing_then(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1000)
    writer.close()


def resetting(wait: Callable[[asyncio.StreamReader], object]) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = wait(reader)
        if asyncio.iscoroutine(found):
            await found
        sock = writer.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return handler


@pytest.mark.parametrize(
    ("handler", "speaks", "hello"),
    [(closing, "closed", ("closed", "reset")), (closing_then, "closed", ("closed",)),
     (resetting(lambda reader: reader.read(1)), "reset", ("reset",)), (echo_nothing, "silent", ("silent",))],
    ids=["closes", "closes on the hello", "resets on the hello", "silent"],
)  # fmt: skip
async def test_ports_that_say_nothing(
    monkeypatch: pytest.MonkeyPatch, handler: Handler, speaks: str, hello: tuple[str, ...]
) -> None:
    """Hanging up, resetting and waiting for ever are three different things."""
    monkeypatch.setattr(peek, "ANSWER_SECONDS", 1.0)
    async with serving(handler) as peer:
        look = await first(peer)
    assert look.fact("speaks") == speaks
    assert look.fact("hello") in hello
    assert look.fact("first") == ""


async def test_only_a_client_hello_is_sent() -> None:
    """Two connections: one on which nothing is said, one with a ClientHello and no command of any protocol."""
    async with serving(says(b"* OK ready\r\n")) as peer:
        await first(peer, "starttls")
        await asyncio.sleep(0.05)
    silent, asked = sorted(bytes(got) for got in peer.got)
    assert silent == b""
    # RFC 8446 §5.1: one handshake record, which begins a ClientHello, and nothing behind it.
    assert (asked[:3], asked[5:6]) == (b"\x16\x03\x01", b"\x01")
    assert len(asked) == 5 + int.from_bytes(asked[3:5])


@pytest.mark.parametrize(("kind", "hello"), [(b"\x16", "server_hello"), (b"\x15", "alert")])
async def test_a_message_that_does_not_end(kind: bytes, hello: str) -> None:
    """Thousands of bytes of one record are TLS, though not a whole answer."""
    begun = kind + b"\x03\x03\x40\x00" + bytes(peek.MAX_FIRST)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(begun)
        await reader.read()

    async with serving(handler) as peer:
        look = await first(peer)
    assert (look.fact("speaks"), look.fact("hello")) == ("tls", hello)


async def test_nobody_there() -> None:
    """A port without a listener says nothing, and nothing is told of it."""
    with closed_port() as port:
        assert await seeing.looked(seeing.to(port), BYTES, seeing.endpoint()) == ()
