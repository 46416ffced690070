"""What the words of any language say, by the table of phrases: the longest first, each piece of text used once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from mailwright.book.replies import index, letters

# Thai, too, is written without blanks between the words.
_WIDE = re.compile(f"[{letters.HAN_KANA}\u0e00-\u0e7f]")
_LANGUAGES = (
    *("en", "zh", "de", "fr", "ru", "ja", "ko", "es", "pt", "it", "nl", "pl", "cs", "sk", "sv", "da", "nb", "fi"),
    *("hu", "ro", "el", "tr", "uk", "ar", "he", "hi", "th", "vi", "id"),
)
# Words, more of them, the same in further languages, and numbers that programs give instead of words.
_TABLES = ("tables/words", "tables/reported", "tables/tongues", "tables/numbers")
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


class Phrases:
    """The phrases of one or more tables, ready to be looked for."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        longest = sorted(phrases, key=lambda phrase: (-phrase.size, phrase.cause))
        self._wide = [phrase for phrase in longest if phrase.wide]
        # By the first word; where that is a stem, by its first two letters and *.
        self._by_start: dict[str, list[Phrase]] = defaultdict(list)
        for phrase in longest:
            if phrase.words:
                start = phrase.words[0]
                self._by_start[f"{start[:2]}*" if start.endswith("*") else start].append(phrase)

    @classmethod
    def of_tables(cls, *names: str) -> Phrases:
        """Of tables by their names; what stands twice for one cause counts as it stands last."""
        made = {(phrase.cause, phrase.wide or phrase.words): phrase for name in names for phrase in of_table(name)}
        return cls(made.values())

    def scores(self, text: str) -> dict[str, float]:
        """Evidence for each cause in a text that letters.words() made."""
        found = [*self._of_words(text.split()), *self._of_signs(text.replace(" ", ""))]
        made: dict[str, float] = {}
        for phrase in sorted(found, key=lambda p: -p.weight):
            made[phrase.cause] = made[phrase.cause] + phrase.weight * _AGAIN if phrase.cause in made else phrase.weight
        return made

    def _of_words(self, words: list[str]) -> list[Phrase]:
        used, found = [False] * len(words), []
        hits = [
            (phrase, at)
            for at, word in enumerate(words)
            for phrase in (*self._by_start.get(word, ()), *self._by_start.get(f"{word[:2]}*", ()))
            if _fits(phrase.words, words[at : at + len(phrase.words)])
        ]
        for phrase, at in sorted(hits, key=lambda hit: (-hit[0].size, hit[1])):
            span = range(at, at + len(phrase.words))
            if not any(used[i] for i in span):
                found.append(phrase)
                for i in span:
                    used[i] = True
        return found

    def _of_signs(self, text: str) -> list[Phrase]:
        found = []
        for phrase in self._wide:
            if phrase.wide in text:
                found.append(phrase)
                text = text.replace(phrase.wide, "\0")
        return found


def scores(text: str) -> dict[str, float]:
    """Evidence for each cause in a text that letters.words() made."""
    return _all().scores(text)


def of_table(name: str) -> Iterator[Phrase]:
    """Every phrase of a table, in the order of the file."""
    for row in index.table(name).get("phrase", ()):
        for written in (phrase for language in _LANGUAGES for phrase in row.get(language, ())):
            yield _phrase(written, row["cause"], float(row["weight"]))


def _fits(pattern: tuple[str, ...], words: list[str]) -> bool:
    return len(pattern) == len(words) and all(
        word.startswith(want[:-1]) if want.endswith("*") else word == want
        for want, word in zip(pattern, words, strict=True)
    )


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
    """Phrases as something that was said: their words, their cause, how much they count."""
    for phrase in of_table(_TABLES[0]):
        yield (
            f" {phrase.wide or ' '.join(word.rstrip('*') for word in phrase.words)} ",
            {phrase.cause: 1.0},
            phrase.weight / 12,
        )


@lru_cache(maxsize=1)
def _all() -> Phrases:
    return Phrases.of_tables(*_TABLES)
