"""Every text file of tests/dialogues, run through the same generators a socket drives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wire.script import FOLDER, Dialogue, outcome

INPUTS = {"run", "user", "secret", "token", "auth", "security", "nonce", "address"}
FILES = sorted(FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_dialogue(path: Path) -> None:
    """The conversation says what the script says, and comes to what its header says."""
    dialogue = Dialogue.read(path)
    wanted = {key: dialogue.get(key) for key in dialogue.header if key not in INPUTS}
    wanted.setdefault("error", "")
    found = outcome(dialogue)
    assert {key: found[key] for key in wanted} == wanted


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_dialogue_names_what_must_come_out(path: Path) -> None:
    """Each file begins with one sentence and expects something."""
    dialogue = Dialogue.read(path)
    assert dialogue.sentence.endswith(".")
    assert set(dialogue.header) - INPUTS
