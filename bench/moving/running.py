"""Processes that are timed as a whole: from their start to their end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moving.ground import PASSWORD, Ground, settled
from moving.ours import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SECONDS = 1800
PATHS = [str(Path(__file__).parents[1]), *sys.path[1:]]


def timed(argv: Sequence[str | Path], typed: str = "", folder: Path | None = None) -> tuple[float, str]:
    """Seconds and what it printed. Raises RuntimeError when it does not end well."""
    # A peer in Python has its own, and what is made for another one would not load there.
    paths = os.pathsep.join(PATHS) if argv[0] == sys.executable else ""
    settled()
    begun = time.perf_counter()
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
        env=os.environ | {"PYTHONPATH": paths},
    ) as process:  # fmt: skip
        try:
            said, wrong = process.communicate(typed, timeout=MOST_SECONDS)
        except BaseException:
            process.kill()
            raise
    taken = time.perf_counter() - begun
    if process.returncode:
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}: {said[-2000:]}{wrong[-2000:]}")
    return taken, said


def ours(task: Task) -> tuple[float, dict[str, Any]]:
    """Seconds of a whole process of ours, and what it says of itself."""
    taken, said = timed([sys.executable, "-m", "moving.ours"], task.text())
    found: dict[str, Any] = json.loads(said)
    bad = {name: count for name, count in found["fates"].items() if name not in ("DONE", "UNCHANGED")}
    assert not bad, found
    assert not set(found["states"]) - {"COPIED"}, found
    return taken, found


def copy(
    place: Ground, user: str, *, pairs: int = 1, tls: bool = False, ports: tuple[int, int] | None = None
) -> tuple[float, dict[str, Any]]:
    """A first copy of a user's mailbox by one process of ours, with its journal."""
    fresh = place.fresh()
    ends = (place.source, place.destination)
    given = ports or ((ends[0].tls_port, ends[1].tls_port) if tls else (ends[0].port, ends[1].port))
    ca = str(authorities(place)) if tls else ""
    return ours(Task(given, PASSWORD, [(user, fresh, str(place.folder / f"{fresh}.db"))], pairs=pairs, ca=ca))


def authorities(place: Ground) -> Path:
    """One file with the authorities of both servers."""
    path = place.folder / "ca.pem"
    path.write_bytes(place.source.ca.read_bytes() + place.destination.ca.read_bytes())
    return path
