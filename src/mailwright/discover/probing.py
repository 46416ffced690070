"""Looking whether servers are there: one short, anonymous conversation each, TLS with the right name or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from mailwright.core import Endpoint, Outcome, Probe, Protocol, Reason, Security
from mailwright.discover import race, service
from mailwright.discover.query import Query

STAGGER_SECONDS = 0.1
PROBE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Probed:
    """The endpoint that can be used, and what the others did."""

    best: Endpoint | None
    failed: tuple[Probe, ...]


def endpoints(query: Query, protocol: Protocol, hosts: Sequence[str]) -> list[Endpoint]:
    """What to try, best first: implicit TLS before STARTTLS (RFC 8314 §3), then the order of the hosts.

    Port 25 is left alone: it is for relaying (RFC 6409 §3.1). Aliases may lead to names that no host has.
    """
    kinds = (Security.TLS, Security.STARTTLS)
    wanted = (service.endpoint(protocol, host, "", kind, address=query.address) for kind in kinds for host in hosts)
    return [endpoint for endpoint in wanted if endpoint is not None]


async def best(query: Query, wanted: Sequence[Endpoint]) -> Probed:
    """Probe one after the other, each with a short head start, until nothing better can come."""
    questions = [race.later(STAGGER_SECONDS * place, partial(_probe, query, one)) for place, one in enumerate(wanted)]
    probes = await race.ranked(questions, good)
    chosen = probes[-1].endpoint if probes and good(probes[-1]) else None
    return Probed(chosen, tuple(probe for probe in probes if not good(probe)))


def good(probe: Probe) -> bool:
    """True when the protocol was spoken over TLS with a good certificate for the name."""
    return probe.outcome is Outcome.OK and probe.tls is not None and probe.tls.verified


async def _probe(query: Query, endpoint: Endpoint) -> Probe:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await query.world.probe(endpoint, query.recorder)
    except TimeoutError:
        return Probe(endpoint, Outcome.TIMEOUT, Reason.READ_TIMEOUT)
