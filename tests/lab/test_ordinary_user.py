"""The tests of mail and names again, with a lab that an ordinary user made from unpacked packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailwright import lab as room
from mailwright.lab import state
from tests.lab.test_mail import *  # noqa: F403  # the same tests, another `lab`
from tests.lab.test_names import *  # noqa: F403  # the same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Lab

NOBODY = 65534
# Root's own Python may live in a folder that is closed to others; the system's does not.
PYTHON = "/usr/bin/python3"
RUN = "import sys; from pathlib import Path; from mailwright import lab; d, c = map(Path, sys.argv[1:]);"


def _usable() -> bool:
    if os.geteuid() != 0 or not shutil.which("setpriv") or not Path(PYTHON).exists():
        return False
    done = subprocess.run(as_nobody("-c", "import cryptography, dns, mailwright.lab"), capture_output=True, check=False)
    return done.returncode == 0


def as_nobody(*arguments: str) -> list[str]:
    """The command that runs Python as nobody with this program's and its libraries' folders."""
    source = Path(room.__file__).parents[2]
    packages = sysconfig.get_path("purelib")
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env", "HOME=/nonexistent",
            f"PYTHONPATH={source}:{packages}", "PYTHONDONTWRITEBYTECODE=1", PYTHON, *arguments]  # fmt: skip


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not _usable(), reason="needs root to become nobody, and a Python that nobody may run"),
]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory(prefix="mw-") as folder:
        os.chown(folder, NOBODY, NOBODY)
        place, cache = Path(folder) / "lab", Path(folder) / "cache"
        up = RUN + "lab.up(d, options=lab.Options(servers='unpacked', cache=c))"
        done = subprocess.run(as_nobody("-c", up, str(place), str(cache)), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = state.load(place)
        assert found is not None
        yield found
        subprocess.run(as_nobody("-c", RUN + "assert lab.down(d)", str(place), str(cache)), check=True)
        assert not place.exists()


def test_every_process_is_the_users_own(lab: Lab) -> None:
    for server in lab.servers:
        assert Path(f"/proc/{server.pid}").stat().st_uid == NOBODY


def test_real_servers_but_for_submission(lab: Lab) -> None:
    kinds = {server.name: server.kind for server in lab.servers}
    assert kinds.pop("submission") == "embedded"
    assert kinds.pop("issuer") == "part"
    assert set(kinds.values()) == {"real"}
