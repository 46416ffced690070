"""SOCKS5 and HTTP CONNECT proxies: with and without a password, refusing, dead and hostile."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from mailwright import wire
from mailwright.core import BadInput, Outcome, Reason, Secret, Security, Stage
from tests.wire import peers
from tests.wire.peers import Peer, Pki, endpoint, serving

PASSWORD = "pr0xy-pässword"
KINDS = ("socks5", "http")


def http_proxy(port: int, status: bytes = b"200 Connection established", *, password: str = "") -> peers.Handler:
    """A CONNECT proxy to 127.0.0.1:port; with `password` it wants u:password."""
    pair = base64.b64encode(f"u:{password}".encode())

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = [await reader.readline()]
        while (line := await reader.readline()).strip():
            head.append(line)
        if password and b"Proxy-Authorization: Basic " + pair + b"\r\n" not in head:
            # A careless proxy repeats what it got.
            writer.write(b"HTTP/1.1 407 not " + b"".join(head[2:]).strip() + b"\r\n\r\n")
        elif not status.startswith(b"200"):
            writer.write(b"HTTP/1.1 " + status + b"\r\n\r\n")
        else:
            await pump(port, reader, writer, b"HTTP/1.1 " + status + b"\r\nVia: test\r\n\r\n")
        await writer.drain()

    return handler


def socks_proxy(port: int, code: int = 0, *, password: str = "") -> peers.Handler:
    """A SOCKS5 proxy to 127.0.0.1:port; with `password` it wants u and password."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(2))[1])
        wanted = 2 if password else 0
        writer.write(bytes((5, wanted if wanted in methods else 255)))
        if wanted not in methods:
            return await writer.drain()
        if password:
            user = await reader.readexactly((await reader.readexactly(2))[1])
            given = await reader.readexactly((await reader.readexactly(1))[0])
            good = (user, given) == (b"u", password.encode())
            writer.write(bytes((1, 0 if good else 1)))
            if not good:
                return await writer.drain()
        kind = (await reader.readexactly(4))[3]
        await reader.readexactly({1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0])
        await reader.readexactly(2)
        if code:
            writer.write(bytes((5, code, 0, 1)) + bytes(6))
            return await writer.drain()
        return await pump(port, reader, writer, b"\x05\x00\x00\x03\x04name\x00\x00")

    return handler


async def pump(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: bytes) -> None:
    """Carry bytes both ways; the answer and the first bytes of the server travel in one packet."""
    there, back = await asyncio.open_connection("127.0.0.1", port)
    writer.write(hello + await there.read(4096))

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(4096):
            sink.write(data)
        sink.close()

    try:
        await asyncio.gather(carry(reader, back), carry(there, writer))
    finally:
        back.transport.abort()


@contextlib.asynccontextmanager
async def proxied(kind: str, code: int = 0, *, password: str = "") -> AsyncIterator[Peer]:
    """A proxy in front of a plain IMAP server."""
    async with serving(peers.imap_greeting) as server:
        status = f"{code} no".encode() if code else b"200 OK"
        made = http_proxy(server.port, status, password=password)
        handler = made if kind == "http" else socks_proxy(server.port, code, password=password)
        async with serving(handler) as proxy:
            yield proxy


def settings(kind: str, port: int, password: str = "", **changes: object) -> wire.Settings:
    proxy = wire.Proxy(kind, "127.0.0.1", port, "u" if password else "", Secret(password) if password else None)
    return wire.Settings(**{"proxy": proxy, "connect_seconds": 2.0, **changes})  # type: ignore[arg-type]


async def tried(chosen: wire.Settings, host: str = peers.NAME) -> tuple[wire.WireError | None, wire.Recorder]:
    """Connect through the proxy, greet, leave."""
    where, recorder = endpoint(Security.NONE, host=host), wire.Recorder("test")
    try:
        async with wire.World(chosen) as world, world.service(where, wire.Session(where), recorder):
            return None, recorder
    except wire.WireError as error:
        return error, recorder


@pytest.mark.parametrize("password", ["", PASSWORD], ids=["open", "password"])
@pytest.mark.parametrize("host", [peers.NAME, "192.0.2.1", "2001:db8::1"])
@pytest.mark.parametrize("kind", KINDS)
async def test_through_a_proxy(kind: str, host: str, password: str) -> None:
    """The proxy gets the name or address, and a greeting right behind its answer is not lost."""
    async with proxied(kind, password=password) as proxy:
        error, recorder = await tried(settings(kind, proxy.port, password), host)
    assert error is None
    step = recorder.trace().last("proxy")
    assert step is not None
    assert (step.outcome, step.fact("host")) == (Outcome.OK, host)
    if host == peers.NAME:
        assert peers.NAME.encode() in proxy.everything


@pytest.mark.parametrize("given", ["", "wrong-password-ü"])
@pytest.mark.parametrize("kind", KINDS)
async def test_wrong_proxy_password(kind: str, given: str) -> None:
    """A wrong or missing proxy password is its own reason, and shows nowhere."""
    async with proxied(kind, password=PASSWORD) as proxy:
        error, recorder = await tried(settings(kind, proxy.port, given))
    assert error is not None
    assert (error.reason, error.outcome, error.stage) == (Reason.PROXY_AUTH, Outcome.NO, Stage.PROXY)
    assert error.__context__ is None
    assert not given or given not in str(recorder.trace())


@pytest.mark.parametrize(("kind", "code"), [("socks5", 2), ("socks5", 5), ("http", 403), ("http", 502)])
async def test_proxy_refuses(kind: str, code: int) -> None:
    """A refusal of the proxy has its code in the step."""
    async with proxied(kind, code) as proxy:
        error, recorder = await tried(settings(kind, proxy.port))
    assert error is not None
    assert (error.reason, error.stage) == (Reason.PROXY_REFUSED, Stage.PROXY)
    step = recorder.trace().last("proxy")
    assert step is not None
    assert step.fact("code") == code


@pytest.mark.parametrize("kind", KINDS)
async def test_dead_proxy(kind: str) -> None:
    """A proxy that is not there is told apart from one that refuses, with the errno of the attempt."""
    with peers.closed_port() as port:
        error, recorder = await tried(settings(kind, port))
    assert error is not None
    assert (error.reason, error.outcome) == (Reason.PROXY_UNREACHABLE, Outcome.FAILED)
    connect = recorder.trace().last("connect")
    assert connect is not None
    assert connect.fact("errno") == "ECONNREFUSED"


@pytest.mark.parametrize("kind", KINDS)
async def test_silent_proxy(kind: str) -> None:
    """A proxy that accepts and says nothing is a time-out."""
    async with serving(peers.echo_nothing) as proxy:
        start = time.monotonic()
        error, _ = await tried(settings(kind, proxy.port, connect_seconds=0.3))
    assert error is not None
    assert (error.reason, error.outcome) == (Reason.PROXY_UNREACHABLE, Outcome.TIMEOUT)
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("noise", [b"", b"220 mx ESMTP\r\n", b"\x05", b"\x05\x02", b"HTTP/1.1 2000\r\n", b"x" * 100000])
@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_no_proxy(kind: str, noise: bytes) -> None:
    """Whatever else listens there ends in a WireError."""

    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()
        await asyncio.sleep(0.1)

    async with serving(peers.says(noise, then=hang_up)) as proxy:
        error, _ = await tried(settings(kind, proxy.port, "secret"))
    assert error is not None
    assert error.stage is Stage.PROXY


async def test_endless_proxy_header() -> None:
    """A CONNECT answer whose header never ends is cut off."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        await peers.forever(writer, b"X: y\r\n" * 64)

    async with serving(peers.says(b"HTTP/1.1 200 OK\r\n", then=endless)) as proxy:
        error, _ = await tried(settings("http", proxy.port))
    assert error is not None
    assert (error.reason, error.stage) == (Reason.TOO_MUCH, Stage.PROXY)


async def test_public_only_holds_behind_a_proxy() -> None:
    """A server's rule is not left to the proxy: forbidden addresses are never asked for. Where it is, is not shown."""
    async with proxied("socks5") as proxy:
        error, _ = await tried(settings("socks5", proxy.port, public_only=True), "10.0.0.1")
        assert error is not None
        assert error.reason is Reason.PRIVATE_ADDRESS
        assert proxy.everything == b""
        error, recorder = await tried(settings("socks5", proxy.port, public_only=True), "9.9.9.9")
    assert error is None
    assert "127.0.0.1" not in repr(recorder.trace())


async def test_tls_through_a_proxy(pki: Pki) -> None:
    """TLS with a verified name goes through a proxy, and web pages do as well."""
    async with (
        serving(peers.says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), tls=pki.server()) as server,
        serving(socks_without_waiting(server.port)) as proxy,
        wire.World(settings("socks5", proxy.port, ca_file=pki.file)) as world,
    ):
        answer = await world.http.get(f"https://{peers.NAME}/", wire.Recorder("test"))
    assert (answer.status, answer.secure) == (200, True)


def socks_without_waiting(port: int) -> peers.Handler:
    """A SOCKS5 proxy whose server does not speak first."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(3)
        writer.write(b"\x05\x00")
        await reader.readexactly(5 + len(peers.NAME) + 2)
        there, back = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        done = asyncio.gather(_carry(reader, back), _carry(there, writer))
        try:
            await done
        finally:
            back.transport.abort()

    return handler


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(4096):
        sink.write(data)


@pytest.mark.parametrize(
    ("url", "shown", "user"),
    [
        ("socks5://u:p%40ss@127.0.0.1:1081", "socks5://127.0.0.1:1081", "u"),
        ("socks5h://proxy.example.org", "socks5://proxy.example.org:1080", ""),
        ("http://proxy.example.org", "http://proxy.example.org:8080", ""),
    ],
)
def test_proxy_urls(url: str, shown: str, user: str) -> None:
    """A proxy URL is read, and shown without its password."""
    proxy = wire.Proxy.parse(url)
    assert (str(proxy), proxy.username) == (shown, user)
    assert "p@ss" not in repr(proxy)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://h:21",
        "socks5://",
        "http://u:topsecret/x@h:80",
        "http://u:topsecret@h:99999",
        "http://u:topsecret@h:x",
    ],
)
def test_bad_proxy_urls(url: str) -> None:
    """A bad proxy URL is the person's problem, told without the password."""
    with pytest.raises(BadInput) as caught:
        wire.Proxy.parse(url)
    assert "topsecret" not in repr(caught.value)
    assert caught.value.__context__ is None
