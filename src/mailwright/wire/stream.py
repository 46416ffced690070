"""One connection: a socket, our own buffer, and TLS in memory.

Owning the buffer is the point: asyncio's StreamWriter.start_tls() keeps plaintext that
arrived before the handshake and hands it out afterwards as if it had been protected. Here
the buffer must be empty before an upgrade (RFC 3207 §5, CVE-2011-0411).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl

from mailwright.core import Outcome, Reason, TlsFacts
from mailwright.wire import tls as tls_facts
from mailwright.wire.buffer import MAX_LINE, Buffer
from mailwright.wire.errors import WireError

CHUNK = 64 * 1024
QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux
MAX_HANDSHAKE = 256 * 1024


class Stream:
    """A connected, non-blocking socket that speaks bytes, lines and TLS. Close it when done."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._buffer = Buffer()
        self._tls: ssl.SSLObject | None = None
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self.tls: TlsFacts | None = None

    async def write(self, data: bytes) -> None:
        """Send all of `data`. Raises WireError when the connection is gone."""
        if self._tls is None:
            await self._push(data)
            return
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise WireError(Outcome.FAILED, Reason.CLOSED, tls=_alert(error)) from error
        await self._push(self._out.read())

    async def read_line(self, limit: int = MAX_LINE) -> bytes:
        """The next line without CRLF. Raises WireError(CLOSED | TOO_MUCH)."""
        while (line := self._buffer.line(limit)) is None:
            self._buffer.feed(await self._some() or self._eof())
        return line

    async def read_bytes(self, count: int) -> bytes:
        """Exactly `count` bytes. Raises WireError(CLOSED)."""
        while (data := self._buffer.take(count)) is None:
            self._buffer.feed(await self._some() or self._eof())
        return data

    async def read_some(self, most: int = CHUNK) -> bytes:
        """Whatever comes next, b"" at the end."""
        return self._buffer.some(most) or await self._some(most)

    async def start_tls(self, context: ssl.SSLContext, server_name: str) -> TlsFacts:
        """Hand-shake; afterwards everything is protected. Returns what was negotiated. `server_name`: "" for none.

        Raises WireError(STARTTLS_INJECTION) when plaintext is left unread, and
        WireError(TLS_…) with the facts when the handshake fails.
        """
        if len(self._buffer):
            raise WireError(Outcome.STOPPED, Reason.STARTTLS_INJECTION)
        tls = context.wrap_bio(self._in, self._out, server_hostname=server_name or None)
        seen = bytearray()
        try:
            await self._handshake(tls, seen)
        except ssl.SSLCertVerificationError as error:
            await self._flush_alert()
            failed = TlsFacts(verify_code=error.verify_code, verify_message=error.verify_message)
            raise WireError(Outcome.STOPPED, Reason.TLS_CERTIFICATE, tls=failed) from error
        except ssl.SSLError as error:
            await self._flush_alert()
            raise WireError(Outcome.FAILED, _handshake_reason(bytes(seen)), tls=_alert(error)) from error
        self._tls = tls
        verified = context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
        self.tls = tls_facts.facts(tls, bytes(seen), verified=verified)
        return self.tls

    def sent_chain(self) -> tuple[bytes, ...]:
        """The certificates the other side sent, DER, its own first; () without TLS."""
        return tuple(tls_facts.der_chain(self._tls)) if self._tls is not None else ()

    def idle(self) -> bool:
        """False when the other side has closed, or sent what nobody asked for."""
        if len(self._buffer) or self._in.pending:
            return False
        try:
            self._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Drop the connection."""
        self._sock.close()

    def give(self) -> tuple[socket.socket, ssl.SSLObject | None, ssl.MemoryBIO, ssl.MemoryBIO, bytes]:
        """Everything it is made of, and what is unread, for somebody who goes on with it."""
        return self._sock, self._tls, self._in, self._out, self._buffer.some(len(self._buffer))

    async def _handshake(self, tls: ssl.SSLObject, seen: bytearray) -> None:
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._push(self._out.read())
                data = await self._pull(CHUNK)
                if not data:
                    raise WireError(Outcome.FAILED, Reason.CLOSED) from None
                seen += data
                if len(seen) > MAX_HANDSHAKE:
                    raise WireError(Outcome.STOPPED, Reason.TOO_MUCH) from None
                self._in.write(data)
            else:
                await self._push(self._out.read())
                return

    async def _flush_alert(self) -> None:
        """Tell the other side why (an alert), if it still listens."""
        with contextlib.suppress(WireError):
            await self._push(self._out.read())

    async def _some(self, most: int = CHUNK) -> bytes:
        if self._tls is None:
            return await self._pull(most)
        while True:
            try:
                return self._tls.read(most)
            except ssl.SSLWantReadError:
                await self._push(self._out.read())  # what TLS itself has to answer (RFC 8446 §4.6.3)
                data = await self._pull(CHUNK)
                if not data:
                    return b""  # a close without close_notify: lines and lengths show what is missing
                self._in.write(data)
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                # TLS 1.3: a refused client certificate shows only at the first read.
                raise WireError(Outcome.FAILED, Reason.TLS_HANDSHAKE, tls=_alert(error)) from error

    @staticmethod
    def _eof() -> bytes:
        raise WireError(Outcome.FAILED, Reason.CLOSED)

    async def _push(self, data: bytes) -> None:
        if not data:
            return
        try:
            await self._loop.sock_sendall(self._sock, data)
        except OSError as error:
            raise lost(error) from error

    async def _pull(self, most: int) -> bytes:
        try:
            if QUICKACK is not None:
                # Servers hold a second small write (a greeting behind TLS session tickets) until the first is
                # acknowledged (RFC 896), which we would do 40 ms late. Linux forgets this at each turn.
                self._sock.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
            return await self._loop.sock_recv(self._sock, most)
        except OSError as error:
            raise lost(error) from error


def lost(error: OSError) -> WireError:
    """A socket error in the middle of a conversation."""
    reset = error.errno in (errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE)
    return WireError(Outcome.FAILED, Reason.CONNECT_RESET if reset else Reason.CONNECT_FAILED)


def _handshake_reason(seen: bytes) -> Reason:
    # A TLS record begins with 20-23; anything else is another protocol's banner (OpenSSL: WRONG_VERSION_NUMBER).
    record_types = range(20, 24)
    if seen and seen[0] not in record_types:
        return Reason.TLS_NOT_SPOKEN
    return Reason.TLS_HANDSHAKE


def _alert(error: ssl.SSLError) -> TlsFacts:
    return TlsFacts(alert=error.reason or "")
