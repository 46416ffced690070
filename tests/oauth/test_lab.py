"""The whole way in the lab: the issuer found by its name, a token by each flow, and mail read with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from mailwright import lab as room
from mailwright import wire
from mailwright.core import Auth, EmailAddress, Endpoint, OAuth, Outcome, Protocol, Security
from mailwright.wire import oauth
from tests.oauth.test_loopback import PAGES

ADDRESS = "anna@oauth.test"
CLIENT = oauth.Client("lab-client")
Flow = Callable[[wire.World], Awaitable[oauth.Tokens]]


@pytest.fixture
async def inside(lab: room.Lab) -> AsyncIterator[wire.World]:
    settings = wire.Settings(
        resolvers=(wire.Resolver.parse(lab.resolver),),
        ca_file=Path(lab.ca),
        reroutes=tuple(wire.Reroute.parse(rule) for rule in lab.connect_to),
    )
    async with wire.World(settings) as world:
        yield world


async def found(world: wire.World) -> OAuth:
    return await oauth.complete(world, OAuth("https://issuer.oauth.test", scopes=("mail",)), "device")


async def by_device(world: wire.World) -> oauth.Tokens:
    return await oauth.device(world, await found(world), CLIENT, show=lambda *_: None)


async def by_browser(world: wire.World) -> oauth.Tokens:
    doing: list[asyncio.Task[None]] = []

    async def browse(url: str) -> None:
        # Our own client never goes from HTTPS to HTTP: it only tells where the issuer sends the browser.
        back = (await world.http.get(url, wire.Recorder("browser"))).url
        answer = await world.http.get(back, wire.Recorder("browser"))
        assert (answer.status, answer.body.decode()) == (200, PAGES.good)

    tokens = await oauth.loopback(
        world,
        await found(world),
        CLIENT,
        open_url=lambda url: doing.append(asyncio.create_task(browse(url))),
        pages=PAGES,
        address=EmailAddress.parse(ADDRESS),
    )
    await asyncio.gather(*doing)
    return tokens


async def by_refresh(world: wire.World) -> oauth.Tokens:
    first = await by_device(world)
    assert first.refresh
    return await oauth.refresh(world, await found(world), CLIENT, first.refresh)


async def signed_in(lab: room.Lab, world: wire.World, tokens: oauth.Tokens, mechanism: str) -> wire.Recorder:
    expected = next(e for e in lab.account(ADDRESS).expect if e.service == "imap")
    endpoint = Endpoint(Protocol.IMAP, expected.host, expected.port, Security(expected.security))
    session, recorder = wire.Session(endpoint), wire.Recorder(expected.host)
    async with world.service(endpoint, session, recorder) as connection:
        assert {"OAUTHBEARER", "XOAUTH2"} <= set(session.mechanisms)
        session.mechanisms = (mechanism,)
        talk = wire.imap.sign_in(session, expected.username, tokens.access, (Auth.OAUTH2,), token=True)
        tried = await connection.run(talk)
        assert (tried.outcome, tried.mechanism) == (Outcome.OK, mechanism)
        mailboxes = await connection.run(wire.imap.look(session))
        assert mailboxes.messages is not None
    return recorder


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("flow", [by_device, by_browser, by_refresh])
async def test_sign_in(lab: room.Lab, inside: wire.World, flow: Flow, mechanism: str) -> None:
    """A token of any flow opens the mailbox by either mechanism, and no trace holds it."""
    tokens = await flow(inside)
    recorder = await signed_in(lab, inside, tokens, mechanism)
    assert tokens.access.reveal() not in repr(recorder.trace())
