"""Putting what is known into sentences, and leaving out the sentences it does not suffice for.

A piece is a text, or a list of texts of which the first is said that finds all it mentions. What is not
known is "" or missing; a piece without its facts is left out, so that no sentence has a hole in it.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping

from mailwright.core import Param

Facts = Mapping[str, Param]
Piece = str | list[str]
_PARSE = string.Formatter().parse


def said(piece: Piece, facts: Facts) -> str:
    """The piece with its facts, "" if they do not suffice."""
    texts = [piece] if isinstance(piece, str) else piece
    fitting = (text for text in texts if all(_known(facts, name) for name in mentioned(text)))
    return next((filled(text, facts) for text in fitting), "")


def filled(text: str, facts: Facts) -> str:
    """The text with its facts; a number may have its word: {files:file|files}."""
    return "".join(
        literal + (_worded(facts[name], spec or "") if name is not None else "")
        for literal, name, spec, _ in _PARSE(text)
    )


def _worded(value: Param, spec: str) -> str:
    one, several, many = spec.partition("|")
    if not several:
        return format(value, spec)
    return f"{value if isinstance(value, str) else format(value, ',')} {one if value == 1 else many}"


def all_said(pieces: Piece, facts: Facts) -> tuple[str, ...]:
    """Every piece of the list (a text alone is a list of one) that can be said."""
    listed: Iterable[Piece] = [pieces] if isinstance(pieces, str) else pieces
    return tuple(text for piece in listed if (text := said(piece, facts)))


def mentioned(text: str) -> tuple[str, ...]:
    """The names in braces."""
    return tuple(name for _, name, _, _ in _PARSE(text) if name is not None)


def _known(facts: Facts, name: str) -> bool:
    return facts.get(name, "") != ""
