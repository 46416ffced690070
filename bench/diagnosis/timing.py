"""How long a diagnosis takes: beside `setup` where all is well, over a slow line, and where nothing answers."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from figures.table import Table

from diagnosis.asking import asked
from mailwright import lab as room

if TYPE_CHECKING:
    from mailwright.lab import Lab

ROUNDS = 7
ADDRESS = "anna@auto.test"
RATIO, REFUSED_SECONDS, SILENT_SECONDS = 1.3, 3.0, 12.0
SILENT = ("net.timeout", "dns.timeout", "net.mtu", "server.overload-frozen")


def measured(*, root: bool) -> Table:
    """All three; a slow line and silence need namespaces, and so root."""
    table = Table("How long does it take?", ("what", "median s", "worst s"))
    with tempfile.TemporaryDirectory(prefix="mwb-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with room.running(Path(folder) / "lab") as lab:
            _beside_setup(lab, table)
        if root:
            options = room.Options(network="namespace", delay_ms=50)
            with room.running(Path(folder) / "slow", options=options) as lab:
                _refused(lab, table)
            _silent(Path(folder) / "silent", table)
    return table


def _seconds(lab: Lab, verb: str, password: str) -> float:
    argv = room.command(lab, ["mailwright", verb, ADDRESS, "--password-stdin"])
    return asked(argv, room.environment(lab), password).seconds


def _beside_setup(lab: Lab, table: Table) -> None:
    password = lab.account(ADDRESS).password
    pairs = [(_seconds(lab, "setup", password), _seconds(lab, "diagnose", password)) for _ in range(ROUNDS)]
    setup, diagnose = zip(*pairs, strict=True)
    table.row("setup, all well", statistics.median(setup), max(setup))
    table.row("diagnose, all well", statistics.median(diagnose), max(diagnose))
    ratio = statistics.median(b / a for a, b in pairs)
    table.bar(f"at most {RATIO} times setup", f"{ratio:.2f}", reached=ratio <= RATIO)


def _refused(lab: Lab, table: Table) -> None:
    took = [_seconds(lab, "diagnose", "wrong-password-here") for _ in range(3)]
    table.row("login refused, round trip 100 ms", statistics.median(took), max(took))
    table.bar(f"explained within {REFUSED_SECONDS:.0f} s", f"{max(took):.2f} s", reached=max(took) <= REFUSED_SECONDS)


def _silent(folder: Path, table: Table) -> None:
    """Faults in which something never answers."""
    faults = [one for one in room.FAULTS if one.id.startswith(SILENT)]
    options = room.Options(faults=tuple(one.id for one in faults))
    worst = 0.0
    with room.running(folder, options=options) as lab:
        for fault in faults:
            argv = list(room.command(lab, room.diagnose(lab, fault.id)))
            # The lab shortens our patience for the bench of causes; here it is ours.
            argv = _without(argv, "--timeout")
            answer = asked(argv, room.environment(lab, fault.id), lab.fault(fault.id).password)
            table.row(fault.id, answer.seconds, answer.seconds)
            worst = max(worst, answer.seconds)
    table.bar(f"named within {SILENT_SECONDS:.0f} s", f"{worst:.2f} s", reached=worst <= SILENT_SECONDS)


def _without(argv: list[str], option: str) -> list[str]:
    if option not in argv:
        return argv
    at = argv.index(option)
    return [*argv[:at], *argv[at + 2 :]]
