"""Our side: the whole journey of one address in this process, told to a face that only answers."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright import book, discover, setup, wire
from mailwright.core import Credentials, EmailAddress, Secret

if TYPE_CHECKING:
    from mailwright.core import Candidate, Discovery, Probe, Service, ServiceEvidence, SourceAnswer


@dataclass(slots=True)
class Answering:
    """A face that says yes to every host and knows the password. `known`: when settings were found."""

    address: EmailAddress
    password: str
    known: float = 0.0

    def answered(self, answer: SourceAnswer) -> None:
        """Not told to anybody."""

    def settings(self, discovery: Discovery) -> None:
        """The search is over."""
        self.known = time.perf_counter()

    def probed(self, service: Service, probe: Probe) -> None:
        """Not told to anybody."""

    def seen(self, evidence: ServiceEvidence) -> None:
        """Not told to anybody."""

    async def confirm(self, services: tuple[Service, ...]) -> bool:
        """Every host of the lab may have it."""
        return True

    async def credentials(self, candidate: Candidate) -> Credentials:
        """What was handed over."""
        return Credentials(self.address, Secret(self.password))


def settings(more: tuple[str, ...] = ()) -> wire.Settings:
    """How to reach the lab, from the variables that lead the program there; `more`: rules that come first."""
    rules = (*more, *os.environ["MAILWRIGHT_CONNECT_TO"].split())
    return wire.Settings(
        resolvers=(wire.Resolver.parse(os.environ["MAILWRIGHT_RESOLVER"]),),
        ca_file=Path(os.environ["MAILWRIGHT_CA"]),
        reroutes=tuple(map(wire.Reroute.parse, rules)),
    )


def options() -> discover.Options:
    """Ask the lab's ISPDB, not the world's."""
    return discover.Options(isp_database=os.environ["MAILWRIGHT_ISPDB"])


def walk(address: str, password: str, more: tuple[str, ...] = ()) -> tuple[float, float]:
    """Seconds until settings were known, and until they were verified. Raises AssertionError when they are not."""
    return asyncio.run(_journey(EmailAddress.parse(address), password, more))


async def _journey(address: EmailAddress, password: str, more: tuple[str, ...]) -> tuple[float, float]:
    begun = time.perf_counter()
    request = setup.Request(address, known=True, discovery=options())
    face = Answering(address, password)
    async with wire.World(settings(more)) as world:
        result = await setup.run(request, world, book.Book(), face)
    done = time.perf_counter() - begun
    assert result.account is not None, result.findings
    return face.known - begun, done
