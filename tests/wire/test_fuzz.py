"""The fuzz targets run for a few seconds each; longer by hand: ./mw fuzz imap -max_total_time=600."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "fuzz"
SECONDS = 5


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this Python and system"
)
@pytest.mark.parametrize("name", ["imap", "pop3", "smtp", "autoconfig", "address"])
def test_fuzz(name: str, tmp_path: Path) -> None:
    """Nothing the fuzzer comes up with raises what a parser may not raise, hangs, or grows without bound."""
    limits = (f"-max_total_time={SECONDS}", "-timeout=5", "-rss_limit_mb=1024")
    words = [sys.executable, str(FOLDER / "run.py"), name, *limits]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=SECONDS * 12)
    assert done.returncode == 0, done.stderr[-4000:]
    assert list(tmp_path.iterdir()) == []
