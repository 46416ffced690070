"""Looks through a real packet filter: swallowed, refused, forbidden, cut off at a ClientHello, large packets lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.verify import enclosed

ROOT = Path(__file__).parents[2]
Seen = dict[str, dict[str, dict[str, Any]]]


def _missing() -> str:
    if sys.platform != "linux" or os.geteuid() != 0:
        return "a network namespace takes root on Linux"
    tools = [tool for tool in ("unshare", "ip", "nft") if shutil.which(tool) is None]
    if tools:
        return f"no {tools[0]} here"
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "no network namespace can be made here"


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Port → kind → what the look told."""
    reason = _missing()
    if reason:
        pytest.skip(reason)
    command = ["unshare", "--net", sys.executable, "-m", "tests.verify.enclosed"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found: Seen = json.loads(done.stdout)
    return found


def at(seen: Seen, port: int, kind: str) -> dict[str, Any]:
    return seen[str(port)][kind]


def test_nothing_in_the_way(seen: Seen) -> None:
    """A server that nothing stands before is seen whole."""
    assert at(seen, enclosed.OPEN, "address")["outcome"] == "ok"
    assert at(seen, enclosed.OPEN, "bytes")["hello"] == "server_hello"
    assert at(seen, enclosed.OPEN, "chain")["outcome"] == at(seen, enclosed.OPEN, "small")["outcome"] == "ok"


@pytest.mark.parametrize(
    ("port", "outcome", "errno"),
    [(enclosed.DROP, "timeout", ""), (enclosed.RESET, "no", "ECONNREFUSED"), (enclosed.FORBID, "no", "EHOSTUNREACH"),
     (1, "no", "ENETUNREACH")],
)  # fmt: skip
def test_no_connection(seen: Seen, port: int, outcome: str, errno: str) -> None:
    """Swallowed is a time-out; refused, forbidden and without a way are three numbers, told at once."""
    look = at(seen, port, "address")
    assert (look["outcome"], look["errno"]) == (outcome, errno)
    assert (look["took"] > 3.0) is (outcome == "timeout")
    assert "bytes" not in seen[str(port)]
    assert at(seen, port, "chain")["outcome"] != "ok"


def test_large_packets_are_lost(seen: Seen) -> None:
    """The port connects, the certificates never arrive, and with small segments they do."""
    assert at(seen, enclosed.HOLE, "address")["outcome"] == "ok"
    assert at(seen, enclosed.HOLE, "chain")["outcome"] == "timeout"
    assert at(seen, enclosed.HOLE, "small")["outcome"] == "ok"


def test_cut_off_at_the_client_hello(seen: Seen) -> None:
    """Somebody reads along: the port connects and waits, and is reset as soon as TLS begins."""
    look = at(seen, enclosed.PICKY, "bytes")
    assert (look["speaks"], look["hello"]) == ("reset", "reset")
    assert at(seen, enclosed.PICKY, "address")["outcome"] == "ok"
