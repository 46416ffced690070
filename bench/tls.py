"""What a close look at TLS costs, beside testssl.sh asking the same of the same server.

    ./mw bench tls                 on loopback and over a round trip of 100 ms (about 8 minutes with testssl.sh)
    ./mw bench tls --alone         without testssl.sh
    ./mw bench tls --record        append the figures to bench/RESULTS.md

The second takes root and network namespaces. testssl.sh is asked for versions, server defaults and every cipher of
each version (-p -S -E), which is what we find out.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from figures import machine, table
from figures.table import Table

from mailwright import lab
from mailwright.core import Problem

HOST = "in.provider.test"
PORTS = {993: "", 995: "", 465: "", 143: "imap", 110: "pop3", 587: "smtp"}
NETWORKS = {"loopback": 0, "round trip 100 ms": 50}
BARS = {"loopback": 1.0, "round trip 100 ms": 3.0}
# RFC 8314: what comes after STARTTLS waits two round trips more for each question.
HELD = tuple(PORTS)
PEER_SECONDS = 900


def main() -> int:
    """Measure, print, keep; 1 when a bar was missed."""
    parser = argparse.ArgumentParser(prog="./mw bench tls", description=__doc__.partition("\n")[0])
    parser.add_argument("--alone", action="store_true", help="without testssl.sh")
    parser.add_argument("--record", action="store_true", help="append the figures to bench/RESULTS.md")
    parser.add_argument("--rounds", type=int, default=5, help="looks to take the median of (default: 5)")
    typed = parser.parse_args()
    described = machine.described()
    print(f"{described}\n", flush=True)
    peer = not typed.alone and shutil.which("testssl") is not None
    tables = [_measured(name, delay, typed.rounds, peer=peer) for name, delay in NETWORKS.items()]
    if typed.record:
        table.record(datetime.datetime.now().astimezone().date().isoformat(), described, "tls", tables)
    return int(any(not good for one in tables for _, _, good in one.bars))


def _measured(name: str, delay: int, rounds: int, *, peer: bool) -> Table:
    head = ("port", "connections", "look s", "process s", "left open", "testssl.sh s", "testssl.sh/process")
    made = Table(f"A close look at TLS, {name}", head)
    options = lab.Options(network="namespace", delay_ms=delay) if delay else lab.Options()
    with tempfile.TemporaryDirectory(prefix="mwb") as folder:
        Path(folder).chmod(0o711)
        try:
            with lab.running(Path(folder) / "lab", options=options) as place:
                worst = max(_port(place, made, port, rounds, peer=peer) for port in PORTS)
        except Problem as problem:
            made.notes.append(f"not possible here: {problem.id} {dict(problem.params)}")
            return made
    made.bar(
        f"at most {BARS[name]:.0f} s for each port",
        f"{worst:.2f} s",
        reached=worst <= BARS[name],
    )
    made.notes += [
        "look: from the first look-up to the last answer; process: with the start of Python",
        "left open: over a long way a look gives up what it can do without after a good two seconds",
        "993, 995, 143, 110: Dovecot; 465, 587: Postfix, which offers anonymous ciphers and so takes more questions",
    ]
    print(made.text(), flush=True)
    return made


def _port(place: lab.Lab, made: Table, port: int, rounds: int, *, peer: bool) -> float:
    """One row; the seconds that count for the bar."""
    starttls = PORTS[port]
    more = ["--starttls", starttls] if starttls else []
    looks: list[float] = []
    processes: list[float] = []
    seen: dict[str, Any] = {}
    for _ in range(rounds):
        argv = [sys.executable, "-m", "mailwright", "tls", f"{HOST}:{port}", "--json", *more]
        took, text = _timed(place, argv)
        seen = json.loads(text)
        assert seen["outcome"] == "ok", seen
        assert all(one["complete"] for one in seen["versions"]), seen
        looks.append(seen["took"])
        processes.append(took)
    process = statistics.median(processes)
    theirs = _peer(place, seen["address"], port, starttls) if peer else None
    told = ("–", "–") if theirs is None else (theirs, theirs / process)
    made.row(str(port), seen["connections"], statistics.median(looks), process, _open(seen), *told)
    return process if port in HELD else 0.0


def _open(seen: dict[str, Any]) -> str:
    """What the last look did without; versions and ciphers are never among it."""
    told = {"groups": seen["exchange"]["complete"] or None, "sha1": seen["exchange"]["sha1"]}
    told["fallback"] = seen["habits"]["fallback_refused"]
    return " ".join(name for name, value in told.items() if value is None) or "–"


def _peer(place: lab.Lab, address: str, port: int, starttls: str) -> float:
    """testssl.sh knows nothing of our ways: it gets the real address and port."""
    rules = (rule.rsplit(":", 3) for rule in place.connect_to)
    real = next(int(rule[3]) for rule in rules if rule[0] == "" and rule[1] == str(port))
    options = ["--quiet", "--color", "0", "--warnings", "off", "-p", "-S", "-E"]
    upgrade = ["-t", starttls] if starttls else []
    took, _ = _timed(place, ["testssl", *options, *upgrade, f"{address}:{real}"])
    return took


def _timed(place: lab.Lab, argv: Sequence[str]) -> tuple[float, str]:
    environment = os.environ | lab.environment(place)
    began = time.monotonic()
    done = subprocess.run(
        lab.command(place, list(argv)),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
        timeout=PEER_SECONDS,
    )
    return time.monotonic() - began, done.stdout.decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
