"""From an address to verified settings, over a round trip of 100 ms: beside the limit, and beside asking in a row."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from figures import pairs
from figures.table import Table

from journey.routes import ROUTES
from mailwright import lab
from mailwright.core import Problem

DELAY_MS = 50
MOST, LEAST = 1.25, 3.0
INSIDE_SECONDS = 3600
# Asked last, after everything that ranks higher had its chance: timed, and held against the second bar.
NOT_HELD = ("guess.test",)
SERVERS = {"answers": "none", "silent": "never answers"}
HELD = "silent"


def measured(which: frozenset[str], rounds: int, domains: tuple[str, ...] = tuple(ROUTES)) -> list[Table]:
    """The tables of benchmarks 1 and 2, as asked for."""
    options = lab.Options(network="namespace", delay_ms=DELAY_MS)
    with tempfile.TemporaryDirectory(prefix="mwb") as folder:
        Path(folder).chmod(0o711)  # servers that change to another user must be able to walk through
        try:
            with lab.running(Path(folder) / "lab", options=options) as place:
                first = [_limit(_inside(place, "latency", rounds, *domains))] if "1" in which else []
                return first + ([_in_a_row(_inside(place, "sequential", rounds))] if "2" in which else [])
        except Problem as problem:
            why = f"not possible here: {problem.id} {dict(problem.params)}"
            return [Table("1, 2. Address to verified settings over 100 ms", ("",), notes=[why])]


def _inside(place: lab.Lab, *words: str | int) -> Any:  # noqa: ANN401  # JSON
    """Run `journey.inside` where the client is."""
    folder = str(Path(__file__).parent.parent)
    paths = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH", ""))))
    with tempfile.TemporaryDirectory() as nothing:
        environment = os.environ | lab.environment(place) | {"PYTHONPATH": paths, "MAILWRIGHT_CONFIG": nothing}
        argv = lab.command(place, [sys.executable, "-m", "journey.inside", *map(str, words)])
        done = subprocess.run(argv, env=environment, stdout=subprocess.PIPE, check=True, timeout=INSIDE_SECONDS)
    return json.loads(done.stdout)


def _limit(measured: dict[str, dict[str, Any]]) -> Table:
    head = ("domain", "turns", "limit s", "straight s", "ours s", "ours/limit", "ours/straight")
    table = Table("1. Address to verified settings, round trip 100 ms", (*head, "straight process s", "our process s"))
    worst = 0.0
    floors: list[float] = []
    for domain, seen in measured.items():
        limits = [seen["turns"] * trip for trip in seen["round_trip"]]
        to_limit, to_peer = pairs.ratio(seen["ours"], limits), pairs.ratio(seen["ours"], seen["straight"])
        medians = (statistics.median(values) for values in (limits, seen["straight"], seen["ours"]))
        processes = (statistics.median(seen[name]) for name in ("straight_process", "our_process"))
        table.row(domain, seen["turns"], *medians, to_limit, to_peer, *processes)
        worst = max(worst, to_limit if domain not in NOT_HELD else 0.0)
        floors += seen["floor"]
    table.bar(f"at most {MOST} times the limit on all but guess.test", f"worst {worst:.2f}", reached=worst <= MOST)
    start = statistics.median(floors)
    table.notes += [
        "limit: the waits that the protocols force on the longest chain, times the round trip measured beside it",
        "straight: plain sockets that know the one right way",
        "the limit leaves out one more round trip: Postfix greets when its session tickets are acknowledged (Nagle)",
        f"processes: with the start of Python, which alone is {start:.3f} s (`python -c pass`)",
    ]
    return table


def _in_a_row(measured: dict[str, dict[str, list[list[float]]]]) -> Table:
    table = Table(
        "2. guess.test, all sources at once and one after the other, round trip 100 ms",
        ("web server of the domain", "", "settings s", "verified s", "in a row/ours: settings", "verified"),
    )
    for kind, taken in measured.items():
        ours, row = ([[pair[at] for pair in taken[who]] for at in range(2)] for who in ("ours", "sequential"))
        ratios = [pairs.ratio(row[at], ours[at]) for at in range(2)]
        table.row(SERVERS[kind], "ours", *map(statistics.median, ours), *ratios)
        table.row("", "in a row", *map(statistics.median, row), "", "")
        if kind == HELD:
            what = f"at least {LEAST:.0f} times as fast, time-outs included"
            table.bar(what, f"{ratios[1]:.1f}", reached=ratios[1] >= LEAST)
    table.notes += [
        "in a row: our own sources in the order of their ranks, each until it answers or its time is up",
        "the bar is held against the row with time-outs; the other shows what asking at once gains alone",
    ]
    return table
