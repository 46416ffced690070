"""A finding of a look at servers, for people and for programs."""

from __future__ import annotations

from mailwright import texts
from mailwright.cli.screen import Screen, pad
from mailwright.core import Finding, Json, Severity

SIGNS = {Severity.ERROR: "bad", Severity.UNKNOWN: "unknown", Severity.WARNING: "warn", Severity.INFO: "none"}


def show(screen: Screen, finding: Finding) -> None:
    """What it is, why, what to do, and whose it is."""
    words = screen.words
    text = words.finding(finding)
    screen.data("")
    screen.headline(SIGNS[finding.severity], text.title)
    for label, line in (("why", text.why), ("fix", text.fix)):
        screen.paragraph(f"  {pad(words.say(f'label.{label}'), 6)}", line)
    for step in text.steps:
        screen.paragraph("        ", step)
    who = words.say(f"who.{finding.who.value}")
    screen.data(screen.paint(f"  {pad(words.say('label.who'), 6)}{who}   id: {finding.id}", "dim"))


def document(finding: Finding) -> Json:
    """The same in both languages."""
    shown = {code: texts.Words(code).finding(finding) for code in texts.LANGUAGES}
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "who": finding.who.value,
        "params": dict(finding.params),
        "text": {
            code: {"title": text.title, "why": text.why, "fix": text.fix, "steps": list(text.steps)}
            for code, text in shown.items()
        },
    }
