"""How often a secret is shown in one run: two logins that are not answered by yes, over both protocols, and no more."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mailwright import verify, wire
from mailwright.core import (
    Candidate,
    Credentials,
    EmailAddress,
    Evidence,
    Outcome,
    Protocol,
    Reason,
    Repair,
    Secret,
    Service,
    ServiceEvidence,
    Stage,
)
from mailwright.verify import run
from tests.verify import at
from tests.wire import peers

LI = EmailAddress("li", "example.org")
REPAIRABLE = Credentials(LI, Secret("canary-Q7x "), username="li@other.example")
CLEAN = Credentials(LI, Secret("canary-Q7x"), username="li@other.example")
PORTS = {"imap": 993, "pop3": 995, "smtp": 465}
BLANKS = (Repair.BLANKS,)

SAID = {
    "imap": {"yes": b"OK in", "no": b"NO [AUTHENTICATIONFAILED] no", "later": b"NO [UNAVAILABLE] later"},
    "pop3": {"yes": b"+OK in", "no": b"-ERR [AUTH] no", "later": b"-ERR [SYS/TEMP] later"},
    "smtp": {"yes": b"235 2.7.0 in", "no": b"535 5.7.8 no", "later": b"454 4.7.0 later"},
}


@pytest.fixture
def pki(tmp_path: Path) -> peers.Pki:
    return peers.Pki(tmp_path)


@dataclass
class Server:
    """A server that does to each login of its life the next of `answers`; `counted` is how many it has seen.

    Besides the words of SAID: "close" hangs up, "bye" says so before it does, "silence" answers nothing more.
    """

    protocol: str
    answers: list[str]
    refuses: bytes = b""
    counted: int = 0
    greeted: asyncio.Event = field(default_factory=asyncio.Event)
    before: asyncio.Event | None = None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greeting = {"imap": b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready", "pop3": b"+OK", "smtp": b"220 hi"}
        writer.write(greeting[self.protocol] + b"\r\n")
        while line := (await reader.readline()).strip():
            tag = line.split()[0] + b" " if self.protocol == "imap" else b""
            word = line.split()[1 if tag else 0].upper()
            said = self.other(word)
            if word in (b"AUTHENTICATE", b"LOGIN", b"PASS", b"AUTH"):
                answer = await self.login()
                said = SAID[self.protocol].get(answer, b"")
                if answer == "bye":
                    writer.write(b"* BYE too many\r\n")
                if answer == "silence":
                    await peers.echo_nothing(reader, writer)
                if not said:
                    return
            writer.write(tag + said + b"\r\n")
            self.greeted.set()

    async def login(self) -> str:
        self.counted += 1
        if self.before is not None:
            async with asyncio.timeout(2):
                await self.before.wait()
        return self.answers.pop(0)

    def other(self, word: bytes) -> bytes:
        if word == self.refuses:
            return {"imap": b"NO no", "pop3": b"-ERR no", "smtp": b"550 5.7.1 no"}[self.protocol]
        good = {"imap": b"OK done", "pop3": b"-ERR what" if word == b"CAPA" else b"+OK 0 0", "smtp": b"250 AUTH PLAIN"}
        return b"250-hello\r\n250 AUTH PLAIN" if word == b"EHLO" else good[self.protocol]


def services(*protocols: str, each: int = 1) -> tuple[Service, ...]:
    return tuple(
        at.service(protocol, f"{'abcd'[number]}.example.org", PORTS[protocol])
        for protocol in protocols
        for number in range(each)
    )


async def tried(
    pki: peers.Pki, who: Credentials, *servers: Server, each: int = 1, seconds: float = 3.0
) -> Evidence:
    """One run against these servers, `each` endpoints of each."""
    names = [f"{letter}.example.org" for letter in "abcd"]
    async with contexts(pki, names, servers) as routes:
        settings = wire.Settings(ca_file=pki.file, reroutes=routes, reply_seconds=seconds)
        incoming = next((Protocol(s.protocol) for s in servers if s.protocol != "smtp"), Protocol.IMAP)
        found = Candidate(services(*(server.protocol for server in servers), each=each))
        async with wire.World(settings) as world:
            return await verify.verify(found, who, world, incoming=incoming)
