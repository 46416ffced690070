"""Who is known to put certificates of their own in place of a server's."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from mailwright.core import Fixer

_FILE = Path(__file__).with_name("interceptors.toml")


@dataclass(frozen=True, slots=True)
class Interceptor:
    """A product that reads along. `who`: where it runs, and so who can switch it off."""

    name: str
    who: Fixer
    words: tuple[str, ...]


@lru_cache(maxsize=1)
def all_known() -> tuple[Interceptor, ...]:
    """The list, in its order."""
    rows = tomllib.loads(_FILE.read_text(encoding="utf-8"))["interceptor"]
    return tuple(Interceptor(row["name"], Fixer(row["who"]), tuple(row["words"])) for row in rows)


@lru_cache(maxsize=256)
def behind(issuer: str) -> Interceptor | None:
    """Whose certificate it is, by the issuer's name; None for one that is on no list."""
    text = issuer.lower()
    for known in all_known():
        if any(re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", text) for word in known.words):
            return known
    return None
