"""A cause at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.cli.screen import Screen, pad

if TYPE_CHECKING:
    from mailwright import answers, texts


def show(screen: Screen, one: answers.told.Told) -> None:
    """One cause, to stdout: what it is, what is known of it, the cure step by step, and whose it is."""
    screen.data("")
    screen.headline(one.sign, one.title)
    for label, text in one.lines:
        screen.paragraph(lead(screen.words, label), text)
    for number, step in enumerate(one.steps, start=1):
        screen.paragraph(f"       {number}. ", step)
    screen.data(screen.paint(f"{lead(screen.words, 'who')}{one.who}   id: {one.id}", "dim"))


def lead(words: texts.Words, label: str) -> str:
    """What a line begins with (see face "label.…"), as wide as all others."""
    return f"{pad(words.say(f'label.{label}'), 6)} "
