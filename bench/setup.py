"""What it costs to set up an address: time to verified settings, start, throughput, memory.

    ./mw bench setup                 all four (about 15 minutes)
    ./mw bench setup 1 3             only these
    ./mw bench setup --record        append the figures to bench/RESULTS.md

1, 2: over a round trip of 100 ms, which takes root and network namespaces. Each figure stands beside
a peer or a limit that was measured in the same minutes, taking turns with it.
"""

from __future__ import annotations

import argparse
import datetime
import signal
import sys
from typing import TYPE_CHECKING

from figures import machine, table
from journey import latency, memory, startup, throughput

if TYPE_CHECKING:
    from figures.table import Table

NAMES = ("1", "2", "3", "4")


def main() -> int:
    """Measure, print, keep; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="./mw bench setup", description=__doc__.partition("\n")[0])
    parser.add_argument("which", nargs="*", metavar="N", help=f"benchmarks to run, of {' '.join(NAMES)} (default: all)")
    parser.add_argument("--record", action="store_true", help="append the figures to bench/RESULTS.md")
    parser.add_argument("--rounds", type=int, default=5, help="pairs to take the median of (default: 5)")
    typed = parser.parse_args()
    if not set(typed.which) <= set(NAMES) or typed.rounds < 1:
        parser.error(f"there are {' '.join(NAMES)}, and at least one round")
    which = frozenset(typed.which or NAMES)
    for ending in (signal.SIGINT, signal.SIGTERM):  # servers that were started end with us, also behind nohup
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    described = machine.described()
    print(f"{described}\n", flush=True)
    tables = _tables(which, typed.rounds)
    if typed.record:
        table.record(datetime.datetime.now().astimezone().date().isoformat(), described, "setup", tables)
    return int(any(not good for one in tables for _, _, good in one.bars))


def _tables(which: frozenset[str], rounds: int) -> list[Table]:
    tables: list[Table] = []
    if which & {"1", "2"}:
        tables += _shown(latency.measured(which, rounds))
    if "3" in which:
        tables += _shown(startup.measured(rounds)) + _shown(throughput.measured(rounds))
    if "4" in which:
        tables += _shown(memory.measured())
    return tables


def _shown(tables: list[Table]) -> list[Table]:
    for one in tables:
        print(one.text(), flush=True)
    return tables


if __name__ == "__main__":
    sys.exit(main())
