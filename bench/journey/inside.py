"""Runs in the client's namespace of the lab, where the servers are far away; JSON on stdout.

`python -m journey.inside latency ROUNDS DOMAIN…` or `… sequential ROUNDS`.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

from figures import pairs, process

from journey import ours, routes, sequential, straight
from mailwright.lab import plan


def latency(rounds: int, domains: list[str]) -> dict[str, object]:
    """Each domain: seconds in this process and of whole processes, ours and the peer's, taking turns."""
    measured: dict[str, object] = {}
    for domain in domains:
        known, task = routes.account(domain), routes.task(domain)
        turns = straight.walk(task)[1]
        ours.walk(known.address, known.password)
        kinds = (
            lambda task=task: straight.walk(task)[0],
            lambda known=known: ours.walk(known.address, known.password)[1],
            routes.round_trip,
            partial(process.python, [str(Path(straight.__file__)), json.dumps(asdict(task))]),
            partial(process.python, ["-m", "mailwright", *_arguments(known)], known.password),
            partial(process.python, ["-c", "pass"]),
        )
        names = ("straight", "ours", "round_trip", "straight_process", "our_process", "floor")
        measured[domain] = {"turns": turns, **dict(zip(names, pairs.alternated(rounds, kinds), strict=True))}
        print(f"{domain} …", file=sys.stderr, flush=True)
    return measured


def _arguments(known: plan.Account) -> list[str]:
    hosts = (word for entry in known.expect for word in ("--trust-host", entry.host))
    also = ("--trust-host", "b.srv.test") if known.domain == "srv.test" else ()
    return ["setup", known.address, "--password-stdin", "--json", *hosts, *also]


def one_after_the_other(rounds: int) -> dict[str, object]:
    """guess.test, asked in our order and in a row; also where the domain's web server never answers."""
    known = routes.account("guess.test")
    measured: dict[str, object] = {}
    for name, more in (("answers", ()), ("silent", _silent("guess.test"))):
        ours.walk(known.address, known.password, more)
        taken: dict[str, list[tuple[float, float]]] = {"ours": [], "sequential": []}
        for turn in range(rounds):
            for who, walk in sorted({"ours": ours.walk, "sequential": sequential.walk}.items(), reverse=bool(turn % 2)):
                taken[who].append(walk(known.address, known.password, more))
        measured[name] = taken
        print(f"guess.test, web server {name} …", file=sys.stderr, flush=True)
    return measured


def _silent(domain: str) -> tuple[str, ...]:
    """Rules by which the domain's web server swallows every packet, as behind many firewalls."""
    network = os.environ["MAILWRIGHT_RESOLVER"].rpartition(".")[0]
    return tuple(f"{domain}:{port}:{network}.{plan.DEAD_OCTET}:{port}" for port in (80, 443))


if __name__ == "__main__":
    what, rounds_typed, *rest = sys.argv[1:]
    done = latency(int(rounds_typed), rest) if what == "latency" else one_after_the_other(int(rounds_typed))
    print(json.dumps(done))
