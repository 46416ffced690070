"""A pasted error as a page tells it: the first cause in full, others in a line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailwright import answers

if TYPE_CHECKING:
    from mailwright import texts
    from mailwright.core import Cause

MOST_READ = 300
# What matters stands in the first lines, and patterns take their time over the others.
MOST_PASTED = 4096


@dataclass(frozen=True, slots=True)
class Told:
    """`kind`: causes, message, fine or unknown; `first`: the likeliest; `basis`: how we know.

    `about`: for a message, the key of the texts that say what it is about.
    """

    kind: str
    read: str
    first: answers.told.Told | None
    others: tuple[str, ...]
    basis: str
    about: str = ""


def told(words: texts.Words, one: answers.explaining.Explained) -> Told:
    """All of it."""
    read = one.text if len(one.text) <= MOST_READ else f"{one.text[:MOST_READ]}…"
    if one.about:
        return Told("message", read, None, (), words.say("explain.message.basis"), f"explain.message.{one.about}")
    if one.fine or one.unknown:
        return Told("fine" if one.fine else "unknown", read, None, (), "")
    first, *others = one.causes
    rest = tuple(
        words.say("told.sure", what=words.cause(cause.id), sure=f"{round(cause.confidence * 100)} %")
        for cause in others[: answers.told.MOST_OTHERS]
    )
    return Told("causes", read, _first(words, one, first), rest, _basis(words, one))


def _first(words: texts.Words, one: answers.explaining.Explained, cause: Cause) -> answers.told.Told:
    text, ask = answers.explaining.told(words, one, cause), one.told(words, cause).ask
    return replace(text, lines=(*text.lines, ("decide", ask))) if ask else text


def _basis(words: texts.Words, one: answers.explaining.Explained) -> str:
    return words.say("explain.by.row") if one.meaning.row else words.say(f"explain.by.{one.meaning.how}")
