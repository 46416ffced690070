"""Looks at servers of a test, in one call."""

from __future__ import annotations

from collections.abc import Sequence

from mailwright import verify, wire
from mailwright.core import Endpoint, Fact, Look, LookKind, Protocol, Security, Wanted
from tests.wire.peers import NAME


def endpoint(port: int = 993, security: str = "tls", protocol: str = "imap", host: str = NAME) -> Endpoint:
    return Endpoint(Protocol(protocol), host, port, Security(security))


def to(port: int, **changes: object) -> wire.Settings:
    """Everything goes to one port of this machine; nobody is asked for names."""
    route = wire.Reroute("", 0, "127.0.0.1", port)
    return wire.Settings(**{"resolvers": (wire.Resolver("127.0.0.1", 9),), "reroutes": (route,), **changes})  # type: ignore[arg-type]


async def looked(
    settings: wire.Settings,
    kind: LookKind,
    here: Endpoint | None = None,
    about: str = "",
    *,
    endpoints: Sequence[Endpoint] = (),
    second: Sequence[wire.Resolver] = (),
    seconds: float = 8.0,
) -> tuple[Look, ...]:
    """The looks of one kind."""
    async with wire.World(settings) as world:
        return await verify.looks(
            [Wanted(kind, here, about)], world, second=second, endpoints=endpoints, seconds=seconds
        )


def told(look: Look) -> dict[str, Fact]:
    """Its facts."""
    return dict(look.facts)
