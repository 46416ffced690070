"""One world for many jobs: a certificate store takes a megabyte and forty milliseconds, DNS answers serve everybody.

Connections to mail servers are each job's own. After a while a new world is made, so that DNS answers are not
believed for longer than people wait before they try again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator

from mailwright import wire

SECONDS = 20.0


class Worlds:
    """Gives each job a world; the one behind them is closed when it is old and its last guest has gone."""

    def __init__(self, settings: wire.Settings) -> None:
        self._settings = settings
        self._host: wire.World | None = None
        self._born = 0.0
        self._guests: dict[int, int] = {}

    @contextlib.asynccontextmanager
    async def world(self) -> AsyncIterator[wire.World]:
        """For one job."""
        host = await self._current()
        self._guests[id(host)] = self._guests.get(id(host), 0) + 1
        try:
            async with host.guest() as guest:
                yield guest
        finally:
            self._guests[id(host)] -= 1
            await self._closed_if_left(host)

    async def close(self) -> None:
        """No further jobs."""
        host, self._host = self._host, None
        if host is not None:
            await self._closed_if_left(host)

    async def _current(self) -> wire.World:
        if self._host is None or time.monotonic() - self._born > SECONDS:
            old, self._host, self._born = self._host, wire.World(self._settings), time.monotonic()
            if old is not None:
                await self._closed_if_left(old)
        assert self._host is not None
        return self._host

    async def _closed_if_left(self, host: wire.World) -> None:
        if host is not self._host and not self._guests.get(id(host)):
            self._guests.pop(id(host), None)
            await host.__aexit__(None, None, None)
