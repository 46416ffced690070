"""How often a secret is shown in one run: two logins that are not answered by yes, over both protocols, and no more."""

from __future__ import annotations

import asyncio
import contextlib
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
PORTS = {"imap": 1000, "pop3": 2000, "smtp": 3000}
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
    `refuses`: a command to say no to; `before`: what has to happen before it answers a login.
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


async def tried(
    pki: peers.Pki, who: Credentials, *servers: Server, each: int = 1, seconds: float = 3.0
) -> tuple[Evidence, list[ServiceEvidence]]:
    """One run against these servers, each behind so many endpoints, and what was noticed of it."""
    found: list[Service] = []
    routes: list[wire.Reroute] = []
    noticed: list[ServiceEvidence] = []
    async with contextlib.AsyncExitStack() as stack:
        for server in servers:
            peer = await stack.enter_async_context(peers.serving(server, tls=pki.server()))
            for port in range(PORTS[server.protocol], PORTS[server.protocol] + each):
                routes.append(wire.Reroute("", port, "127.0.0.1", peer.port))
                found.append(at.service(server.protocol, peers.NAME, port))
        incoming = next((Protocol(server.protocol) for server in servers if server.protocol != "smtp"), Protocol.IMAP)
        settings = wire.Settings(ca_file=pki.file, reroutes=tuple(routes), reply_seconds=seconds)
        async with wire.World(settings) as world:
            evidence = await verify.verify(
                Candidate(tuple(found)), who, world, incoming=incoming, notify=noticed.append
            )
    return evidence, noticed


def tries(evidence: Evidence, protocol: str) -> list[tuple[str, tuple[Repair, ...]]]:
    """Outcome and repairs of each login."""
    logins = [login for seen in evidence.services if seen.service.protocol == protocol for login in seen.logins]
    return [(login.outcome.value, login.repairs) for login in logins]


TYPED, MENDED = (), BLANKS
ROWS = [
    # who, what IMAP and SMTP do to logins, the logins there, and those here
    (REPAIRABLE, "yes", "yes", [("ok", TYPED)], [("ok", TYPED)]),
    (REPAIRABLE, "yes", "no yes", [("ok", TYPED)], [("no", TYPED), ("ok", MENDED)]),
    (REPAIRABLE, "yes", "no no", [("ok", TYPED)], [("no", TYPED), ("no", MENDED)]),
    (REPAIRABLE, "yes", "later", [("ok", TYPED)], [("no", TYPED)]),
    (REPAIRABLE, "yes", "no close", [("ok", TYPED)], [("no", TYPED), ("failed", MENDED)]),
    (REPAIRABLE, "no yes", "yes", [("no", TYPED), ("ok", MENDED)], [("ok", MENDED)]),
    (REPAIRABLE, "no yes", "no", [("no", TYPED), ("ok", MENDED)], [("no", MENDED)]),
    (REPAIRABLE, "no yes", "close", [("no", TYPED), ("ok", MENDED)], [("failed", MENDED)]),
    (REPAIRABLE, "no no", "", [("no", TYPED), ("no", MENDED)], []),
    (REPAIRABLE, "no close", "", [("no", TYPED), ("failed", MENDED)], []),
    (REPAIRABLE, "no silence", "", [("no", TYPED), ("timeout", MENDED)], []),
    (REPAIRABLE, "later", "yes", [("no", TYPED)], [("ok", TYPED)]),
    (REPAIRABLE, "later", "no", [("no", TYPED)], [("no", TYPED)]),
    (REPAIRABLE, "close", "no", [("failed", TYPED)], [("no", TYPED)]),
    (REPAIRABLE, "close", "yes", [("failed", TYPED)], [("ok", TYPED)]),
    (REPAIRABLE, "silence", "no", [("timeout", TYPED)], [("no", TYPED)]),
    (CLEAN, "yes", "yes", [("ok", TYPED)], [("ok", TYPED)]),
    (CLEAN, "yes", "no", [("ok", TYPED)], [("no", TYPED)]),
    (CLEAN, "no", "yes", [("no", TYPED)], [("ok", TYPED)]),
    (CLEAN, "no", "no", [("no", TYPED)], [("no", TYPED)]),
    (CLEAN, "no", "silence", [("no", TYPED)], [("timeout", TYPED)]),
    (CLEAN, "close", "close", [("failed", TYPED)], [("failed", TYPED)]),
]
IDS = [f"{'repairable' if row[0] is REPAIRABLE else 'clean'}-{row[1]}-{row[2] or 'none'}" for row in ROWS]


@pytest.mark.parametrize("incoming", ["imap", "pop3"])
@pytest.mark.parametrize(("who", "reads", "sends", "reading", "sending"), ROWS, ids=IDS)
async def test_two_refusals_in_a_whole_run(
    pki: peers.Pki, who: Credentials, incoming: str, reads: str, sends: str,
    reading: list[tuple[str, tuple[Repair, ...]]], sending: list[tuple[str, tuple[Repair, ...]]],
) -> None:  # fmt: skip
    """Sending goes on with what reading has proved; two logins without a yes end it for both."""
    servers = Server(incoming, reads.split()), Server("smtp", sends.split())
    evidence, _ = await tried(pki, who, *servers, each=2, seconds=0.3 if "silence" in reads + sends else 3.0)
    assert (tries(evidence, incoming), tries(evidence, "smtp")) == (reading, sending)
    assert [server.counted for server in servers] == [len(reading), len(sending)]
    refused = [outcome for outcome, _ in reading + sending if outcome != "ok"]
    assert len(refused) <= run.MOST_REFUSALS == 2
    assert len(evidence.services) == 2
    if not sending:
        left = at.of(evidence, "smtp")
        assert (left.stage, left.outcome, left.reason) == (Stage.LOGIN, Outcome.CANCELLED, Reason.NOT_TRIED)


KINDS = ["yes", "no yes", "no no", "no later", "no close", "later", "close"]


@pytest.mark.parametrize(("reads", "sends"), [*itertools.product(KINDS, KINDS)])
async def test_no_way_to_a_third(pki: peers.Pki, reads: str, sends: str) -> None:
    """Whatever the servers do, together they see two logins they do not say yes to, and evidence holds each of them."""
    servers = Server("imap", reads.split()), Server("smtp", sends.split())
    evidence, _ = await tried(pki, REPAIRABLE, *servers, each=2)
    logins = [login for seen in evidence.services for login in seen.logins]
    assert len([login for login in logins if login.outcome is not Outcome.OK]) <= 2
    assert sum(server.counted for server in servers) == len(logins)


BROKEN = [
    ("imap", "close", Outcome.FAILED, Reason.CLOSED, None),
    ("imap", "bye", Outcome.FAILED, Reason.CLOSED, "BYE"),
    ("imap", "silence", Outcome.TIMEOUT, Reason.READ_TIMEOUT, None),
    ("pop3", "close", Outcome.FAILED, Reason.CLOSED, None),
    ("pop3", "silence", Outcome.TIMEOUT, Reason.READ_TIMEOUT, None),
    ("smtp", "close", Outcome.FAILED, Reason.CLOSED, None),
    ("smtp", "silence", Outcome.TIMEOUT, Reason.READ_TIMEOUT, None),
]


@pytest.mark.parametrize(("protocol", "answer", "outcome", "reason", "said"), BROKEN)
async def test_a_login_without_an_answer(
    pki: peers.Pki, protocol: str, answer: str, outcome: Outcome, reason: Reason, said: str | None
) -> None:
    """The server may have counted it: it is a login, and none of the other three endpoints is tried."""
    server = Server(protocol, [answer] * 4)
    evidence, _ = await tried(pki, REPAIRABLE, server, each=4, seconds=0.3)
    (seen,) = evidence.services
    assert server.counted == 1
    assert (seen.stage, seen.reason) == (Stage.LOGIN, reason)
    (login,) = seen.logins
    assert (login.username, login.repairs, login.outcome) == ("li@other.example", (), outcome)
    assert (login.reply.status if login.reply else None) == said
    assert login.reply == seen.reply


async def test_a_hang_up_before_any_credentials(pki: peers.Pki) -> None:
    """What broke off before a name or password had left is no login, and the next endpoint is tried."""
    greetings = iter([b"", b"", b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n"])
    good = Server("imap", ["yes"])

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if next(greetings):
            await good(reader, writer)

    async with peers.serving(handler, tls=pki.server()) as peer:
        found = Candidate(tuple(at.service("imap", peers.NAME, port) for port in range(1000, 1004)))
        async with wire.World(pki.settings(peer)) as world:
            evidence = await verify.verify(found, CLEAN, world)
    assert [(seen.works, len(seen.logins)) for seen in evidence.services] == [(False, 0), (False, 0), (True, 1)]
    assert good.counted == 1


async def test_sending_greets_meanwhile(pki: peers.Pki) -> None:
    """SMTP is connected and greeted while reading still waits for its login, and its own login comes after that."""
    sending = Server("smtp", ["yes"])
    reading = Server("imap", ["yes"], before=sending.greeted)
    sending.before = reading.greeted
    evidence, noticed = await tried(pki, CLEAN, reading, sending)
    assert all(seen.works for seen in evidence.services)
    greeted = [seen.service.protocol.value for seen in noticed if seen.stage is Stage.CAPABILITY]
    assert sorted(greeted) == ["imap", "smtp"]
    assert "done" not in [seen.stage.value for seen in noticed[:2]]


async def test_sending_is_not_tried_after_two_refusals(pki: peers.Pki) -> None:
    """It has been greeted over good TLS, and that is all: no login, at none of its endpoints, and a notice of it."""
    sending = Server("smtp", [])
    evidence, noticed = await tried(pki, REPAIRABLE, Server("imap", ["no", "no"]), sending, each=4)
    left = at.of(evidence, "smtp")
    assert len(evidence.services) == 2
    assert (sending.counted, left.logins, left.mechanisms) == (0, (), ("PLAIN",))
    assert left.tls is not None
    assert left.tls.verified
    assert noticed[-1] == left


async def test_reading_may_be_slow(pki: peers.Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that sending waits for reading is not taken for slowness of the sending server."""
    monkeypatch.setattr(run, "SERVICE_SECONDS", 0.4)
    sending = Server("smtp", ["yes"])
    evidence, _ = await tried(pki, CLEAN, Server("imap", ["silence"]), sending, seconds=0.3)
    assert at.of(evidence, "smtp").works

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peers.echo_nothing(reader, writer)

    async with peers.serving(silent) as mute, peers.serving(Server("smtp", ["yes"]), tls=pki.server()) as peer:
        routes = (wire.Reroute("", 465, "127.0.0.1", peer.port), wire.Reroute("", 0, "127.0.0.1", mute.port))
        found = [at.service("imap", peers.NAME, port) for port in (1000, 1001, 1002)]
        settings = pki.settings(mute, reroutes=routes, reply_seconds=0.3)
        async with wire.World(settings) as world:
            evidence = await verify.verify(Candidate((*found, at.service("smtp", peers.NAME, 465))), CLEAN, world)
    assert [seen.works for seen in evidence.services] == [False, False, False, True]


@pytest.mark.parametrize(
    ("protocol", "command", "stage"),
    [("imap", b"SELECT", Stage.SELECT), ("pop3", b"STAT", Stage.STAT), ("smtp", b"MAIL", Stage.MAIL_FROM)],
)
async def test_let_in_and_then_refused(pki: peers.Pki, protocol: str, command: bytes, stage: Stage) -> None:
    """A no behind a repaired login is told as what it is, not as the refusal of the first."""
    server = Server(protocol, ["no", "yes"], refuses=command)
    evidence, _ = await tried(pki, REPAIRABLE, server)
    (seen,) = evidence.services
    assert (seen.stage, seen.outcome, seen.reason) == (stage, Outcome.NO, Reason.REFUSED)
    assert [(login.outcome, login.repairs) for login in seen.logins] == [(Outcome.NO, ()), (Outcome.OK, BLANKS)]
