"""The tree at a terminal, and under it the cause, the cure and the proof."""

from __future__ import annotations

from mailwright import diagnose, setup, texts
from mailwright.cli import render
from mailwright.cli.branches import Branch, grown
from mailwright.cli.screen import Screen, pad
from mailwright.cli.told import lead, told
from mailwright.cli.told import show as show_cause
from mailwright.core import Fixer, Severity

_WIDE = 14


def show(screen: Screen, examined: setup.Examined, *, trace: bool) -> None:
    """All of it, to stdout."""
    words = screen.words
    screen.data(screen.paint(headline(words, examined), "bold"))
    _grow(screen, grown(words, examined), "")
    for one in told(words, examined):
        show_cause(screen, one)
    ruled = tuple(dict.fromkeys(r for d in examined.diagnoses for r in d.ruled_out))
    if ruled:
        screen.data("")
        shown = words.listed(words.say("tree.ruled", cause=words.cause(r.id), sign=words.sign(r.by)) for r in ruled[:6])
        screen.paragraph(lead(words, "ruled_out"), shown)
    if trace:
        screen.data("")
        screen.data(render.trace_text(render.traces(examined.result)))
    screen.data("")
    address = str(examined.result.discovery.address)
    screen.paragraph("", words.say(f"next.diagnose.{examined.result.verdict.value}", address=address))


def headline(words: texts.Words, examined: setup.Examined) -> str:
    """The address and what is the matter with it."""
    verdict = examined.result.verdict.value
    # It was got to work by mending what was typed: a mail program might not do so.
    mended = any(c.severity is Severity.WARNING and c.who is Fixer.YOU for c in examined.causes)
    key = "mended" if mended and examined.result.verdict is diagnose.Verdict.WORKS else verdict
    return words.say(f"verdict.diagnose.{key}", address=str(examined.result.discovery.address))


def _grow(screen: Screen, branches: tuple[Branch, ...], stem: str) -> None:
    for at, branch in enumerate(branches):
        last = at == len(branches) - 1
        screen.branch(stem + ("└── " if last else "├── "), branch.sign, pad(branch.label, _WIDE), branch.text)
        _grow(screen, branch.below, stem + ("    " if last else "│   "))
