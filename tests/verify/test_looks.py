"""A round of looks: how many at once, until when, and that nothing is given away."""

from __future__ import annotations

import asyncio
import re
import socket
import time

import pytest

from mailwright import verify, wire
from mailwright.core import Endpoint, Look, LookKind, Outcome, Protocol, Wanted
from mailwright.verify import look_round
from mailwright.verify.looks import FAMILIES
from mailwright.wire import dial, peek
from mailwright.wire.dial import connect
from tests.verify import seeing
from tests.wire.peers import NAME, Pki, echo_nothing, imap_greeting, says, serving


def everything(here: Endpoint) -> list[Wanted]:
    return [Wanted(kind, here) for kind in LookKind]


class Counting:
    """Connects as ever, and notes the most connections that were open at the same time."""

    def __init__(self) -> None:
        self.most = 0
        self._made: list[socket.socket] = []

    async def __call__(self, address: str, port: int, seconds: float, *, mss: int = 0) -> socket.socket:
        self._made.append(await connect(address, port, seconds, mss=mss))
        self.most = max(self.most, sum(sock.fileno() >= 0 for sock in self._made))
        return self._made[-1]


async def test_at_most_four_at_once(monkeypatch: pytest.MonkeyPatch, pki: Pki) -> None:
    """However much is wanted of one host, it sees no more than four connections at the same time."""
    monkeypatch.setattr(peek, "ANSWER_SECONDS", 1.0)
    counted = Counting()
    monkeypatch.setattr(dial, "connect", counted)
    monkeypatch.setattr(peek, "connect", counted)
    async with (
        serving(imap_greeting, tls=pki.server()) as peer,
        wire.World(seeing.to(peer.port, ca_file=pki.file)) as world,
    ):
        # Of clocks the domain is asked as well, which is another host.
        wanted = [want for want in everything(seeing.endpoint()) if want.kind is not LookKind.CLOCK]
        looks = await verify.looks(wanted, world, seconds=20.0)
    assert {look.kind for look in looks} >= {LookKind.BYTES, LookKind.CHAIN, LookKind.LADDER, LookKind.PORT}
    assert counted.most == look_round.MOST_AT_ONCE


async def test_in_the_order_they_were_wanted(pki: Pki) -> None:
    """What comes back is in the order of what was wanted, whatever came first."""
    async with (
        serving(imap_greeting, tls=pki.server()) as peer,
        wire.World(seeing.to(peer.port, ca_file=pki.file)) as world,
    ):
        for kinds in ((LookKind.LADDER, LookKind.BYTES, LookKind.CHAIN), (LookKind.CHAIN, LookKind.LADDER)):
            looks = await verify.looks([Wanted(kind, seeing.endpoint()) for kind in kinds], world)
            assert tuple(dict.fromkeys(look.kind for look in looks)) == kinds
        rungs = [look.fact("with") for look in looks if look.kind is LookKind.LADDER]
        assert rungs == list(wire.rungs.NAMES)


async def test_a_look_that_fails_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch, pki: Pki) -> None:
    """Where one look stumbles over what it saw, the others are still told."""

    async def broken(want: Wanted, around: look_round.Round) -> list[look_round.Job]:
        raise ValueError

    monkeypatch.setitem(FAMILIES, LookKind.CLOCK, broken)
    async with (
        serving(imap_greeting, tls=pki.server()) as peer,
        wire.World(seeing.to(peer.port, ca_file=pki.file)) as world,
    ):
        looks = await verify.looks(
            [Wanted(kind, seeing.endpoint()) for kind in (LookKind.CLOCK, LookKind.CHAIN)], world
        )
    assert [look.kind for look in looks] == [LookKind.CHAIN]

    async def stumbling() -> Look | None:
        raise OverflowError

    async def telling() -> Look | None:
        return Look(LookKind.CLOCK, "x", Outcome.OK)

    async with wire.World(wire.Settings()) as world:
        around = look_round.Round(world, (), (), asyncio.get_running_loop().time() + 5)
        assert await around.in_time([telling(), stumbling()]) == [Look(LookKind.CLOCK, "x", Outcome.OK)]


async def test_what_is_there_in_time(pki: Pki) -> None:
    """At the end of the time, what there is comes back: a slow look takes nothing from a quick one of its kind."""
    hung = asyncio.Event()

    async def slow_without_name(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hung.wait()

    async with serving(imap_greeting, tls=pki.server()) as quick, serving(slow_without_name) as slow:
        routes = (wire.Reroute("", 993, "127.0.0.1", quick.port), wire.Reroute("", 0, "127.0.0.1", slow.port))
        settings = seeing.to(quick.port, ca_file=pki.file, reroutes=routes)
        here = seeing.endpoint(995)
        began = time.monotonic()
        async with wire.World(settings) as world:
            wanted = [
                Wanted(LookKind.PORT, here),
                Wanted(LookKind.BYTES, here),
                Wanted(LookKind.BYTES, seeing.endpoint()),
            ]
            looks = await verify.looks(wanted, world, seconds=1.5)
        took = time.monotonic() - began
    assert [(look.kind, str(look.endpoint), look.outcome) for look in looks] == [
        (LookKind.PORT, f"{NAME}:993", Outcome.OK), (LookKind.BYTES, f"{NAME}:993", Outcome.OK),
    ]  # fmt: skip
    assert took < 5.0


async def test_nothing_is_wanted() -> None:
    """Of nothing comes nothing, and kinds that lack what they need are passed over."""
    async with wire.World(seeing.to(9)) as world:
        assert await verify.looks([], world) == ()
        assert await verify.looks([Wanted(kind) for kind in LookKind], world) == ()


async def test_whoever_is_cancelled_stops() -> None:
    """A round that nobody waits for any more leaves no connection and no task behind."""
    came, ended = asyncio.Event(), asyncio.Event()

    async def waiting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await echo_nothing(reader, writer)
        ended.set()

    async with serving(waiting) as peer, wire.World(seeing.to(peer.port)) as world:
        task = asyncio.create_task(verify.looks(everything(seeing.endpoint()), world, seconds=30.0))
        await came.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 5.0)
        await asyncio.sleep(0.05)
        left = [one for one in asyncio.all_tasks() if "mailwright/verify" in repr(one)]
    assert left == []


SIGN_IN = re.compile(rb"^(\S+ )?(AUTH|AUTHENTICATE|LOGIN|PASS|USER|APOP|MAIL|RCPT)[ \r]", re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
@pytest.mark.parametrize("protocol", [*Protocol])
async def test_no_sign_in_is_ever_said(monkeypatch: pytest.MonkeyPatch, protocol: str, security: str) -> None:
    """No look says a word of a sign-in, whatever a server invites to."""
    monkeypatch.setattr(peek, "ANSWER_SECONDS", 0.5)
    inviting = {
        "imap": b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] in\r\n",
        "pop3": b"+OK in\r\n",
        "smtp": b"220 in\r\n",
    }
    inviter = says(inviting[protocol], *[b"250 AUTH PLAIN\r\n"] * 20)
    async with serving(inviter) as peer, wire.World(seeing.to(peer.port)) as world:
        here = seeing.endpoint(993, security, protocol)
        assert await verify.looks(everything(here), world, endpoints=[here], seconds=10.0)
    assert peer.got
    for got in peer.got:
        # A ClientHello is random, and names the host.
        said = bytes(got).partition(b"\x16\x03")[0]
        assert SIGN_IN.search(said) is None, said
