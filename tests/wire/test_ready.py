"""Connections that stand ready: made while settings are looked for, or left from a look."""

from __future__ import annotations

import asyncio

import pytest

from mailwright import wire
from mailwright.core import Outcome, Secret
from tests.wire import peers
from tests.wire.peers import Pki, endpoint, serving

WHERE = endpoint()


async def login(world: wire.World, recorder: wire.Recorder) -> wire.Session:
    """Sign in where the peer is; it must go well."""
    session = wire.Session(WHERE)
    async with world.service(WHERE, session, recorder) as connection:
        tried = await connection.run(wire.imap.sign_in(session, "u", Secret("wonderland"), (), token=False))
    assert tried.outcome is Outcome.OK
    return session


@pytest.mark.parametrize("way", ["probe", "prepare"])
async def test_a_login_goes_on_where_a_look_stopped(pki: Pki, way: str) -> None:
    """One connection serves both; the trace of the login has the whole way, and the secret is in neither."""
    async with serving(peers.imap_greeting, tls=pki.server()) as peer, wire.World(pki.settings(peer)) as world:
        looked, recorder = wire.Recorder("look"), wire.Recorder("login")
        if way == "probe":
            assert (await world.probe(WHERE, looked)).outcome is Outcome.OK
        else:
            world.prepare(WHERE)
        session = await login(world, recorder)
        assert len(peer.got) == 1
    assert session.capabilities == ("IMAP4REV1", "SASL-IR", "AUTH=PLAIN")
    assert [step.kind for step in recorder.trace().steps] == ["connect", "tls", "greeting", "login"]
    assert "wonderland" not in repr((recorder.trace(), looked.trace()))


async def test_a_server_that_has_left_meanwhile(pki: Pki) -> None:
    """A connection the server has closed, or spoken on, since the look is not used: a fresh one is made."""

    async def short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n")
        await writer.drain()
        if len(peer.got) == 1:
            writer.write(b"* BYE idle too long\r\n")
            await writer.drain()
        else:
            await peers.imap(reader, writer)

    async with serving(short, tls=pki.server()) as peer, wire.World(pki.settings(peer)) as world:
        await world.probe(WHERE, wire.Recorder("look"))
        await asyncio.sleep(0.1)
        await login(world, wire.Recorder("login"))
        assert len(peer.got) == 2


async def test_what_could_not_be_prepared(pki: Pki) -> None:
    """A preparation that failed is not told as the answer: whoever comes next tries for themselves."""

    async def second_time(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(peer.got) > 1:
            await peers.imap_greeting(reader, writer)

    async with serving(second_time, tls=pki.server()) as peer, wire.World(pki.settings(peer)) as world:
        world.prepare(WHERE)
        await asyncio.sleep(0.1)
        await login(world, wire.Recorder("login"))


async def test_nothing_is_left_open(pki: Pki) -> None:
    """At the end of a world, prepared connections are told good-bye, and those on their way are given up."""
    async with serving(peers.imap_greeting, tls=pki.server()) as peer:
        async with wire.World(pki.settings(peer)) as world:
            await world.probe(WHERE, wire.Recorder("look"))
        await asyncio.sleep(0.05)
        assert b"LOGOUT" in peer.everything
    async with serving(peers.echo_nothing) as peer, asyncio.timeout(3), wire.World(pki.settings(peer)) as world:
        world.prepare(WHERE)
        await asyncio.sleep(0.05)
