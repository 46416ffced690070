"""A server of its own: where it listens, its certificate, how it stops and reads its files anew.

Uvicorn speaks HTTP. What it has no limit for is limited here: a client that connects and says nothing, or that
does not come to an end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from mailwright.core import BadInput, Problem

if TYPE_CHECKING:
    from mailwright.web.options import Asgi

LOG = logging.getLogger("mailwright.web")
REQUEST_SECONDS = 15.0
HEAD_BYTES = 64 * 1024
IDLE_SECONDS = 20
STOP_SECONDS = 10
CONNECTIONS = 2000
BACKLOG = 1024
_UNIX = "unix:"
_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([^\s:/@\[\]]+)):(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM: the chain, the server's first, and its key, which is not locked."""

    chain: Path
    key: Path

    def into(self, context: ssl.SSLContext) -> None:
        """Take the files as they are now. Raises BadInput("serve.certificate")."""
        try:
            # First where nobody is served: what does not fit leaves half of itself in the context.
            for one in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), context):
                # Nobody is there to type a password.
                one.load_cert_chain(self.chain, self.key, password=lambda: "")
        except (OSError, ValueError) as error:
            raise BadInput("serve.certificate", chain=str(self.chain), key=str(self.key)) from error


@dataclass(frozen=True, slots=True)
class Running:
    """What runs. `reload`: what SIGHUP does besides taking the certificate anew; it may raise Problem.

    `started` is told where we listen, `troubled` what a reload has raised: what was before stays.
    """

    app: Asgi
    sockets: tuple[socket.socket, ...]
    certificate: Certificate | None
    reload: Callable[[], None]
    started: Callable[[tuple[str, ...]], None]
    troubled: Callable[[Problem], None]


def listen(places: tuple[str, ...]) -> tuple[socket.socket, ...]:
    """Sockets for HOST:PORT, [::1]:PORT or unix:PATH. Raises BadInput("serve.place") or BadInput("serve.listen")."""
    with contextlib.ExitStack() as opened:
        made: list[socket.socket] = []
        for place in places:
            try:
                fresh = [_unix(place)] if place.startswith(_UNIX) else _inet(place)
            except OSError as error:
                reason = error.strerror or type(error).__name__
                raise BadInput("serve.listen", place=place[:120], reason=reason) from error
            made += [opened.enter_context(one) for one in fresh]
        opened.pop_all()
    return tuple(made)


def _inet(place: str) -> list[socket.socket]:
    named = _PLACE.fullmatch(place)
    if named is None or int(named[3]) > 65535:
        raise BadInput("serve.place", place=place[:120])
    host, port = named[1] or named[2], int(named[3])
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except UnicodeError as error:  # a name that no DNS can hold
        raise BadInput("serve.place", place=place[:120]) from error
    both = host == "::" and socket.has_dualstack_ipv6()
    made = [
        # All four of IPv6: fe80::1 leads nowhere without its link.
        socket.create_server(address, family=family, backlog=BACKLOG, dualstack_ipv6=both)
        for family, *_, address in dict.fromkeys(found)
    ]
    for one in made:
        # RFC 896: head and body are two writes, and the second would wait for the client to acknowledge the first.
        # Connections have it from here; asyncio sees to it only for sockets that name their protocol.
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _unix(place: str) -> socket.socket:
    path = Path(place.removeprefix(_UNIX))
    made = socket.socket(socket.AF_UNIX)
    with contextlib.suppress(FileNotFoundError):
        if path.is_socket():  # left by one that ended without a farewell
            path.unlink()
    try:
        made.bind(str(path))
        path.chmod(0o660)
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def run(running: Running) -> None:
    """Serve until SIGTERM or SIGINT; requests at work get some seconds. Raises BadInput("serve.certificate")."""
    files = running.certificate
    if files is not None:
        files.into(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    config = uvicorn.Config(
        running.app,
        http=_Bounded,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        ssl_certfile=files.chain if files is not None else None,
        ssl_keyfile=files.key if files is not None else None,
    )
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(_served(running, config))


async def _served(running: Running, config: uvicorn.Config) -> None:
    def again() -> None:
        try:
            if running.certificate is not None and config.ssl is not None:
                running.certificate.into(config.ssl)
            running.reload()
        except Problem as problem:
            running.troubled(problem)

    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, again)
    places = tuple(map(_shown, running.sockets))

    def told() -> None:
        running.started(places)
        _tell_systemd("READY=1")

    server = _Telling(config, told)
    await server.serve(list(running.sockets))


def _shown(listening: socket.socket) -> str:
    name = listening.getsockname()
    if isinstance(name, str):
        return f"{_UNIX}{name}"
    if ":" not in name[0]:
        return f"{name[0]}:{name[1]}"
    link = f"%{socket.if_indextoname(name[3])}" if name[3] and "%" not in name[0] else ""
    return f"[{name[0]}{link}]:{name[1]}"


def _tell_systemd(state: str) -> None:
    """sd_notify(3): the service manager, if one started us, waits for it."""
    where = os.environ.get("NOTIFY_SOCKET", "")
    if where[:1] not in ("/", "@"):
        return
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.sendto(state.encode(), where.replace("@", "\0", 1) if where.startswith("@") else where)


class _Telling(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, told: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn has it."""
        await super().startup(sockets)
        if self.started:
            self._told()


class _Bounded(AutoHTTPProtocol):  # type: ignore[misc,valid-type]  # one of two classes, whichever is installed
    """Hangs up on whoever does not finish the head of a request in time, or in some tens of kilobytes."""

    _ends: asyncio.TimerHandle | None = None
    _unread = 0  # bytes of a head that is not at its end

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401  # as uvicorn has it
        """The time begins."""
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        """The time ends with the head, and begins again with the next one."""
        super().data_received(data)
        self._look()
        self._unread = self._unread + len(data) if self._waiting() else 0
        if self._unread > HEAD_BYTES:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """No time is left to measure."""
        super().connection_lost(exc)
        if self._ends is not None:
            self._ends.cancel()

    def _waiting(self) -> bool:
        return self.cycle is None or bool(self.cycle.response_complete)

    def _look(self) -> None:
        waiting = self._waiting()
        if waiting and self._ends is None:
            self._ends = self.loop.call_later(REQUEST_SECONDS, self._end)
        elif not waiting and self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def _end(self) -> None:
        self._ends = None
        if self._waiting() and not self.transport.is_closing():
            self.transport.close()
