"""The program, outside of the lab and inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.program import Program, environment

if TYPE_CHECKING:
    from mailwright.lab import Lab


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def program(home: Path) -> Program:
    return Program(environment(home))


@pytest.fixture(scope="session")
def inside(program: Program, lab: Lab) -> Program:
    return program.inside(lab)
