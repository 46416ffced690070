"""The tree at a terminal, and under it the cause, the cure and the proof."""

from __future__ import annotations

from mailwright import answers, setup
from mailwright.cli.causes import lead
from mailwright.cli.causes import show as show_cause
from mailwright.cli.screen import Screen, pad

_WIDE = 14


def show(screen: Screen, examined: setup.Examined, *, trace: bool) -> None:
    """All of it, to stdout."""
    words = screen.words
    screen.data(screen.paint(answers.told.headline(words, examined), "bold"))
    _grow(screen, answers.branches.grown(words, examined), "")
    for one in answers.told.told(words, examined):
        show_cause(screen, one)
    ruled = tuple(dict.fromkeys(r for d in examined.diagnoses for r in d.ruled_out))
    if ruled:
        screen.data("")
        shown = words.listed(words.say("tree.ruled", cause=words.cause(r.id), sign=words.sign(r.by)) for r in ruled[:6])
        screen.paragraph(lead(words, "ruled_out"), shown)
    if trace:
        screen.data("")
        screen.data(answers.said.trace_text(answers.said.traces(examined.result)))
    screen.data("")
    screen.paragraph("", answers.told.next_step(words, examined))


def _grow(screen: Screen, branches: tuple[answers.branches.Branch, ...], stem: str) -> None:
    for at, branch in enumerate(branches):
        last = at == len(branches) - 1
        screen.branch(stem + ("└── " if last else "├── "), branch.sign, pad(branch.label, _WIDE), branch.text)
        _grow(screen, branch.below, stem + ("    " if last else "│   "))
