"""Asks a server the same thing again and again: `python load.py PORT SECONDS CONNECTIONS < request`.

A process of its own. Each connection has one request on its way; a server that closes it is connected to again.
Prints one line of JSON: answers in a second, the median and the 99th percentile in milliseconds, failures.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time

# Figures of the first moments belong to caches that fill.
WARM_SECONDS = 0.5
MOST_LATENCIES = 2_000_000
# Acknowledged at once, so that a server that sends head and body apart does not wait 40 ms between them.
_QUICK: int | None = getattr(socket, "TCP_QUICKACK", None)


class Connection:
    """One connection and what has come on it."""

    def __init__(self, port: int, request: bytes) -> None:
        self._port, self._request = port, request
        self.socket = self._opened()
        self.begun = 0.0
        self._got, self._size = bytearray(), 0

    def _opened(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def ask(self) -> None:
        """The next request; on a new connection if the server has closed this one."""
        self.begun = time.perf_counter()
        self._got.clear()
        self._size = 0
        self.socket.sendall(self._request)

    def again(self) -> None:
        """A new connection."""
        self.socket.close()
        self.socket = self._opened()

    def read(self) -> int:
        """The status once the answer is whole, 0 before; -1 when the server has closed. Raises OSError."""
        data = self.socket.recv(65536)
        if _QUICK is not None:
            self.socket.setsockopt(socket.IPPROTO_TCP, _QUICK, 1)
        if not data:
            return -1
        self._got += data
        if not self._size:
            self._size = _size(self._got)
        return int(self._got[9:12]) if self._size and len(self._got) >= self._size else 0

    @property
    def closes(self) -> bool:
        """The server says that it closes."""
        return b"connection: close" in self._got[:600].lower() or self._got.startswith(b"HTTP/1.0")


def _size(got: bytearray) -> int:
    """The length of the whole answer, 0 while its head is not there."""
    end = got.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = bytes(got[:end]).lower()
    at = head.find(b"content-length:")
    assert at >= 0, head
    return end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])


def measured(port: int, seconds: float, connections: int, request: bytes) -> dict[str, float]:
    """The figures."""
    poll = selectors.DefaultSelector()
    for _ in range(connections):
        made = Connection(port, request)
        poll.register(made.socket, selectors.EVENT_READ, made)
        made.ask()
    begun = time.perf_counter() + WARM_SECONDS
    latencies: list[float] = []
    failed = 0
    while (now := time.perf_counter()) < begun + seconds and len(latencies) < MOST_LATENCIES:
        for key, _ in poll.select(timeout=1):
            one: Connection = key.data
            status = one.read()
            if status == 0:
                continue
            failed += status != 200
            if now >= begun and status == 200:
                latencies.append(time.perf_counter() - one.begun)
            if status < 0 or one.closes:
                poll.unregister(one.socket)
                one.again()
                poll.register(one.socket, selectors.EVENT_READ, one)
            one.ask()
    ranked = sorted(latencies)
    assert ranked
    return {
        "rate": len(ranked) / seconds,
        "median": ranked[len(ranked) // 2] * 1000,
        "p99": ranked[len(ranked) * 99 // 100] * 1000,
        "failed": failed,
    }


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.stdin.buffer.read())))
