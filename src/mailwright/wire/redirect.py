"""The browser's way back: a listener on the loopback address that takes one redirect (RFC 8252 §7.3).

Any program or web page on this machine can reach it. So it answers GET on one path, reads
8 KiB at most, and takes nothing without the `state` that only we and the browser know.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from mailwright.core import Outcome, Problem, Secret
from mailwright.wire.record import OpenStep

# Providers compare the path of a loopback redirect and only leave the port open (RFC 8252 §7.3);
# "/" is what native programs are registered with.
PATH = "/"
MAX_HEAD = 8 * 1024
MAX_CLIENTS = 16
MAX_FIELDS = 32
HEAD_SECONDS = 10.0
_STATUS = {
    200: "200 OK",
    400: "400 Bad Request",
    404: "404 Not Found",
    405: "405 Method Not Allowed",
    431: "431 Request Header Fields Too Large",
}


@dataclass(frozen=True, slots=True)
class Pages:
    """What the browser shows at the end, as plain text: it went well, or it did not."""

    good: str
    bad: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came back with the right state: a code, or why there is none (RFC 6749 §4.1.2)."""

    code: Secret
    error: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a good answer shows: our `state`; the `issuer` if it names one (RFC 9207 §2.4); the `host` it goes to."""

    state: Secret
    issuer: str
    host: str = "127.0.0.1"


class Listener:
    """Made by listening(); `uri` is the redirect URI to name."""

    def __init__(self, sock: socket.socket, expected: Expected, pages: Pages, step: OpenStep) -> None:
        self._sock = sock
        self._expected = expected
        self._pages = pages
        self._step = step
        self._clients: set[asyncio.Task[None]] = set()
        self._refused = 0
        address, port = sock.getsockname()[:2]
        # RFC 8252 §8.3 prefers the address; docs/quirks.md "microsoft-localhost"
        host = expected.host if expected.host == "localhost" else f"[{address}]" if ":" in address else address
        self._netloc = f"{host}:{port}"
        self._arrived: asyncio.Future[Arrival] = asyncio.get_running_loop().create_future()

    @property
    def uri(self) -> str:
        """The redirect URI."""
        return f"http://{self._netloc}{PATH}"

    async def arrival(self, seconds: float) -> Arrival:
        """The first good answer; raises Problem("oauth.timeout") when none comes in time."""
        doors = asyncio.create_task(self._accept())
        try:
            async with asyncio.timeout(seconds):
                return await self._arrived
        except TimeoutError:
            self._step.end(Outcome.TIMEOUT)
            raise Problem("oauth.timeout", seconds=round(seconds)) from None
        finally:
            self._step.note(refused=self._refused)
            tasks = (doors, *self._clients)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(self._sock)
            except OSError:
                await asyncio.sleep(0.1)  # gone again, or no file descriptor is free just now
                continue
            if len(self._clients) >= MAX_CLIENTS:
                client.close()
                continue
            task = asyncio.create_task(self._serve(client))
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)

    async def _serve(self, client: socket.socket) -> None:
        """One request, one page. A client that is slow or gone harms nobody but itself."""
        arrival: Arrival | None = None
        with client, contextlib.suppress(OSError):
            async with asyncio.timeout(HEAD_SECONDS):
                status, arrival = self._judged(await _head(client))
                good = arrival is not None and not arrival.error
                page = _page(status, self._pages.good if good else self._pages.bad)
                await asyncio.get_running_loop().sock_sendall(client, page)
                client.shutdown(socket.SHUT_WR)
        if arrival is None:
            self._refused += 1
        elif not self._arrived.done():
            self._arrived.set_result(arrival)

    def _judged(self, head: bytes) -> tuple[int, Arrival | None]:
        """The status to answer with, and what arrived if this is the redirect we wait for."""
        lines = head.decode("latin-1").split("\r\n")
        method, target, version = [*lines[0].split(" "), "", "", ""][:3]
        if len(head) >= MAX_HEAD or not version.startswith("HTTP/1."):
            return (431 if len(head) >= MAX_HEAD else 400), None
        if method != "GET":
            return 405, None
        # A page elsewhere may point its own name at 127.0.0.1 (DNS rebinding): the Host then gives it away.
        if [line[5:].strip() for line in lines[1:] if line[:5].lower() == "host:"] != [self._netloc]:
            return 400, None
        path, _, query = target.partition("?")
        if path != PATH:
            return 404, None
        fields = _fields(query)
        # RFC 6749 §10.12; Secret compares in constant time
        if self._arrived.done() or Secret(fields.get("state", "")) != self._expected.state:
            return 400, None
        arrival = self._taken(fields)
        return (400 if arrival.error else 200), arrival

    def _taken(self, fields: dict[str, str]) -> Arrival:
        # RFC 9207 §2.4: an answer of another issuer is never traded in for tokens.
        if fields.get("iss", self._expected.issuer) != self._expected.issuer:
            return Arrival(Secret(""), "issuer_mismatch")
        code = fields.get("code", "")
        return Arrival(Secret(code), fields.get("error", "") or ("" if code else "no_code"))


@contextlib.contextmanager
def listening(expected: Expected, pages: Pages, step: OpenStep) -> Iterator[Listener]:
    """A listener on a free port of the loopback address, closed at the end of the block.

    Raises Problem("oauth.error") when the machine has no loopback address to listen on.
    """
    with _bound(ipv6_first=expected.host == "[::1]") as sock, step:
        yield Listener(sock, expected, pages, step)


def _bound(*, ipv6_first: bool) -> socket.socket:
    """The loopback address of one family, else of the other: nothing but this machine reaches it."""
    places = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    for family, host in reversed(places) if ipv6_first else places:
        with contextlib.suppress(OSError):
            return _open(family, host)
    raise Problem("oauth.error", code="no_loopback", host="127.0.0.1")


def _open(family: socket.AddressFamily, host: str) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.bind((host, 0))
        sock.listen(MAX_CLIENTS)
        sock.settimeout(0)
    except OSError:
        sock.close()
        raise
    return sock


async def _head(client: socket.socket) -> bytes:
    """The request up to the empty line, at most MAX_HEAD bytes of it."""
    loop, head = asyncio.get_running_loop(), b""
    while b"\r\n\r\n" not in head and len(head) < MAX_HEAD:
        data = await loop.sock_recv(client, MAX_HEAD - len(head))
        if not data:
            break
        head += data
    return head


def _fields(query: str) -> dict[str, str]:
    """The parameters; nothing when one comes twice (RFC 6749 §3.1)."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else {}


def _page(status: int, text: str) -> bytes:
    body = text.encode()
    head = (
        f"HTTP/1.1 {_STATUS[status]}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'",
        *(("Allow: GET",) if status == 405 else ()),
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode("ascii") + body
