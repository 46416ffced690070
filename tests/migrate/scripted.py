"""An IMAP line whose other end says what it is told, in whatever pieces."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from mailwright.core import Endpoint, Protocol, Security
from mailwright.wire.bulk import Line
from mailwright.wire.pipe import Pipe
from mailwright.wire.session import Session


class _Given:
    """What a Pipe takes over from whoever has signed in."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def give(self) -> tuple[socket.socket, None, ssl.MemoryBIO, ssl.MemoryBIO, bytes]:
        return self.sock, None, ssl.MemoryBIO(), ssl.MemoryBIO(), b""


@contextmanager
def line(says: Iterable[bytes], *capabilities: str) -> Iterator[tuple[Line, socket.socket]]:
    """The line and its other end; `says` is sent piece by piece, and then the connection ends."""
    ours, theirs = socket.socketpair()

    def send() -> None:
        try:
            for piece in says:
                theirs.sendall(piece)
            theirs.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    sender = threading.Thread(target=send, daemon=True)
    session = Session(Endpoint(Protocol.IMAP, "127.0.0.1", 143, Security.NONE), capabilities=capabilities)
    made = Line(Pipe(_Given(ours), seconds=5), session)  # type: ignore[arg-type]
    sender.start()
    try:
        yield made, theirs
    finally:
        made.pipe.close()
        theirs.close()
        sender.join()
