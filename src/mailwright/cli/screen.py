"""Writing for people: rows with a sign, a word and a colour, never only one of them."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from typing import TextIO

from mailwright import texts
from mailwright.core import UNSAFE, BadInput, Problem

_CODES = {"good": "32", "bad": "1;31", "warn": "33", "dim": "2", "bold": "1"}
# Sign, its ASCII stand-in, its colour.
_SIGNS = {
    "ok": ("✓", "ok", "good"),
    "bad": ("✗", "FAIL", "bad"),
    "unknown": ("?", "?", "warn"),
    "none": ("–", "-", "dim"),
    "warn": ("!", "!", "warn"),
}
# Common signs of our own texts on a terminal that has only ASCII.
_ASCII = str.maketrans({"…": "...", "→": "->", "“": '"', "”": '"', "’": "'", "–": "-"})
_GUIDES = str.maketrans({"├": "|", "└": "`", "─": "-", "│": "|"})
LABEL, MIDDLE = 11, 34
# How paint() marks a colour until data() has made foreign text safe.
_PAINTED = re.compile(f"\ufdd0({'|'.join(_CODES)})\ufdd1([^\ufdd0-\ufdd2]*)\ufdd2")

# A break may come after a blank and beside each character of a script without blanks, but not behind what opens
# nor before what closes. A text, as compiling it takes 6 ms at each start and only the help needs it.
_OPEN, _CLOSE = "“‘（《〈「『【", "”’）》〉」』】，。；：、？！…"
_PIECES = f"(?:[{_OPEN}] *)*(?:[\u2e80-\uffef]|[^\u2e80-\uffef {_OPEN}]+)(?: ?[{_CLOSE}])* *| +|[{_OPEN}]"
WIDEST, NARROWEST, LEAST = 100, 30, 10


class Screen:
    """stdout for data, stderr for everything else; colour only on a terminal that wants it.

    Foreign text (a server's reply, what was typed) cannot move the cursor or colour the terminal.
    """

    def __init__(self, words: texts.Words, *, color: bool = True, quiet: bool = False) -> None:
        self.words = words
        self._quiet = quiet
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # an ASCII terminal must not end the program
        self._dumb = os.environ.get("TERM") == "dumb"
        self._color = color and not os.environ.get("NO_COLOR") and not self._dumb and sys.stdout.isatty()
        self._plain = not _can_show("✓–", sys.stdout.encoding)

    @property
    def interactive(self) -> bool:
        """True when a person reads stderr on a terminal: progress may be shown."""
        return sys.stderr.isatty() and not self._quiet and not self._dumb

    def data(self, text: str) -> None:
        """What was asked for, to stdout. Raises BadInput("input.output") when stdout does not take it."""
        shown = _painted(text) if self._color else safe(text)
        self._out((shown.translate(_ASCII) if self._plain else shown) + "\n")

    def paragraph(self, lead: str, text: str) -> None:
        """A sentence or more behind `lead`, folded on a terminal so that all lines begin under the first."""
        room = self._columns - width(lead)
        lines = fold(text, room) if room >= NARROWEST else [text]
        for number, line in enumerate(lines):
            self.data((lead if number == 0 else " " * width(lead)) + line)

    @property
    def _columns(self) -> int:
        """The width to fold at; 0 where a program reads."""
        return min(shutil.get_terminal_size().columns, WIDEST) if sys.stdout.isatty() else 0

    def document(self, text: str) -> None:
        """JSON, to stdout: escaped where the terminal cannot show it or must not obey it."""
        escaped = UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        if self._plain:
            escaped = "".join(c if c.isascii() else _json_escape(c) for c in escaped)
        self._out(escaped + "\n")

    def _out(self, text: str) -> None:
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            give_up(sys.stdout)
            raise BadInput("input.output", file="stdout") from error

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

    def branch(self, stem: str, sign: str, label: str, text: str) -> None:
        """One line of a tree: what held is dim, what broke stands out."""
        mark, ascii_mark, color = _SIGNS[sign]
        shown = self.paint(ascii_mark if self._plain else mark, color)
        tone = "bold" if sign in ("bad", "unknown") else "dim"
        beside = stem.replace("├── ", "│   ").replace("└── ", "    ")
        room = self._columns - width(stem) - 2 - width(label)
        indent, lines = 2 + width(label), [text]
        if room >= NARROWEST:
            lines = fold(text, room)
        elif self._columns and width(text) > room:  # too narrow beside the label: below it
            indent, lines = 2, ["", *fold(text, max(LEAST, self._columns - width(stem) - 2))]
        for number, line in enumerate(lines):
            drawn = (stem if number == 0 else beside).translate(_GUIDES) if self._plain else (stem, beside)[number > 0]
            head = f"{shown} {self.paint(label, tone)}" if number == 0 else " " * indent
            self.data(f"{self.paint(drawn, 'dim')}{head}{self.paint(line, tone)}".rstrip())

    def paint(self, text: str, color: str) -> str:
        """`text` in a colour, if stdout shows colours; for data()."""
        if not text or not self._color:
            return text
        return f"\ufdd0{color}\ufdd1{safe(text)}\ufdd2"

    def progress(self, text: str) -> None:
        """What is waited for: one line on a terminal, overwritten by the next."""
        if self.interactive:
            columns = shutil.get_terminal_size().columns
            self._tell(f"\r\x1b[2K{cut(safe(text), columns - 1)}")

    def clear(self) -> None:
        """Take the progress line away."""
        if self.interactive:
            self._tell("\r\x1b[2K")

    def note(self, key: str, **params: str | float) -> None:
        """A remark to stderr."""
        if not self._quiet:
            self.say(key, **params)

    def say(self, key: str, **params: str | float) -> None:
        """What a person has to read before they can answer, to stderr; shown with --quiet too."""
        self._tell(safe(self.words.say(key, **params)) + "\n")

    def remark(self, problem: Problem) -> None:
        """Something that does not stop us, to stderr."""
        if not self._quiet:
            text = self.words.problem(problem)
            self._tell(f"{safe(text.say)}\n{self.words.say('hint')}{safe(text.next)}\n")

    def problem(self, problem: Problem) -> None:
        """What is wrong, and the next step, to stderr."""
        self.clear()
        text = self.words.problem(problem)
        self._tell(f"mailwright: {safe(text.say)}\n")
        if text.next:
            self._tell(f"{self.words.say('hint')}{safe(text.next)}\n")

    def _tell(self, text: str) -> None:
        plain = not _can_show("…", sys.stderr.encoding)
        try:
            sys.stderr.write(text.translate(_ASCII) if plain else text)
            sys.stderr.flush()
        except OSError:
            give_up(sys.stderr)  # nobody reads it; that must not change the answer


def _painted(text: str) -> str:
    parts, at = [], 0
    for found in _PAINTED.finditer(text):
        parts += [safe(text[at : found.start()]), f"\x1b[{_CODES[found[1]]}m{safe(found[2])}\x1b[0m"]
        at = found.end()
    return "".join([*parts, safe(text[at:])])


def safe(text: str) -> str:
    """`text` with everything a terminal would obey made visible."""
    return UNSAFE.sub(lambda found: _visible(found[0]), text)


def _visible(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of an argument that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _json_escape(character: str) -> str:
    pair = character.encode("utf-16-be")
    return "".join(f"\\u{pair[at]:02x}{pair[at + 1]:02x}" for at in range(0, len(pair), 2))


def give_up(stream: TextIO) -> None:
    """Let everything still to be written there vanish: it cannot be said, not even at exit."""
    target = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(target, stream.fileno())
    finally:
        os.close(target)


def _can_show(text: str, encoding: str | None) -> bool:
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def width(text: str) -> int:
    """Columns on a terminal: East Asian wide and full-width characters take two (UAX #11)."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fold(text: str, room: int) -> list[str]:
    """`text` in lines of at most `room` columns, broken at blanks and between Chinese characters."""
    lines = [""]
    for piece in re.findall(_PIECES, text):
        if lines[-1] and width(lines[-1] + piece.rstrip()) > room:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]


def pad(text: str, columns: int) -> str:
    """`text` filled up with blanks, at least one."""
    return text + " " * max(1, columns - width(text))


def cut(text: str, columns: int) -> str:
    """`text` shortened to that many columns."""
    while width(text) > columns:
        text = text[:-1]
    return text
