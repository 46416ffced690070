"""Answers of a look-up are kept for a while, so that a busy morning asks each address once."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import unicodedata
from collections import OrderedDict
from typing import TYPE_CHECKING

from mailwright.web.autoconf.asking import folded
from mailwright.web.autoconf.lookups.finder import SECONDS, UnavailableError, finder

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright.core import EmailAddress
    from mailwright.web.autoconf.values import Lookup

LOG = logging.getLogger("mailwright.autoconf")
MOST_WAITING = 200
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

    async def find(self, address: EmailAddress) -> str | None:
        """The login name, None where there is none. An old answer is better than none. Raises UnavailableError."""
        key = folded(address)
        kept = self._kept.get(key)
        if kept is not None and self._clock() < kept[0]:
            self._kept.move_to_end(key)
            return kept[1]
        task = self._asking.get(key)
        if task is None:
            if len(self._asking) >= MOST_WAITING:
                raise UnavailableError
            task = self._asking[key] = asyncio.create_task(self._find(key))
            task.add_done_callback(lambda done: self._asked(key, done))
        try:
            # Whoever goes away stops nobody else who waits for the same.
            return await asyncio.shield(task)
        except UnavailableError:
            if kept is not None:
                return kept[1]
            raise

    def close(self) -> None:
        """No further look-ups."""
        self._finder.close()

    def _asked(self, key: str, done: asyncio.Task[str | None]) -> None:
        self._asking.pop(key, None)
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
