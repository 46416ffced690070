"""Asks all sources at once and stops as soon as no better answer can come."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mailwright import book, wire
from mailwright.core import Discovery, DnsAnswer, DomainFacts, EmailAddress, Reason, Source, SourceAnswer, Told
from mailwright.discover import booked, exchangers, merge, ranking, registry
from mailwright.discover.options import Options
from mailwright.discover.query import Query

# A source that asks several servers one after the other is not waited for longer than this.
SOURCE_SECONDS = 20.0
# Nor is one that ranks higher, once settings are known: a page takes four round trips where a DNS answer takes one.
BETTER_SECONDS, BETTER_TIMES = 3.0, 4
# Sources that open connections only when nothing better is likely to come.
_PATIENT = frozenset({Source.HINT, Source.GUESS})
OnAnswer = Callable[[SourceAnswer], None]


async def find(
    address: EmailAddress,
    world: wire.World,
    shelf: book.Book,
    *,
    options: Options,
    on_answer: OnAnswer | None,
) -> Discovery:
    """The Discovery of an address; see the front door."""
    recorder = wire.Recorder(str(address))
    chance = random.Random(options.seed)  # noqa: S311  # RFC 2782 weights, not a secret
    search = _Search(Query(address, world, shelf, options, recorder, chance), on_answer or _unheard)
    facts = await search.run(_wanted(options))
    answers = [merge.completed(answer, address, shelf) for answer in search.in_order()]
    candidate = merge.merged(search.answers.values(), address, shelf)
    return Discovery(address, candidate, tuple(answers), facts, online=True, trace=recorder.trace())


def _unheard(answer: SourceAnswer) -> None:
    """Nobody listens."""


def _wanted(options: Options) -> Mapping[Source, registry.Ask]:
    return {s: ask for s, ask in registry.SOURCES.items() if options.guess or s is not Source.GUESS}


@dataclass(slots=True)
class _Search:
    query: Query
    on_answer: OnAnswer
    answers: dict[Source, SourceAnswer] = field(default_factory=dict)

    async def run(self, wanted: Mapping[Source, registry.Ask]) -> DomainFacts:
        """Fill `answers`; give what DNS says of the domain."""
        # The book needs no network: strangers are not asked about what it knows.
        self._take(booked.answer(self.query.address, self.query.shelf))
        matters = {s: ask for s, ask in wanted.items() if s not in self.answers and self._matters(s)}
        facts = await self._ask_all(matters) if matters else DomainFacts()
        for source in registry.SOURCES:
            if source not in self.answers:
                self._take(SourceAnswer(source, Told.SKIPPED))
        return facts

    async def _ask_all(self, wanted: Mapping[Source, registry.Ask]) -> DomainFacts:
        mx = asyncio.create_task(self.query.dns(self.query.domain, "MX"))
        tasks = {asyncio.create_task(self._asked(source, ask)): source for source, ask in wanted.items()}
        try:
            await self._listen(tasks)
            return await self._facts(mx)
        finally:
            mx.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(mx, *tasks, return_exceptions=True)

    async def _listen(self, tasks: Mapping[asyncio.Task[SourceAnswer], Source]) -> None:
        """Take answers until none that is still to come matters."""
        waiting, until = dict(tasks), float("inf")
        while waiting:
            left = until - self.query.recorder.now()
            done, _ = await asyncio.wait(
                waiting, timeout=None if left == float("inf") else left, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                self._give_up_on(waiting)
                return
            for task in done:
                del waiting[task]
                self._take(task.result())
            for task, source in [*waiting.items()]:
                if not self._matters(source):
                    task.cancel()
                    del waiting[task]
            if not set(waiting.values()) - _PATIENT:
                self.query.alone.set()
            if until == float("inf") and ranking.enough([*self.answers.values()]) < float("inf"):
                now = self.query.recorder.now()
                until = now + max(BETTER_SECONDS, BETTER_TIMES * now)

    def _give_up_on(self, waiting: Mapping[asyncio.Task[SourceAnswer], Source]) -> None:
        """Those who might know better have had their time: what they would have said cannot be told."""
        for task, source in waiting.items():
            task.cancel()
            self._take(SourceAnswer(source, Told.UNKNOWN, reason=Reason.READ_TIMEOUT))

    def _matters(self, source: Source) -> bool:
        return ranking.best_rank(source) < ranking.enough([*self.answers.values()])

    async def _asked(self, source: Source, ask: registry.Ask) -> SourceAnswer:
        """One source's answer, with the time it took; it always comes."""
        begun = self.query.recorder.now()
        try:
            async with asyncio.timeout(SOURCE_SECONDS):
                answer = await ask(self.query)
        except TimeoutError:
            answer = SourceAnswer(source, Told.UNKNOWN, reason=Reason.READ_TIMEOUT)
        return replace(answer, took=self.query.recorder.now() - begun)

    async def _facts(self, mx: asyncio.Task[DnsAnswer]) -> DomainFacts:
        """With settings at hand nobody waits for the DNS; without, what it says is all there is to tell."""
        if not mx.done() and ranking.found(self.answers.values()):
            return DomainFacts()
        return exchangers.facts(await mx)

    def _take(self, answer: SourceAnswer) -> None:
        self.answers[answer.source] = answer
        self.on_answer(merge.completed(answer, self.query.address, self.query.shelf))

    def in_order(self) -> list[SourceAnswer]:
        """All answers, best rank first."""
        return sorted(self.answers.values(), key=ranking.rank)
