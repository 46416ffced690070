"""A signed-in connection for bulk: a blocking socket, one fixed buffer, and no asyncio.

Mail of any size goes through the buffer piece by piece. TLS stays in memory as it does in Stream, so that one read
of the socket brings many records; Python's own TLS socket reads one at a time.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import zlib
from collections.abc import Iterator
from typing import TypeVar, cast

from mailwright.core import Outcome, Reason
from mailwright.wire.buffer import MAX_LINE
from mailwright.wire.errors import WireError
from mailwright.wire.stream import Stream, lost
from mailwright.wire.talk import ReadBytes, ReadLine, Send, Talk

T = TypeVar("T")
ROOM = 512 * 1024
ENOUGH = 128 * 1024
_RESET, _ORDERLY = struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)
Data = bytes | bytearray | memoryview


class Pipe:
    """What a Stream was, for one thread. `seconds`: how long one read or write may wait. Close it when done.

    Raises WireError(CLOSED | READ_TIMEOUT | CONNECT_RESET | TLS_HANDSHAKE) wherever it reads or writes.
    """

    def __init__(self, stream: Stream, *, seconds: float) -> None:
        self._sock, self._tls, self._in, self._out, unread = stream.give()
        self._sock.settimeout(seconds)
        # Whoever dies takes along what he had not sent: nothing may arrive that nobody accounts for.
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._room = bytearray(ROOM)
        self._view = memoryview(self._room)
        self._start, self._end = 0, len(unread)
        self._room[: len(unread)] = unread
        self._cipher = bytearray(ROOM) if self._tls is not None else bytearray()
        self._written = bytearray()
        self._inflate: zlib._Decompress | None = None
        self._deflate: zlib._Compress | None = None
        self._packed = b""
        self.received = self.sent = 0

    def line(self, limit: int = MAX_LINE) -> bytes:
        """The next line without CRLF. Raises WireError(TOO_MUCH) when it is longer than `limit`, at most ROOM."""
        searched = 0
        while (found := self._room.find(b"\n", self._start + searched, self._end)) < 0:
            searched = self._end - self._start
            if searched > min(limit, ROOM - 1):
                raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
            self._more()
        if found - self._start > limit:
            raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
        line = bytes(self._view[self._start : found])
        self._start = found + 1
        return line.removesuffix(b"\r")

    def take(self, count: int) -> bytes:
        """Exactly `count` bytes; for what is small."""
        return b"".join(bytes(piece) for piece in self.pieces(count))

    def pieces(self, count: int) -> Iterator[memoryview]:
        """`count` bytes as they come; each piece is good until the next one is asked for."""
        while count:
            if self._start == self._end:
                self._more()
            size = min(count, self._end - self._start)
            piece = self._view[self._start : self._start + size]
            self._start += size
            count -= size
            yield piece

    def write(self, data: Data) -> None:
        """Send `data` soon: small pieces travel together."""
        size = len(data)
        if len(self._written) + size <= ENOUGH:
            self._written += data
            return
        self.flush()
        if size < ENOUGH // 2:
            self._written += data
        else:
            self._push(data)

    def flush(self) -> None:
        """Send what was written, now."""
        if self._written:
            self._push(self._written)
            self._written.clear()
        if self._deflate is not None:
            self._encrypt(self._deflate.flush(zlib.Z_SYNC_FLUSH))

    def waiting(self) -> bool:
        """True when something can be read, or the end be seen, without waiting."""
        if (
            self._start < self._end
            or self._packed
            or (self._tls is not None and (self._tls.pending() or self._in.pending))
        ):
            return True
        # select() knows no descriptor above 1,023, and many mailboxes at once have more files open.
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(0))

    def compress(self) -> None:
        """From here on both sides speak DEFLATE (RFC 4978 §3); nothing may be left unread."""
        if self._start < self._end:
            raise WireError(Outcome.STOPPED, Reason.STARTTLS_INJECTION)
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)

    def run(self, talk: Talk[T]) -> T:
        """One conversation, like Driver.run() but without a trace. Raises WireError."""
        answer: bytes | None = None
        try:
            while True:
                effect = talk.send(answer)
                answer = None
                match effect:
                    case Send():
                        self.write(effect.data)
                        self.flush()
                    case ReadLine(limit):
                        answer = self.line(limit)
                    case ReadBytes(count):
                        answer = self.take(count)
        except StopIteration as done:
            result: T = done.value
            return result
        finally:
            talk.close()

    def close(self, *, sent: bool = False) -> None:
        """Drop the connection; with `sent`, what was written arrives before its end."""
        if sent:
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ORDERLY)
        self._sock.close()

    def abort(self) -> None:
        """Wake whoever waits for it in another thread: reads and writes fail from now on."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _more(self) -> None:
        """Get some more, behind what is there."""
        if self._start == self._end:
            self._start = self._end = 0
        elif self._end == ROOM:
            left = self._end - self._start
            self._room[:left] = self._room[self._start : self._end]
            self._start, self._end = 0, left
        free = self._view[self._end :]
        got = self._decrypt(free) if self._inflate is None else self._unpack(free)
        if not got:
            raise WireError(Outcome.FAILED, Reason.CLOSED)
        self._end += got

    def _unpack(self, free: memoryview) -> int:
        assert self._inflate is not None
        while True:
            if not self._packed:
                packed = bytearray(ENOUGH)
                got = self._decrypt(memoryview(packed))
                if not got:
                    return 0
                self._packed = bytes(packed[:got])
            try:
                data = self._inflate.decompress(self._packed, len(free))
            except zlib.error as error:
                raise WireError(Outcome.FAILED, Reason.NOT_THE_PROTOCOL) from error
            self._packed = self._inflate.unconsumed_tail
            if data:
                free[: len(data)] = data
                return len(data)

    def _decrypt(self, free: memoryview) -> int:
        if self._tls is None:
            return self._pull(free)
        while True:
            got, ended = self._records(self._tls, free)
            if got or ended:
                return got
            self._send(self._out.read())  # what TLS itself has to answer (RFC 8446 §4.6.3)
            size = self._pull(memoryview(self._cipher))
            if not size:
                return 0
            self._in.write(memoryview(self._cipher)[:size])

    @staticmethod
    def _records(tls: ssl.SSLObject, free: memoryview) -> tuple[int, bool]:
        """Bytes of as many whole records as there are, one after the other; True when the other side has ended."""
        got = 0
        try:
            while got < len(free):
                read = cast("int", tls.read(len(free) - got, free[got:]))
                if not read:
                    return got, True
                got += read
        except ssl.SSLWantReadError:
            return got, False
        except ssl.SSLZeroReturnError:
            return got, True
        except ssl.SSLError as error:
            raise WireError(Outcome.FAILED, Reason.TLS_HANDSHAKE) from error
        return got, False

    def _pull(self, free: memoryview) -> int:
        try:
            got = self._sock.recv_into(free)
        except TimeoutError as error:
            raise WireError(Outcome.TIMEOUT, Reason.READ_TIMEOUT) from error
        except OSError as error:
            raise lost(error) from error
        self.received += got
        return got

    def _push(self, data: Data) -> None:
        self._encrypt(data if self._deflate is None else self._deflate.compress(data))

    def _encrypt(self, data: Data) -> None:
        if self._tls is None:
            self._send(data)
            return
        try:
            for at in range(0, len(data), ROOM):
                self._tls.write(memoryview(data)[at : at + ROOM])
                self._send(self._out.read())
        except ssl.SSLError as error:
            raise WireError(Outcome.FAILED, Reason.CLOSED) from error

    def _send(self, data: Data) -> None:
        if not data:
            return
        try:
            self._sock.sendall(data)
        except TimeoutError as error:
            raise WireError(Outcome.TIMEOUT, Reason.READ_TIMEOUT) from error
        except OSError as error:
            raise lost(error) from error
        self.sent += len(data)
