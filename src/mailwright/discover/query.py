"""The question every source gets, and the means to ask the world."""

from __future__ import annotations

import asyncio
import ipaddress
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailwright.core import DnsAnswer, DnsStatus, EmailAddress, HttpAnswer, Mx, Outcome, Srv, registrable_domain
from mailwright.discover.options import Options

if TYPE_CHECKING:
    from mailwright import book, wire

# How long those that cost strangers' servers connections wait for a better answer.
PATIENCE_SECONDS = 0.15
MAX_SHOWN = 2000


@dataclass(frozen=True, slots=True)
class Query:
    """One address, asked of one world. `alone` is set once nothing better is outstanding."""

    address: EmailAddress
    world: wire.World
    shelf: book.Book
    options: Options
    recorder: wire.Recorder
    random: random.Random
    alone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def domain(self) -> str:
        """The domain of the address, A-labels."""
        return self.address.domain

    @property
    def is_suffix(self) -> bool:
        """True for a public suffix: names below it belong to strangers and are not asked for."""
        return registrable_domain(self.domain) is None

    def below(self, *labels: str) -> list[str]:
        """Host names in the domain; none below a public suffix (`autoconfig.com.pl` is anybody's)."""
        return [] if self.is_suffix else [f"{label}.{self.domain}" for label in labels]

    def inside(self, host: str) -> bool:
        """True when the host lies in the registrable domain of the address."""
        if host == self.domain:
            return True
        base = registrable_domain(self.domain)
        return base is not None and registrable_domain(host) == base

    def vouched(self, host: str) -> bool:
        """True when the host lies in the domain or stands in the book."""
        # An address is in the book for a bridge on the person's own machine only.
        return self.inside(host) or (not is_ip(host) and self.shelf.by_host(host) is not None)

    async def dns(self, name: str, rdtype: str) -> DnsAnswer:
        """One DNS question, noted in the trace."""
        with self.recorder.step("dns", name=name, type=rdtype) as step:
            answer = await self.world.dns.ask(name, rdtype)
            addresses = rdtype in ("A", "AAAA")
            records = self.world.allowed(answer.text()) if addresses else answer.records
            shown = " | ".join(map(_shown, records))[:MAX_SHOWN]
            step.end(_outcome(answer), status=str(answer.status), records=shown, signed=answer.signed)
        return answer

    async def get(self, url: str) -> HttpAnswer:
        """GET, noted in the trace."""
        return await self.world.http.get(url, self.recorder)

    async def patience(self) -> None:
        """Return when nothing better is outstanding, or after a short while."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.alone.wait()
        except TimeoutError:
            return


def _outcome(answer: DnsAnswer) -> Outcome:
    if answer.status.told:
        return Outcome.OK if answer.records else Outcome.NO
    return Outcome.TIMEOUT if answer.status is DnsStatus.TIMEOUT else Outcome.FAILED


def is_ip(host: str) -> bool:
    """True for an IP address: it lies in no domain."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _shown(record: Mx | Srv | str) -> str:
    match record:
        case Mx():
            return f"{record.preference} {record.host}"
        case Srv():
            return f"{record.priority} {record.weight} {record.port} {record.target}"
        case _:
            return record
