"""Environments are made once, whole, and by one process at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tools import environment as envs

if TYPE_CHECKING:
    from pathlib import Path

MW = envs.ROOT / "mw"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose sets lock nothing, so that making them is quick."""
    (tmp_path / "requirements").mkdir()
    for kind in envs.SETS:
        (tmp_path / "requirements" / f"{kind}.txt").write_text(f"# {kind}\n", encoding="utf-8")
    (tmp_path / "src" / "mailwright").mkdir(parents=True)
    (tmp_path / "src" / "mailwright" / "cli.py").write_text("def main(): print('here')\n", encoding="utf-8")
    monkeypatch.setattr(envs, "ROOT", tmp_path)
    monkeypatch.setattr(envs, "VENVS", tmp_path / ".venvs")
    return tmp_path


def pretend(venv: Path, *, finished: bool = True, age: float = 0) -> Path:
    venv.mkdir(parents=True)
    if finished:
        (venv / "ready").touch()
        os.utime(venv / "ready", (time.time() - age,) * 2)
    return venv


def test_making_one_gives_a_python_and_the_program(root: Path) -> None:
    """The new environment runs the checkout's program, and .venv leads to it."""
    python = envs.environment("run")
    program = python.with_name("mailwright")
    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout == "here\n"
    assert (root / ".venv").resolve() == python.parent.parent.resolve()


def test_a_larger_set_serves(root: Path) -> None:
    """Who has the development environment needs no second one for the program."""
    pretend(envs.place("dev"))
    assert envs.environment("run").parent.parent == envs.place("dev")


def test_a_changed_lock_means_another_environment(root: Path) -> None:
    """An environment in use is left alone when the lock changes."""
    before = envs.place("run")
    (root / "requirements" / "run.txt").write_text("# other\n", encoding="utf-8")
    assert envs.place("run") != before


def test_half_made_and_long_unused_ones_go(root: Path) -> None:
    """What was interrupted or forgotten does not pile up; what is used stays."""
    half = pretend(root / ".venvs" / "dev-1", finished=False)
    forgotten = pretend(root / ".venvs" / "dev-2", age=envs.MONTH + 60)
    used = pretend(root / ".venvs" / "dev-3", age=60)
    envs.forget_unused()
    assert [half.exists(), forgotten.exists(), used.exists()] == [False, False, True]


def test_two_at_once_make_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first and takes what it made."""
    made: list[Path] = []

    def slowly(venv: Path, lock: Path) -> None:
        time.sleep(0.1)
        made.append(pretend(venv))

    monkeypatch.setattr(envs, "make", slowly)
    threads = [threading.Thread(target=envs.environment, args=("run",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [envs.place("run")]


def test_no_pip_anywhere_says_what_to_install(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pip, uv or apt there is one sentence and one hint."""
    monkeypatch.setattr(envs, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(envs.NoPip, match="hint: sudo apt-get install python3-venv"):
        envs.borrowed_pip(root / "python", root)


@pytest.mark.parametrize("version", ["3.9", "none"])
def test_an_old_python_is_told_so(tmp_path: Path, version: str) -> None:
    """`mw` says what it needs and what it found."""
    if version != "none":
        python = tmp_path / "python3"
        python.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9"\nexit 1\n', encoding="utf-8")
        python.chmod(0o755)
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")
    done = subprocess.run(
        ["/bin/sh", MW, "demo"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "needs Python 3.11 or newer; found: " + ("Python 3.9" if version == "3.9" else "none") in done.stderr


def test_help_names_every_verb() -> None:
    """`./mw help` needs nothing but Python."""
    done = subprocess.run([MW, "help"], env=os.environ | {"MW_PYTHON": sys.executable}, capture_output=True, check=True)
    for verb in ("demo", "test", "check", "fix", "bench", "lock", "run", "book-index", "fuzz"):
        assert f"./mw {verb} ".encode() in done.stdout
