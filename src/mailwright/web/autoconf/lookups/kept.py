"""Answers of a look-up are kept for a while, so that a busy morning asks each address once."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import unicodedata
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING

from mailwright.web.autoconf.asking import folded
from mailwright.web.autoconf.lookups.finder import SECONDS, UnavailableError, finder

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright.core import EmailAddress
    from mailwright.web.autoconf.values import Lookup

LOG = logging.getLogger("mailwright.autoconf")
MOST_WAITING = 200
# Of one client, so that there is room for everybody else.
MOST_OF_ONE = 20
MAX_NAME = 255
# What a mail program would fill in.
_PLACEHOLDER = re.compile("%EMAIL|%REALNAME|EMAIL[A-Z]*%|REALNAME%", re.IGNORECASE)
_REFUSED = ("Cc", "Cs", "Cn", "Zl", "Zp")


class Lookups:
    """One look-up with its memory. Raises BadInput where its driver is not installed."""

    def __init__(self, lookup: Lookup, clock: Callable[[], float] = time.monotonic) -> None:
        self._finder = finder(lookup.way)
        self._seconds, self._entries, self._clock = lookup.seconds, lookup.entries, clock
        self._kept: OrderedDict[str, tuple[float, str | None]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[str | None]] = {}
        self._of: Counter[str] = Counter()

    async def find(self, address: EmailAddress, client: str = "") -> str | None:
        """The login name, None where there is none. An old answer is better than none. Raises UnavailableError.

        `client`: who asks, "" where that is not known.
        """
        key = folded(address)
        kept = self._kept.get(key)
        if kept is not None and self._clock() < kept[0]:
            self._kept.move_to_end(key)
            return kept[1]
        try:
            task = self._asking.get(key) or self._begun(key, client)
            # Whoever goes away stops nobody else who waits for the same.
            return await asyncio.shield(task)
        except UnavailableError:
            if kept is not None:
                return kept[1]
            raise

    def close(self) -> None:
        """No further look-ups."""
        self._finder.close()

    def _begun(self, key: str, client: str) -> asyncio.Task[str | None]:
        """A look-up of its own. Raises UnavailableError where too many are waiting."""
        if len(self._asking) >= MOST_WAITING or (client and self._of[client] >= MOST_OF_ONE):
            raise UnavailableError
        task = self._asking[key] = asyncio.create_task(self._find(key))
        self._of[client] += 1
        task.add_done_callback(lambda done: self._asked(key, client, done))
        return task

    def _asked(self, key: str, client: str, done: asyncio.Task[str | None]) -> None:
        self._asking.pop(key, None)
        self._of[client] -= 1
        if not self._of[client]:
            del self._of[client]
        if not done.cancelled():
            done.exception()  # is told to whoever waits; perhaps nobody does any more

    async def _find(self, key: str) -> str | None:
        try:
            async with asyncio.timeout(SECONDS):
                name = _name(await self._finder.find(key))
        except TimeoutError as error:
            LOG.warning("look-up: no answer in time")
            raise UnavailableError from error
        except UnavailableError as error:
            # Its cause may name the address that was asked for.
            LOG.warning("look-up: %s", type(error.__cause__).__name__)
            raise
        self._kept[key] = (self._clock() + self._seconds, name)
        self._kept.move_to_end(key)
        while len(self._kept) > self._entries:
            self._kept.popitem(last=False)
        return name


def _name(found: object) -> str | None:
    """A login name that can be written into settings."""
    text = str(found).strip() if isinstance(found, str | int) else ""
    bad = len(text) > MAX_NAME or _PLACEHOLDER.search(text) or any(unicodedata.category(c) in _REFUSED for c in text)
    return None if bad or not text else text
