"""From an address to ranked settings: who says which servers it has, and how far that can be trusted.

    found = await discover.find(address, world, shelf)      # core.Discovery
    found = discover.offline(address, shelf)                # the book only, at once

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

from mailwright.core import Discovery, EmailAddress, SourceAnswer
from mailwright.discover import booked, merge
from mailwright.discover.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailwright import book, wire

__all__ = ["Options", "find", "offline"]


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
