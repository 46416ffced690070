"""A server that can do less: what it no longer offers it also refuses, so that nobody uses it unasked.

Dovecot takes a non-synchronizing literal or a second message in an APPEND whether it said so or not; many servers do
not, and how they fail is what a client must never see.
"""

from __future__ import annotations

import queue
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.migrate.servers.relays import Relay, through

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from tests.migrate.servers.relays import Link

# What a command must not say where the extension is missing.
_USES = {
    "BINARY": rb"BINARY(\.PEEK|\.SIZE)?\[|~\{\d",
    "CONDSTORE": rb"\bCONDSTORE\b|\bCHANGEDSINCE\b|\bUNCHANGEDSINCE\b|\bMODSEQ\b|\bHIGHESTMODSEQ\b",
    "ENABLE": rb"^\S+ ENABLE\b",
    "ESEARCH": rb"SEARCH RETURN\b",
    "IDLE": rb"^\S+ IDLE\b",
    "LIST-STATUS": rb"RETURN \(.*\bSTATUS\b",
    "LIST-EXTENDED": rb"^\S+ LIST \(|^\S+ LIST .*\bRETURN\b",
    "MOVE": rb"^\S+ (UID )?MOVE\b",
    "NAMESPACE": rb"^\S+ NAMESPACE\b",
    "QRESYNC": rb"\bQRESYNC\b|\bVANISHED\b",
    "QUOTA": rb"^\S+ [GS]ETQUOTA(ROOT)?\b",
    "SASL-IR": rb"^\S+ AUTHENTICATE \S+ \S",
    "SPECIAL-USE": rb"SPECIAL-USE",
    "UIDPLUS": rb"^\S+ UID EXPUNGE\b",
    "UNSELECT": rb"^\S+ UNSELECT\b",
    "COMPRESS=DEFLATE": rb"^\S+ COMPRESS\b",
}
# What the server says beyond the list of its capabilities.
_SAYS = {"UIDPLUS": rb"\[(APPENDUID|COPYUID) [^]]*\] ?", "CONDSTORE": rb"\[(HIGHESTMODSEQ \d+|NOMODSEQ)\] ?"}
_CAPABILITIES = re.compile(rb"\* CAPABILITY [^\r\n]*|\[CAPABILITY [^]]*\]", re.IGNORECASE)
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
_LINE = 1024 * 1024


@contextmanager
def lesser(target: int, without: tuple[str, ...], also: tuple[str, ...] = ()) -> Iterator[Lesser]:
    """The server at the port `target` without those capabilities, and with those of `also`.

    Of `also` only LITERAL- means anything (RFC 7888 §5: at most 4096 bytes). Compressing is never offered, since
    nothing could be seen then. QRESYNC goes with CONDSTORE. `relay.refused` is what a client should not have sent.
    """
    gone = {*without, "COMPRESS=DEFLATE", *(("QRESYNC",) if "CONDSTORE" in without else ())}
    made = Lesser(target, gone, also)
    with through(made):
        yield made


class Lesser(Relay):
    """The relay; `refused` holds each line that was refused."""

    def __init__(self, target: int, gone: set[str], also: tuple[str, ...]) -> None:
        self.gone, self.also = gone, also
        self.refused: list[bytes] = []
        super().__init__(target, self._dialogue)

    def _dialogue(self, link: Link) -> None:
        session = _Session(self, link)
        link.both(lambda source, sink: (session.asked if source is link.client else session.told)(source, sink))


class _Session:
    """One dialogue, read line by line, literals passed as they come."""

    def __init__(self, place: Lesser, link: Link) -> None:
        self.place, self.link = place, link
        self.pending = {link.client: b"", link.server: b""}
        # Whether the server wants a literal that was announced: yes, or the tag it was refused under.
        self.wanted: queue.Queue[bytes] = queue.Queue()
        self.awaited = b""

    def asked(self, client: socket.socket, server: socket.socket) -> None:
        """From the client to the server, command by command."""
        while line := self._line(client):
            if not self._command(line, client, server):
                self.link.over.wait(1)
                self.link.over.set()
        self.link.ended(server)
        self.wanted.put(b"")

    def _command(self, line: bytes, client: socket.socket, server: socket.socket) -> bool:
        """A line and all that its literals add; False: refused in the middle, and nothing can go on."""
        tag, first = line.partition(b" ")[0], line
        while True:
            found = _LITERAL.search(line)
            if self._forbidden(first, line, found):
                self.place.refused.append(line.strip())
                self._say(client, tag + b" BAD Not here\r\n")
                return line is first and found is None
            self.awaited = tag if found and not found[2] else b""
            self.link.write(server, line)
            if found is None or not (found[2] or self._goes_on()):
                return True
            self._pass(client, server, int(found[1]))
            line = self._line(client)

    def _forbidden(self, first: bytes, line: bytes, found: re.Match[bytes] | None) -> bool:
        gone = self.place.gone
        if found and found[2] and "LITERAL+" in gone and ("LITERAL-" not in self.place.also or int(found[1]) > 4096):
            return True
        if line is not first and re.match(rb"\S+ APPEND ", first, re.IGNORECASE):
            return "MULTIAPPEND" in gone and line != b"\r\n"
        return any(re.search(_USES[name], line, re.IGNORECASE) for name in gone if name in _USES)

    def _goes_on(self) -> bool:
        return self.wanted.get() == b"+"

    def told(self, server: socket.socket, client: socket.socket) -> None:
        """From the server to the client, line by line."""
        while line := self._line(server):
            if self.awaited and (line.startswith((b"+", self.awaited + b" "))):
                self.awaited = b""
                self.wanted.put(line[:1])
            with self.link.lock:
                self.link.write(client, self._changed(line))
                while found := _LITERAL.search(line):
                    self._pass(server, client, int(found[1]))
                    line = self._line(server)
                    self.link.write(client, line)
        self.wanted.put(b"")
        self.link.ended(client)

    def _changed(self, line: bytes) -> bytes:
        line = _CAPABILITIES.sub(self._offered, line)
        for name, said in _SAYS.items():
            if name in self.place.gone:
                line = re.sub(said, b"", line)
        return line

    def _offered(self, found: re.Match[bytes]) -> bytes:
        text = found[0].removesuffix(b"]")
        gone = {name.encode() for name in self.place.gone}
        words = [word for word in text.split(b" ") if word.upper() not in gone]
        words += [name.encode() for name in self.place.also]
        return b" ".join(words) + (b"]" if found[0].endswith(b"]") else b"")

    def _say(self, client: socket.socket, line: bytes) -> None:
        with self.link.lock:
            self.link.write(client, line)

    def _line(self, source: socket.socket) -> bytes:
        data = self.pending[source]
        while (end := data.find(b"\n")) < 0 and len(data) < _LINE:
            more = self.link.read(source)
            if not more:
                return b""
            data += more
        self.pending[source] = data[end + 1 :]
        return data[: end + 1]

    def _pass(self, source: socket.socket, sink: socket.socket, size: int) -> None:
        data, self.pending[source] = self.pending[source][:size], self.pending[source][size:]
        while size:
            data = data or self.link.read(source, min(size, 256 * 1024))
            if not data:
                return
            self.link.write(sink, data)
            size -= len(data)
            data = b""
