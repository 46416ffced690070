"""The server's end of a connection: lines and bytes, in the clear or over TLS.

asyncio's own TLS drops the alert of a handshake that fails. Clients see an end of file then
where a real server names the reason, so TLS runs over memory here and every byte is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mailwright.lab.faults.play import Tls

MAX_LINE = 64 * 1024
_CHUNK = 16 * 1024


class Gone(Exception):
    """The other side has left, or the handshake failed."""


class Channel:
    """One client. `secure`: TLS is up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.buffer = bytearray()
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    @property
    def secure(self) -> bool:
        """Whether TLS is up."""
        return self._tls is not None

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """The server's side of a handshake. Raises Gone; the alert has been sent by then."""
        tls = context.wrap_bio(self._in, self._out, server_side=True)
        # What came with the command in one packet belongs to no TLS session.
        self.buffer.clear()
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
                continue
            except ssl.SSLError as error:
                await self._flush()
                raise Gone from error
            await self._flush()
            self._tls = tls
            return

    async def _flush(self) -> None:
        data = self._out.read()
        if data:
            await self._write(data)

    async def _feed(self) -> None:
        data = await self._raw()
        self._in.write(data)

    async def _raw(self) -> bytes:
        try:
            data = await self.reader.read(_CHUNK)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data

    async def _write(self, data: bytes) -> None:
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError as error:
            raise Gone from error

    async def some(self) -> bytes:
        """What comes next. Raises Gone at the end."""
        if self._tls is None:
            return await self._raw()
        while True:
            try:
                data = self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
                continue
            except ssl.SSLError as error:
                await self._flush()
                raise Gone from error
            if not data:
                raise Gone
            return data

    async def line(self) -> bytes:
        """A line without its end. Raises Gone, also for a line without end."""
        while (at := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > MAX_LINE:
                raise Gone
            self.buffer += await self.some()
        found = bytes(self.buffer[:at]).rstrip(b"\r")
        del self.buffer[: at + 1]
        return found

    async def exactly(self, count: int) -> bytes:
        """That many bytes. Raises Gone."""
        while len(self.buffer) < count:
            self.buffer += await self.some()
        found = bytes(self.buffer[:count])
        del self.buffer[:count]
        return found

    async def send(self, data: bytes) -> None:
        """All of it. Raises Gone."""
        if self._tls is None:
            await self._write(data)
            return
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise Gone from error
        await self._flush()

    def close(self) -> None:
        """End the connection, with a TLS close if that is possible at once."""
        if self._tls is not None:
            with contextlib.suppress(ssl.SSLError, OSError, ValueError):
                self._tls.unwrap()
            data = self._out.read()
            if data and not self.writer.is_closing():
                self.writer.write(data)
        self.writer.close()


def context(pki: Path, tls: Tls) -> ssl.SSLContext:
    """The server's context, however outdated or strict it is to be."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if tls.ciphers:
        made.set_ciphers(tls.ciphers)
    with warnings.catch_warnings():
        # Old versions are what some of the faults are about.
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = ssl.TLSVersion[tls.lowest]
        made.maximum_version = ssl.TLSVersion[tls.highest]
    made.load_cert_chain(pki / f"{tls.certificate}.pem", pki / f"{tls.certificate}.key")
    if tls.small_dh:
        made.load_dh_params(str(pki / "small.dh"))
    if tls.asks_client:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(pki / "ca.pem")
    if tls.refuses:
        refused = frozenset(tls.refuses)

        def named(_: ssl.SSLObject, name: str | None, __: ssl.SSLContext) -> int | None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if name in refused else None

        made.sni_callback = named
    return made
