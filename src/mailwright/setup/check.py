"""Everything that a domain publishes of its mail settings: asked, read, and the servers it names looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import discover
from mailwright.core import Asked, EmailAddress, Endpoint, Publication, Published, Security

if TYPE_CHECKING:
    from random import Random

    from mailwright import book, wire

# Whoever reads the logs of the servers shall see what it was.
NAME = "mailwright-check"
MAX_SERVERS = 24


def _silent(asked: Asked) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Check:
    """What to look at. `chance`: makes an address that nobody has; `progress`: hears of each way that was asked."""

    domain: str
    chance: Random
    isp_database: str = discover.Options().isp_database
    progress: Callable[[Asked], None] = _silent


async def published(check: Check, world: wire.World, shelf: book.Book) -> Published:
    """All of it. Raises BadInput("input.suffix"), and nothing for what the network does; no password is sent."""
    # Loaded here: whoever only reads the book must not pay for the network.
    from mailwright import posture

    began = time.monotonic()
    address = EmailAddress(f"{NAME}-{check.chance.getrandbits(40):010x}", check.domain)
    posing = posture.Posing(address, check.isp_database, discover.question)
    asked, mx = await posture.published(posing, world, check.progress)
    read = tuple(discover.read(one, address, world, shelf) for one in asked)
    servers = _servers(read)
    probes = await posture.probed(servers[:MAX_SERVERS], world)
    unseen = len(servers[MAX_SERVERS:])
    return Published(check.domain, read, probes, discover.facts(mx), unseen, time.monotonic() - began)


def _servers(read: Iterable[Publication]) -> list[Endpoint]:
    """Each server once, in the order they were named; none without encryption, as nothing may be sent there."""
    found = (s.endpoint.value for one in read if one.candidate is not None for s in one.candidate.services)
    return [endpoint for endpoint in dict.fromkeys(found) if endpoint.security is not Security.NONE]
