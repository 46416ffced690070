"""Servers that misbehave on purpose, on loopback addresses; each is gone at the end of its block."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mailwright import wire
from mailwright.core import Endpoint, Protocol, Security

NAME = "mail.example.org"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """A listening server. `got`: every byte it received in the clear, connection by connection."""

    port: int
    got: list[bytearray] = field(default_factory=list, repr=False)
    errors: list[str] = field(default_factory=list)

    @property
    def everything(self) -> bytes:
        return b"".join(self.got)


@contextlib.asynccontextmanager
async def serving(
    handler: Handler, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Peer]:
    """Run `handler` for each connection; what is still running at the end is stopped."""
    tasks: set[asyncio.Task[None]] = set()
    peer = Peer(0)

    async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(_Noting(reader, peer), writer)
        except (OSError, asyncio.IncompleteReadError, ssl.SSLError) as error:
            peer.errors.append(type(error).__name__)
        except asyncio.CancelledError:
            pass  # the end of the block; asyncio would log a cancelled handler as an error
        finally:
            writer.transport.abort()
            tasks.discard(task)

    server = await asyncio.start_server(run, host, port, ssl=tls, ssl_handshake_timeout=5 if tls else None)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Noting(asyncio.StreamReader):
    """A reader that keeps what was read."""

    def __init__(self, inner: asyncio.StreamReader, peer: Peer) -> None:
        self._inner = inner
        self._noted = bytearray()
        peer.got.append(self._noted)

    async def read(self, n: int = -1) -> bytes:
        data = await self._inner.read(n)
        self._noted += data
        return data

    async def readline(self) -> bytes:
        data = await self._inner.readline()
        self._noted += data
        return data

    async def readexactly(self, n: int) -> bytes:
        data = await self._inner.readexactly(n)
        self._noted += data
        return data


def says(*lines: bytes, then: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None) -> Handler:
    """Greets with the first line and answers each further line of the client with the next."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, line in enumerate(lines):
            if number and not await reader.readline():
                return
            writer.write(line)
            await writer.drain()
        if then is not None:
            await then(writer)
        else:
            await reader.read()

    return handler


def starttls(context: ssl.SSLContext, before: bytes, extra: bytes = b"", *, after: Handler | None = None) -> Handler:
    """An IMAP server that upgrades: `extra` comes right behind its OK."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        tag = (await reader.readline()).split(b" ")[0]
        writer.write(tag + b" OK begin TLS\r\n" + extra)
        await writer.drain()
        await writer.start_tls(context)
        await (after or echo_nothing)(reader, writer)

    return handler


async def echo_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Only listens."""
    while await reader.read(4096):
        pass


async def imap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A small IMAP server behind TLS or not: greeting is the caller's."""
    while line := await reader.readline():
        tag, _, rest = line.strip().partition(b" ")
        if rest == b"CAPABILITY":
            writer.write(b"* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n")
        writer.write(tag + b" OK done\r\n")
        await writer.drain()


def web_page(body: bytes, status: bytes = b"200 OK") -> Handler:
    """Answers every request with `body`."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body)) + body)
        await writer.drain()

    return handler


async def imap_greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The same with its greeting."""
    writer.write(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n")
    await imap(reader, writer)


async def request(reader: asyncio.StreamReader) -> bytes:
    """All of an HTTP request without a body."""
    got = line = await reader.readline()
    while line.strip():
        line = await reader.readline()
        got += line
    return got


async def forever(writer: asyncio.StreamWriter, piece: bytes, pause: float = 0.0) -> None:
    """Send `piece` again and again."""
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


class Pki:
    """A CA of our own, and contexts for servers with good and bad certificates."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.file = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(self.file)

    def server(self, *names: str, fault: str = "") -> ssl.SSLContext:
        """A server's context for `names`; its certificate may be "expired", of an "unknown issuer" or "self-signed"."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca = trustme.CA() if fault == "unknown issuer" else self.ca
        past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
        cert = ca.issue_cert(*(names or (NAME,)), not_after=past if fault == "expired" else None)
        if fault == "self-signed":
            context.load_cert_chain(_self_signed(self.file.parent))
        else:
            cert.configure_cert(context)
        return context

    def settings(self, peer: Peer, **changes: object) -> wire.Settings:
        """Everything goes to `peer`; times are short."""
        route = wire.Reroute("", 0, "127.0.0.1", peer.port)
        base: dict[str, object] = {"ca_file": self.file, "reroutes": (route,), "reply_seconds": 3.0}
        return wire.Settings(**{**base, **changes})  # type: ignore[arg-type]


def _self_signed(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    day = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(day).not_valid_after(day.replace(year=2090))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    pem = folder / "self-signed.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(secret + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return pem


def endpoint(security: Security = Security.TLS, protocol: Protocol = Protocol.IMAP, host: str = NAME) -> Endpoint:
    return Endpoint(protocol, host, 993, security)


@contextlib.contextmanager
def closed_port(host: str = "127.0.0.1") -> Iterator[int]:
    """A port that refuses: bound by us so that nobody else takes it, but not listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.bind((host, 0))
        yield sock.getsockname()[1]


@contextlib.contextmanager
def silent_port(host: str = "127.0.0.1") -> Iterator[int]:
    """A port that never answers a connection attempt: its backlog is full."""
    with contextlib.ExitStack() as owner:
        server = owner.enter_context(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET))
        server.bind((host, 0))
        server.listen(0)
        for _ in range(3):
            filler = owner.enter_context(socket.socket(server.family))
            filler.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                filler.connect(server.getsockname())
        yield server.getsockname()[1]
