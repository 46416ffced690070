"""Where the secret does not go, and how long a bad server can hold us up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
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
    Stage,
    Trust,
)
from mailwright.verify import run
from tests.verify import at
from tests.wire import peers

LI = EmailAddress("li", "example.org")
WHO = Credentials(LI, Secret("canary-Q7x "))


@pytest.fixture
def pki(tmp_path: Path) -> peers.Pki:
    return peers.Pki(tmp_path)


async def tried(settings: wire.Settings, *services: Service, confirmed: frozenset[str] = frozenset()) -> Evidence:
    async with wire.World(settings) as world:
        return await verify.verify(Candidate(services), WHO, world, confirmed=confirmed)


def at_peer(protocol: str = "imap", security: str = "tls", trust: Trust = Trust.TRUSTED) -> Service:
    return at.service(protocol, peers.NAME, 993, security, trust=trust)


def imap(*answers: bytes) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """An IMAP server that gives each login of its life the next answer; none left: it hangs up after the greeting."""
    left = list(answers)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not left:
            return
        writer.write(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n")
        while line := await reader.readline():
            tag, _, command = line.strip().partition(b" ")
            answer = left.pop(0) if command.startswith((b"AUTHENTICATE", b"LOGIN")) else b"OK done"
            writer.write(b"%s %s\r\n" % (tag, answer))

    return handler


@pytest.mark.parametrize("trust", [Trust.CONFIRM, Trust.LOW])
@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
async def test_hosts_nobody_vouches_for(pki: peers.Pki, protocol: str, security: str, trust: Trust) -> None:
    """Without a yes from the person a doubtful host is not even connected to."""
    async with peers.serving(imap(b"OK"), tls=pki.server()) as peer:
        evidence = await tried(pki.settings(peer), at_peer(protocol, security, trust))
        (seen,) = evidence.services
        assert (seen.stage, seen.outcome, seen.reason) == (Stage.RESOLVE, Outcome.STOPPED, Reason.NOT_CONFIRMED)
        assert (seen.logins, seen.trace.steps) == ((), ())
        assert peer.got == []


@pytest.mark.parametrize(
    ("confirmed", "works"),
    [({peers.NAME}, True), ({"example.org"}, False), ({"evil.example"}, False), ({f"imap.{peers.NAME}"}, False)],
)
async def test_hosts_somebody_said_yes_to(pki: peers.Pki, confirmed: set[str], *, works: bool) -> None:
    """A yes counts for the very host it was given for."""
    async with peers.serving(imap(b"OK"), tls=pki.server()) as peer:
        evidence = await tried(pki.settings(peer), at_peer(trust=Trust.CONFIRM), confirmed=frozenset(confirmed))
        assert [seen.works for seen in evidence.services] == [works]
        assert bool(peer.got) is works


@pytest.mark.parametrize("protocol", ["imap", "pop3", "smtp"])
async def test_no_encryption(pki: peers.Pki, protocol: str) -> None:
    """Settings without encryption are never tried, confirmed or not."""
    async with peers.serving(imap(b"OK")) as peer:
        incoming = Protocol.POP3 if protocol == "pop3" else Protocol.IMAP
        async with wire.World(pki.settings(peer)) as world:
            evidence = await verify.verify(
                Candidate((at_peer(protocol, "none"),)),
                WHO,
                world,
                incoming=incoming,
                confirmed=frozenset({peers.NAME}),
            )
        (seen,) = evidence.services
        assert (seen.outcome, seen.reason, seen.trace.steps) == (Outcome.STOPPED, Reason.PLAINTEXT, ())
        assert peer.got == []


@pytest.mark.parametrize("fault", ["expired", "unknown issuer", "self-signed"])
async def test_bad_certificates(pki: peers.Pki, fault: str) -> None:
    """Nothing is said to a server whose certificate is not good; what it showed is evidence."""
    async with peers.serving(imap(b"OK"), tls=pki.server(fault=fault)) as peer:
        (seen,) = (await tried(pki.settings(peer), at_peer())).services
        assert (seen.stage, seen.reason, seen.logins) == (Stage.TLS, Reason.TLS_CERTIFICATE, ())
        assert seen.tls is not None
        assert seen.tls.verify_code
        assert not seen.tls.verified
        assert len(seen.tls.chain) == 1
        assert peer.everything == b""


async def test_a_certificate_for_another_name(pki: peers.Pki) -> None:
    """A good certificate of somebody else is a bad one here."""
    async with peers.serving(imap(b"OK"), tls=pki.server("other.example")) as peer:
        (seen,) = (await tried(pki.settings(peer), at_peer())).services
        assert (seen.reason, seen.logins) == (Reason.TLS_CERTIFICATE, ())
        assert seen.tls is not None
        assert (seen.tls.verify_code, seen.tls.chain[0].names) == (62, ("other.example",))


async def test_starttls_taken_out(pki: peers.Pki) -> None:
    """When STARTTLS is missing the password stays here."""
    async with peers.serving(imap(b"OK")) as peer:
        (seen,) = (await tried(pki.settings(peer), at_peer(security="starttls"))).services
        assert (seen.stage, seen.outcome, seen.reason) == (Stage.STARTTLS, Outcome.STOPPED, Reason.STARTTLS_MISSING)
        assert seen.logins == ()
        assert b"LOGIN" not in peer.everything
        assert b"AUTH" not in peer.everything


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await peers.echo_nothing(reader, writer)


async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await peers.forever(writer, b"*", 0.05)


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("handler", [silent, half])
async def test_servers_that_do_not_answer(pki: peers.Pki, security: str, handler: peers.Handler) -> None:
    """A server that says nothing, or never ends a line, costs one time-out, and a time-out is not a no."""
    async with peers.serving(handler) as peer:
        began = time.monotonic()
        settings = pki.settings(peer, reply_seconds=0.3, connect_seconds=0.3)
        (seen,) = (await tried(settings, at_peer(security=security))).services
        assert time.monotonic() - began < 1.5
        # Bytes that are no TLS are seen as such; silence is not.
        if (security, handler) != ("tls", half):
            assert (seen.outcome, seen.reason) == (Outcome.TIMEOUT, Reason.READ_TIMEOUT)
        assert seen.logins == ()


async def test_four_endpoints_at_most(pki: peers.Pki) -> None:
    """A long list of endpoints does not make a long wait: after four it is enough."""
    async with peers.serving(silent) as peer:
        services = [at.service("imap", peers.NAME, port, "starttls") for port in range(1000, 1010)]
        evidence = await tried(pki.settings(peer, reply_seconds=0.1), *services)
        assert [seen.service.endpoint.value.port for seen in evidence.services] == [1000, 1001, 1002, 1003]


async def test_the_whole_has_an_end(pki: peers.Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may take its time for each answer, but not for all of them together."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            await asyncio.sleep(0.4)
            writer.write(line.split()[0] + b" OK done\r\n")

    monkeypatch.setattr(run, "SERVICE_SECONDS", 0.6)
    async with peers.serving(slow, tls=pki.server()) as peer:
        began = time.monotonic()
        (seen,) = (await tried(pki.settings(peer), at_peer())).services
        assert time.monotonic() - began < 1.5
        assert (seen.outcome, seen.reason) == (Outcome.TIMEOUT, Reason.READ_TIMEOUT)


REFUSAL = b"NO [AUTHENTICATIONFAILED] wrong"
ANSWERS = [
    # answers to the logins, how many logins there are, by how many commands, reason, reply
    ([b"OK in"], 1, 1, Reason.NONE, None),
    ([REFUSAL, b"OK in"], 2, 2, Reason.NONE, None),
    ([REFUSAL, REFUSAL, b"OK in"], 2, 2, Reason.REFUSED, "AUTHENTICATIONFAILED"),
    ([b"NO no", b"OK in"], 2, 2, Reason.NONE, None),
    ([b"NO [UNAVAILABLE] later", b"OK in"], 1, 1, Reason.REFUSED, "UNAVAILABLE"),
    ([b"NO [CONTACTADMIN] locked", b"OK in"], 1, 1, Reason.REFUSED, "CONTACTADMIN"),
    ([b"NO [ALERT] web login", b"OK in"], 1, 1, Reason.REFUSED, "ALERT"),
    # docs/quirks.md "authenticate-bad": a command that is not understood is said in another way, once.
    ([b"BAD syntax", b"OK in"], 1, 2, Reason.NONE, None),
    ([b"BAD syntax", b"BAD syntax", b"OK in"], 1, 2, Reason.REFUSED, ""),
    ([REFUSAL], 1, 1, Reason.REFUSED, "AUTHENTICATIONFAILED"),
]


@pytest.mark.parametrize(
    ("answers", "logins", "commands", "reason", "code"), ANSWERS, ids=[repr(row[0]) for row in ANSWERS]
)
async def test_when_there_is_a_second_try(
    pki: peers.Pki, answers: list[bytes], logins: int, commands: int, reason: Reason, code: str | None
) -> None:
    """Only a plain refusal is worth a second try, there is no third, and a hang-up takes nothing from the first."""
    async with peers.serving(imap(*answers), tls=pki.server()) as peer:
        (seen,) = (await tried(pki.settings(peer), at_peer())).services
        assert (len(seen.logins), seen.reason, seen.reply.code if seen.reply else None) == (logins, reason, code)
        assert peer.everything.count(b" AUTHENTICATE ") + peer.everything.count(b" LOGIN ") == commands
        if logins == 2:
            assert seen.logins[1].repairs == (Repair.BLANKS,)
        assert seen.works is (reason is Reason.NONE)


async def test_cancelling(pki: peers.Pki) -> None:
    """A person's ^C ends it at once and leaves no connection open."""
    reached = asyncio.Event()

    async def reaching(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.set()
        await silent(reader, writer)

    async with peers.serving(reaching) as peer, wire.World(pki.settings(peer, reply_seconds=30.0)) as world:
        task = asyncio.create_task(verify.verify(Candidate((at_peer(security="starttls"),)), WHO, world))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(1):
                await task


async def test_nothing_to_try(pki: peers.Pki) -> None:
    """Settings without services give no evidence, and an IMAP service is not tried when POP3 was asked for."""
    async with peers.serving(silent) as peer:
        assert (await tried(pki.settings(peer))).services == ()
        async with wire.World(pki.settings(peer)) as world:
            evidence = await verify.verify(Candidate((at_peer("imap"),)), WHO, world, incoming=Protocol.POP3)
        assert evidence.services == ()
        assert peer.got == []
