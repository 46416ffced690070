"""Writing for people: rows with a sign, a word and a colour, never only one of them."""

from __future__ import annotations

import os
import sys
import unicodedata

from mailwright.core import Problem
from mailwright.texts import Words

_CODES = {"good": "32", "bad": "1;31", "warn": "33", "dim": "2", "bold": "1"}
# Sign, its ASCII stand-in, its colour.
_SIGNS = {
    "ok": ("✓", "ok", "good"),
    "bad": ("✗", "FAIL", "bad"),
    "unknown": ("?", "?", "warn"),
    "none": ("–", "-", "dim"),
    "warn": ("!", "!", "warn"),
}
LABEL, MIDDLE = 11, 34


class Screen:
    """stdout for data, stderr for everything else; colour only on a terminal that wants it."""

    def __init__(self, words: Words, *, color: bool = True, quiet: bool = False) -> None:
        self.words = words
        self._quiet = quiet
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # an ASCII terminal must not end the program
        self._color = color and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._plain = not _can_show("✓–", sys.stdout.encoding)

    @property
    def interactive(self) -> bool:
        """True when a person reads stderr on a terminal: progress may be shown."""
        return sys.stderr.isatty() and not self._quiet

    def data(self, text: str) -> None:
        """What was asked for, to stdout."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def headline(self, sign: str, text: str) -> None:
        """A sign and a sentence that stands out."""
        mark, ascii_mark, color = _SIGNS[sign]
        self.data(f"{self.paint(ascii_mark if self._plain else mark, color)} {self.paint(text, 'bold')}")

    def row(self, sign: str, label: str, middle: str, rest: str = "") -> None:
        """One row of the answer: sign, label, fact, remark."""
        mark, ascii_mark, color = _SIGNS[sign]
        shown = self.paint(ascii_mark if self._plain else mark, color)
        text = f"{shown} {pad(label, LABEL)}{pad(middle, MIDDLE) if rest else middle}"
        self.data(f"{text} {self.paint(rest, 'dim')}".rstrip() if rest else text.rstrip())

    def paint(self, text: str, color: str) -> str:
        """`text` in a colour, if stdout shows colours."""
        if not text or not self._color or not sys.stdout.isatty():
            return text
        return f"\x1b[{_CODES[color]}m{text}\x1b[0m"

    def progress(self, text: str) -> None:
        """What is waited for: one line on a terminal, overwritten by the next."""
        if self.interactive:
            sys.stderr.write(f"\r\x1b[2K{text}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the progress line away."""
        if self.interactive:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def note(self, key: str, **params: str | int | float) -> None:
        """A remark to stderr."""
        if not self._quiet:
            sys.stderr.write(self.words.say(key, **params) + "\n")

    def problem(self, problem: Problem) -> None:
        """What is wrong, and the next step, to stderr."""
        self.clear()
        text = self.words.problem(problem)
        sys.stderr.write(f"mailwright: {text.say}\n")
        if text.next:
            sys.stderr.write(f"{self.words.say('hint')} {text.next}\n")


def _can_show(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def width(text: str) -> int:
    """Columns on a terminal: East Asian wide and full-width characters take two (UAX #11)."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """`text` filled up with blanks, at least one."""
    return text + " " * max(1, columns - width(text))
