"""Thousands of addresses: each domain is asked once, results come in the order of the rows."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mailwright import book, diagnose, discover
from mailwright.core import (
    BadInput,
    Credentials,
    Discovery,
    EmailAddress,
    Evidence,
    Problem,
    Protocol,
    Secret,
    Trace,
    expand,
)
from mailwright.setup.rows import Row
from mailwright.setup.saved import BulkService, Record, kept

if TYPE_CHECKING:
    import asyncio

    from mailwright import wire

REMEMBERED = 10_000
AHEAD = 4
SecretOf = Callable[[EmailAddress], Awaitable[Secret]]


@dataclass(slots=True)
class Bulk:
    """A run over many addresses. `world` None: offline, only the book is asked.

    `secret_of`: where the secret of an address comes from; without it nobody signs in.
    `trusted`: host names the person vouches for.
    """

    shelf: book.Book
    world: wire.World | None = None
    jobs: int = 32
    incoming: Protocol | None = None
    token: bool = False
    secret_of: SecretOf | None = None
    options: discover.Options = field(default_factory=discover.Options)
    trusted: frozenset[str] = frozenset()
    _known: OrderedDict[str, Domain] = field(default_factory=OrderedDict)

    async def records(self, rows: Iterable[Row]) -> AsyncIterator[Record]:
        """One record per row, in order, at most `jobs` domains or logins at a time."""
        import asyncio

        limit = asyncio.Semaphore(self.jobs)
        waiting: deque[Record | asyncio.Task[Record]] = deque()
        try:
            for row in rows:
                waiting.append(self._start(row, limit))
                while waiting and (len(waiting) >= self.jobs * AHEAD or isinstance(waiting[0], Record)):
                    yield await _taken(waiting.popleft())
                self._check_dns()
            while waiting:
                yield await _taken(waiting.popleft())
                self._check_dns()
        finally:
            for task in waiting:
                if isinstance(task, asyncio.Task):
                    task.cancel()

    def _check_dns(self) -> None:
        """Ten thousand times "could not tell" are no result. Raises Problem("input.no_dns")."""
        if self.world is not None and self.world.dns.silent:
            raise Problem("input.no_dns")

    def _start(self, row: Row, limit: asyncio.Semaphore) -> Record | asyncio.Task[Record]:
        """What the book or an earlier row knows at once; a task for the rest."""
        try:
            address = EmailAddress.parse(row.text)
        except BadInput as problem:
            return Record(row.number, kept(row.text), problem=problem)
        known = self._domain(address)
        if known.found is not None and self.secret_of is None:
            return known.record(row.number, address)
        import asyncio

        return asyncio.create_task(self._work(row.number, address, limit))

    def _domain(self, address: EmailAddress) -> Domain:
        known = self._known.get(address.domain)
        if known is None:
            offline = discover.offline(address, self.shelf)
            answered = offline.candidate is not None or self.world is None
            known = self._known[address.domain] = Domain(offline if answered else None)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return known

    async def _work(self, number: int, address: EmailAddress, limit: asyncio.Semaphore) -> Record:
        known = self._domain(address)
        async with known.lock:
            if known.found is None:
                assert self.world is not None
                async with limit:
                    found = await discover.find(address, self.world, self.shelf, options=self.options)
                known.found = replace(found, trace=Trace(""))  # 20 kB each, and nobody reads them
        if self.secret_of is None:
            return known.record(number, address)
        async with limit:
            return await self._login(number, address, known)

    async def _login(self, number: int, address: EmailAddress, known: Domain) -> Record:
        from mailwright import verify

        found = known.found
        if self.world is None or found is None or found.candidate is None or not found.candidate.services:
            return known.record(number, address)
        assert self.secret_of is not None
        try:
            credentials = Credentials(address, await self.secret_of(address), self.token)
        except BadInput as problem:
            return known.record(number, address, problem=problem)
        incoming = self.incoming or (Protocol.IMAP if found.candidate.best(Protocol.IMAP) else Protocol.POP3)
        evidence = await verify.verify(
            found.candidate, credentials, self.world, incoming=incoming, confirmed=self.trusted
        )
        return known.record(number, address, evidence)


async def _taken(item: Record | asyncio.Task[Record]) -> Record:
    return item if isinstance(item, Record) else await item


class Domain:
    """What is known of one domain; `found` None: it still has to be asked."""

    __slots__ = ("_parts", "_shown", "found", "lock")

    def __init__(self, found: Discovery | None) -> None:
        import asyncio

        self.found = found
        self.lock = asyncio.Lock()
        self._shown: Discovery | None = None
        self._parts: Record | None = None

    def record(
        self, number: int, address: EmailAddress, evidence: Evidence | None = None, *, problem: BadInput | None = None
    ) -> Record:
        """The record of one address of this domain."""
        found = self.found
        assert found is not None
        base = self._base(found) if evidence is None else _record(found, evidence)
        services = tuple(
            BulkService(s.protocol, s.host, s.port, s.security, expand(s.username, address)) for s in base.services
        )
        return Record(
            number,
            str(address),
            base.verdict,
            base.provider,
            base.source,
            services,
            base.secret,
            base.findings,
            problem,
        )

    def _base(self, found: Discovery) -> Record:
        if self._parts is None or self._shown is not found:
            self._parts, self._shown = _record(found, None), found
        return self._parts


def _record(found: Discovery, evidence: Evidence | None) -> Record:
    """The parts that all addresses of a domain share; user names still hold their placeholders."""
    candidate = found.candidate
    findings = diagnose.findings(found, evidence)
    services = candidate.services if candidate else ()
    verdict = diagnose.verdict(findings, evidence, has_settings=bool(services))
    shown = [s for p in Protocol if candidate and (s := candidate.best(p)) is not None]
    return Record(
        0,
        "",
        verdict.value,
        (candidate.provider or "") if candidate else "",
        services[0].endpoint.provenance.source.value if services else "",
        tuple(
            BulkService(
                s.protocol.value,
                s.endpoint.value.host,
                s.endpoint.value.port,
                s.endpoint.value.security.value,
                s.username.value,
            )
            for s in shown
        ),
        candidate.secret.value.kind.value if candidate and candidate.secret else "",
        tuple(f.id for f in findings),
    )
