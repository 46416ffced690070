"""The book's answer by domain: no network, so it is there before anyone is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.core import Confidence, EmailAddress, Source, SourceAnswer, Told

if TYPE_CHECKING:
    from mailwright import book
    from mailwright.core import Candidate


def answer(address: EmailAddress, shelf: book.Book) -> SourceAnswer:
    """FOUND also for a provider without services: one that is closed to mail programs, or retired."""
    provider = shelf.by_domain(address.domain)
    if provider is None:
        return SourceAnswer(Source.BOOK, Told.NOTHING)
    candidate = provider.candidate(address, Source.BOOK)
    return SourceAnswer(Source.BOOK, Told.FOUND, f"book:{provider.id}", candidate)


def doubtful(candidate: Candidate) -> bool:
    """True when the book itself is not sure of where mail is read."""
    incoming = next((s for s in candidate.services if s.protocol.incoming), None)
    return incoming is not None and incoming.endpoint.provenance.confidence is Confidence.LOW
