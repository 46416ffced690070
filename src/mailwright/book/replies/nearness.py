"""How alike two wordings are: words, pairs of words and pieces of long words, the rarer the more they count."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from mailwright.book.replies import letters
from mailwright.book.replies.row import Row

# Pieces of this many letters: "encrypted" and "unencrypted" are one family, in any language.
_PIECE = 5
_LEAST = 0.15
_MOST = 24


class Nearness:
    """Rows, ready to be compared with."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        every = [_marks(row.words) for row in rows]
        counts = Counter(one for each in every for one in each)
        self._worth = {one: math.log((len(rows) + 1) / count) + 0.3 for one, count in counts.items()}
        self._common = math.log(len(rows) + 1)
        self._holding: dict[str, list[int]] = defaultdict(list)
        self._length: list[float] = []
        for at, each in enumerate(every):
            self._length.append(math.sqrt(sum(self._worth[one] ** 2 for one in each)) or 1.0)
            for one in each:
                self._holding[one].append(at)

    def to(self, words: str) -> list[tuple[Row, float]]:
        """The nearest rows with their likeness, 0 to 1, best first."""
        mine = _marks(words)
        length = math.sqrt(sum(self._worth.get(one, self._common) ** 2 for one in mine)) or 1.0
        shared: dict[int, float] = defaultdict(float)
        for one in mine:
            for at in self._holding.get(one, ()):
                shared[at] += self._worth[one] ** 2
        likes = ((at, value / (length * self._length[at])) for at, value in shared.items())
        best = sorted((pair for pair in likes if pair[1] >= _LEAST), key=lambda pair: (-pair[1], pair[0]))
        return [(self._rows[at], like) for at, like in best[:_MOST]]


def features(words: str) -> set[str]:
    """Words (of scripts without blanks: signs) and pairs of them."""
    parts = _parts(words)
    return {*parts, *(f"{a} {b}" for a, b in pairwise(parts))}


def _marks(words: str) -> set[str]:
    """Features, and the pieces of words that are longer than one."""
    long = [part for part in _parts(words) if part.isalpha() and len(part) > _PIECE + 1]
    cut = {f"{part[at : at + _PIECE]}*" for part in long for at in range(len(part) - _PIECE + 1)}
    return features(words) | cut


def _parts(words: str) -> list[str]:
    return [piece for word in words.split() for piece in _pieces(word)]


def _pieces(word: str) -> Iterable[str]:
    """A word; of a script without blanks each sign."""
    wide = any(c in _WIDE for c in word[:1]) or (word[:1] >= "\u3005" and not word.isascii())
    return list(word) if wide and word[:1] < "\uac00" else [_stem(word)]


def _stem(word: str) -> str:
    """English endings that change nothing."""
    if not word.isascii() or len(word) < 5:
        return word
    for ending in ("ications", "ication", "ating", "ated", "ates", "ions", "ion", "ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


_WIDE = frozenset(letters.HAN_KANA)
