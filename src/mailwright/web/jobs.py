"""Checks that run, and what came of them: in memory, for half an hour, behind ids nobody can guess."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mailwright import setup
from mailwright.core import EmailAddress, Problem, Protocol, Secret, Typed
from mailwright.web import mishap
from mailwright.web.face import Event, WebFace
from mailwright.web.refusal import Refusal
from mailwright.web.worlds import Worlds

if TYPE_CHECKING:
    from mailwright.web.limits import SignIns
    from mailwright.web.metrics import Metrics
    from mailwright.web.options import Options

LIFETIME = 1800.0
MOST_KEPT = 600
RUN_SECONDS = 120.0
# After that much silence other servers of the same kind are left to the looks.
PATIENCE_SECONDS = 5.0
STOP_SECONDS = 8.0
RETRY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be found out. `confirmed`: hosts the person said yes to; `login`: a secret comes with it.

    `whole`: look further until the cause is clear, as `diagnose` does; without it, as `setup` does.
    """

    address: EmailAddress
    incoming: Protocol | None = None
    typed: Typed = field(default_factory=Typed)
    username: str | None = None
    confirmed: frozenset[str] = frozenset()
    login: bool = False
    whole: bool = True


class Job:
    """One check. Nothing secret is in it: a secret lives in the task that spends it."""

    def __init__(self, ask: Ask, born: float) -> None:
        self.id = secrets.token_urlsafe(18)
        self.ask = ask
        self.born = born
        self.state = "waiting"
        self.events: list[Event] = []
        self.result: setup.Result | None = None
        self.examined: setup.Examined | None = None
        self.problem: Problem | None = None
        # What its settings can be used in, by language: it takes the most time of the report.
        self.uses: dict[str, dict[str, Any]] = {}
        # Where its report is kept and what deletes it there, once it was asked for.
        self.kept: tuple[str, str] | None = None
        self.keeping = asyncio.Lock()
        self._bell = asyncio.Event()

    @property
    def over(self) -> bool:
        """True when nothing more comes."""
        return self.state in ("done", "failed")

    def add(self, event: Event) -> None:
        """Something happened."""
        self.events.append(event)
        self._ring()

    def begin(self) -> None:
        """It has come to its turn."""
        self.state = "running"
        self._ring()

    def end(self) -> None:
        """Nothing more comes."""
        self.state = "done" if self.result is not None else "failed"
        self._ring()

    def _ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    async def after(self, seen: int, pause: float) -> AsyncIterator[tuple[int, Event] | None]:
        """The events behind number `seen`, as they come; None when nothing came for `pause` seconds."""
        while True:
            bell = self._bell
            while seen < len(self.events):
                seen += 1
                yield seen, self.events[seen - 1]
            if self.over:
                return
            try:
                async with asyncio.timeout(pause):
                    await bell.wait()
            except TimeoutError:
                yield None

    async def wait(self) -> None:
        """Until it is over."""
        while not self.over:
            await self._bell.wait()


class Jobs:
    """All that run or were run lately; at most `concurrent` at a time, and a bounded queue."""

    def __init__(self, options: Options, settings: Any, sign_ins: SignIns, metrics: Metrics) -> None:  # noqa: ANN401  # wire.Settings
        self._options, self._sign_ins, self._metrics = options, sign_ins, metrics
        self.worlds = Worlds(settings)
        self._kept: OrderedDict[str, Job] = OrderedDict()
        self._slots = asyncio.Semaphore(options.concurrent)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        metrics.gauge("jobs_open", lambda: len(self._tasks))
        metrics.gauge("jobs_kept", lambda: len(self._kept))

    def start(self, ask: Ask, secret: Secret | None = None) -> Job:
        """Begin, or queue up. Raises Refusal when there is no room."""
        self.admit()
        self._sweep()
        job = Job(ask, time.monotonic())
        self._kept[job.id] = job
        self.spawn(self._run(job, secret), lambda problem: self._ended(job, problem))
        return job

    def get(self, id: str) -> Job | None:
        """The job of that id, while it is kept."""
        self._sweep()
        return self._kept.get(id)

    def admit(self, *, full: bool = False) -> None:
        """Raises Refusal when too many are waiting already, or we are about to stop. `full`: so is what keeps it."""
        if full or self._stopping or len(self._tasks) >= self._options.concurrent + self._options.waiting:
            self._metrics.count("refused", why="busy")
            raise Refusal(503, Problem("web.busy"), retry=RETRY_SECONDS)

    def spawn(self, work: Coroutine[Any, Any, None], ended: Callable[[Problem | None], None]) -> None:
        """A task that a stop waits for. `ended` is told of a mistake of ours, if that was its end."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            error = None if task.cancelled() else task.exception()
            if isinstance(error, Exception):
                mishap.noted(error)
            ended(Problem("internal", kind=type(error).__name__) if error is not None else None)

        task.add_done_callback(done)

    async def stop(self) -> None:
        """Take nothing new, give what runs some seconds, then end it."""
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.worlds.close()

    @property
    def slots(self) -> asyncio.Semaphore:
        """Whoever looks at servers holds one."""
        return self._slots

    def _sweep(self) -> None:
        old = time.monotonic() - LIFETIME
        gone = [job.id for job in self._kept.values() if job.born < old]
        over = (job.id for job in self._kept.values() if job.over)
        while len(self._kept) - len(gone) >= MOST_KEPT and (id := next(over, None)) is not None:
            gone.append(id)
        for id in gone:
            self._kept.pop(id, None)

    def _ended(self, job: Job, problem: Problem | None) -> None:
        if not job.over:
            job.problem = job.problem or problem or Problem("web.stopped")
            job.end()
        verdict = job.result.verdict.value if job.result is not None else "none"
        self._metrics.count("jobs", kind="diagnose" if job.ask.whole else "setup", verdict=verdict)

    async def _run(self, job: Job, secret: Secret | None) -> None:
        """One job from its turn to its end; whatever goes wrong is told by its problem."""
        async with self._slots:
            job.begin()
            face = WebFace(job.add, job.ask, secret, self._sign_ins)
            del secret
            whole = False
            try:
                async with asyncio.timeout(RUN_SECONDS):
                    await self._journey(job, face)
                whole = True
            except Problem as problem:
                job.problem = problem
            except TimeoutError:
                job.problem = Problem("web.too_long")
            except Exception as error:  # noqa: BLE001  # the one place of this face: a job must always end
                mishap.noted(error)
                job.problem = Problem("internal", kind=type(error).__name__)
            finally:
                face.close(whole=whole)
            job.problem = face.problem or job.problem
            job.end()

    async def _journey(self, job: Job, face: WebFace) -> None:
        ask, shelf = job.ask, self._options.shelf
        protocol = setup.protocol_of(ask.typed) if ask.typed != Typed(username=ask.typed.username) else None
        typed_incoming = protocol if protocol is not None and protocol.incoming else None
        request = setup.Request(
            address=ask.address,
            incoming=ask.incoming or typed_incoming,
            login=ask.login,
            known=ask.login,
            typed=ask.typed if ask.whole else None,
            look=ask.whole,
            patience=PATIENCE_SECONDS,
            discovery=self._options.discovery,
        )
        async with self.worlds.world() as world:
            if ask.whole:
                job.examined = await setup.examine(request, world, shelf, face, second=self._options.second)
                job.result = job.examined.result
            else:
                job.result = await setup.run(request, world, shelf.providers, face)
