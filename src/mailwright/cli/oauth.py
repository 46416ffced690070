"""Signing in with OAuth 2.0 at the terminal: the browser, or a code on another device."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mailwright.cli import reach, secrets
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import BadInput, Candidate, EmailAddress, OAuth, Problem, Secret

if TYPE_CHECKING:
    from mailwright import wire

T = TypeVar("T")


async def token(
    arguments: Arguments, screen: Screen, world: wire.World, about: tuple[EmailAddress, Candidate]
) -> Secret:
    """An access token: by the refresh token of the keyring, else by one of the flows. Raises Problem("oauth.…")."""
    from mailwright import wire

    address, candidate = about
    facts = await wire.oauth.complete(world, _facts(arguments, address, candidate), arguments.oauth_flow)
    client = _client(arguments, facts)
    place = (address, facts.issuer, client.id)
    kept = await _aside(partial(wire.keep.load, *place))
    tokens = await _renewed(world, facts, client, (address, kept)) if kept is not None else None
    if tokens is None:
        tokens = await _flow(arguments, screen, world, (facts, client, address))
    if tokens.refresh is not None and tokens.refresh != kept:
        try:
            await _aside(partial(wire.keep.store, *place, tokens.refresh))
        except Problem as problem:
            screen.remark(problem)
    return tokens.access


async def _renewed(
    world: wire.World, facts: OAuth, client: wire.oauth.Client, kept: tuple[EmailAddress, Secret]
) -> wire.oauth.Tokens | None:
    """New tokens for the one in the keyring; None, and forgotten, when it no longer counts."""
    from mailwright import wire

    address, token = kept
    try:
        return await wire.oauth.refresh(world, facts, client, token)
    except Problem as problem:
        if problem.id not in ("oauth.expired", "oauth.denied"):
            raise
        await _aside(partial(wire.keep.forget, address, facts.issuer, client.id))
        return None


async def _aside(call: Callable[[], T]) -> T:
    """What `call` gives, off the event loop: a keyring may wait until the person unlocks it.

    The thread is one that nobody waits for at the end, as asyncio.to_thread would, so ^C ends the wait.
    """
    told: Future[T] = Future()
    told.set_running_or_notify_cancel()

    def work() -> None:
        try:
            told.set_result(call())
        except Exception as error:  # noqa: BLE001  # handed on to whoever waits
            told.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return await asyncio.wrap_future(told)


async def _flow(
    arguments: Arguments,
    screen: Screen,
    world: wire.World,
    who: tuple[OAuth, wire.oauth.Client, EmailAddress],
) -> wire.oauth.Tokens:
    from mailwright import wire

    facts, client, address = who
    if arguments.oauth_flow == "device":

        def show(url: str, code: str, complete: str | None) -> None:
            screen.say("ask.oauth_code", url=complete or url, code=code)

        return await wire.oauth.device(world, facts, client, show=show)

    def open_url(url: str) -> None:
        screen.say("ask.oauth_open", url=url)
        _browse(url)

    pages = wire.oauth.Pages(screen.words.say("oauth.page_done"), screen.words.say("oauth.page_failed"))
    return await wire.oauth.loopback(world, facts, client, open_url=open_url, pages=pages, address=address)


def _browse(url: str) -> None:
    """Open the person's browser by a process of its own.

    Some browsers return only when they are closed, and some talk on stdout, where our answer goes.
    """
    nowhere = subprocess.DEVNULL
    subprocess.Popen([sys.executable, "-m", "webbrowser", url], stdin=nowhere, stdout=nowhere, stderr=nowhere)


def _facts(arguments: Arguments, address: EmailAddress, candidate: Candidate) -> OAuth:
    """From the command line, else from the book or the domain."""
    known = candidate.oauth.value if candidate.oauth is not None else None
    if arguments.oauth_issuer:
        same = known is not None and known.issuer == arguments.oauth_issuer
        return known if same and known is not None else OAuth(arguments.oauth_issuer)
    if known is None:
        raise BadInput("oauth.none", domain=address.unicode_domain)
    return known


def _client(arguments: Arguments, facts: OAuth) -> wire.oauth.Client:
    """The client id: typed, else from the configuration's [oauth."ISSUER"], else from the person's own book."""
    from mailwright import wire

    row = reach.client(facts.issuer)
    if facts.client_id and not arguments.oauth and "client_id" not in row:
        # No command from there: provider files are passed on from hand to hand, and a command would be run.
        row = {"client_id": facts.client_id}
    client_id = arguments.oauth or row.get("client_id", "")
    if not client_id:
        file = str(reach.config_folder() / "config.toml")
        raise BadInput("input.config_readable", issuer=facts.issuer, file=file)
    command = arguments.oauth_secret_command or row.get("client_secret_command")
    client = wire.oauth.Client(client_id)
    return replace(client, secret=secrets.from_command(command)) if command else client
