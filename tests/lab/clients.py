"""Python's own mail clients, led into a lab by its resolver, its CA and its connect-to rules."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import imaplib
import poplib
import secrets
import smtplib
import socket
import ssl
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.query
import dns.rdatatype

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright.lab import Expected, Lab

SECONDS = 10
opened = contextlib.ExitStack()
"""Every connection of the running test; a fixture closes them when it ends."""


def ask(lab: Lab, name: str, kind: str, *, tcp: bool = False) -> dns.message.Message:
    """One question to the lab's resolver, with the AD bit asked for."""
    address, _, port = lab.resolver.partition(":")
    question = dns.message.make_query(name, kind, want_dnssec=True)
    question.flags |= dns.flags.AD
    send = dns.query.tcp if tcp else dns.query.udp
    return send(question, address, port=int(port), timeout=SECONDS)


def records(lab: Lab, name: str, kind: str) -> list[str]:
    """The records of one kind, as text."""
    wanted = dns.rdatatype.from_text(kind)
    return [item.to_text() for rrset in ask(lab, name, kind).answer if rrset.rdtype == wanted for item in rrset]


def reroute(lab: Lab, host: str, port: int) -> int:
    """The port that the first rule that fits leads to."""
    for rule in lab.connect_to:
        name, wanted, _, real = rule.split(":")
        if name in ("", host) and int(wanted) == port:
            return int(real)
    raise AssertionError(f"no rule for {host}:{port}")


def connect(lab: Lab, host: str, port: int) -> socket.socket:
    """A TCP connection to a host of the lab."""
    found = records(lab, host, "A") or records(lab, host, "AAAA")
    assert found, f"{host} has no address"
    plain = socket.create_connection((found[0], reroute(lab, host, port)), timeout=SECONDS)
    opened.callback(plain.close)
    return plain


def trust(lab: Lab) -> ssl.SSLContext:
    """Only the lab's CA, names checked."""
    return ssl.create_default_context(cafile=str(lab.ca))


def secure(lab: Lab, host: str, port: int) -> ssl.SSLSocket:
    """A verified TLS connection."""
    secured = trust(lab).wrap_socket(connect(lab, host, port), server_hostname=host)
    opened.callback(secured.close)
    return secured


def _open(lab: Lab, at: Expected) -> socket.socket:
    return (secure if at.security == "tls" else connect)(lab, at.host, at.port)


class _Imap(imaplib.IMAP4):
    def __init__(self, opened: socket.socket, host: str) -> None:
        self.opened = opened
        super().__init__(host)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self.opened


class _Pop(poplib.POP3):
    def __init__(self, opened: socket.socket, host: str) -> None:
        self.opened = opened
        super().__init__(host)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self.opened


class _Smtp(smtplib.SMTP):
    def __init__(self, opened: socket.socket, host: str) -> None:
        self.opened = opened
        super().__init__(host, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.opened


def imap(lab: Lab, at: Expected) -> imaplib.IMAP4:
    """An IMAP session before login, protected as `at` says."""
    session = _Imap(_open(lab, at), at.host)
    opened.callback(_quietly, session.shutdown)
    if at.security == "starttls":
        session.starttls(trust(lab))
    return session


def pop(lab: Lab, at: Expected) -> poplib.POP3:
    """A POP3 session before login."""
    session = _Pop(_open(lab, at), at.host)
    opened.callback(session.close)
    session.encoding = "utf-8"
    if at.security == "starttls":
        session.stls(trust(lab))
    return session


def pop_command(session: poplib.POP3, line: str) -> bytes:
    """One line, one answer; poplib has no public way."""
    answer: bytes = session._shortcmd(line)  # type: ignore[attr-defined]
    return answer


def smtp(lab: Lab, at: Expected) -> smtplib.SMTP:
    """A submission session after EHLO."""
    session = _Smtp(_open(lab, at), at.host)
    opened.callback(session.close)
    if at.security == "starttls":
        session.starttls(context=trust(lab))
    session.ehlo()
    return session


def _quietly(close: Callable[[], object]) -> None:
    with contextlib.suppress(OSError):
        close()


def plain(username: str, password: str) -> str:
    """The initial response of SASL PLAIN (RFC 4616)."""
    return base64.b64encode(f"\0{username}\0{password}".encode()).decode()


def scram(username: str, password: str) -> Callable[[bytes], bytes]:
    """Answers to the challenges of SCRAM-SHA-256 (RFC 5802), for imaplib's authenticate()."""
    bare = f"n={username},r={secrets.token_hex(12)}"
    said: list[bytes] = []

    def answer(challenge: bytes) -> bytes:
        said.append(challenge)
        if len(said) == 1:
            return f"n,,{bare}".encode()
        if len(said) > 2:
            return b""
        fields = dict(part.split("=", 1) for part in challenge.decode().split(","))
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
        key = hmac.digest(salted, b"Client Key", "sha256")
        without = f"c=biws,r={fields['r']}"
        message = f"{bare},{challenge.decode()},{without}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), message, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        return f"{without},p={base64.b64encode(proof).decode()}".encode()

    return answer


def fetch(lab: Lab, url: str, *, body: str = "", method: str = "") -> tuple[int, str, dict[str, str]]:
    """Status, body and headers of a URL of the lab; redirects are not followed."""
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    port = 443 if scheme == "https" else 80
    session = http.client.HTTPConnection(host, port, timeout=SECONDS)
    session.sock = secure(lab, host, port) if scheme == "https" else connect(lab, host, port)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    session.request(method or ("POST" if body else "GET"), f"/{path}", body or None, headers)
    answer = session.getresponse()
    text = answer.read().decode()
    session.close()
    return answer.status, text, {key.lower(): value for key, value in answer.getheaders()}
