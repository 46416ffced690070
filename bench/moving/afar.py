"""A first copy over lines with a long round trip."""

from __future__ import annotations

import statistics
from contextlib import ExitStack
from typing import TYPE_CHECKING

from figures import pairs
from figures.table import Table

from moving import limit, peers, running
from tests.migrate import servers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from moving.ground import Ground

NEAR, FAR = 0.02, 0.1
TIMES = {"doveadm imapc (tuned)": 2.0, "mbsync": 8.0}
LEAST_OF_LINE = 0.6
OURS, FOUR = "ours, 1 pair", "ours, 4 pairs"
BYTES, BARE = "the same bytes over plain TCP", "bare MULTIAPPEND"


def measured(place: Ground, messages: int, rounds: int) -> list[Table]:
    """20 ms beside the peers, then 100 ms beside the line."""
    place.filled("bea", messages)
    can = limit.canned(place, "bea")
    (near, fast), (far, slow) = (_over(place, trip, rounds, can) for trip in (NEAR, FAR))
    far.notes.append(f"one pair waits for {(slow - fast) / (FAR - NEAR):.0f} round trips, in 20 folders")
    return [near, far]


def _over(place: Ground, trip: float, rounds: int, can: Path) -> tuple[Table, float]:
    """The table, and the seconds of one pair."""
    written = place.written["bea"]
    near = trip == NEAR
    found, missing = peers.there(*TIMES) if near else ([], [])
    with ExitStack() as stack:
        sink = stack.enter_context(limit.sink())
        lines = [
            stack.enter_context(servers.relay(port, trip)).port
            for port in (place.source.port, place.destination.port, sink)
        ]
        ports = (lines[0], lines[1])
        runs: dict[str, Callable[[], float]] = {
            OURS: lambda: running.copy(place, "bea", ports=ports)[0],
            FOUR: lambda: running.copy(place, "bea", ports=ports, pairs=4)[0],
            BYTES: lambda: limit.sent(lines[2], can),
            BARE: lambda: limit.appended(place, can, lines[1]),
        }
        runs |= {name: lambda name=name: peers.copied(place, name, "bea", ports) for name in found}  # type: ignore[misc]
        taken = dict(zip(runs, pairs.alternated(rounds, list(runs.values())), strict=True))
    title = f"2. First copy over {trip * 1000:.0f} ms, {written.messages:,} messages, {written.bytes / 1e6:.0f} MB"
    table = Table(title, ("", "seconds", "messages/s", "MB/s", "theirs/ours"))
    for name, seconds in sorted(taken.items(), key=lambda item: statistics.median(item[1])):
        middle = statistics.median(seconds)
        rate, width = written.messages / middle, written.bytes / 1e6 / middle
        table.row(name, middle, round(rate), width, pairs.ratio(seconds, taken[OURS]))
    for name in found:
        seen = pairs.ratio(taken[name], taken[OURS])
        table.bar(f"one pair at least {TIMES[name]:.0f} × {name}", f"{seen:.2f}", reached=seen >= TIMES[name])
    if not near:
        best = max(pairs.ratio(taken[BYTES], taken[name]) for name in (OURS, FOUR))
        could = max(pairs.ratio(taken[BARE], taken[name]) for name in (OURS, FOUR))
        table.bar(f"at least {LEAST_OF_LINE} of plain TCP", f"{best:.2f}", reached=best >= LEAST_OF_LINE)
        table.notes.append(f"{could:.2f} of what a bare MULTIAPPEND does over that line, which reads nothing")
    table.notes += [f"left out, not installed: {name}" for name in missing]
    table.notes.append("a relay of ours delays both legs; it is as wide as the machine allows, 16 MB on their way")
    if found:
        table.notes.append("doveadm has one leg over the line, and writes the destination's files itself")
    return table, statistics.median(taken[OURS])
