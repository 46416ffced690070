"""One row of the table of replies: what was said, by whom, what it can mean and who attests it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mailwright.core import Protocol

STAGES = ("greeting", "login", "after_login", "sender", "any", "client")
CONFIDENCES = ("L", "S", "A", "B", "C")
"""Seen in an experiment; read in a server's source; in a real log or thread; quoted by others; weak."""


@dataclass(frozen=True, slots=True)
class Row:
    """A reply as it really came, its volatile parts with example values.

    `match`: fragments of the plain form (see `saying`), all of which occur in this order; or `regex`.
    `causes`: ranked. `stage`: where it comes. `wait`: a pattern with named groups (seconds, minutes,
    hours, milliseconds, …). `words`: `say` as it is compared (see `letters`).
    """

    id: str
    vendor: str
    protocols: tuple[Protocol, ...]
    say: str
    match: tuple[str, ...]
    causes: tuple[str, ...]
    source: str
    confidence: str
    stage: str = "login"
    regex: str = ""
    wait: str = ""
    words: str = ""

    @property
    def client(self) -> bool:
        """True for what a program says of itself and no server did."""
        return self.stage == "client"

    def found_in(self, plain: str) -> int:
        """How many characters of a plain text this row explains; 0 if it is another text."""
        if self.regex:
            found = _compiled(self.regex).search(plain)
            return found.end() - found.start() if found is not None else 0
        at = explained = 0
        for fragment in self.match:
            at = plain.find(fragment, at)
            if at < 0:
                return 0
            at += len(fragment)
            explained += len(fragment)
        return explained

    def left_of(self, plain: str) -> str:
        """What of a plain text this row does not explain."""
        if self.regex:
            return _compiled(self.regex).sub(" ", plain, count=1)
        for fragment in self.match:
            before, _, behind = plain.partition(fragment)
            plain = f"{before} {behind}"
        return plain

    def waits(self, plain: str) -> dict[str, str]:
        """The named groups of `wait`."""
        found = _compiled(self.wait).search(plain) if self.wait else None
        return {key: value for key, value in found.groupdict().items() if value} if found is not None else {}


def from_table(row: Mapping[str, Any], vendor: str) -> Row:
    """A row from its index or file entry. Raises KeyError, TypeError or ValueError for a bad one."""
    return Row(
        id=row["id"],
        vendor=row.get("vendor", vendor),
        protocols=tuple(Protocol(p) for p in row["protocols"]),
        say=row["say"],
        match=tuple(row.get("match", ())),
        causes=tuple(row["causes"]),
        source=row["source"],
        confidence=row["confidence"],
        stage=row.get("stage", "login"),
        regex=row.get("regex", ""),
        wait=row.get("wait", ""),
        words=row.get("words", ""),
    )


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
