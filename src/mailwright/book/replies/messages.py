"""Whether a text is about what is sent (too large, spam, too many) or a program's file, and not about the account."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from mailwright.book.replies import index, phrases

if TYPE_CHECKING:
    from mailwright.book.replies.saying import Said

_TABLE = "tables/messages"
_ACCOUNT = "account"
# Ten to one.
_ENOUGH = 10.0


def about(said: Said, words: str) -> str:
    """What of a message it is about (see tables/messages.toml), "" if it is not about one. `words`: of letters.py."""
    scores = dict(_phrases().scores(words))
    codes = index.table(_TABLE)["code"]
    for code in {said.status, said.enhanced}:
        for what, weight in codes.get(code, {}).items():
            scores[what] = scores.get(what, 0.0) + weight
    against = scores.pop(_ACCOUNT, 0.0)
    best = max(scores, key=lambda what: (scores[what], what), default="")
    return best if best and scores[best] >= _ENOUGH and scores[best] > against else ""


@lru_cache(maxsize=1)
def _phrases() -> phrases.Phrases:
    return phrases.Phrases.of_tables(_TABLE)
