"""Further looks: what could still tell one cause from another, measured. None of them sends a secret."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from mailwright import wire
from mailwright.core import Endpoint, Look, LookKind, Wanted
from mailwright.verify import look_chain, look_network, look_origin, look_server
from mailwright.verify.look_round import Job, Round

MOST = 12


async def looks(
    wanted: Sequence[Wanted],
    world: wire.World,
    *,
    second: Sequence[wire.Resolver] = (),
    endpoints: Sequence[Endpoint] = (),
    seconds: float = 8.0,
) -> tuple[Look, ...]:
    """All that are wanted, at the same time, in the order of `wanted`.

    What is not there in time is left out, and so is what fails for a reason of our own.

    `second`: resolvers for a second opinion; `endpoints`: where it fails, for looks that name none.
    `Wanted.about` "" means all there is of the kind; else, of NAMES "system" or "second" (without an
    endpoint: the name itself), of LADDER one of wire.rungs.NAMES, of PORT "services" or a number,
    of PATH the URL of a proxy, of PROOF, BLOCKLIST and OWNER the address.
    """
    until = asyncio.get_running_loop().time() + seconds
    around = Round(world, tuple(second), tuple(endpoints), until)
    tasks = [asyncio.create_task(_one(want, around)) for want in wanted[:MOST]]
    try:
        found = await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        for task in tasks:
            task.cancel()
    return tuple(look for some in found if not isinstance(some, BaseException) for look in some)


async def _one(want: Wanted, around: Round) -> list[Look]:
    try:
        async with asyncio.timeout_at(around.until):
            jobs = await FAMILIES[want.kind](want, around)
    except TimeoutError:
        return []
    return await around.in_time(jobs)


FAMILIES: dict[LookKind, Callable[[Wanted, Round], Awaitable[Sequence[Job]]]] = {
    LookKind.NAMES: look_network.names,
    LookKind.ADDRESS: look_network.addresses,
    LookKind.BYTES: look_server.first_bytes,
    LookKind.CHAIN: look_chain.chain,
    LookKind.PROOF: look_chain.proof,
    LookKind.LADDER: look_server.ladder,
    LookKind.PORT: look_server.ports,
    LookKind.PATH: look_server.path,
    LookKind.SMALL: look_server.small,
    LookKind.BLOCKLIST: look_origin.blocklists,
    LookKind.OWNER: look_origin.owner,
    LookKind.CLOCK: look_network.clock,
    LookKind.PORTAL: look_network.portal,
}
