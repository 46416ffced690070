"""The lab domains that are timed, and the one way to the settings of each that the peer knows."""

from __future__ import annotations

import os
import socket
import statistics
import time

from journey.straight import Task
from mailwright.lab import plan

PACC = "https://ua-auto-config.{}/.well-known/user-agent-configuration.json"
ROUTES = {
    "srv.test": ("srv", ""),
    "signed.test": ("srv", ""),
    "auto.test": ("page", plan.SETTINGS["auto.test"][0]),
    "starttls.test": ("page", plan.SETTINGS["starttls.test"][0]),
    "ispdb.test": ("page", plan.SETTINGS["ispdb.test"][0]),
    "pacc.test": ("pacc", PACC.format("pacc.test")),
    "hosted.test": ("mx", plan.SETTINGS["hosted.test"][0]),
    "guess.test": ("guess", ""),
}
CONNECTS = 9


def account(domain: str) -> plan.Account:
    """The first account of a domain of the lab."""
    return next(one for one in plan.ACCOUNTS if one.domain == domain)


def task(domain: str) -> Task:
    """What the peer does for a domain, in the lab that the variables lead to."""
    way, url = ROUTES[domain]
    host, _, port = os.environ["MAILWRIGHT_RESOLVER"].rpartition(":")
    known = account(domain)
    ca = os.environ["MAILWRIGHT_CA"]
    return Task(known.address, known.password, way, (host, int(port)), ca, url, plan.OFFSET)


def round_trip() -> float:
    """Seconds of one round trip to the servers: how long TCP takes to connect, the median of a few."""
    resolver = task("srv.test").resolver
    taken = []
    for _ in range(CONNECTS):
        begun = time.perf_counter()
        socket.create_connection(resolver, 10).close()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)
