"""The ISPDB: settings collected by Thunderbird's people."""

from __future__ import annotations

from mailwright.core import Source, SourceAnswer
from mailwright.discover import fetch
from mailwright.discover.query import Query

SOURCE = Source.ISPDB


async def ask(query: Query) -> SourceAnswer:
    """The file of the domain; only the domain is told."""
    return await fetch.one(query, SOURCE, url(query, query.domain), own=True)


def url(query: Query, domain: str) -> str:
    """Where the database keeps the settings of a domain."""
    return f"{query.options.isp_database.rstrip('/')}/{domain}"
