"""The book, by the domain of the address."""

from __future__ import annotations

from mailwright.core import Source, SourceAnswer
from mailwright.discover import booked
from mailwright.discover.query import Query

SOURCE = Source.BOOK


async def ask(query: Query) -> SourceAnswer:
    """What the book knows of the domain."""
    return booked.answer(query.address, query.shelf)
