"""What all handlers share: the jobs, the limits, the lists, the store, the counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.web import guarded, stream
from mailwright.web.client import client
from mailwright.web.desk import Desk, Listed, parsed, targets
from mailwright.web.jobs import Jobs
from mailwright.web.kept import Kept
from mailwright.web.limits import Buckets, Places, SignIns
from mailwright.web.metrics import Metrics
from mailwright.web.refusal import Refusal

if TYPE_CHECKING:
    from contextlib import ExitStack

    from mailwright.web.asking import Asked
    from mailwright.web.jobs import Job
    from mailwright.web.options import Options, Scope

LOOK = 0.2
RETRY_SECONDS = 30.0


class Shop:
    """One for each application."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.metrics = Metrics()
        self.jobs = Jobs(options, guarded.settings(options), SignIns(options.logins_per_hour), self.metrics)
        self.desk = Desk(options, self.jobs)
        self.kept = Kept(options.keep, options.keep_days, options.clock) if options.keep is not None else None
        self._clients = Buckets(options.client_per_minute)
        self._targets = Buckets(options.target_per_minute)
        self._streams = Places()

    def start(self, scope: Scope, asked: Asked) -> Job:
        """Begin a check. Raises Refusal when that is too much."""
        self.charge(scope)
        for target in asked.targets():
            self._taken(self._targets.take(target), "target")
        return self.jobs.start(asked.ask, asked.secret)

    def start_list(self, scope: Scope, raw: bytes) -> Listed:
        """Begin a list. Raises BadInput for what is none, Refusal when that is too much."""
        asker, rows = client(scope, self.options).key, parsed(raw)
        wanted = targets(rows, self.options.target_per_minute)
        self.desk.admit(asker)
        self._taken(self._targets.take_all(wanted), "target")
        return self.desk.start(rows, asker)

    def charge(self, scope: Scope, tokens: float = 1.0) -> None:
        """Whoever asks uses some of what they may. Raises Refusal."""
        self._taken(self._clients.take(client(scope, self.options).key, tokens), "client")

    def look(self, scope: Scope) -> None:
        """To see what was found costs a part of what it costs to find it. Raises Refusal."""
        self.charge(scope, LOOK)

    def streamed(self, scope: Scope, id: str) -> ExitStack:
        """A place for a stream of a job or a list. Raises Refusal."""
        self.look(scope)
        place = self._streams.take({id: stream.MOST_OF_ONE, client(scope, self.options).key: stream.MOST_OF_CLIENT})
        if place is None:
            self.metrics.count("refused", why="streams")
            raise Refusal(429, Problem("web.streams"), retry=RETRY_SECONDS)
        return place

    def _taken(self, wait: float, whose: str) -> None:
        if wait > 0:
            self.metrics.count("refused", why=whose)
            raise Refusal(429, Problem("web.too_many", seconds=max(1, round(wait))), retry=wait)
