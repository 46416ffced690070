"""Drivers that block are asked in a few threads of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mailwright.web.autoconf.lookups.finder import AT_ONCE

T = TypeVar("T")


class Threads:
    """As many as may be connected at once."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="look-up")

    async def run(self, doing: Callable[[], T]) -> T:
        """What `doing` gives."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, doing)

    def close(self) -> None:
        """What was asked before is answered still: somebody waits for it."""
        self._pool.shutdown(wait=False)
