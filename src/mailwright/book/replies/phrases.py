"""What the words of any language say, by the table of phrases: the longest first, each piece of text used once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from mailwright.book.replies import index, letters

# Thai, too, is written without blanks between the words.
_WIDE = re.compile(f"[{letters.HAN_KANA}\u0e00-\u0e7f]")
_LANGUAGES = (
    *("en", "zh", "de", "fr", "ru", "ja", "ko", "es", "pt", "it", "nl", "pl", "cs", "sk", "sv", "da", "nb", "fi"),
    *("hu", "ro", "el", "tr", "uk", "ar", "he", "hi", "th", "vi", "id"),
)
# Words, the same in further languages, and numbers that programs give instead of words.
_TABLES = ("tables/words", "tables/tongues", "tables/numbers")
# A second phrase for the same cause says little that is new.
_AGAIN = 0.35


@dataclass(frozen=True, slots=True)
class Phrase:
    """`words`: of a script with blanks between them; "" ones end a stem with *. `wide`: of one without."""

    cause: str
    weight: float
    words: tuple[str, ...] = ()
    wide: str = ""

    @property
    def size(self) -> int:
        """Its length, for which comes first."""
        return len(self.wide) * 2 or sum(map(len, self.words)) + len(self.words)


def scores(text: str) -> dict[str, float]:
    """Evidence for each cause in a text that letters.words() made."""
    found: list[Phrase] = [*_of_words(text.split()), *_of_signs(text.replace(" ", ""))]
    made: dict[str, float] = {}
    for phrase in sorted(found, key=lambda p: -p.weight):
        made[phrase.cause] = made[phrase.cause] + phrase.weight * _AGAIN if phrase.cause in made else phrase.weight
    return made


def _of_words(words: list[str]) -> list[Phrase]:
    used, found = [False] * len(words), []
    hits = [
        (phrase, at)
        for at, word in enumerate(words)
        for phrase in _by_start().get(word[:2], ())
        if _fits(phrase.words, words[at : at + len(phrase.words)])
    ]
    for phrase, at in sorted(hits, key=lambda hit: (-hit[0].size, hit[1])):
        span = range(at, at + len(phrase.words))
        if not any(used[i] for i in span):
            found.append(phrase)
            for i in span:
                used[i] = True
    return found


def _fits(pattern: tuple[str, ...], words: list[str]) -> bool:
    return len(pattern) == len(words) and all(
        word.startswith(want[:-1]) if want.endswith("*") else word == want
        for want, word in zip(pattern, words, strict=True)
    )


def _of_signs(text: str) -> list[Phrase]:
    found = []
    for phrase in _wide():
        if phrase.wide in text:
            found.append(phrase)
            text = text.replace(phrase.wide, "\0")
    return found


@lru_cache(maxsize=1)
def _all() -> tuple[Phrase, ...]:
    made: dict[tuple[str, str], Phrase] = {}
    for phrase in (phrase for table in _TABLES for phrase in of_table(table)):
        made[phrase.cause, phrase.wide or " ".join(phrase.words)] = phrase
    return tuple(sorted(made.values(), key=lambda p: (-p.size, p.cause)))


def of_table(name: str) -> Iterator[Phrase]:
    """Every phrase of a table, in the order of the file."""
    for row in index.table(name).get("phrase", ()):
        for written in (phrase for language in _LANGUAGES for phrase in row.get(language, ())):
            yield _phrase(written, row["cause"], float(row["weight"]))


def _phrase(written: str, cause: str, weight: float) -> Phrase:
    if _WIDE.search(written):
        return Phrase(cause, weight, wide=letters.words(written, whole=True).replace(" ", ""))
    # The star of a stem is no letter and would be lost.
    parts = [letters.words(part.rstrip("*"), whole=True).split() for part in written.split()]
    stems = [part.endswith("*") for part in written.split()]
    words = [word for part, stem in zip(parts, stems, strict=True) for word in _starred(part, stem=stem)]
    return Phrase(cause, weight, tuple(words))


def _starred(words: list[str], *, stem: bool) -> list[str]:
    return [*words[:-1], f"{words[-1]}*"] if stem and words else words


def seen() -> Iterator[tuple[str, dict[str, float], float]]:
    """Every phrase as something that was said: its words, its cause, how much it counts."""
    for phrase in _all():
        yield (
            f" {phrase.wide or ' '.join(word.rstrip('*') for word in phrase.words)} ",
            {phrase.cause: 1.0},
            phrase.weight / 12,
        )


@lru_cache(maxsize=1)
def _wide() -> tuple[Phrase, ...]:
    return tuple(p for p in _all() if p.wide)


@lru_cache(maxsize=1)
def _by_start() -> dict[str, list[Phrase]]:
    made: dict[str, list[Phrase]] = defaultdict(list)
    for phrase in _all():
        if phrase.words:
            made[phrase.words[0].rstrip("*")[:2]].append(phrase)
    return made
