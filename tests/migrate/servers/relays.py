"""Loopback ports that lead to a server and are not as good: late, or cut off."""

from __future__ import annotations

import itertools
import random
import socket
import struct
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.migrate.servers.server import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_POLL = 0.1
_PIECE = 256 * 1024
_WINDOW = 16 * 1024 * 1024
_RESET = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Link:
    """One connection through a relay: both its sockets, what went through, and whether it is to end now."""

    client: socket.socket
    server: socket.socket
    number: int
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    moved: int = 0

    def read(self, source: socket.socket, most: int = _PIECE) -> bytes:
        """What comes next; b"" at the end."""
        while not self.over.is_set():
            try:
                return source.recv(most)
            except TimeoutError:
                continue
            except OSError:
                self.over.set()
        return b""

    def write(self, sink: socket.socket, data: bytes) -> None:
        """Pass it on whole, unless the connection ends before."""
        rest = memoryview(data)
        while rest and not self.over.is_set():
            try:
                rest = rest[sink.send(rest) :]
            except TimeoutError:
                continue
            except OSError:
                self.over.set()

    def ended(self, sink: socket.socket) -> None:
        """Tell one side that the other has said all."""
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def both(self, lane: Callable[[socket.socket, socket.socket], None]) -> None:
        """Run a lane for each direction until both are through."""
        other = threading.Thread(target=lane, args=(self.server, self.client), daemon=True)
        other.start()
        lane(self.client, self.server)
        other.join()

    def close(self) -> None:
        """A connection that was cut is reset, so that nobody takes it for an orderly end."""
        for side in (self.client, self.server):
            if self.over.is_set():
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            side.close()


class Relay:
    """A port that passes each connection to `carry`; `links` are the connections so far."""

    def __init__(self, target: int, carry: Callable[[Link], None], wait: float = 0) -> None:
        self.links: list[Link] = []
        self._target, self._carry, self._wait = target, carry, wait
        self._listener = socket.create_server((ADDRESS, 0), backlog=256)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.port: int = self._listener.getsockname()[1]
        self._threads[0].start()

    def cut(self) -> None:
        """Cut off every connection there is, now."""
        for link in list(self.links):
            link.over.set()

    def close(self) -> None:
        """Cut off all, and listen no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        self.cut()
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self) -> None:
        for number in itertools.count():
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client, number), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket, number: int) -> None:
        time.sleep(self._wait)
        try:
            server = socket.create_connection((ADDRESS, self._target))
        except OSError:
            # As if nobody listened here either.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            client.close()
            return
        for side in (client, server):
            side.settimeout(_POLL)
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = Link(client, server, number)
        self.links.append(link)
        try:
            self._carry(link)
        finally:
            link.close()


@contextmanager
def through(made: Relay) -> Iterator[Relay]:
    """The relay until the block ends."""
    try:
        yield made
    finally:
        made.close()


@contextmanager
def relay(target: int, rtt: float) -> Iterator[Relay]:
    """A line to the port `target` whose round trip takes `rtt` seconds; as wide as the machine allows.

    At most 16 MB are on their way in a direction, as TCP itself would have it. That connecting takes a round trip
    is made up for before the server's first word, since the kernel lets nobody delay it.
    """

    def carry(link: Link) -> None:
        link.both(lambda source, sink: _Late(link, rtt / 2).carry(source, sink))

    with through(Relay(target, carry, wait=1.5 * rtt)) as made:
        yield made


class _Late:
    """One direction of a connection, each piece of it `delay` seconds late."""

    def __init__(self, link: Link, delay: float) -> None:
        self.link, self.delay = link, delay
        self.under_way: deque[tuple[float, bytes]] = deque()
        self.size = 0
        self.change = threading.Condition()

    def carry(self, source: socket.socket, sink: socket.socket) -> None:
        """Until the source has said all, and that has arrived."""
        reader = threading.Thread(target=self._read, args=(source,), daemon=True)
        reader.start()
        while data := self._due():
            self.link.write(sink, data)
        self.link.ended(sink)
        reader.join()

    def _due(self) -> bytes:
        with self.change:
            self.change.wait_for(lambda: self.under_way)
            due, data = self.under_way.popleft()
        time.sleep(max(0.0, due - time.monotonic()))
        with self.change:
            self.size -= len(data)
            self.change.notify_all()
        return data

    def _read(self, source: socket.socket) -> None:
        data = b"-"
        while data:
            data = self.link.read(source)
            with self.change:
                self.change.wait_for(lambda: self.size < _WINDOW)
                self.under_way.append((time.monotonic() + self.delay, data))
                self.size += len(data)
                self.change.notify_all()


@contextmanager
def cutting(target: int, *, after: int, seed: int | None = None, times: int | None = None) -> Iterator[Relay]:
    """A line to the port `target` that breaks once `after` bytes went through a connection, both ways counted.

    With `seed` it breaks at random, somewhere up to `after`. `times`: how many connections break before the line is
    good; by default every one. `cut()` breaks them now.
    """

    def carry(link: Link) -> None:
        # Each connection draws for itself: in which order several come is nothing to repeat.
        limit = after if seed is None else random.Random(f"{seed} {link.number}").randint(1, after)
        if times is not None and link.number >= times:
            limit = 2**63
        link.both(lambda source, sink: _counted(link, source, sink, limit))

    with through(Relay(target, carry)) as made:
        yield made


def _counted(link: Link, source: socket.socket, sink: socket.socket, limit: int) -> None:
    while data := link.read(source):
        with link.lock:
            data = data[: limit - link.moved]
            link.moved += len(data)
        link.write(sink, data)
        if link.moved >= limit:
            link.over.set()
    link.ended(sink)
