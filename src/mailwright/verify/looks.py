"""Further looks: what could still tell one cause from another, measured. None of them sends a secret."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mailwright import wire
from mailwright.core import Endpoint, Look, LookKind, Wanted
from mailwright.verify import look_network, look_server

MOST = 12
# The same host counts connections, and some hold many of them against us.
MOST_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Around:
    """Who else can be asked: other resolvers, and the endpoints it is about."""

    second: tuple[wire.Resolver, ...]
    endpoints: tuple[Endpoint, ...]


async def looks(
    wanted: Sequence[Wanted],
    world: wire.World,
    *,
    second: Sequence[wire.Resolver] = (),
    endpoints: Sequence[Endpoint] = (),
    seconds: float = 8.0,
) -> tuple[Look, ...]:
    """All that are wanted, at the same time, in the order of `wanted`; what is not there in time is left out.

    `second`: resolvers for a second opinion; `endpoints`: where it fails, for looks that name none.
    """
    around = Around(tuple(second), tuple(endpoints))
    free = asyncio.Semaphore(MOST_AT_ONCE)
    tasks = [asyncio.create_task(_one(want, world, around, free)) for want in wanted[:MOST]]
    if not tasks:
        return ()
    try:
        await asyncio.wait(tasks, timeout=seconds)
    finally:
        for task in tasks:
            task.cancel()
    await asyncio.wait(tasks)
    return tuple(look for task in tasks if not task.cancelled() for look in task.result())


async def _one(want: Wanted, world: wire.World, around: Around, free: asyncio.Semaphore) -> tuple[Look, ...]:
    async with free:
        if want.kind is LookKind.NAMES:
            host = want.endpoint.host if want.endpoint is not None else want.about
            return await look_network.names(host, world, around.second)
        if want.endpoint is not None:
            at_endpoint = AT_ENDPOINT.get(want.kind)
            return await at_endpoint(want.endpoint, world) if at_endpoint is not None else ()
        if want.kind in ANYWHERE:
            return await ANYWHERE[want.kind](around.endpoints, world)
        return await OF_ADDRESS[want.kind](want.about, world) if want.kind in OF_ADDRESS else ()


AT_ENDPOINT: dict[LookKind, Callable[[Endpoint, wire.World], Awaitable[tuple[Look, ...]]]] = {
    LookKind.ADDRESS: look_network.addresses,
    LookKind.BYTES: look_server.first_bytes,
    LookKind.CHAIN: look_server.chain,
    LookKind.LADDER: look_server.ladder,
    LookKind.PORT: look_server.ports,
    LookKind.PATH: look_server.path,
    LookKind.SMALL: look_server.small,
}
ANYWHERE: dict[LookKind, Callable[[Sequence[Endpoint], wire.World], Awaitable[tuple[Look, ...]]]] = {
    LookKind.CLOCK: look_network.clock,
    LookKind.PORTAL: look_network.portal,
}
OF_ADDRESS: dict[LookKind, Callable[[str, wire.World], Awaitable[tuple[Look, ...]]]] = {
    LookKind.BLOCKLIST: look_network.blocklists,
    LookKind.OWNER: look_network.owner,
}
