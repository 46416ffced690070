"""A raw mail client that does as it is told and says what it saw, step by step, in plain words."""

from __future__ import annotations

import base64
import errno
import re
import socket
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.query
import dns.rcode

from mailwright.lab import plan, relay

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright.lab import Lab, Staged

SECONDS = 3.5


class Stopped(Exception):
    """The session ended here, and how."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a client goes."""

    protocol: str
    host: str
    port: int
    security: str
    user: str
    password: str


def option(staged: Staged, name: str, otherwise: str = "") -> str:
    """The value of an option of the fault's command."""
    options = staged.options
    return options[options.index(name) + 1] if name in options else otherwise


def way(staged: Staged, protocol: str = "") -> Way:
    """As typed; where nothing was typed, as the domain's own records say."""
    protocol = protocol or option(staged, "--protocol", "imap")
    host, port = option(staged, "--host"), int(option(staged, "--port", "0"))
    if not host or protocol != option(staged, "--protocol", "imap"):
        name = {"imap": "_imaps", "pop3": "_pop3s", "smtp": "_submissions"}[protocol]
        record = ask(staged, f"{name}._tcp.{staged.address.rpartition('@')[2]}", "SRV")[0].split()
        host, port = record[3].rstrip("."), int(record[2])
    security = option(staged, "--security", "tls")
    return Way(protocol, host, port, security, option(staged, "--user", staged.address), staged.password)


def environment(staged: Staged) -> dict[str, str]:
    """The variables that lead to the fault."""
    return dict(staged.environment)


def ask(staged: Staged, name: str, kind: str, resolver: str = "") -> list[str]:
    """The values of a record. Raises Stopped."""
    address, _, port = (resolver or environment(staged)["MAILWRIGHT_RESOLVER"]).partition(":")
    try:
        question = dns.message.make_query(name, kind)
        answer = dns.query.udp(question, address, timeout=1.0, port=int(port))
    except dns.exception.Timeout:
        raise Stopped("dns: timeout") from None
    if answer.rcode() != dns.rcode.NOERROR:
        raise Stopped(f"dns: {dns.rcode.to_text(answer.rcode())}")
    values = [
        rdata.to_text() for rrset in answer.answer for rdata in rrset if rrset.rdtype == question.question[0].rdtype
    ]
    if not values:
        raise Stopped("dns: no data")
    return values


class Session:
    """One connection."""

    def __init__(self, staged: Staged, way: Way) -> None:
        self.staged, self.way = staged, way
        self.seen: list[str] = []

    def run(self) -> str:
        """Everything from the look-up to the mailbox; what was seen, joined by " | "."""
        try:
            self._run()
            self.seen.append("works")
        except Stopped as end:
            self.seen.append(str(end))
        except TimeoutError:
            self.seen.append("timeout")
        except ssl.SSLCertVerificationError as error:
            self.seen.append(f"verify {error.verify_code}")
        except ssl.SSLError as error:
            self.seen.append(f"tls {error.reason}")
        except OSError as error:
            self.seen.append(errno.errorcode.get(error.errno or 0, repr(error)))
        return " | ".join(self.seen)

    def _run(self) -> None:
        address = ask(self.staged, self.way.host, "A")[0]
        port = self.way.port + (plan.OFFSET if self.way.port in plan.PORTS else 0)
        self.sock = socket.create_connection((address, port), timeout=SECONDS)
        try:
            if self.way.security == "tls":
                self._tls()
            getattr(self, f"_{self.way.protocol}")()
        finally:
            self.sock.close()

    def _tls(self) -> None:
        context = ssl.create_default_context(cafile=environment(self.staged)["MAILWRIGHT_CA"])
        # Python's own defaults; a distribution's Python may take its system's, which are older.
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("DEFAULT:!kRSA")
        self.sock = context.wrap_socket(self.sock, server_hostname=self.way.host, do_handshake_on_connect=False)
        self.sock.do_handshake()
        self.seen.append(f"tls {self.sock.version()}")

    def _line(self) -> str:
        line = b""
        while not line.endswith(b"\n"):
            data = self.sock.recv(1)
            if not data:
                raise Stopped(f"closed after {line!r}" if line else "closed")
            line += data
        for encoding in ("utf-8", "gb18030"):
            try:
                return line.decode(encoding).strip()
            except UnicodeDecodeError:
                continue
        raise AssertionError(line)

    def _send(self, text: str) -> None:
        self.sock.sendall(text.encode() + b"\r\n")

    def _until(self, done: Callable[[str], bool]) -> str:
        said = []
        while True:
            said.append(self._line())
            if done(said[-1]):
                return " / ".join(said)

    def _good(self, name: str, said: str, last: str) -> str:
        if not re.match(r"(x )?OK|\+|[23]\d\d", last):
            raise Stopped(f"{name}: {said}")
        return said

    def _command(self, name: str, text: str) -> str:
        self._send(f"x {text}" if self.way.protocol == "imap" else text)
        return self._answer(name)

    def _answer(self, name: str) -> str:
        if self.way.protocol == "imap":
            said = self._until(lambda line: line.startswith(("x ", "+", "* BYE")))
        elif self.way.protocol == "smtp":
            said = self._until(lambda line: line[3:4] != "-")
        else:
            said = self._line()
        return self._good(name, said, said.rpartition(" / ")[2])

    def _imap(self) -> None:
        first = self._line()
        if not first.startswith("* OK"):
            raise Stopped(f"greeting: {first}")
        if self.way.security == "starttls":
            self._upgrade("STARTTLS", self._command("capability", "CAPABILITY"))
        if "LOGINDISABLED" in self._command("capability", "CAPABILITY"):
            raise Stopped("login disabled")
        self._command("login", f'LOGIN "{self.way.user}" "{self.way.password}"')
        self._command("id", 'ID ("name" "test")')
        self._command("after", "EXAMINE INBOX")

    def _pop3(self) -> None:
        self._good("greeting", first := self._line(), first)
        self._command("login", f"USER {self.way.user}")
        self._command("login", f"PASS {self.way.password}")
        self._command("after", "STAT")

    def _smtp(self) -> None:
        self._answer("greeting")
        offered = self._command("capability", "EHLO [127.0.0.1]")
        if self.way.security == "starttls":
            self._upgrade("STARTTLS", offered)
            offered = self._command("capability", "EHLO [127.0.0.1]")
        if "AUTH" not in offered:
            raise Stopped("no sign-in offered")
        both = f"\0{self.way.user}\0{self.way.password}".encode()
        mechanism = "PLAIN" if "PLAIN" in offered else "LOGIN"
        if "XOAUTH2" in offered and "PLAIN" not in offered and "LOGIN" not in offered:
            token = f"user={self.way.user}\x01auth=Bearer {self.way.password}\x01\x01"
            if self._command("login", f"AUTH XOAUTH2 {base64.b64encode(token.encode()).decode()}").startswith("334"):
                self._command("login", "")
        elif mechanism == "PLAIN":
            self._command("login", f"AUTH PLAIN {base64.b64encode(both).decode()}")
        else:
            self._command("login", "AUTH LOGIN")
            self._command("login", base64.b64encode(self.way.user.encode()).decode())
            self._command("login", base64.b64encode(self.way.password.encode()).decode())
        self._command("sender", f"MAIL FROM:<{self.staged.address}>")

    def _upgrade(self, word: str, offered: str) -> None:
        if word not in offered:
            raise Stopped("no STARTTLS")
        said = self._command("starttls", word)
        self.sock.settimeout(0.2)
        try:
            if self.sock.recv(1, socket.MSG_PEEK):
                raise Stopped("something came in the clear after the go-ahead")
        except TimeoutError:
            pass
        self.sock.settimeout(SECONDS)
        assert said
        self._tls()


def within(lab: Lab, work: Callable[[], str]) -> str:
    """The result of some work done where the lab's clients are."""
    found: list[str] = []

    def run() -> None:
        if lab.network.client_namespace:
            relay.enter(lab.network.client_namespace)
        found.append(work())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0] if found else "failed"


def seen(lab: Lab, id: str, protocol: str = "", **changed: str) -> str:
    """What a raw client sees of a fault; `changed`: fields of Way that it uses instead."""

    def work() -> str:
        staged = lab.fault(id)
        try:
            where = way(staged, protocol)
        except Stopped as end:
            return str(end)
        fields = {name: getattr(where, name) for name in Way.__slots__} | changed
        return Session(staged, Way(**fields)).run()

    return within(lab, work)
