"""How much anyone may ask: buckets of tokens for clients and targets, and a count of sign-ins for each mailbox."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

REMEMBERED = 20_000
HOUR = 3600.0
MINUTE = 60.0
# A verification may be refused once and try again: that much is set aside until it is known.
SET_ASIDE = 2
Clock = Callable[[], float]


@dataclass(slots=True)
class Buckets:
    """A bucket for each key, of `size` tokens, filled anew within a minute. The longest unused are forgotten."""

    size: int
    clock: Clock = time.monotonic
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, key: str, tokens: float = 1.0) -> float:
        """0.0 when the tokens were there and are taken, else the seconds until they will be."""
        now = self.clock()
        level, seen = self._levels.pop(key, (float(self.size), now))
        level = min(float(self.size), level + (now - seen) * self.size / MINUTE)
        wait = max(0.0, (tokens - level) * MINUTE / self.size)
        self._levels[key] = (level - tokens if wait <= 0.0 else level, now)
        if len(self._levels) > REMEMBERED:
            self._levels.popitem(last=False)
        return wait


@dataclass(slots=True)
class SignIns:
    """What was tried at each mailbox within the last hour, over all clients."""

    most: int
    clock: Clock = time.monotonic
    _tried: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

    def begin(self, keys: Iterable[str]) -> float:
        """Set attempts aside for a mailbox by all its names; 0.0, or the seconds until it may be tried again."""
        now, names = self.clock(), list(dict.fromkeys(keys))
        full = [
            tried for name in names if len(tried := self._recent(name, now)) + SET_ASIDE > max(self.most, SET_ASIDE)
        ]
        if full:
            return max(tried[0] + HOUR - now for tried in full)
        for name in names:
            self._tried[name] = deque([*self._recent(name, now), *[now] * SET_ASIDE])
            self._tried.move_to_end(name)
        while len(self._tried) > REMEMBERED:
            self._tried.popitem(last=False)
        return 0.0

    def end(self, keys: Iterable[str], attempts: int) -> None:
        """It came to that many attempts: give back what was set aside for more."""
        for name in dict.fromkeys(keys):
            tried = self._tried.get(name)
            for _ in range(SET_ASIDE - attempts):
                if tried:
                    tried.pop()

    def _recent(self, name: str, now: float) -> deque[float]:
        tried = self._tried.get(name, deque())
        while tried and tried[0] <= now - HOUR:
            tried.popleft()
        return tried
