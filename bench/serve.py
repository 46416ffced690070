"""What `mailwright serve` answers mail programs in a second, beside automx2; and two hundred diagnoses at once.

    ./mw bench serve                      one process each, with the same data (about 5 minutes)
    ./mw bench serve --automx2 FOLDER     an environment that has automx2 and gunicorn; else one is made for the while
    ./mw bench serve --alone              without automx2
    ./mw bench serve --record             append the figures to bench/RESULTS.md

Whoever asks is a process of its own. automx2 is run as its packages run it (`flask run`) and by gunicorn with one
worker of eight threads; the better of both is compared. "constant" is the same HTTP server with nothing to think about.
"""

from __future__ import annotations

import argparse
import datetime
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from figures import machine, pairs, table
from figures.table import Table
from serving import diagnoses, servers
from serving.servers import Server

LOAD = Path(__file__).parent / "serving" / "load.py"
SECONDS = 3.0
CONNECTIONS = 16
TIMES_AUTOMX2 = 5.0
TIMES_CONSTANT = 2.0


def main() -> int:
    """Measure, print, keep; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="./mw bench serve", description=__doc__.partition("\n")[0])
    parser.add_argument("--alone", action="store_true", help="without automx2")
    parser.add_argument("--automx2", type=Path, help="an environment with automx2 and gunicorn")
    parser.add_argument("--record", action="store_true", help="append the figures to bench/RESULTS.md")
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take the median of (default: 5)")
    typed = parser.parse_args()
    described = machine.described()
    print(f"{described}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="mwb") as scratch:
        folder = Path(scratch)
        peers = None if typed.alone else typed.automx2 or servers.environment(folder / "peers")
        with servers.running(folder, peers) as found:
            tables = [_measured(found, what, typed.rounds) for what in servers.REQUESTS]
    tables += _diagnosed()
    if typed.record:
        table.record(datetime.datetime.now().astimezone().date().isoformat(), described, "serve", tables)
    return int(any(not good for one in tables for _, _, good in one.bars))


def _diagnosed() -> list[Table]:
    made = diagnoses.measured()
    print("\n".join(one.text() for one in made), flush=True)
    return made


def _measured(found: list[Server], what: str, rounds: int) -> Table:
    request = servers.REQUESTS[what]
    _same_settings(found, what, request)
    made = Table(f"{what}, {CONNECTIONS} connections", ("server", "answers/s", "median ms", "p99 ms", "ours/theirs"))
    seen: dict[str, list[dict[str, float]]] = {one.name: [] for one in found}

    def asked(one: Server) -> float:
        argv = [sys.executable, str(LOAD), str(one.port), str(SECONDS), str(CONNECTIONS)]
        done = subprocess.run(argv, input=request, capture_output=True, check=True, timeout=60)
        figures: dict[str, float] = json.loads(done.stdout)
        assert not figures["failed"], (one.name, figures)
        seen[one.name].append(figures)
        return figures["rate"]

    rates = pairs.alternated(rounds, [lambda one=one: asked(one) for one in found])  # type: ignore[misc]
    ours = rates[0]
    ratios = {one.name: pairs.ratio(ours, rate) for one, rate in zip(found, rates, strict=True)}
    middle = {
        name: {key: statistics.median(row[key] for row in rows) for key in rows[0]} for name, rows in seen.items()
    }
    for name, row in middle.items():
        made.row(name, row["rate"], row["median"], row["p99"], "–" if name == "ours" else ratios[name])
    peers = [name for name in middle if name.startswith("automx2")]
    if peers:
        worst = min(ratios[name] for name in peers)
        made.bar(
            f"at least {TIMES_AUTOMX2:.0f} times the answers of automx2", f"{worst:.1f}", reached=worst >= TIMES_AUTOMX2
        )
        late = min(middle[name]["p99"] for name in peers) / middle["ours"]["p99"]
        made.bar(f"its p99 at least {TIMES_AUTOMX2:.0f} times ours", f"{late:.1f}", reached=late >= TIMES_AUTOMX2)
    slower = 1 / ratios["constant"]
    if what == "autoconfig":
        made.bar(
            f"at most {TIMES_CONSTANT:.0f} times slower than a constant answer",
            f"{slower:.2f}",
            reached=slower <= TIMES_CONSTANT,
        )
    else:
        made.notes.append(f"{slower:.2f} times slower than a constant answer, which reads no XML")
    print(made.text(), flush=True)
    return made


def _same_settings(found: list[Server], what: str, request: bytes) -> None:
    """All but the constant one name the same servers."""
    for one in found:
        if one.name != "constant":
            answer = one.answer(request)
            assert b"imap.example.org" in answer, (what, one.name, answer)
            assert b"smtp.example.org" in answer, (what, one.name, answer)


if __name__ == "__main__":
    sys.exit(main())
