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
    from mailwright.core import EmailAddress

# ASGI 3.0 leaves these open: a scope and a message are dictionaries of whatever their kind needs.
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Asgi: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
# What was answered: the status, and how many bytes.
Sent: TypeAlias = tuple[int, int]
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class First(Protocol):
    """Whoever is asked before the pages: it answers, or leaves the request alone and gives None."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> Sent | None:
        """Answer it, or not; `endpoint` in the scope is who answered."""

    def profile_place(self, address: EmailAddress) -> str:
        """Where on this server an address gets its profile for Apple's devices, "" if it gets none."""


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the clock that is handed in, unless another one is


@dataclass(frozen=True, slots=True)
class Options:
    """All of it. Sizes in bytes.

    `second`: resolvers to ask when the first is doubted; `autoconf`: what answers for domains of one's own; `base_url`:
    how people reach us, "" for as they ask, asked anew each time; `https`: people reach us over TLS, by ourselves or by
    a proxy before us; `loopback`: this machine alone can reach us, so that a name that is not its own is a stranger's,
    or a proxy's.
    `trusted_proxies`: whose X-Forwarded-For and -Proto count. `private_targets`: servers in private networks may be
    looked at, and on any port. `concurrent`: diagnoses at a time; `waiting`: how many more may queue.
    `client_per_minute` and `target_per_minute`: checks; `logins_per_hour`: failed ones of a mailbox.
    `keep`: the database of reports that people want kept, None to keep none; `keep_days`: for how long.
    """

    settings: wire.Settings
    shelf: setup.Shelf
    discovery: discover.Options = field(default_factory=discover.Options)
    second: tuple[wire.Resolver, ...] = ()
    autoconf: First | None = None
    base_url: Callable[[], str] = str
    https: bool = False
    loopback: bool = False
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
