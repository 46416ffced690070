"""Lets the HTTP library use our own dial: same resolvers, proxy, re-routes, address rules and TLS."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import httpcore2

from mailwright.core import Stage
from mailwright.wire.driver import note_tls
from mailwright.wire.record import Recorder
from mailwright.wire.stream import Stream


class Dialer(httpcore2.AsyncNetworkBackend):
    """httpcore2's border, kept by dial(). WireErrors pass through to the door that asked.

    `asking` gives the recorder of the request that is being made.
    """

    def __init__(self, dial: Callable[[str, int, Recorder], Awaitable[Stream]], asking: Callable[[], Recorder]) -> None:
        self._dial = dial
        self._asking = asking

    # The library hands time-outs and socket options as well; the door bounds all time.
    async def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> httpcore2.AsyncNetworkStream:  # noqa: ANN401
        """A connection for one request."""
        recorder = self._asking()
        return _Connection(await self._dial(host, port, recorder), recorder)


class _Connection(httpcore2.AsyncNetworkStream):
    def __init__(self, stream: Stream, recorder: Recorder) -> None:
        self._stream = stream
        self._recorder = recorder

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # as above
        return await self._stream.read_some(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as above
        await self._stream.write(buffer)

    async def aclose(self) -> None:
        self._stream.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # as above
    ) -> httpcore2.AsyncNetworkStream:
        try:
            with self._recorder.step(Stage.TLS, name=server_hostname or "") as step:
                note_tls(step, await self._stream.start_tls(ssl_context, server_hostname or ""))
        except BaseException:
            self._stream.close()  # the library drops the connection without closing it
            raise
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # the library's signature
        # Asked of a connection before it is used again: one with something to read was closed meanwhile.
        return not self._stream.idle() if info == "is_readable" else None
