"""The real command in a child process, and what its JSON says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECONDS = 150.0
_SOURCE = str(Path(__file__).parents[2] / "src")


@dataclass(frozen=True, slots=True)
class Answer:
    """One run. `causes`: ids, best first; `tied`: how many of the first are level.

    `contradicted`: causes shown that the same run calls ruled out; `logins`: the most sign-ins
    that one protocol cost; `above`: findings above info; `broken`: why there is no answer.
    """

    causes: tuple[str, ...]
    seconds: float
    tied: int = 1
    contradicted: tuple[str, ...] = ()
    logins: int = 0
    above: tuple[str, ...] = ()
    verdict: str = ""
    broken: str = ""


def asked(argv: Sequence[str], environment: Mapping[str, str], password: str) -> Answer:
    """Run it; `argv` holds the word mailwright where the program is to stand."""
    at = argv.index("mailwright")
    command = [*argv[:at], sys.executable, "-m", "mailwright", *argv[at + 1 :], "--json", "--quiet"]
    began = time.monotonic()
    try:
        done = subprocess.run(
            command, input=password, env=_clean() | dict(environment), capture_output=True, text=True, check=False,
            timeout=SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Answer((), SECONDS, broken=f"no answer in {SECONDS:.0f} s")
    seconds = time.monotonic() - began
    try:
        return _read(json.loads(done.stdout), seconds)
    except (ValueError, KeyError, TypeError) as error:
        last = (done.stderr.strip().splitlines() or [repr(error)])[0]
        return Answer((), seconds, broken=f"exit {done.returncode}: {last}"[:110])


def _clean() -> dict[str, str]:
    """Our own environment without what would lead elsewhere, and with the working tree."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MAILWRIGHT_")}
    return kept | {"PYTHONPATH": _SOURCE, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8",
                   "MAILWRIGHT_CONFIG": "/nonexistent"}  # fmt: skip


def _read(body: dict[str, Any], seconds: float) -> Answer:
    out = {(row["id"], row["protocol"]) for row in body["ruled_out"]}
    logins: dict[str, int] = {}
    for row in body["tried"]:
        logins[row["protocol"]] = logins.get(row["protocol"], 0) + len(row["logins"])
    first = (
        next((one for one in body["diagnoses"] if one["causes"][:1] == [body["causes"][0]["id"]]), None)
        if body["causes"]
        else None
    )
    return Answer(
        causes=tuple(dict.fromkeys(row["id"] for row in body["causes"])),
        seconds=seconds,
        tied=first["tied"] if first else 1,
        contradicted=tuple(row["id"] for row in body["causes"] if (row["id"], row["protocol"]) in out),
        logins=max(logins.values(), default=0),
        above=tuple(row["id"] for row in body["findings"] if row["severity"] not in ("info", "ok")),
        verdict=body["verdict"],
    )
