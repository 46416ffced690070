"""A look at each server that is named: the protocol, over good TLS with the right name. Nobody signs in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from mailwright import wire
from mailwright.core import Endpoint, Outcome, Probe, Reason, Stage

AT_ONCE = 6
SECONDS = 10.0


async def probed(endpoints: Sequence[Endpoint], world: wire.World) -> tuple[Probe, ...]:
    """One look at each, a few at a time, in their order; never raises for what the network does."""
    recorder, turns = wire.Recorder("servers"), asyncio.Semaphore(AT_ONCE)

    async def one(endpoint: Endpoint) -> Probe:
        async with turns:
            try:
                async with asyncio.timeout(SECONDS):
                    return await world.probe(endpoint, recorder)
            except TimeoutError:
                return Probe(endpoint, Outcome.TIMEOUT, Reason.READ_TIMEOUT, stage=Stage.CONNECT)

    return tuple(await asyncio.gather(*map(one, endpoints)))
