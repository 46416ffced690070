"""The driver and the stream against real sockets that behave and misbehave."""

from __future__ import annotations

import asyncio
import socket
import struct
import time

import pytest

from mailwright import wire
from mailwright.core import Outcome, Protocol, Reason, Secret, Security, Stage
from tests.wire import peers
from tests.wire.peers import Pki, endpoint, serving

GREETING = b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n"
OFFER = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"


async def broken(
    pki: Pki, peer: peers.Peer, security: Security = Security.TLS, protocol: Protocol = Protocol.IMAP, **changes: object
) -> tuple[wire.WireError, wire.Recorder]:
    """How a connection to `peer` fails."""
    recorder = wire.Recorder("test")
    where = endpoint(security, protocol)
    async with asyncio.timeout(12), wire.World(pki.settings(peer, **changes)) as world:
        with pytest.raises(wire.WireError) as caught:
            async with world.service(where, wire.Session(where), recorder):
                pass
    return caught.value, recorder


async def signed_in(pki: Pki, peer: peers.Peer, security: Security = Security.TLS) -> wire.Recorder:
    """Sign in at `peer`, which must go well."""
    recorder, where = wire.Recorder("test"), endpoint(security)
    session = wire.Session(where)
    async with (
        wire.World(pki.settings(peer)) as world,
        world.service(where, session, recorder) as connection,
    ):
        tried = await connection.run(wire.imap.sign_in(session, "u", Secret("wonderland"), (), token=False))
        assert tried.outcome is Outcome.OK
        assert connection.tls is not None
        assert connection.tls.verified
    return recorder


async def test_implicit_tls(pki: Pki) -> None:
    """Over TLS from the first byte the trace has version, cipher, group and the redacted login."""
    async with serving(peers.imap_greeting, tls=pki.server()) as peer:
        recorder = await signed_in(pki, peer)
    steps = recorder.trace().steps
    assert [step.kind for step in steps] == ["connect", "tls", "greeting", "login"]
    facts = dict(steps[1].facts)
    assert (facts["tls"], facts["verified"]) == ("TLSv1.3", True)
    assert facts["cipher"]
    assert facts["group"]
    assert [line.text for line in steps[3].lines] == ["a1 AUTHENTICATE PLAIN ‹credentials›", "a1 OK done"]


async def test_starttls(pki: Pki) -> None:
    """Over STARTTLS everything after the upgrade is protected, and the password is not in the clear."""
    async with serving(peers.starttls(pki.server(), OFFER, after=peers.imap)) as peer:
        recorder = await signed_in(pki, peer, Security.STARTTLS)
    kinds = [step.kind for step in recorder.trace().steps]
    assert kinds == ["connect", "greeting", "starttls", "tls", "capability", "login"]


async def test_starttls_injection(pki: Pki) -> None:
    """Plaintext behind the STARTTLS answer is refused and never read."""
    extra = b"* CAPABILITY INJECTED\r\na2 OK done\r\n"
    async with serving(peers.starttls(pki.server(), OFFER, extra)) as peer:
        error, recorder = await broken(pki, peer, Security.STARTTLS)
    assert (error.reason, error.outcome, error.stage) == (Reason.STARTTLS_INJECTION, Outcome.STOPPED, Stage.TLS)
    assert "INJECTED" not in str(recorder.trace())
    assert b"INJECTED" not in peer.everything


async def test_starttls_stripped(pki: Pki) -> None:
    """Where STARTTLS is missing nothing is said after the greeting."""
    async with serving(peers.says(b"* OK [CAPABILITY IMAP4rev1 XXXXXXXA AUTH=PLAIN] ready\r\n")) as peer:
        error, _ = await broken(pki, peer, Security.STARTTLS)
    assert error.reason is Reason.STARTTLS_MISSING
    assert peer.everything == b""


async def test_starttls_then_plaintext(pki: Pki) -> None:
    """A server that goes on in the clear after its OK does not speak TLS."""
    async with serving(peers.says(OFFER, b"a1 OK begin\r\n", b"* OK still here\r\n")) as peer:
        error, _ = await broken(pki, peer, Security.STARTTLS)
    assert error.reason in (Reason.TLS_NOT_SPOKEN, Reason.READ_TIMEOUT)


@pytest.mark.parametrize(
    ("names", "fault", "code"),
    [(("other.example.org",), "", 62), ((), "expired", 10), ((), "unknown issuer", 20), ((), "self-signed", 18)],
    ids=["wrong name", "expired", "unknown issuer", "self-signed"],
)
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_bad_certificate(pki: Pki, names: tuple[str, ...], fault: str, code: int, security: Security) -> None:
    """A bad certificate stops us; a second handshake brings the chain and sends no application data."""
    context = pki.server(*names, fault=fault)
    plain = security is Security.STARTTLS
    handler = peers.starttls(context, OFFER, after=peers.echo_nothing) if plain else peers.echo_nothing
    async with serving(handler, tls=None if plain else context) as peer:
        error, recorder = await broken(pki, peer, security)
        await asyncio.sleep(0.05)
    assert (error.reason, error.outcome, error.stage) == (Reason.TLS_CERTIFICATE, Outcome.STOPPED, Stage.TLS)
    assert error.tls is not None
    assert (error.tls.verify_code, error.tls.verified) == (code, False)
    assert error.tls.chain[0].names == (names or (peers.NAME,))
    assert error.tls.version == "TLSv1.3"
    assert recorder.trace().last("chain") is not None
    assert peer.everything == (b"a1 STARTTLS\r\n" * 2 if plain else b"")


async def test_tls_to_a_plain_port(pki: Pki) -> None:
    """A banner in place of a handshake is told apart from a failed handshake."""
    for banner in (GREETING, b"220 mx ESMTP\r\n", b"HTTP/1.1 302 Found\r\n\r\n"):
        async with serving(peers.says(banner)) as peer:
            error, _ = await broken(pki, peer)
        assert (error.reason, error.stage) == (Reason.TLS_NOT_SPOKEN, Stage.TLS)


async def test_plain_to_a_tls_port(pki: Pki) -> None:
    """Waiting for a banner at a TLS port ends in a time-out at the greeting."""
    async with serving(peers.imap_greeting, tls=pki.server()) as peer:
        error, _ = await broken(pki, peer, Security.NONE, reply_seconds=0.3)
    assert (error.outcome, error.reason, error.stage) == (Outcome.TIMEOUT, Reason.READ_TIMEOUT, Stage.GREETING)


@pytest.mark.parametrize("security", [Security.TLS, Security.NONE])
async def test_silent_server(pki: Pki, security: Security) -> None:
    """A server that accepts and says nothing is a time-out, not a no."""
    async with serving(peers.echo_nothing) as peer:
        error, _ = await broken(pki, peer, security, reply_seconds=0.2)
    assert error.outcome is Outcome.TIMEOUT


@pytest.mark.parametrize(
    ("piece", "protocol", "reason"),
    [
        (b"x" * 65536, Protocol.IMAP, Reason.TOO_MUCH),
        (b"* OK Still here\r\n" * 4096, Protocol.IMAP, Reason.TOO_MUCH),
        (b"* X " + b"x" * 60000 + b"\r\n", Protocol.IMAP, Reason.TOO_MUCH),
        (b"220-more\r\n" * 4096, Protocol.SMTP, Reason.TOO_MUCH),
        (b"+OK\r\n" * 4096, Protocol.POP3, Reason.TOO_MUCH),
        (b"* OK {1000000}\r\n" + b"x" * 1000000, Protocol.IMAP, Reason.TOO_MUCH),
    ],
    ids=["line", "untagged", "long untagged", "smtp lines", "capa lines", "literals"],
)
async def test_endless_server(pki: Pki, piece: bytes, protocol: Protocol, reason: Reason) -> None:
    """What never ends is cut off by size, soon."""
    start = time.monotonic()
    greeting = b"* OK hi\r\n" if piece.startswith(b"* X") else b""
    async with serving(peers.says(greeting, then=lambda writer: peers.forever(writer, piece))) as peer:
        error, _ = await broken(pki, peer, Security.NONE, protocol, reply_seconds=20)
    assert (error.reason, error.outcome) == (reason, Outcome.STOPPED)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("piece", [b"x", b"* OK Still here\r\n"], ids=["drip", "untagged"])
async def test_slow_server(pki: Pki, piece: bytes) -> None:
    """A server that always says a little more is bounded from our last word on."""
    greeting = b"* OK ready\r\n"
    start = time.monotonic()
    async with serving(peers.says(greeting, then=lambda writer: peers.forever(writer, piece, 0.05))) as peer:
        error, _ = await broken(pki, peer, Security.NONE, reply_seconds=0.5)
    assert (error.outcome, error.stage) == (Outcome.TIMEOUT, Stage.CAPABILITY)
    assert time.monotonic() - start < 2


async def test_each_command_has_its_own_time(pki: Pki) -> None:
    """Two answers that each come in time may take longer together."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.write(b"* OK ready\r\n")
        await reader.readline()
        await asyncio.sleep(0.3)
        writer.write(b"* CAPABILITY IMAP4rev1\r\na1 OK done\r\n")
        await reader.read()

    async with serving(slow) as peer, wire.World(pki.settings(peer, reply_seconds=0.5)) as world:
        found = await world.probe(endpoint(Security.NONE), wire.Recorder("test"))
    assert found.outcome is Outcome.OK


async def test_huge_literal(pki: Pki) -> None:
    """A literal of 100 MB is refused when it is announced."""
    async with serving(peers.says(b"* LIST () {104857600}\r\n")) as peer:
        error, _ = await broken(pki, peer, Security.NONE)
    assert (error.reason, error.stage) == (Reason.TOO_MUCH, Stage.GREETING)


@pytest.mark.parametrize("then", ["closes", "is silent"])
async def test_bye_and_then_nothing(pki: Pki, then: str) -> None:
    """A BYE that nothing follows is the reply, whether the server hangs up or not."""

    async def close(writer: asyncio.StreamWriter) -> None:
        writer.close()

    lines = peers.says(b"* OK ready\r\n", b"* BYE overloaded\r\n", then=close if then == "closes" else None)
    async with serving(lines) as peer:
        error, _ = await broken(pki, peer, Security.NONE, reply_seconds=0.3)
    assert (error.outcome, error.reason, error.stage) == (Outcome.NO, Reason.CLOSED, Stage.CAPABILITY)
    assert str(error.reply) == "BYE overloaded"


async def test_connection_reset(pki: Pki) -> None:
    """A reset in the middle is told apart from a close."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        await reader.readline()
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async with serving(reset) as peer:
        error, recorder = await broken(pki, peer, Security.NONE)
    assert (error.reason, error.stage) == (Reason.CONNECT_RESET, Stage.CAPABILITY)
    last = recorder.trace().last("capability")
    assert last is not None
    assert (last.outcome, last.fact("reason")) == (Outcome.FAILED, "connect_reset")


@pytest.mark.parametrize("tls", [True, False])
async def test_close_in_the_middle_of_a_line(pki: Pki, *, tls: bool) -> None:
    """Half a line and a close, with or without close_notify, is no line."""

    async def half(writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with serving(peers.says(b"* OK rea", then=half), tls=pki.server() if tls else None) as peer:
        error, _ = await broken(pki, peer, Security.TLS if tls else Security.NONE)
    assert (error.reason, error.stage) in (
        (Reason.CLOSED, Stage.GREETING),
        (Reason.CONNECT_RESET, Stage.GREETING),
    )


async def test_cancelled_while_reading(pki: Pki) -> None:
    """Who stops waiting leaves no socket and no open step behind."""
    recorder, where = wire.Recorder("test"), endpoint(Security.NONE)

    async def look() -> None:
        async with wire.World(pki.settings(peer)) as world, world.service(where, wire.Session(where), recorder):
            pass

    async with serving(peers.echo_nothing) as peer:
        task = asyncio.create_task(look())
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [step.outcome for step in recorder.trace().steps] == [Outcome.OK, Outcome.CANCELLED]


async def test_error_in_the_body_closes(pki: Pki) -> None:
    """An exception of the caller closes the connection without a good-bye."""
    where = endpoint(Security.NONE)
    async with serving(peers.imap_greeting) as peer:
        with pytest.raises(ZeroDivisionError):
            async with (
                wire.World(pki.settings(peer)) as world,
                world.service(where, wire.Session(where), wire.Recorder("test")),
            ):
                raise ZeroDivisionError
        await asyncio.sleep(0.05)
    assert peer.everything == b""


async def test_leaving_says_goodbye(pki: Pki) -> None:
    """The end of the block says LOGOUT."""
    where = endpoint(Security.NONE)
    async with serving(peers.imap_greeting) as peer:
        async with (
            wire.World(pki.settings(peer)) as world,
            world.service(where, wire.Session(where), wire.Recorder("test")),
        ):
            pass
        await asyncio.sleep(0.05)
    assert peer.everything == b"a1 LOGOUT\r\n"


async def test_probe(pki: Pki) -> None:
    """A probe says what is there and raises nothing."""
    async with serving(peers.imap_greeting, tls=pki.server()) as peer, wire.World(pki.settings(peer)) as world:
        good = await world.probe(endpoint(), wire.Recorder("test"))
        bad = await world.probe(endpoint(host="other.example.org"), wire.Recorder("test"))
    assert (good.outcome, good.capabilities) == (Outcome.OK, ("IMAP4REV1", "SASL-IR", "AUTH=PLAIN"))
    assert good.tls is not None
    assert good.tls.verified
    assert (bad.outcome, bad.reason) == (Outcome.STOPPED, Reason.TLS_CERTIFICATE)


async def test_pipelined_commands_are_lines_of_the_trace(pki: Pki) -> None:
    """What was sent together is shown line by line."""
    recorder, where = wire.Recorder("test"), endpoint(Security.NONE)
    session = wire.Session(where)
    async with (
        serving(peers.imap_greeting) as peer,
        wire.World(pki.settings(peer)) as world,
        world.service(where, session, recorder) as connection,
    ):
        await connection.run(wire.imap.look(session))
    step = recorder.trace().last("id")
    assert step is not None
    assert [line.text.partition(" ")[0] for line in step.lines] == ["a1", "a2", "a3", "a1"]
