"""Measuring side by side: whatever disturbs the machine disturbs both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def alternated(times: int, doing: Sequence[Callable[[], float]]) -> list[list[float]]:
    """Each of `doing` `times` times, taking turns, in the other order every second time; what each gave."""
    taken: list[list[float]] = [[] for _ in doing]
    for turn in range(times):
        places = range(len(doing)) if turn % 2 == 0 else reversed(range(len(doing)))
        for place in places:
            taken[place].append(doing[place]())
    return taken


def seconds(doing: Callable[[], object]) -> float:
    """How long it takes once."""
    begun = time.perf_counter()
    doing()
    return time.perf_counter() - begun


def ratio(ours: Sequence[float], peer: Sequence[float]) -> float:
    """The median of the ratios of the pairs, so that a slow minute weighs on neither."""
    return statistics.median(a / b for a, b in zip(ours, peer, strict=True))
