"""Passes that find nothing new: one large mailbox, and a thousand small ones."""

from __future__ import annotations

import shutil
import statistics
import sys
from typing import TYPE_CHECKING

from figures import pairs
from figures.table import Table

from moving import running
from moving.ground import PASSWORD
from moving.ours import Task

if TYPE_CHECKING:
    from moving.ground import Ground

MOST_SECONDS, MOST_MS = 0.3, 10.0
SMALL = 40
AT_ONCE = 4


def measured(place: Ground, messages: int, boxes: int, rounds: int) -> list[Table]:
    """Both."""
    return [_large(place, messages, rounds), _sweep(place, boxes, rounds)]


def _large(place: Ground, messages: int, rounds: int) -> Table:
    written = place.filled("cleo", messages)
    fresh = place.fresh()
    ports = (place.source.port, place.destination.port)
    task = Task(ports, PASSWORD, [("cleo", fresh, str(place.folder / f"{fresh}.db"))])
    first, _ = running.ours(task)
    runs = [running.ours(task) for _ in range(2 * rounds)]
    assert all(set(said["fates"]) == {"UNCHANGED"} for _, said in runs), runs[0]
    starts = [running.timed([sys.executable, "-c", "import moving.ours"])[0] for _ in range(2 * rounds)]
    whole, start = (statistics.median(values) for values in ([taken for taken, _ in runs], starts))
    table = Table(f"3. Nothing new, {written.messages:,} messages in 20 folders", ("", "seconds"))
    table.row("first copy", first)
    table.row("pass that finds nothing, whole process", whole)
    table.row("start of Python with all imports", start)
    table.bar(
        f"at most {MOST_SECONDS} s after start-up", f"{whole - start:.3f} s", reached=whole - start <= MOST_SECONDS
    )
    return table


def _sweep(place: Ground, boxes: int, rounds: int) -> Table:
    """Mailboxes that are each other's twins: one was copied, and the journal of it fits them all."""
    place.filled("emil", SMALL)
    fresh = place.fresh()
    ports = (place.source.port, place.destination.port)
    made = place.folder / "emil.db"
    running.ours(Task(ports, PASSWORD, [("emil", fresh, str(made))]))
    names = [f"m{number}" for number in range(boxes)]
    place.twins("emil", names)
    rows = [(name, fresh, str(place.folder / f"{name}.db")) for name in names]
    for _, _, path in rows:
        shutil.copyfile(made, path)
    head = ("mailboxes at once", "seconds", "ms each", "our peak MB", "straight, ms each", "ours/straight")
    table = Table(f"3. Sweep of {boxes:,} mailboxes of 20 folders", head)
    best = float("inf")
    for at_once in (1, AT_ONCE):
        peaks = list[float]()

        def swept(at_once: int = at_once, peaks: list[float] = peaks) -> float:
            taken, said = running.ours(Task(ports, PASSWORD, rows, at_once=at_once))
            assert set(said["fates"]) == {"UNCHANGED"}, said
            peaks.append(said["peak"])
            return taken

        def straight(at_once: int = at_once) -> float:
            argv = [sys.executable, "-m", "moving.straight", str(ports[0]), str(at_once)]
            return running.timed(argv, "\n".join([PASSWORD, *names]))[0]

        taken = pairs.alternated(rounds, [swept, straight])
        each, least = (statistics.median(seconds) / boxes * 1000 for seconds in taken)
        best = min(best, each)
        table.row(str(at_once), each * boxes / 1000, each, max(peaks), least, pairs.ratio(*taken))
    table.bar(f"at most {MOST_MS:.0f} ms each", f"{best:.1f} ms", reached=best <= MOST_MS)
    table.notes.append("each signs in anew; whole processes, and the servers on the same cores")
    table.notes.append("straight: plain sockets that sign in, ask for the same and hear nothing of it")
    return table
