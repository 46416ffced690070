"""Shares of causes: made from ranks, from evidence, from several witnesses at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Shares = dict[str, float]
# What is left to the second, third … cause of a row.
_RANKS = ((1.0,), (0.68, 0.32), (0.55, 0.27, 0.18), (0.47, 0.25, 0.16, 0.12))
# Evidence that is no more than what anything might say.
_SILENCE = 10 ** (3 / 10)


def ranked(causes: Sequence[str]) -> Shares:
    """Of a row: the first counts most."""
    ranks = _RANKS[min(len(causes), len(_RANKS)) - 1] if causes else ()
    return dict(zip(causes, ranks, strict=False))


def of_evidence(scores: Mapping[str, float]) -> Shares:
    """From decibans to shares that add up to less than 1: some of it is chance."""
    worth = {cause: 10 ** (min(score, 40.0) / 10) for cause, score in scores.items() if score > 0}
    whole = sum(worth.values()) + _SILENCE
    return {cause: value / whole for cause, value in worth.items()} if worth else {}


def mixed(parts: Iterable[tuple[Shares, float]]) -> Shares:
    """The sum, each part by its weight; not brought back to 1."""
    made: dict[str, float] = defaultdict(float)
    for shares, weight in parts:
        for cause, share in shares.items():
            made[cause] += share * weight
    return dict(made)


def whole(shares: Shares, to: float = 1.0) -> Shares:
    """Brought to a sum."""
    total = sum(shares.values())
    return {cause: share * to / total for cause, share in shares.items()} if total > 0 else {}


def best(shares: Shares, most: int = 8, least: float = 0.008) -> tuple[tuple[str, float], ...]:
    """Best first, without what hardly counts."""
    order = sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple((cause, round(share, 4)) for cause, share in order[:most] if share >= least)
