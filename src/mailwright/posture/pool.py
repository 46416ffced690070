"""Four connections at once, and the next ones made ready while answers are waited for."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TypeVar

from mailwright import wire

T = TypeVar("T")
MOST_OPEN = 4
MOST_FAILURES = 5
PAUSE = 0.3
# Who gets the next connection: the long lines of questions, single ones, and what a look can do without.
FIRST, THEN, LATER = range(3)
# Seconds to connect from which on a way is long, and how long such a look waits for what it can do without. With
# STARTTLS each question takes two more ways there and back: it is late anyhow, so it may as well be complete.
FAR = 0.04
LEISURE, LEISURE_STARTTLS = 2.2, 6.0
# Seconds after which a connection that only stands ready is taken to be in the way: some servers serve one at a time.
PATIENCE = 1.0


class Pool:
    """Asks a server through its doorstep, once it has been given a connection or told to open some."""

    def __init__(self, step: wire.look.Doorstep, asked: Callable[[], None], *, starttls: bool = False) -> None:
        self._step = step
        self._leisure = LEISURE_STARTTLS if starttls else LEISURE
        self._asked = asked
        self._ready: deque[wire.Stream] = deque()
        self._waiting: list[tuple[int, int, asyncio.Future[wire.Stream]]] = []
        self._number = itertools.count()
        self._opening: set[asyncio.Task[None]] = set()
        self._used = 0
        self._lines = 0
        self._failures = 0
        self._began = asyncio.get_running_loop().time()
        self._quickest = 0.0
        self._ahead = True
        self.most = MOST_OPEN
        self.ways_to_refuse: set[str] = set()
        self.doubt = asyncio.Lock()
        self.spoken = False

    @property
    def far(self) -> bool:
        """True when the way there is long, however busy the two ends are."""
        return self._step.quickest > FAR

    def leisure(self) -> float | None:
        """Seconds left for what a look can do without; None: as many as it takes."""
        return max(0.0, self._began + self._leisure - asyncio.get_running_loop().time()) if self.far else None

    def open_ahead(self, count: int) -> None:
        """Begin to connect before anything is asked."""
        for _ in range(count):
            self._open_one()

    def give(self, stream: wire.Stream) -> None:
        """One more connection that is ready for a question."""
        self._failures = 0
        while self._waiting:
            _, _, waiting = heapq.heappop(self._waiting)
            if not waiting.done():
                self._used += 1
                waiting.set_result(stream)
                return
        if self._ahead:
            self._ready.append(stream)
        else:
            stream.close()

    @contextlib.asynccontextmanager
    async def line(self) -> AsyncIterator[None]:
        """Whoever has more than one question: a connection is made ready for the next while one is answered."""
        self._lines += 1
        try:
            yield
        finally:
            self._lines -= 1

    async def ask(
        self, offer: wire.lookhello.Offer, *, whole: bool = False, rank: int = FIRST
    ) -> wire.lookhello.Flight:
        """The answer to one ClientHello. Raises WireError when no connection can be made."""
        async with self._stream(rank) as stream:
            return await self._watched(self._step.ask(stream, offer, whole=whole))

    async def handshake(self) -> wire.lookshake.Shake:
        """A whole handshake. Raises WireError."""
        async with self._stream(FIRST) as stream:
            return await self._watched(self._step.handshake(stream))

    async def _watched(self, asking: Coroutine[None, None, T]) -> T:
        """What `asking` gives; if it takes long, nothing is made ready any more and what stands ready is dropped."""
        clock = asyncio.get_running_loop()
        watch = clock.call_later(max(PATIENCE, 4 * self._quickest), self._step_aside)
        began = clock.time()
        try:
            answer = await asking
        finally:
            watch.cancel()
        self._quickest = min(self._quickest or 3600.0, clock.time() - began)
        return answer

    def _step_aside(self) -> None:
        self._ahead = False
        while self._ready:
            self._ready.popleft().close()

    async def close(self) -> None:
        """Drop what nobody took."""
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)
        while self._ready:
            self._ready.popleft().close()

    @contextlib.asynccontextmanager
    async def _stream(self, rank: int) -> AsyncIterator[wire.Stream]:
        stream = await self._take(rank)
        try:
            yield stream
        finally:
            stream.close()
            self._used -= 1
            self._asked()
            self._top_up()

    async def _take(self, rank: int) -> wire.Stream:
        while self._ready:
            stream = self._ready.popleft()
            if stream.idle():
                self._used += 1
                self._top_up()
                return stream
            stream.close()  # the server has left it
        mine: asyncio.Future[wire.Stream] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._number), mine))
        self._top_up()
        try:
            return await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled() and mine.exception() is None:
                mine.result().close()
                self._used -= 1
            raise

    def _top_up(self) -> None:
        while True:
            coming = len(self._ready) + len(self._opening)
            # Over a long way a line of questions waits for connections, not for answers.
            ahead = self._lines * (self.most if self.far else 1) * self._ahead
            if coming >= len(self._waiting) + ahead or coming + self._used >= self.most:
                return
            self._open_one()

    def _open_one(self) -> None:
        task = asyncio.create_task(self._open())
        self._opening.add(task)
        task.add_done_callback(self._opened)

    async def _open(self) -> None:
        if self._failures:
            await asyncio.sleep(PAUSE * self._failures)
        self.give(await self._step.open())

    def _opened(self, task: asyncio.Task[None]) -> None:
        """A server that does not take one more is asked by fewer, and later; in the end nothing more can be told."""
        self._opening.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._top_up()  # somebody may have begun to wait while this one still counted as coming
            return
        self._failures += 1
        self.most = max(1, self.most - 1)
        if self._failures >= MOST_FAILURES:
            for _, _, waiting in self._waiting:
                if not waiting.done():
                    waiting.set_exception(error)
            self._waiting.clear()
            return
        self._top_up()
