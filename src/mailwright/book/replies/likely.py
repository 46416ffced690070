"""Which causes the single words of a text are usual for: counted over all rows and phrases."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from mailwright.book.replies import mixing
from mailwright.book.replies.mixing import Shares
from mailwright.book.replies.nearness import features

# How many words every cause is given for nothing, so that one seen once proves little.
_SMOOTH = 0.35
_MOST = 10
# A word more of the same text is no independent witness.
_CAUTION = 0.55


class Likely:
    """Counts, made once; asked for each text."""

    def __init__(self, seen: Iterable[tuple[str, Shares, float]]) -> None:
        """`seen`: words as letters.words() makes them, the causes they stand for, and how much they count."""
        self._of_cause: dict[str, Counter[str]] = defaultdict(Counter)
        self._total: Counter[str] = Counter()
        self._prior: Counter[str] = Counter()
        for words, shares, weight in seen:
            each = features(words)
            for cause, share in shares.items():
                self._prior[cause] += share * weight  # type: ignore[assignment]  # shares are parts of one
                for one in each:
                    self._of_cause[cause][one] += share * weight  # type: ignore[assignment]  # the same
            for one in each:
                self._total[one] += weight  # type: ignore[assignment]  # the same
        self._all = sum(self._prior.values()) or 1.0

    def of(self, words: str) -> tuple[Shares, float]:
        """Shares, and what part of the words is known at all (0 to 1)."""
        mine = list(features(words))
        known = [one for one in mine if self._total[one] > 0]
        if not known:
            return {}, 0.0
        scores = {cause: self._score(cause, known) for cause in self._prior}
        best = max(scores.values())
        worth = {cause: math.exp(score - best) for cause, score in scores.items() if score > best - _MOST}
        singles = [one for one in mine if " " not in one]
        part = sum(1 for one in singles if self._total[one] > 0) / max(len(singles), 1)
        return mixing.whole(worth), part

    def _score(self, cause: str, known: list[str]) -> float:
        share = (self._prior[cause] + 1.0) / (self._all + len(self._prior))
        counts = self._of_cause[cause]
        score = math.log(share) * 0.5
        for one in known:
            # How much more often with this cause than at all.
            score += _CAUTION * math.log((counts[one] + _SMOOTH * share) / ((self._total[one] + _SMOOTH) * share))
        return score
