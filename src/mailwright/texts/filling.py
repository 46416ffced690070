"""Putting what is known into sentences, and leaving out the sentences it does not suffice for.

A piece is a text, or a list of texts of which the first is said that finds all it mentions. What is not
known is "" or missing; a piece without its facts is left out, so that no sentence has a hole in it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping

from mailwright.core import Param

Facts = Mapping[str, Param]
Piece = str | list[str]
_PARSE = string.Formatter().parse
_HAN = re.compile("[\u3400-\u9fff]")
_APART = re.compile(" [\u3400-\u9fff]")


def said(piece: Piece, facts: Facts) -> str:
    """The piece with its facts, "" if they do not suffice."""
    texts = [piece] if isinstance(piece, str) else piece
    fitting = (text for text in texts if all(_known(facts, name) for name in mentioned(text)))
    return next((filled(text, facts) for text in fitting), "")


def filled(text: str, facts: Facts) -> str:
    """The text with its facts. The blank between Chinese and a fact is for Latin letters: beside a Chinese one it goes.

    A number may be given its word: {files:file|files}.
    """
    made = ""
    for literal, name, spec, _ in _PARSE(text):
        made += literal[1:] if _HAN.fullmatch(made[-1:]) and _APART.match(literal) else literal
        if name is not None:
            value = _worded(facts[name], spec or "")
            made = made[:-1] + value if _HAN.match(value) and _APART.fullmatch(made[:-3:-1]) else made + value
    return made


def _worded(value: Param, spec: str) -> str:
    one, several, many = spec.partition("|")
    return f"{value:,} {one if value == 1 else many}" if several else format(value, spec)


def all_said(pieces: Piece, facts: Facts) -> tuple[str, ...]:
    """Every piece of the list (a text alone is a list of one) that can be said."""
    listed: Iterable[Piece] = [pieces] if isinstance(pieces, str) else pieces
    return tuple(text for piece in listed if (text := said(piece, facts)))


def mentioned(text: str) -> tuple[str, ...]:
    """The names in braces."""
    return tuple(name for _, name, _, _ in _PARSE(text) if name is not None)


def _known(facts: Facts, name: str) -> bool:
    return facts.get(name, "") != ""
