"""What ./mw says when a verb cannot be done."""

from __future__ import annotations

import subprocess

import pytest

from tools import verbs
from tools.environment import NoPip

FAILED = subprocess.CalledProcessError(1, ["pip", "install"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NoPip("no pip\nhint: apt"), 2, "mw: no pip\nhint: apt\n"),
        (FAILED, 1, "mw: failed: pip install\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_failures_are_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    error: BaseException,
    code: int,
    said: str,
) -> None:
    """No traceback: what failed, and a code that says so."""

    def fail(*_: str) -> int:
        raise error

    monkeypatch.setitem(verbs.VERBS, "demo", fail)
    assert verbs.main(["demo"]) == code
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(("words", "code"), [([], 0), (["help"], 0), (["nonsense"], 2)])
def test_help(capsys: pytest.CaptureFixture[str], words: list[str], code: int) -> None:
    """Help is an answer when asked for, and a failure after a verb that is none."""
    assert verbs.main(words) == code
    assert "./mw demo" in capsys.readouterr().out


def test_unknown_bench_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name shows the right ones."""
    assert verbs.bench("nonsense") == 2
    assert capsys.readouterr().out.startswith("bench: ")
