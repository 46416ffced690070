"""Memory of long lists: the peak of a whole process for a thousand, ten thousand, a hundred thousand rows."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures.table import Table

from journey import domains, responder, startup

SIZES = (1_000, 10_000, 100_000)
ONLINE_DOMAINS = 5_000
MOST_MB = 300.0
# What grows with the list would show here long before it reaches the limit.
FLAT_MB = 100.0
PROCESS_SECONDS = 1800
PEAK = """
import re, sys
from pathlib import Path
from mailwright import cli
code = cli.main(sys.argv[1:])
peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(code, int(peak[1]) / 1024)
"""


def measured(online: int = ONLINE_DOMAINS) -> list[Table]:
    """The table; the online run only where there is nginx."""
    title = "4. Memory of `setup --bulk`, whole process"
    table = Table(title, ("", *(f"{size:,} rows" for size in SIZES), "seconds for the last"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        os.environ["MAILWRIGHT_CONFIG"] = str(folder)
        peaks, seconds = _peaks(folder, startup.DOMAINS, [])
        table.row("offline, in the book (MB)", *peaks, seconds)
        unknown = tuple(f"d{number}.unknown.test" for number in range(SIZES[-1] // 2))
        more, seconds = _peaks(folder, _mixed(unknown), [])
        table.row("offline, half of them unknown domains (MB)", *more, seconds)
        peaks += more
    growth = max(more[-1] - more[0], peaks[2] - peaks[0])
    try:
        with tempfile.TemporaryDirectory() as scratch, domains.served(Path(scratch), online) as place:
            names = tuple(map(responder.domain, range(online)))
            more, seconds = _peaks(Path(scratch), names, ["--jobs", "64", *place.arguments()])
            table.row(f"online, {online:,} domains (MB)", *more, seconds)
            peaks += more
            growth = max(growth, more[-1] - more[0])
    except LookupError:
        table.notes.append("online: not possible here, no nginx")
    table.bar(f"under {MOST_MB:.0f} MB", f"{max(peaks):.0f} MB", reached=max(peaks) < MOST_MB)
    table.bar(f"flat: grows by less than {FLAT_MB:.0f} MB", f"{growth:.0f} MB", reached=growth < FLAT_MB)
    return [table]


def _mixed(unknown: tuple[str, ...]) -> tuple[str, ...]:
    """Domains of the book and unknown ones, taking turns."""
    known = startup.DOMAINS
    return tuple(name for at, one in enumerate(unknown) for name in (one, known[at % len(known)]))


def _peaks(folder: Path, names: tuple[str, ...], more: list[str]) -> tuple[list[float], float]:
    """MB at each size, and the seconds of the last."""
    offline = [] if more else ["--offline"]
    peaks, seconds = [], 0.0
    for size in SIZES:
        listed, output = folder / "list.csv", folder / "out.csv"
        startup.write_list(listed, size, names)
        output.unlink(missing_ok=True)
        begun = time.perf_counter()
        peaks.append(_peak(["setup", "--bulk", str(listed), "--output", str(output), "--quiet", *offline, *more]))
        seconds = time.perf_counter() - begun
        print(f"{size:,} rows: {peaks[-1]:.0f} MB, {seconds:.0f} s …", file=sys.stderr, flush=True)
        assert len(output.read_text(encoding="utf-8").splitlines()) == size + 1
    return peaks, seconds


def _peak(words: list[str]) -> float:
    """The high-water mark of one process that does this, in MB."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=PROCESS_SECONDS,
    )
    code, peak = done.stdout.split()
    # 3: a domain that nobody knows cannot be told.
    assert code in (b"0", b"3"), done.stdout
    return float(peak)
