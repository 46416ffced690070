"""What it costs to move mailboxes: first copies, long lines, passes that find nothing, many at once.

    ./mw bench migrate               all four (about 25 minutes)
    ./mw bench migrate 1 3           only these
    ./mw bench migrate --quick       smaller mailboxes and one round, to see that all of it runs
    ./mw bench migrate --record      append the figures to bench/RESULTS.md

Two Dovecots on loopback; beside them whichever of isync, imapcopy, offlineimap3 and doveadm is installed. Takes 30 GB
of room for temporary files.
"""

from __future__ import annotations

import argparse
import datetime
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from figures import machine, table

sys.path.insert(0, str(Path(__file__).parents[1]))  # the servers are those of the tests

from moving import afar, again, first, many
from moving.ground import Ground, ground

if TYPE_CHECKING:
    from figures.table import Table

NAMES = ("1", "2", "3", "4")


def main() -> int:
    """Measure, print, keep; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="./mw bench migrate", description=__doc__.partition("\n")[0])
    parser.add_argument("which", nargs="*", metavar="N", help=f"benchmarks to run, of {' '.join(NAMES)} (default: all)")
    parser.add_argument("--record", action="store_true", help="append the figures to bench/RESULTS.md")
    parser.add_argument("--quick", action="store_true", help="small mailboxes, one round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds to take the median of (default: 3)")
    typed = parser.parse_args()
    if not set(typed.which) <= set(NAMES) or typed.rounds < 1:
        parser.error(f"there are {' '.join(NAMES)}, and at least one round")
    for ending in (signal.SIGINT, signal.SIGTERM):  # servers that were started end with us, also behind nohup
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    described = machine.described()
    print(f"{described}\n", flush=True)
    with ground() as place:
        described = f"{described} · {place.destination.name} {place.destination.version}"
        tables = _tables(place, frozenset(typed.which or NAMES), 1 if typed.quick else typed.rounds, quick=typed.quick)
    described += f" · load after: {os.getloadavg()[0]:.1f}"
    print(described)
    if typed.record:
        table.record(datetime.datetime.now().astimezone().date().isoformat(), described, "migrate", tables)
    return int(any(not good for one in tables for _, _, good in one.bars))


def _tables(place: Ground, which: frozenset[str], rounds: int, *, quick: bool) -> list[Table]:
    tables: list[Table] = []
    if "1" in which:
        tables += _shown(first.measured(place, 500 if quick else 5000, rounds))
        tables += _shown(first.huge(place, 100_000_000 if quick else 1_500_000_000))
    if "2" in which:
        tables += _shown(afar.measured(place, 200 if quick else 1000, rounds))
    if "3" in which:
        tables += _shown(again.measured(place, 1000 if quick else 20_000, 50 if quick else 1000, rounds))
    if "4" in which:
        tables += _shown(many.measured(place, 20 if quick else 200))
    return tables


def _shown(tables: list[Table]) -> list[Table]:
    for one in tables:
        print(one.text(), flush=True)
    return tables


if __name__ == "__main__":
    sys.exit(main())
