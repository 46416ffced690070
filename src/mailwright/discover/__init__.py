"""From an address to ranked settings: who says which servers it has, and how far that can be trusted.

    found = await discover.find(address, world, shelf)      # core.Discovery
    found = discover.offline(address, shelf)                # the book only, at once
    one = discover.read(asked, address, world, shelf)       # what a domain publishes in one way, flaws and all

Takes an EmailAddress, the opened wire.World and the book. Gives a Discovery: one merged
Candidate (every field with its provenance), the answer of every source, what DNS says of
the domain, and the trace of all questions. A source that could not be asked is UNKNOWN,
never "nothing".

All sources are asked at once (sources/, one file each, listed in registry.py); the highest
rank wins, not the first to answer (ranking.py), and fields nobody knew there are filled in
from the others (merge.py). No secret exists here. Never asks for a name above the
registrable domain, never follows HTTPS to HTTP, never offers a guess over plaintext.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.core import Asked, Discovery, DnsAnswer, DomainFacts, EmailAddress, Publication, SourceAnswer
from mailwright.discover import booked, merge
from mailwright.discover.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright import book, wire

__all__ = ["Options", "facts", "find", "offline", "question", "read"]


def offline(address: EmailAddress, shelf: book.Book) -> Discovery:
    """What the book alone knows of the address's domain; no network is used."""
    answer = booked.answer(address, shelf)
    return Discovery(address, merge.merged([answer], address, shelf), (answer,), online=False)


async def find(
    address: EmailAddress,
    world: wire.World,
    shelf: book.Book,
    *,
    options: Options | None = None,
    on_answer: Callable[[SourceAnswer], None] | None = None,
) -> Discovery:
    """Ask every source. `on_answer` hears of each answer as it comes.

    DomainFacts are empty when settings were found before the DNS had said anything of the domain.

    Raises nothing for what the network does.
    """
    # Loaded here: `offline` must not pay for asyncio and the sources.
    from mailwright.discover import search

    return await search.find(address, world, shelf, options=options or Options(), on_answer=on_answer)


def question(address: EmailAddress) -> tuple[bytes, str]:
    """What is posted to ask Autodiscover about an address, and its content type."""
    from mailwright.discover.reading import pox_answer

    return pox_answer.request(address)


def read(asked: Asked, address: EmailAddress, world: wire.World, shelf: book.Book) -> Publication:
    """What was answered on one way, read; `address`: who asked. Raises nothing for what stands there."""
    from mailwright.discover.reading import table

    return table.read(asked, address, world, shelf)


def facts(mx: DnsAnswer) -> DomainFacts:
    """What the MX records say of the domain itself."""
    from mailwright.discover import exchangers

    return exchangers.facts(mx)
