"""How much anyone may ask: buckets of tokens for clients and targets, and a count of sign-ins for each mailbox."""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
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
        return self.take_all({key: tokens})

    def take_all(self, tokens: Mapping[str, float]) -> float:
        """As `take`, of each key its tokens, or none of any."""
        now = self.clock()
        levels = {name: self._level(name, now) for name in tokens}
        wait = max((max(0.0, tokens[name] - level) * MINUTE / self.size for name, level in levels.items()), default=0.0)
        for name, level in levels.items():
            self._levels[name] = (level - tokens[name] if wait <= 0.0 else level, now)
            self._levels.move_to_end(name)
        while len(self._levels) > REMEMBERED:
            self._levels.popitem(last=False)
        return wait

    def _level(self, key: str, now: float) -> float:
        level, seen = self._levels.get(key, (float(self.size), now))
        return min(float(self.size), level + (now - seen) * self.size / MINUTE)


@dataclass(slots=True)
class Places:
    """How many hold something at the same time, under each of the keys they hold it by."""

    _held: Counter[str] = field(default_factory=Counter)

    def take(self, most: Mapping[str, int]) -> ExitStack | None:
        """A place under every key, left with what is given; None where one of them has as many as it may."""
        if any(self._held[key] >= bound for key, bound in most.items()):
            return None
        left = ExitStack()
        self._held.update(most.keys())
        left.callback(self._leave, tuple(most))
        return left

    def _leave(self, keys: tuple[str, ...]) -> None:
        self._held -= Counter(keys)  # one that has come to nothing is forgotten


@dataclass(slots=True)
class SignIns:
    """What went wrong at each mailbox within the last hour, and what is being tried there, over all clients."""

    most: int
    clock: Clock = time.monotonic
    _failed: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)
    _running: dict[str, int] = field(default_factory=dict)

    def begin(self, keys: Iterable[str]) -> float:
        """Set attempts aside for a mailbox by all its names; 0.0, or the seconds until it may be tried again."""
        now, names = self.clock(), list(dict.fromkeys(keys))
        wait = max((self._wait(name, now) for name in names), default=0.0)
        if wait <= 0.0:
            for name in names:
                self._running[name] = self._running.get(name, 0) + SET_ASIDE
        return wait

    def end(self, keys: Iterable[str], failed: int) -> None:
        """It is over, and that many attempts failed: what was set aside is given back."""
        now = self.clock()
        for name in dict.fromkeys(keys):
            left = self._running.pop(name, 0) - SET_ASIDE
            if left > 0:
                self._running[name] = left
            if failed:
                self._failed[name] = deque([*self._recent(name, now), *[now] * failed])
                self._failed.move_to_end(name)
        while len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)

    def _wait(self, name: str, now: float) -> float:
        failed, most = self._recent(name, now), max(self.most, SET_ASIDE)
        if len(failed) + SET_ASIDE > most:
            return failed[0] + HOUR - now
        # Those that run now will be over in a minute, and most of them well.
        return MINUTE if len(failed) + self._running.get(name, 0) + SET_ASIDE > most else 0.0

    def _recent(self, name: str, now: float) -> deque[float]:
        failed = self._failed.get(name, deque())
        while failed and failed[0] <= now - HOUR:
            failed.popleft()
        return failed
