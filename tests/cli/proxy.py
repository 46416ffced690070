"""A small proxy that really connects: SOCKS5 or HTTP CONNECT, with user and password, resolving by the lab's DNS."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tests.lab import clients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Lab

USER = "proxy-user"
Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


@dataclass
class Proxy:
    """`kind`: socks5 or http. `asked`: the names it was asked for."""

    kind: str
    lab: Lab
    password: str
    asked: list[str] = field(default_factory=list)
    refused: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"{self.kind}://{USER}@127.0.0.1:{self.port}"

    async def serve(self, reader: Reader, writer: Writer) -> None:
        talk = self._socks if self.kind == "socks5" else self._http
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(writer):
            host, port, yes = await talk(reader, writer)
            if host:
                self.asked.append(host)
                await self._join((host, port, yes), reader, writer)

    async def _http(self, reader: Reader, writer: Writer) -> tuple[str, int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pair = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        if f"proxy-authorization: basic {pair}".lower() not in [line.lower() for line in head]:
            self.refused += 1
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return "", 0, b""
        host, _, port = head[0].split()[1].rpartition(":")
        return host.strip("[]"), int(port), b"HTTP/1.1 200 OK\r\n\r\n"

    async def _socks(self, reader: Reader, writer: Writer) -> tuple[str, int, bytes]:
        """RFC 1928, RFC 1929."""
        await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x02")
        await reader.readexactly(1)
        user, password = [await self._text(reader) for _ in range(2)]
        good = (user, password) == (USER, self.password)
        writer.write(b"\x01\x00" if good else b"\x01\x01")
        await writer.drain()
        if not good:
            self.refused += 1
            return "", 0, b""
        kind = (await reader.readexactly(4))[3]
        assert kind == 3, "names must go to the proxy unresolved"
        host, port = await self._text(reader), int.from_bytes(await reader.readexactly(2), "big")
        return host, port, b"\x05\x00\x00\x01" + bytes(6)

    async def _text(self, reader: Reader) -> str:
        return (await reader.readexactly((await reader.readexactly(1))[0])).decode()

    async def _join(self, target: tuple[str, int, bytes], reader: Reader, writer: Writer) -> None:
        host, port, yes = target
        address = clients.records(self.lab, host, "A") or [host]
        there, back = await asyncio.open_connection(address[0], port)
        writer.write(yes)
        with contextlib.closing(back):
            await asyncio.gather(_carry(reader, back), _carry(there, writer))


async def _carry(source: Reader, sink: Writer) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()


@contextlib.contextmanager
def running(kind: str, lab: Lab, password: str) -> Iterator[Proxy]:
    """A proxy in a thread of its own for the length of a `with` block."""
    proxy, ready = Proxy(kind, lab, password), threading.Event()
    loop = asyncio.new_event_loop()

    async def main() -> None:
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        proxy.port = server.sockets[0].getsockname()[1]
        ready.set()
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve_forever()

    def work() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.run_until_complete(_rest(loop))
        loop.close()

    task = loop.create_task(main())
    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert ready.wait(10)
        yield proxy
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


async def _rest(loop: asyncio.AbstractEventLoop) -> None:
    tasks = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
