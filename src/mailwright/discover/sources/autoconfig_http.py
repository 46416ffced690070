"""The domain's autoconfig file over plain HTTP: anyone on the way could have written it."""

from __future__ import annotations

from mailwright.core import Source, SourceAnswer
from mailwright.discover import fetch
from mailwright.discover.query import Query
from mailwright.discover.sources import autoconfig

SOURCE = Source.AUTOCONFIG_HTTP


async def ask(query: Query) -> SourceAnswer:
    """The autoconfig host only; the address is never sent in the clear."""
    urls = [f"http://{host}{autoconfig.PATH}" for host in query.below("autoconfig")]
    return await fetch.first(query, SOURCE, urls, own=False)
