"""Looks at certificates: as sent, with an issuer that was fetched, without a name; and at another address."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from mailwright import wire
from mailwright.core import Endpoint, Fact, Look, LookKind, Outcome, Reason, Security, Wanted
from mailwright.verify.look_round import Job, Round


async def proof(want: Wanted, around: Round) -> Sequence[Job]:
    """Whether the server at the address `about`, which another resolver gave, proves its name."""
    settings, endpoint = around.world.settings, want.endpoint
    if endpoint is None or endpoint.security is Security.NONE or not want.about:
        return ()
    host, port = settings.route(endpoint.host, endpoint.port)
    if host != endpoint.host:
        return ()
    there = wire.Reroute(host, endpoint.port, want.about, port)
    return [_proof(endpoint, want.about, replace(settings, reroutes=(there, *settings.reroutes)), around)]


async def _proof(endpoint: Endpoint, address: str, settings: wire.Settings, around: Round) -> Look:
    began = time.monotonic()
    elsewhere = wire.World(settings)
    try:
        async with around.turn(address):
            seen = await wire.rungs.shake(elsewhere, endpoint, around.world.context)
    finally:
        await elsewhere.http.close()
        await elsewhere.dns.close()
    refused = seen.reason is Reason.TLS_CERTIFICATE
    outcome, facts = Outcome.NO if refused else seen.outcome, (("address", address),)
    return Look(LookKind.PROOF, str(endpoint), outcome, endpoint, time.monotonic() - began, facts, tls=seen.tls)


async def chain(want: Wanted, around: Round) -> Sequence[Job]:
    """The certificates as sent, whether a fetched issuer closes the gap, and what comes without a name."""
    if want.endpoint is None or want.endpoint.security is Security.NONE:
        return ()
    return [_chain(want.endpoint, around)]


async def _chain(endpoint: Endpoint, around: Round) -> Look:
    began = time.monotonic()
    async with around.turn(endpoint.host):
        named = await wire.rungs.shake(around.world, endpoint, wire.tls.looking())
    if named.tls is None:
        return Look(LookKind.CHAIN, str(endpoint), named.outcome, endpoint, time.monotonic() - began)
    async with around.turn(endpoint.host):
        nameless = await wire.rungs.shake(around.world, endpoint, wire.tls.looking(), name="")
    done = await wire.issuers.completed(around.world, named.chain, endpoint.host, server=named.address)
    differs = nameless.chain[:1] != named.chain[:1] if nameless.tls is not None else None
    facts: tuple[tuple[str, Fact], ...] = (("completed", done.whole), ("aia", done.url), ("sni_differs", differs))
    took = time.monotonic() - began
    return Look(LookKind.CHAIN, str(endpoint), Outcome.OK, endpoint, took, facts, tls=named.tls)
