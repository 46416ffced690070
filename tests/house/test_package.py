"""What is installed is what was locked, and what is shipped is the program."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tools.environment import ROOT, SETS

if TYPE_CHECKING:
    from pathlib import Path

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(kind: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8")))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9-]", requirement)[0].lower() for requirement in requirements}


@pytest.mark.parametrize("kind", SETS)
def test_locks_are_hashed_and_speak_of_no_place(kind: str) -> None:
    """Every pin has a hash; no index, no address, no path."""
    text = (ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8")
    assert len(PIN.findall(text)) == len(re.findall(r"==\S+.* \\\n    --hash=sha256:", text))
    assert "://" not in text
    assert "--index" not in text
    assert "/" not in text


def test_locks_hold_what_the_project_asks_for() -> None:
    """A dependency added to pyproject.toml is in the lock; `./mw lock` puts it there."""
    project = PROJECT["project"]
    wanted = {
        "run": project["dependencies"],
        "lab": project["optional-dependencies"]["lab"],
        "dev": PROJECT["dependency-groups"]["dev"],
    }
    assert [names(wanted[kind]) - locked(kind).keys() for kind in SETS] == [set()] * len(SETS)


@pytest.mark.parametrize(("small", "large"), list(pairwise(SETS)))
def test_each_set_holds_the_one_before(small: str, large: str) -> None:
    """The same release everywhere, so a larger environment can stand in for a smaller one."""
    assert locked(small).items() <= locked(large).items()


def test_the_wheel_holds_the_program_and_nothing_else(tmp_path: Path) -> None:
    """The book, the texts and the type marker are in; tests and tools are not."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("mailwright-*.whl")
    files = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in files} == {"mailwright"}
    in_source = {path for path in (ROOT / "src").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path.relative_to(ROOT / "src").as_posix() for path in in_source} <= set(files)
    assert any(name.endswith("licenses/LICENSE") for name in files)
