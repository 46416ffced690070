"""How well unseen wordings are understood: a third of the table is held out, again and again.

./mw bench replies             folds with fixed seeds, all rows and those that servers say
./mw bench replies --record    append the figures to bench/RESULTS.md
"""

from __future__ import annotations

import argparse
import datetime
import random
import sys
import time
from pathlib import Path

# It can be run from anywhere, also without the package being installed.
sys.path[:0] = [str(Path(__file__).parents[1] / "src"), str(Path(__file__).parent)]

from figures import machine, table  # noqa: E402  # after the path

from mailwright import book  # noqa: E402  # after the path

FOLDS = 6
THREE = 0.85


def main() -> int:
    """Measure, print, keep; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="./mw bench replies", description=__doc__.partition("\n")[0])
    parser.add_argument("--record", action="store_true", help="append the figures to bench/RESULTS.md")
    typed = parser.parse_args()
    described = machine.described()
    print(f"{described}\n", flush=True)
    shown = measured()
    print(shown.text(), flush=True)
    if typed.record:
        table.record(datetime.datetime.now().astimezone().date().isoformat(), described, "replies", [shown])
    return int(any(not good for _, _, good in shown.bars))


def measured() -> table.Table:
    """All folds, and every row with nothing held out."""
    replies = book.Replies.load()
    shown = table.Table("Unseen wordings: a third of the rows held out", ("rows", "held out", "first", "first three"))
    folds = [_fold(replies, seed) for seed in range(FOLDS)]
    for name, at in (("all", 0), ("said by servers", 1), ("said by programs", 2)):
        ones, threes, counts = zip(*(fold[at] for fold in folds), strict=True)
        shown.row(name, sum(counts) // FOLDS, f"{sum(ones) / sum(counts):.1%}", f"{sum(threes) / sum(counts):.1%}")
        if not at:
            part = sum(threes) / sum(counts)
            shown.bar(f"true cause among the first three, {THREE:.0%}", f"{part:.1%}", reached=part >= THREE)
    began = time.perf_counter()
    good = sum(_right(replies, row)[0] for row in replies.rows)
    each = (time.perf_counter() - began) / len(replies.rows) * 1000
    shown.row("nothing held out", len(replies.rows), f"{good / len(replies.rows):.1%}", f"{each:.1f} ms each")
    return shown


def _fold(replies: book.Replies, seed: int) -> list[tuple[int, int, int]]:
    """(first, first three, rows) of all, of servers, of programs."""
    ids = [row.id for row in replies.rows]
    random.Random(seed).shuffle(ids)  # noqa: S311  # the same folds each time
    held = frozenset(ids[: len(ids) // 3])
    rest = replies.without(held)
    rows = [row for row in replies.rows if row.id in held]
    answers = [(row, *_right(rest, row)) for row in rows]
    parts = [answers, [a for a in answers if not a[0].client], [a for a in answers if a[0].client]]
    return [(sum(a[1] for a in part), sum(a[2] for a in part), len(part)) for part in parts]


def _right(replies: book.Replies, row: book.Row) -> tuple[bool, bool]:
    meaning = replies.meaning(row.say, protocol=row.protocols[0] if row.protocols else None, vendor=row.vendor)
    causes = [cause for cause, _ in meaning.causes[:3]]
    return causes[:1] == [row.causes[0]], row.causes[0] in causes


if __name__ == "__main__":
    sys.exit(main())
