"""The repository keeps its own rules: what `./mw check` says, as tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.checks import COMMANDS, RULES
from tools.environment import ROOT


@pytest.mark.parametrize("name", COMMANDS)
def test_tool_finds_nothing(name: str) -> None:
    """The tool is content with the repository."""
    program, *words = COMMANDS[name]
    command = [str(Path(sys.executable).with_name(program)), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", RULES)
def test_rule_is_kept(name: str) -> None:
    """The rule is kept everywhere."""
    lines = RULES[name](ROOT)
    assert not lines, "\n".join(lines)
