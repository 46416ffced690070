"""A first copy on loopback, beside peers and beside the limit; memory; TLS."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import TYPE_CHECKING

from figures import pairs
from figures.table import Table

from moving import limit, peers, running

if TYPE_CHECKING:
    from moving.ground import Ground

ONE, FOUR, SECURE, BARE = "ours, 1 pair", "ours, 4 pairs", "ours, 1 pair, TLS on both legs", "bare MULTIAPPEND"
TIMES = {"mbsync": 4.5, "imapcopy": 9.0, "offlineimap3": 14.0, "doveadm imapc (tuned)": 1.15, BARE: 0.9}
FOUR_TIMES, TLS_TIMES = 1.3, 0.5
MOST_MB = 64.0


def measured(place: Ground, messages: int, rounds: int) -> list[Table]:
    """The first copy, everybody taking turns."""
    written = place.filled("anna", messages)
    can = limit.canned(place, "anna")
    found, missing = peers.there("mbsync", "imapcopy", "offlineimap3", "doveadm imapc (tuned)")
    peaks, cpus = dict[str, float](), dict[str, float]()

    def our(name: str, count: int, *, tls: bool) -> float:
        taken, said = running.copy(place, "anna", pairs=count, tls=tls)
        assert said["states"] == {"COPIED": written.messages}, said
        peaks[name] = max(said["peak"], peaks.get(name, 0.0))
        cpus[name] = said["cpu"]
        return taken

    runs: dict[str, Callable[[], float]] = {
        ONE: lambda: our(ONE, 1, tls=False),
        FOUR: lambda: our(FOUR, 4, tls=False),
        SECURE: lambda: our(SECURE, 1, tls=True),
        BARE: lambda: limit.appended(place, can),
    }
    runs |= {name: lambda name=name: peers.copied(place, name, "anna") for name in found}  # type: ignore[misc]
    taken = dict(zip(runs, pairs.alternated(rounds, list(runs.values())), strict=True))
    title = f"1. First copy, {written.messages:,} messages, {written.bytes / 1e6:.0f} MB, Maildir"
    table = Table(title, ("", "seconds", "messages/s", "MB/s", "our CPU s", "our peak MB", "theirs/ours"))
    for name, seconds in sorted(taken.items(), key=lambda item: statistics.median(item[1])):
        middle = statistics.median(seconds)
        own = (cpus[name], peaks[name]) if name in cpus else ("", "")
        rate, width = written.messages / middle, written.bytes / 1e6 / middle
        table.row(name, middle, round(rate), width, *own, pairs.ratio(seconds, taken[ONE]))
    for name, least in TIMES.items():
        if name in taken:
            seen = pairs.ratio(taken[name], taken[ONE])
            table.bar(f"one pair at least {least} × {name}", f"{seen:.2f}", reached=seen >= least)
    for name, what, least in ((FOUR, "four pairs", FOUR_TIMES), (SECURE, "TLS on both legs", TLS_TIMES)):
        seen = pairs.ratio(taken[ONE], taken[name])
        table.bar(f"{what} at least {least} × one pair", f"{seen:.2f}", reached=seen >= least)
    worst = max(peaks.values())
    table.bar(f"memory at most {MOST_MB:.0f} MB", f"{worst:.0f} MB", reached=worst <= MOST_MB)
    table.notes += [f"left out, not installed: {name}" for name in missing]
    table.notes.append("whole processes from start to end; the journal is synced for each batch that is acknowledged")
    table.notes.append("bare MULTIAPPEND: the same messages lie ready on a socket; nothing is read, hashed or noted")
    return [table]


def huge(place: Ground, size: int) -> list[Table]:
    """One message that would not fit into the memory that is allowed."""
    place.huge("dora", size)
    taken, said = running.copy(place, "dora")
    assert said["states"] == {"COPIED": 1}, said
    table = Table(f"1. One message of {size / 1e6:,.0f} MB", ("", "seconds", "MB/s", "our peak MB"))
    table.row("ours, 1 pair", taken, size / 1e6 / taken, said["peak"])
    table.bar(f"memory at most {MOST_MB:.0f} MB", f"{said['peak']:.0f} MB", reached=said["peak"] <= MOST_MB)
    return [table]
