"""Signing in with OAuth 2.0 at the terminal: the browser, or a code on another device."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from mailwright.cli import reach, secrets
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import BadInput, Candidate, EmailAddress, OAuth, Problem, Secret

if TYPE_CHECKING:
    from mailwright import wire


async def token(
    arguments: Arguments, screen: Screen, world: wire.World, about: tuple[EmailAddress, Candidate]
) -> Secret:
    """An access token: by the refresh token of the keyring, else by one of the flows. Raises Problem("oauth.…")."""
    from mailwright import wire

    address, candidate = about
    facts = await wire.oauth.complete(world, _facts(arguments, address, candidate))
    client = _client(arguments, facts)
    kept = wire.keep.load(address, facts.issuer, client.id)
    tokens = await _renewed(world, facts, client, (address, kept)) if kept is not None else None
    if tokens is None:
        tokens = await _flow(arguments, screen, world, (facts, client, address))
    if tokens.refresh is not None and tokens.refresh != kept:
        try:
            wire.keep.store(address, facts.issuer, client.id, tokens.refresh)
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
        wire.keep.forget(address, facts.issuer, client.id)
        return None


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
    """The client id: typed, or from the configuration's [oauth."ISSUER"]."""
    from mailwright import wire

    row = reach.client(facts.issuer)
    client_id = arguments.oauth or row.get("client_id", "")
    if not client_id:
        file = str(reach.config_folder() / "config.toml")
        raise BadInput("input.config_readable", issuer=facts.issuer, file=file)
    command = arguments.oauth_secret_command or row.get("client_secret_command")
    client = wire.oauth.Client(client_id)
    return replace(client, secret=secrets.from_command(command)) if command else client
