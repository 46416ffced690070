"""What the operator of a server chooses."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from mailwright import discover

if TYPE_CHECKING:
    from mailwright import setup, wire

# ASGI 3.0 leaves these open: a scope and a message are dictionaries of whatever their kind needs.
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asgi: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class First(Protocol):
    """Whoever is asked before the pages: it answers and gives True, or leaves the request alone and gives False."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer it, or not."""


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the clock that is handed in, unless another one is


@dataclass(frozen=True, slots=True)
class Options:
    """All of it. Sizes in bytes.

    `second`: resolvers to ask when the first is doubted; `autoconf`: what answers for domains of one's own; `base_url`:
    how people reach us, "" for as they ask; `https`: people reach us over TLS, by ourselves or by a proxy before us.
    `trusted_proxies`: whose X-Forwarded-For and -Proto count. `private_targets`: servers in private networks may be
    looked at, and on any port. `concurrent`: diagnoses at a time; `waiting`: how many more may queue.
    `client_per_minute` and `target_per_minute`: checks; `logins_per_hour`: of a mailbox, over all clients.
    `keep`: the database of reports that people want kept, None to keep none; `keep_days`: for how long.
    """

    settings: wire.Settings
    shelf: setup.Shelf
    discovery: discover.Options = field(default_factory=discover.Options)
    second: tuple[wire.Resolver, ...] = ()
    autoconf: First | None = None
    base_url: str = ""
    https: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    private_targets: bool = False
    concurrent: int = 50
    waiting: int = 200
    client_per_minute: int = 20
    target_per_minute: int = 60
    logins_per_hour: int = 6
    keep: Path | None = None
    keep_days: int = 30
    max_body: int = 64 * 1024
    language: str = "en"
    clock: Callable[[], datetime] = _now
