"""Certificates with faults, and servers to look at: openssl s_server, and one that answers by hand."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from mailwright import posture, wire
from mailwright.core import Protocol, TlsLook, TlsTarget

NAME = "mail.example.org"
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Made:
    """A certificate and its key."""

    cert: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.cert.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.cert.public_bytes(Encoding.PEM)

    @property
    def secret(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make(
    subject: str,
    issuer: Made | None = None,
    *,
    names: Sequence[str] = (),
    ca: bool = False,
    key: Key | None = None,
    days: tuple[int, int] = (-10, 90),
    more: Sequence[x509.ExtensionType] = (),
) -> Made:
    """A certificate; without `issuer` it signs itself. `days`: valid from and to, from today."""
    made = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = x509.CertificateBuilder(
        issuer.cert.subject if issuer else name, name, made.public_key(), x509.random_serial_number()
    )
    builder = builder.not_valid_before(NOW + days[0] * DAY).not_valid_after(NOW + days[1] * DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    return Made(builder.sign(issuer.key if issuer else made, hashes.SHA256()), made)


class Chains:
    """A root, an intermediate, and leaves below."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = make("Test root", ca=True, days=(-100, 1000))
        self.middle = make("Test intermediate", self.root, ca=True, days=(-90, 900))
        self.file = folder / "root.pem"
        self.file.write_bytes(self.root.pem)

    def leaf(self, **more: Any) -> Made:
        return make(NAME, self.middle, **{"names": (NAME,), **more})

    def files(self, leaf: Made, *others: Made) -> list[str]:
        """s_server's options for a certificate and what is sent behind it."""
        made = self.folder / f"{leaf.cert.serial_number:x}"
        made.mkdir(exist_ok=True)
        (made / "leaf.pem").write_bytes(leaf.pem + leaf.secret)
        options = ["-cert", str(made / "leaf.pem")]
        if others:
            (made / "chain.pem").write_bytes(b"".join(one.pem for one in others))
            options += ["-cert_chain", str(made / "chain.pem")]
        return options

    def good(self) -> list[str]:
        return self.files(self.leaf(key=rsa.generate_private_key(65537, 2048)), self.middle)

    def eighth(self) -> list[str]:
        """s_server's options for a certificate of a version that there is not, which OpenSSL does not mind."""
        leaf = self.leaf(key=rsa.generate_private_key(65537, 2048))
        _, file, *others = self.files(leaf, self.middle)
        odd = self.folder / f"{leaf.cert.serial_number:x}.der"
        odd.write_bytes(leaf.der.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020107"), 1))
        return ["-cert", str(odd), "-certform", "DER", "-key", file, *others]

    def settings(self, port: int, **more: Any) -> wire.Settings:
        return wire.Settings(
            **{
                "ca_file": self.file,
                "reroutes": (wire.Reroute("", 0, "127.0.0.1", port),),
                "reply_seconds": 5.0,
                **more,
            }
        )


@contextlib.contextmanager
def s_server(*options: str) -> Iterator[int]:
    """openssl s_server on a free port, up when the block begins and gone when it ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-quiet", *options]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait(port, server)
            yield port
        finally:
            server.kill()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        assert server.poll() is None, "s_server does not take these options"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("s_server does not come up")


@dataclass
class Byhand:
    """Answers each ClientHello without any cryptography, as a server of any age would.

    `versions`: those it speaks; `ciphers`: its own order, unless the `client_chooses`; `refuse`: bytes sent for a no;
    `hangs_up`: after its answer; `pause`: seconds before it. `ssl2` None: not a word to such a hello; `stubborn`: its
    newest version whatever the client may have.
    """

    versions: tuple[int, ...]
    ciphers: tuple[int, ...]
    chain: tuple[bytes, ...]
    compression: bool = False
    extensions: bytes = b"\xff\x01\x00\x01\x00"
    refuse: bytes = b"\x15\x03\x01\x00\x02\x02\x28"
    ssl2: bool | None = False
    pause: float = 0.0
    client_chooses: bool = False
    hangs_up: bool = False
    stubborn: bool = False
    accepted: int = 0
    most_open: int = 0
    open: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            head = await reader.readexactly(5)
            if head[0] & 0x80:
                if self.ssl2 is None:
                    await reader.read()
                writer.write(b"\x80\x0b\x04\x00\x01\x00\x02" if self.ssl2 else self.refuse)
            else:
                body = await reader.readexactly(int.from_bytes(head[3:5]))
                await asyncio.sleep(self.pause)
                writer.write(self._answer(body) or self.refuse)
            await writer.drain()
            if not self.hangs_up:
                await asyncio.wait_for(reader.read(), 2)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            pass
        finally:
            self.open -= 1
            writer.close()

    def _answer(self, body: bytes) -> bytes:
        highest, at = int.from_bytes(body[4:6]), 38
        at += 1 + body[at]
        size = int.from_bytes(body[at : at + 2])
        offered = [int.from_bytes(body[i : i + 2]) for i in range(at + 2, at + 2 + size, 2)]
        methods = body[at + 3 + size : at + 3 + size + body[at + 2 + size]]
        version = max((v for v in self.versions if self.stubborn or v <= highest), default=0)
        both = [c for c in offered if c in self.ciphers] if self.client_chooses else self.ciphers
        cipher = next((c for c in both if c in offered), 0)
        if not version or not cipher or b"\x00\x2b\x00\x03\x02\x03\x04" in body:
            return b""
        squeeze = b"\x01" if self.compression and 1 in methods else b"\x00"
        extensions = len(self.extensions).to_bytes(2) + self.extensions if self.extensions else b""
        hello = version.to_bytes(2) + bytes(32) + b"\x00" + cipher.to_bytes(2) + squeeze + extensions
        sent = b"".join(len(der).to_bytes(3) + der for der in self.chain)
        flight = _message(2, hello) + _message(11, len(sent).to_bytes(3) + sent) + _message(14, b"")
        return b"\x16" + version.to_bytes(2) + len(flight).to_bytes(2) + flight


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3) + body


def trusted(seen: TlsLook) -> bool:
    """True when nothing stands between this chain and a trusted root."""
    return bool(seen.chain) and not seen.chain_problems


@contextlib.asynccontextmanager
async def serving(server: Server) -> AsyncIterator[int]:
    """The port it listens on."""
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


async def look(
    chains: Chains, port: int, starttls: Protocol | None = None, *, seconds: float = 30.0, **more: Any
) -> TlsLook:
    async with wire.World(chains.settings(port, **more)) as world:
        return await posture.look(TlsTarget(NAME, port, starttls), world, seconds=seconds)
