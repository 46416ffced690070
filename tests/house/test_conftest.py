"""Slow tests wait for --slow; users of the lab stay together."""

from __future__ import annotations

import pytest

from tools.environment import ROOT

pytest_plugins = ["pytester"]

TESTS = """
import os
import pytest

@pytest.fixture(scope="session")
def lab():
    with open("labs", "a") as file:
        file.write("up\\n")

@pytest.mark.slow
def test_slow(): pass

@pytest.mark.parametrize("n", range(8))
def test_lab(lab, n): pass

@pytest.mark.parametrize("n", range(8))
def test_plain(n): pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest((ROOT / "conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers = slow: …\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(TESTS)
    return pytester


@pytest.mark.parametrize(("words", "passed", "deselected"), [((), 16, 1), (("--slow",), 17, 0)])
def test_slow_tests_wait(suite: pytest.Pytester, words: tuple[str, ...], passed: int, deselected: int) -> None:
    """They run when asked for."""
    suite.runpytest_subprocess(*words).assert_outcomes(passed=passed, deselected=deselected)


def test_one_lab_for_all(suite: pytest.Pytester) -> None:
    """Two processes, one lab."""
    suite.runpytest_subprocess("-n2", "--dist=loadgroup").assert_outcomes(passed=16)
    assert (suite.path / "labs").read_text(encoding="utf-8") == "up\n"
