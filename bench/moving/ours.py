"""One process of ours: passes over mailboxes, as many at once as told, and what it took in memory and CPU.

    python -m moving.ours < TASK.json

TASK.json is a Task.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mailwright import wire
from mailwright.core import Endpoint, Protocol, Secret, Security
from mailwright.migrate.journal import Journal, State
from mailwright.migrate.keeping import Losses
from mailwright.migrate.mailbox import Choices, Move
from mailwright.migrate.side import Side
from mailwright.wire.bulk import SignIn


@dataclass(frozen=True, slots=True)
class Task:
    """`boxes`: user at the source, user at the destination, journal. `ca`: TLS on both legs, else none."""

    ports: tuple[int, int]
    password: str
    boxes: list[tuple[str, str, str]]
    pairs: int = 1
    at_once: int = 1
    ca: str = ""

    def text(self) -> str:
        """As the process reads it."""
        return json.dumps(asdict(self))


def main() -> None:
    """Do it, and say what it was."""
    task = Task(**json.load(sys.stdin))
    begun = time.perf_counter()
    with ThreadPoolExecutor(task.at_once) as pool:
        done = list(pool.map(lambda box: _passed(task, *box), task.boxes))
    fates = Counter(fate for row, _ in done for fate in row)
    states = Counter[str]()
    for _, row in done:
        states.update(row)
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert peak is not None
    print(json.dumps({
        "seconds": time.perf_counter() - begun, "peak": int(peak[1]) / 1024, "cpu": time.process_time(),
        "fates": fates, "states": states,
    }))  # fmt: skip


def _passed(task: Task, source: str, destination: str, journal: str) -> tuple[list[str], dict[str, int]]:
    # Twins of a mailbox go on with copies of its journal.
    book = Journal(Path(journal), {"bench": "migrate"})
    sides = [_side(task, port, user) for port, user in zip(task.ports, (source, destination), strict=True)]
    try:
        rows = Move(sides[0], sides[1], book, Losses().keeping, choices=Choices(pairs=task.pairs)).run()
        counts: dict[State, Any] = book.counts()
        return [row.fate.name for row in rows], {state.name: count for state, (count, _) in counts.items()}
    finally:
        book.close()


def _side(task: Task, port: int, user: str) -> Side:
    security = Security.TLS if task.ca else Security.NONE
    endpoint = Endpoint(Protocol.IMAP, "localhost" if task.ca else "127.0.0.1", port, security)
    settings = wire.Settings(ca_file=Path(task.ca)) if task.ca else wire.Settings()
    return Side(settings, SignIn(endpoint, user, Secret(task.password)))


if __name__ == "__main__":
    main()
