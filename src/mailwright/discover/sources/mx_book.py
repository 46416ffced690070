"""The book, by the domain's mail exchangers."""

from __future__ import annotations

from mailwright.core import Source, SourceAnswer, Told
from mailwright.discover import exchangers, verdict
from mailwright.discover.query import Query

SOURCE = Source.MX_BOOK


async def ask(query: Query) -> SourceAnswer:
    """The provider whose mail servers take the domain's mail; the book vouches for its hosts."""
    found = await exchangers.of(query)
    for host in found.hosts:
        provider = query.shelf.by_mx(host)
        if provider is not None:
            where = f"MX {host}"
            return SourceAnswer(SOURCE, Told.FOUND, where, provider.candidate(query.address, SOURCE, where))
    return verdict.dns(SOURCE, found.answer)
