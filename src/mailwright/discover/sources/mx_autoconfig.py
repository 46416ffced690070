"""Autoconfig of the domain that the mail exchanger lies in, HTTPS only."""

from __future__ import annotations

from mailwright.core import Source, SourceAnswer, registrable_domain
from mailwright.discover import exchangers, fetch, verdict
from mailwright.discover.query import Query
from mailwright.discover.sources import autoconfig

SOURCE = Source.MX_AUTOCONFIG


async def ask(query: Query) -> SourceAnswer:
    """The hoster's settings; the address is not sent to someone DNS alone has named."""
    found = await exchangers.of(query)
    if not found.bases:
        return verdict.dns(SOURCE, found.answer)
    urls = [f"https://autoconfig.{base}{autoconfig.PATH}" for base in found.bases]
    return await fetch.first(query, SOURCE, urls, own=own(query, found))


def own(query: Query, found: exchangers.Exchangers) -> bool:
    """True when nobody but the domain can have named the exchanger, or it lies in the domain."""
    return found.answer.signed or found.bases[-1] == registrable_domain(query.domain)
