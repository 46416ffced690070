"""The peer: a client that knows the one right way already and does nothing else.

Plain blocking sockets and `ssl`. It walks one chain: questions to the DNS, perhaps one web page, then
IMAP (LOGIN, SELECT) and, in a thread beside it, SMTP (EHLO, AUTH, MAIL FROM). Each time it has to wait
for the other side it counts one turn: the most turns of any chain, times the round-trip time, is the
physical limit of a client that guesses nothing in advance.

Also a program: `python straight.py JSON-of-Task` for the time of a whole process.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import struct
import sys
import threading
import time
from dataclasses import dataclass, field

A, MX, SRV = 1, 15, 33
QUICKACK = getattr(socket, "TCP_QUICKACK", None)
SECONDS = 30.0
Place = tuple[str, int, bool]
"""Host, port, and whether TLS is spoken from the first byte."""


@dataclass(frozen=True, slots=True)
class Task:
    """`way`: srv, page, pacc, mx or guess; `url`: the page that has the settings, if there is one."""

    address: str
    password: str
    way: str
    resolver: tuple[str, int]
    ca: str
    url: str = ""
    offset: int = 20000

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]


@dataclass(slots=True)
class Chain:
    """One line of waits. `turns`: how often it had to wait for the other side."""

    task: Task
    context: ssl.SSLContext
    turns: int = 0
    seen: bytes = b""
    sock: socket.socket = field(default_factory=socket.socket)

    def ask(self, name: str, kind: int) -> list[bytes]:
        """The data of the records of that name, one turn."""
        self.turns += 1
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(SECONDS)
            sock.sendto(_question(name, kind), self.task.resolver)
            return _records(sock.recv(4096), kind)

    def connect(self, host: str, port: int) -> None:
        """Resolve and connect, two turns."""
        address = socket.inet_ntoa(self.ask(host, A)[0])
        self.turns += 1
        self.sock = socket.create_connection((address, port + self.task.offset), SECONDS)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.seen = b""

    def secure(self, host: str) -> None:
        """TLS; TLS 1.3 takes one turn, 1.2 two."""
        self.sock = secured = self.context.wrap_socket(self.sock, server_hostname=host)
        self.turns += 1 if secured.version() == "TLSv1.3" else 2

    def say(self, text: str) -> None:
        """Send lines."""
        self.sock.sendall(text.encode() + b"\r\n")

    def read(self, end: re.Pattern[bytes]) -> bytes:
        """What comes, up to a line that matches `end`: one turn."""
        self.turns += 1
        while not (found := end.search(self.seen)):
            if QUICKACK is not None:
                self.sock.setsockopt(socket.IPPROTO_TCP, QUICKACK, 1)
            data = self.sock.recv(65536)
            if not data:
                break
            self.seen += data
        at = found.end() if found else len(self.seen)
        answer, self.seen = self.seen[:at], self.seen[at:]
        return answer

    def page(self, url: str) -> bytes:
        """One web page over HTTPS: resolve, connect, TLS, answer."""
        host, _, path = url.removeprefix("https://").partition("/")
        self.connect(host, 443)
        self.secure(host)
        self.say(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n")
        answer = self.read(re.compile(rb"\Z(?!)"))
        self.sock.close()
        return answer.partition(b"\r\n\r\n")[2]


def _question(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    return struct.pack("!6H", 4711, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", kind, 1)


def _records(answer: bytes, kind: int) -> list[bytes]:
    count, at, found = struct.unpack("!H", answer[6:8])[0], _past_name(answer, 12) + 4, []
    for _ in range(count):
        at = _past_name(answer, at)
        seen, _, _, size = struct.unpack("!HHIH", answer[at : at + 10])
        if seen == kind:
            found.append(answer[at + 10 : at + 10 + size])
        at += 10 + size
    return found


def _past_name(answer: bytes, at: int) -> int:
    while answer[at]:
        if answer[at] >= 192:
            return at + 2
        at += answer[at] + 1
    return at + 1


def _target(record: bytes) -> Place:
    """Host and port of the data of an SRV record, whose name is never compressed (RFC 2782)."""
    at, labels = 6, []
    while record[at]:
        labels.append(record[at + 1 : at + 1 + record[at]].decode())
        at += record[at] + 1
    port = struct.unpack("!H", record[4:6])[0]
    return ".".join(labels), port, port in (993, 465)


def place(chain: Chain, protocol: str, page: bytes) -> Place:
    """Where that protocol is spoken, as the domain says."""
    task = chain.task
    match task.way:
        case "srv":
            name = {"imap": "_imaps", "smtp": "_submissions"}[protocol]
            return _target(min(chain.ask(f"{name}._tcp.{task.domain}", SRV)))
        case "guess":
            return f"{protocol}.{task.domain}", {"imap": 993, "smtp": 465}[protocol], True
        case "pacc":
            host = json.loads(page)["protocols"][protocol]["host"]
            return host, {"imap": 993, "smtp": 465}[protocol], True
    server = re.search(rf'type="{protocol}">(.*?)</\w+Server>'.encode(), page, re.DOTALL)
    assert server is not None
    host, port, kind = (_element(server[1], name) for name in ("hostname", "port", "socketType"))
    return host, int(port), kind == "SSL"


def _element(xml: bytes, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>".encode(), xml)
    assert found is not None
    return found[1].decode()


_IMAP_GREETING = re.compile(rb"\A\* OK.*\r\n")
_SMTP_REPLY = re.compile(rb"^\d{3} .*\r\n", re.MULTILINE)


def read_mail(chain: Chain, where: Place) -> None:
    """IMAP: LOGIN and SELECT. Raises AssertionError when the server says no."""
    host, port, implicit = where
    chain.connect(host, port)
    if implicit:
        chain.secure(host)
    chain.read(_IMAP_GREETING)
    if not implicit:
        _tagged(chain, "STARTTLS")
        chain.secure(host)
    _tagged(chain, f'LOGIN "{chain.task.address}" "{chain.task.password}"')
    _tagged(chain, "SELECT INBOX")
    chain.sock.close()


def _tagged(chain: Chain, command: str) -> None:
    chain.say(f"a1 {command}")
    assert b"a1 OK" in chain.read(re.compile(rb"^a1 .*\r\n", re.MULTILINE))


def send_mail(chain: Chain, where: Place) -> None:
    """SMTP: EHLO, AUTH and MAIL FROM. Raises AssertionError when the server says no."""
    task, (host, port, implicit) = chain.task, where
    chain.connect(host, port)
    if implicit:
        chain.secure(host)
    chain.read(_SMTP_REPLY)
    _replied(chain, "EHLO [127.0.0.1]", b"250")
    if not implicit:
        _replied(chain, "STARTTLS", b"220")
        chain.secure(host)
        _replied(chain, "EHLO [127.0.0.1]", b"250")
    plain = base64.b64encode(f"\0{task.address}\0{task.password}".encode()).decode()
    _replied(chain, f"AUTH PLAIN {plain}", b"235")
    _replied(chain, f"MAIL FROM:<{task.address}>", b"250")
    chain.sock.close()


def _replied(chain: Chain, command: str, status: bytes) -> None:
    chain.say(command)
    assert chain.read(_SMTP_REPLY).startswith(status)


def walk(task: Task) -> tuple[float, int]:
    """Do it; seconds and the turns of the longest chain. Raises AssertionError when it does not work."""
    begun = time.perf_counter()
    context = ssl.create_default_context(cafile=task.ca)
    first = Chain(task, context)
    if task.way == "mx":
        first.ask(task.domain, MX)
    page = first.page(task.url) if task.url else b""
    branches = [Chain(task, context, first.turns) for _ in range(2)]
    failed: list[BaseException] = []

    def send() -> None:
        try:
            send_mail(branches[1], place(branches[1], "smtp", page))
        except BaseException as error:  # noqa: BLE001  # told to the thread that waits
            failed.append(error)

    sending = threading.Thread(target=send)
    sending.start()
    read_mail(branches[0], place(branches[0], "imap", page))
    sending.join()
    if failed:
        raise failed[0]
    return time.perf_counter() - begun, max(branch.turns for branch in branches)


if __name__ == "__main__":
    typed = json.loads(sys.argv[1])
    walk(Task(**(typed | {"resolver": tuple(typed["resolver"])})))
