"""The ISPDB, by the domain that the mail exchanger lies in."""

from __future__ import annotations

from mailwright.core import Source, SourceAnswer
from mailwright.discover import exchangers, fetch, verdict
from mailwright.discover.query import Query
from mailwright.discover.sources import ispdb, mx_autoconfig

SOURCE = Source.MX_ISPDB


async def ask(query: Query) -> SourceAnswer:
    """The hoster's file in the database."""
    found = await exchangers.of(query)
    if not found.bases:
        return verdict.dns(SOURCE, found.answer)
    urls = [ispdb.url(query, base) for base in found.bases]
    return await fetch.first(query, SOURCE, urls, own=mx_autoconfig.own(query, found))
