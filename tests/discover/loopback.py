"""Real servers on loopback that misbehave: a DNS responder and HTTPS sites."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import trustme

from mailwright import wire

Behaviour = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
"""Gets the head of the request and answers as it likes."""


class Responder(asyncio.DatagramProtocol):
    """Answers from a table "TYPE name" → records, an rcode, or None for silence."""

    def __init__(self, table: Mapping[str, list[str] | dns.rcode.Rcode | None]) -> None:
        self.table = table
        self.asked: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)  # on Python 3.11 not a subclass of it

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        asked = question.question[0]
        key = f"{asked.rdtype.name} {asked.name.to_text(omit_final_dot=True)}"
        self.asked.append(key)
        told = self.table.get(key, dns.rcode.NXDOMAIN)
        if told is None:
            return
        answer = dns.message.make_response(question)
        if isinstance(told, list):
            answer.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", asked.rdtype.name, told))
        else:
            answer.set_rcode(told)
        self.transport.sendto(answer.to_wire(), peer)


@dataclass(slots=True)
class Street:
    """Sites by host name, each at its own port behind one resolver."""

    folder: Path
    ca: trustme.CA = field(default_factory=trustme.CA)
    table: dict[str, list[str] | dns.rcode.Rcode | None] = field(default_factory=dict)
    reroutes: list[wire.Reroute] = field(default_factory=list)
    resolver: wire.Resolver = field(default_factory=lambda: wire.Resolver("127.0.0.1"))
    stack: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)

    async def site(self, host: str, behaviour: Behaviour, *, certificate: str = "", tls: bool = True) -> None:
        """Open a site; `certificate`: the name it has one for, if not its own."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if tls else None
        if context is not None:
            self.ca.issue_cert(certificate or host).configure_cert(context)

        tasks: set[asyncio.Task[object]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
                head = await reader.readuntil(b"\r\n\r\n")
                await behaviour(head.decode(), writer)
            writer.transport.abort()
            tasks.discard(task)

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        self.table[f"A {host}"] = ["127.0.0.1"]
        self.reroutes.append(wire.Reroute(host, 443 if tls else 80, "127.0.0.1", port))

        async def close() -> None:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.stack.push_async_callback(close)

    def settings(self, *, public_only: bool = False) -> wire.Settings:
        """How to reach the street; short times, so that hanging sites do not hold up the test."""
        file = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(file))
        return wire.Settings(
            resolvers=(self.resolver,),
            ca_file=file,
            reroutes=tuple(self.reroutes),
            public_only=public_only,
            dns_seconds=0.5,
            connect_seconds=0.5,
            http_seconds=0.5,
            reply_seconds=0.5,
        )


@contextlib.asynccontextmanager
async def street(folder: Path) -> AsyncIterator[Street]:
    """A resolver and room for sites."""
    made = Street(folder)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Responder(made.table), ("127.0.0.1", 0))
    made.resolver = wire.Resolver("127.0.0.1", transport.get_extra_info("sockname")[1])
    try:
        async with made.stack:
            yield made
    finally:
        transport.close()


def page(body: bytes, *, status: str = "200 OK", extra: str = "") -> Behaviour:
    """A plain answer."""

    async def behave(head: str, writer: asyncio.StreamWriter) -> None:
        fields = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
        writer.write(fields.encode() + body)
        await writer.drain()

    return behave


def redirect(location: str) -> Behaviour:
    """Somewhere else."""
    return page(b"", status="302 Found", extra=f"Location: {location}\r\n")


async def hang(head: str, writer: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.sleep(30)


async def drip(head: str, writer: asyncio.StreamWriter) -> None:
    """One byte of a header at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(head: str, writer: asyncio.StreamWriter) -> None:
    """A body without end."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
    while True:
        writer.write(b"<a>" * 4096)
        await writer.drain()


async def nonsense(head: str, writer: asyncio.StreamWriter) -> None:
    """Not HTTP."""
    writer.write(b"220 mail.example.org ESMTP\r\n" * 3)
    await writer.drain()


async def slam(head: str, writer: asyncio.StreamWriter) -> None:
    """Closes the connection."""
