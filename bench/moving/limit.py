"""What the destination can take, and what a line can: messages that lie ready on a plain socket, and mere bytes.

    python -m moving.limit PORT FILE < USER

FILE holds all that a client would say, literals not waited for; USER is a line, and the password another.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from moving.ground import PASSWORD, Ground
from moving.running import timed
from tests.migrate.servers import maildir

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH_BYTES, BATCH_MESSAGES = 4 * 1024 * 1024, 256
LAST = b"zz"
PIECE = 256 * 1024


def canned(place: Ground, user: str) -> Path:
    """A file with the mailbox of a user of the source as MULTIAPPENDs, folder by folder."""
    path = place.folder / f"{user}.imap"
    with path.open("wb") as file:
        for number, (name, folder) in enumerate(maildir.folders(place.folder / user)):
            if name != "INBOX":
                file.write(f'c{number} CREATE "{name}"\r\n'.encode())
            _folder(file, f"a{number}", name, folder)
        file.write(LAST + b" LOGOUT\r\n")
    return path


def _folder(file: IO[bytes], tag: str, name: str, folder: Path) -> None:
    size = count = 0
    for one in maildir.files(folder):
        body = one.path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if count and (size + len(body) > BATCH_BYTES or count == BATCH_MESSAGES):
            file.write(b"\r\n")
            size = count = 0
        if not count:
            file.write(f'{tag} APPEND "{name}"'.encode())
        date = time.strftime("%d-%b-%Y %H:%M:%S +0000", time.gmtime(one.date))
        file.write(f' ({" ".join(one.flags)}) "{date}" {{{len(body)}+}}\r\n'.encode() + body)
        size, count = size + len(body), count + 1
    if count:
        file.write(b"\r\n")


def appended(place: Ground, path: Path, port: int = 0) -> float:
    """Seconds of a whole process that sends such a file to a fresh user, through `port` if there is one."""
    argv = [sys.executable, "-m", "moving.limit", str(port or place.destination.port), str(path)]
    taken, said = timed(argv, f"{place.fresh()}\n{PASSWORD}\n")
    assert said.strip() == "0", said
    return taken


def main(port: str, path: str) -> None:
    """Send it, and say how many commands were refused."""
    user, password = sys.stdin.read().splitlines()
    bad = 0
    with socket.create_connection(("127.0.0.1", int(port))) as sock, Path(path).open("rb") as file:
        answers = sock.makefile("rb")
        answers.readline()
        sock.sendall(f'l LOGIN {user} "{password}"\r\n'.encode())
        while not answers.readline().startswith(b"l OK"):
            pass
        sender = threading.Thread(target=sock.sendfile, args=(file,))
        sender.start()
        while not (line := answers.readline()).startswith(LAST):
            assert line, "hung up"
            bad += not line.startswith(b"*") and b" OK " not in line[:12]
        sender.join()
    print(bad)


@contextmanager
def sink() -> Iterator[int]:
    """A port where someone reads until all has come, and then says so."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        room = bytearray(PIECE)
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            with client:
                while client.recv_into(room):
                    pass
                client.sendall(b"!")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def sent(port: int, path: Path) -> float:
    """Seconds until all bytes of a file have come through one connection to `port`, and that is known here."""
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as sock, path.open("rb") as file:
        sock.sendfile(file)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b"!"
    return time.perf_counter() - begun


if __name__ == "__main__":
    main(*sys.argv[1:])
