"""What a narrow terminal does to a tree and to sentences."""

from __future__ import annotations

import pytest

from mailwright.cli.screen import fold, width
from tests.cli.program import LANGUAGES, Program
from tests.cli.terminal import Terminal

SENTENCES = [
    "你填的是“ imap.example.org ”，应当是“imap.example.org”。打不开就找“设置”→“账户”（见《帮助》）。",
    "You typed “ imap.example.org ”; it should be “imap.example.org” (without blanks).",
    "“",
    "（",
    "x“",
]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("room", [10, 20, 31, 40])
def test_folding(sentence: str, room: int) -> None:
    """No line ends with what opens or begins with what closes, and nothing is lost."""
    lines = fold(sentence, room)
    assert "".join(lines).replace(" ", "") == sentence.replace(" ", "")
    assert not any(line[-1:] in tuple("“（《(") for line in lines[:-1])
    assert not any(line[:1] in tuple("”）》，。") for line in lines[1:])


def test_nothing_but_marks() -> None:
    """A text of marks alone is folded at once and stays whole."""
    assert "".join(fold("“" * 2000 + " ”" * 2000, 40)).replace(" ", "") == "“" * 2000 + "”" * 2000


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tree_on_a_narrow_terminal(program: Program, language: str) -> None:
    """Each line of the tree fits; what finds no room beside its label stands below it."""
    typed = ("--no-login", "--host", "imap.elsewhere.test", "--resolver", "127.0.0.1:9", "--lang", language)
    narrow = {**program.variables, "COLUMNS": "40"}
    with Terminal(narrow, "diagnose", "anna@example.test", *typed) as terminal:
        assert terminal.end() == 3
    tree = [line for line in terminal.text.splitlines() if line.startswith(("├", "│", "└", " "))]
    assert any("imap.elsewhere.test:993" in line for line in tree)
    drawn = [line for line in tree if line.startswith(("├", "│", "└"))]
    assert len(drawn) > 6
    assert max(map(width, drawn)) <= 40
