"""How often `mailwright diagnose` names the true cause, on faults that are really there.

    ./mw bench diagnose                    every fault of the lab, and thirty accounts that work
    ./mw bench diagnose --only tls.        faults whose ids begin so, nothing else
    ./mw bench diagnose --healthy          only what works
    ./mw bench diagnose --replies          only the reply table, every row spoken by a server
    ./mw bench diagnose --record           append the figures to bench/RESULTS.md

As root all faults are made, in network namespaces; else those that loopback can have. The
program runs as a child process with the same command that a person would type.
"""

from __future__ import annotations

import argparse
import datetime
import os
import signal
import sys
from pathlib import Path

# It can be run from anywhere, also without the package being installed.
sys.path[:0] = [str(Path(__file__).parents[1] / "src"), str(Path(__file__).parent)]

from diagnosis import faulty, healthy, timing  # noqa: E402  # after the path
from figures import machine, table  # noqa: E402  # after the path


def main() -> int:
    """Measure, print, keep; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="./mw bench diagnose", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", metavar="BEGINNING", help="only the faults whose ids begin so")
    parser.add_argument("--healthy", action="store_true", help="only the accounts that work")
    parser.add_argument("--replies", action="store_true", help="only the reply table, every row by a server")
    parser.add_argument("--jobs", type=int, default=4, help="runs side by side (default: 4)")
    parser.add_argument("--record", action="store_true", help="append the figures to bench/RESULTS.md")
    typed = parser.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))
    described = machine.described()
    print(f"{described}\n", flush=True)
    tables: list[table.Table] = []
    if typed.replies:
        title = "Replies: is what a server says understood, end to end?"
        tables += _shown(faulty.tables(faulty.measured(faulty.replies(), typed.jobs), title))
    elif not typed.healthy:
        tables += _shown(faulty.tables(faulty.measured(faulty.chosen(typed.only or ""), typed.jobs)))
    if typed.only is None and not typed.replies:
        tables += _shown([healthy.measured(typed.jobs)])
        tables += _shown([timing.measured(root=os.geteuid() == 0)])
    if typed.record:
        table.record(datetime.datetime.now().astimezone().date().isoformat(), described, "diagnose", tables)
    return int(any(not good for one in tables for _, _, good in one.bars))


def _shown(tables: list[table.Table]) -> list[table.Table]:
    for one in tables:
        print(one.text(), flush=True)
    return tables


if __name__ == "__main__":
    sys.exit(main())
