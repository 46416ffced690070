"""`mailwright lab` with faults: listed, started, examined by the command it shows, and gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailwright import lab as room

if TYPE_CHECKING:
    from collections.abc import Iterator


def mailwright(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command in a child process."""
    environment = {**os.environ, "PYTHONPATH": str(Path(room.__file__).parents[2])}
    return subprocess.run(
        [sys.executable, "-m", "mailwright", *arguments], capture_output=True, text=True, check=False, env=environment
    )


@pytest.fixture
def place() -> Iterator[str]:
    """A folder for a lab, which is down afterwards."""
    folder = Path(os.path.realpath("/tmp")) / f"mw-command-{os.getpid()}"
    yield str(folder)
    room.down(folder)
    assert not folder.exists()


@pytest.mark.parametrize(("language", "said"), [("en", "the certificate has expired"), ("zh", "证书已过期")])
def test_the_list(language: str, said: str) -> None:
    """Each fault on a line, in the language of the person."""
    lines = mailwright("lab", "faults", "--lang", language).stdout.splitlines()
    assert len(lines) == len(room.FAULTS)
    assert any(line.startswith("tls.expired ") and said in line for line in lines)


def test_the_list_as_json() -> None:
    """With the true cause and the needs."""
    rows = {row["id"]: row for row in json.loads(mailwright("lab", "faults", "--json").stdout)}
    assert rows.keys() == {fault.id for fault in room.FAULTS}
    assert rows["net.timeout"]["cause"] == "net.timeout"
    assert rows["net.timeout"]["needs"] == "nft"


def test_from_up_to_down(place: str) -> None:
    """It says the exact command, and leads it to the fault."""
    assert mailwright("lab", "up", "--dir", place, "--fault", "tls.name").returncode == 0
    shown = mailwright("lab", "status", "--dir", place, "--lang", "en").stdout
    line = next(line for line in shown.splitlines() if "examine it:" in line)
    assert f"mailwright lab run --dir {place} -- mailwright diagnose anna@tls-name.test --password-stdin" in line
    (fault,) = json.loads(mailwright("lab", "status", "--dir", place, "--json").stdout)["faults"]
    assert fault["id"] == "tls.name"
    look = "import os; print(os.environ['MAILWRIGHT_RESOLVER'])"
    done = mailwright("lab", "run", "--dir", place, "--", sys.executable, "-c", look)
    assert done.stdout.strip() == fault["environment"]["MAILWRIGHT_RESOLVER"]
    other = mailwright("lab", "up", "--dir", place, "--fault", "tls.expired", "--lang", "en")
    assert other.returncode != 0
    assert "another lab is up" in other.stderr


def test_no_such_fault(place: str) -> None:
    """It is said, and nothing is left."""
    done = mailwright("lab", "up", "--dir", place, "--fault", "tls.nonsense", "--lang", "en")
    assert done.returncode != 0
    assert "There is no fault called tls.nonsense" in done.stderr
