"""One round of looks: until when, how many at once, and who else can be asked."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field

from mailwright import wire
from mailwright.core import Endpoint, Look

# The same host counts connections, and some hold many of them against us.
MOST_AT_ONCE = 4
Job = Coroutine[None, None, Look | None]


def _turns() -> defaultdict[str, asyncio.Semaphore]:
    return defaultdict(lambda: asyncio.Semaphore(MOST_AT_ONCE))


@dataclass(frozen=True, slots=True)
class Round:
    """`second`: resolvers for a second opinion; `endpoints`: where it fails; `until`: by the clock of the loop."""

    world: wire.World
    second: tuple[wire.Resolver, ...]
    endpoints: tuple[Endpoint, ...]
    until: float
    _free: defaultdict[str, asyncio.Semaphore] = field(default_factory=_turns)

    def turn(self, host: str) -> asyncio.Semaphore:
        """To be held during each connection to `host` (a name or an address)."""
        return self._free[host]

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self.until - asyncio.get_running_loop().time())

    async def in_time(self, jobs: Sequence[Job]) -> list[Look]:
        """Run them side by side; those that are there in time, in the order of `jobs`.

        One that fails for a reason of our own is left out like one that is late: the others are worth as much.
        """
        tasks = [asyncio.ensure_future(job) for job in jobs]
        if not tasks:
            return []
        try:
            await asyncio.wait(tasks, timeout=self.left)
        finally:
            for task in tasks:
                task.cancel()
        await asyncio.wait(tasks)
        found = (task.result() for task in tasks if not task.cancelled() and task.exception() is None)
        return [look for look in found if look is not None]
