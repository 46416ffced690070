"""Somebody at a page has no command line: no step tells them to type a command."""

from __future__ import annotations

import re

import pytest

from mailwright.core import Finding, Fixer, Severity
from mailwright.texts import LANGUAGES, Words, words
from tests.texts import pieces

COMMAND = re.compile(r"mailwright |(?<!\w)--[a-z]|MAILWRIGHT_|docker ")


def commands(language: str) -> set[tuple[str, str]]:
    """Id and place of every step and every sentence that names a command."""
    found = set()
    for id in pieces.own():
        row = words.entry(language, id)
        parts = {"fix": row["fix"], **{str(at): step for at, step in enumerate(row.get("steps", []))}}
        found |= {(id, at) for at, piece in parts.items() if any(map(COMMAND.search, pieces.texts_of(piece)))}
    for id, steps in words.profiles(language).items():
        if id.startswith("use."):
            found |= {(id, str(at)) for at, step in enumerate(steps) if "mailwright " in str(step)}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_other_words(language: str) -> None:
    """What names a command is said otherwise on a page, and nothing else is."""
    own = words.family(language, "instead")
    assert {(id, at) for id, parts in own.items() for at in parts} == commands(language)
    for parts in own.values():
        assert not any(COMMAND.search(text) for part in parts.values() for text in pieces.texts_of(part))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_them(language: str) -> None:
    """The sentences are those of the page there, and those of the command line elsewhere."""
    finding = Finding("trust.not_confirmed", Severity.UNKNOWN, Fixer.YOU, (("host", "in.test"),))
    page, line = Words(language, on_page=True), Words(language)
    assert "--trust-host in.test" in line.finding(finding).steps[1]
    assert "--" not in "".join((page.finding(finding).fix, *page.finding(finding).steps))
    assert "in.test" in page.finding(finding).steps[1]
    facts = {"address": "anna@in.test", "file": "mail-mu4e.el"}
    assert len(page.steps("mu4e", **facts)) == len(line.steps("mu4e", **facts)) == 5
    assert "mailwright " not in "".join(page.steps("mu4e", **facts))


@pytest.mark.parametrize("language", LANGUAGES)
def test_their_parameters(language: str) -> None:
    """They are filled with no more than what they stand for."""
    for id, parts in words.family(language, "instead").items():
        for at, piece in parts.items():
            row = (
                {"fix": "", "steps": words.profiles(language)[id]}
                if id.startswith("use.")
                else words.entry(language, id)
            )
            stood = row["fix"] if at == "fix" else row["steps"][int(at)]
            assert pieces.mentioned(tuple(pieces.texts_of(piece))) <= pieces.mentioned(
                tuple(pieces.texts_of(stood))
            ) | {"address"}
