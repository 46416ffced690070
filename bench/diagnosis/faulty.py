"""Every fault of the lab, examined: is the first cause the true one?"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from figures.table import Table

from diagnosis.asking import Answer, asked
from mailwright import book
from mailwright import lab as room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailwright.lab import Fault, Lab

FIRST, THREE = 0.95, 1.0
MOST_LOGINS = 2
BATCH = 120
"""So many faults share one lab."""


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, and what was said about it."""

    fault: Fault
    answer: Answer

    @property
    def true(self) -> frozenset[str]:
        """The ids that are right."""
        return frozenset((self.fault.cause, *self.fault.also))

    @property
    def first(self) -> bool:
        """The first cause is the true one."""
        return bool(self.true & {*self.answer.causes[:1]})

    @property
    def three(self) -> bool:
        """It is among the first three."""
        return bool(self.true & {*self.answer.causes[:3]})


def chosen(beginning: str) -> list[Fault]:
    """The faults that this user can make, with ids that begin so."""
    root = os.geteuid() == 0
    return [
        fault
        for fault in room.FAULTS
        if fault.id.startswith(beginning)
        and (root or fault.needs not in ("root", "nft"))
        and (fault.needs != "faketime" or shutil.which("faketime"))
    ]


def replies() -> list[Fault]:
    """Every row of the reply table that a server says, spoken by the replay server."""
    return [room.find_fault(f"reply:{row.id}") for row in book.Replies.load().rows if not row.client]


def measured(faults: Sequence[Fault], jobs: int) -> list[Case]:
    """Bring them up, many in one lab, and examine each, `jobs` side by side."""
    cases: list[Case] = []
    for at in range(0, len(faults), BATCH):
        batch = faults[at : at + BATCH]
        with tempfile.TemporaryDirectory(prefix="mwb-", dir="/tmp", ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o755)
            options = room.Options(faults=tuple(fault.id for fault in batch))
            with room.running(Path(folder) / "lab", options=options) as lab, ThreadPoolExecutor(jobs) as pool:
                cases += pool.map(lambda fault: Case(fault, _answer(lab, fault)), batch)
    return cases


def _answer(lab: Lab, fault: Fault) -> Answer:
    staged = lab.fault(fault.id)
    command = room.command(lab, room.diagnose(lab, fault.id))
    return asked(command, room.environment(lab, fault.id), staged.password)


def tables(cases: Sequence[Case], title: str = "Faults: is the true cause named?") -> list[Table]:
    """Totals by family, and every miss."""
    return [_totals(cases, title), _misses(cases)]


def _totals(cases: Sequence[Case], title: str) -> Table:
    table = Table(title, ("family", "faults", "first", "first three", "median s", "worst s"))
    families = list(dict.fromkeys(case.fault.cause.partition(".")[0] for case in cases))
    for family in families:
        _row(table, family, [case for case in cases if case.fault.cause.startswith(f"{family}.")])
    _row(table, "all", cases)
    total = max(1, len(cases))
    first, three = (sum(getattr(case, name) for case in cases) / total for name in ("first", "three"))
    table.bar(f"true cause first, {FIRST:.0%} of faults", f"{first:.1%}", reached=first >= FIRST)
    table.bar(f"true cause among the first three, {THREE:.0%}", f"{three:.1%}", reached=three >= THREE)
    most = max((case.answer.logins for case in cases), default=0)
    table.bar(f"at most {MOST_LOGINS} sign-ins for each protocol", str(most), reached=most <= MOST_LOGINS)
    silent = sum(bool(case.answer.broken) for case in cases)
    table.bar("every run answers", f"{silent} did not", reached=not silent)
    against = [case.fault.id for case in cases if case.answer.contradicted]
    table.bar("no cause shown that is called ruled out", str(len(against)), reached=not against)
    table.notes.append(f"{len({case.fault.cause for case in cases})} causes; first place shared in "
                       f"{sum(case.answer.tied > 1 for case in cases)} cases")  # fmt: skip
    return table


def _row(table: Table, name: str, cases: Sequence[Case]) -> None:
    seconds = [case.answer.seconds for case in cases]
    table.row(name, len(cases), sum(case.first for case in cases), sum(case.three for case in cases),
              statistics.median(seconds) if seconds else 0.0, max(seconds, default=0.0))  # fmt: skip


def _misses(cases: Sequence[Case]) -> Table:
    table = Table("Misses", ("fault", "truth", "said", "s", "wrong"))
    for case in cases:
        wrong = [] if case.first else ["third" if case.three else "missed"]
        wrong += [f"{case.answer.logins} sign-ins"] if case.answer.logins > MOST_LOGINS else []
        wrong += [f"ruled out: {' '.join(case.answer.contradicted)}"] if case.answer.contradicted else []
        if wrong:
            said = case.answer.broken or ", ".join(case.answer.causes[:3]) or f"nothing ({case.answer.verdict})"
            table.row(case.fault.id, case.fault.cause, said, case.answer.seconds, "; ".join(wrong))
    return table
