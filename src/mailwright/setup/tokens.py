"""Where an access token may go: to hosts that belong with its issuer, not to every host a domain names."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from mailwright import book
from mailwright.core import Candidate, OAuth, Service, Sourced, Trust


def token_hosts(candidate: Candidate, shelf: book.Book) -> frozenset[str]:
    """Hosts of the candidate's services that a token of its issuer may be sent to.

    A token opens whatever account the person signs in to on the issuer's page, not only a mailbox
    of this domain. So the book has to name the host with the same issuer. For an issuer the book
    does not know, the source that named the issuer may name the hosts, too.
    """
    oauth = candidate.oauth
    if oauth is None:
        return frozenset()
    in_book = _host(oauth.value.issuer) in {_host(issuer) for issuer in shelf.issuers()}
    return frozenset(
        service.endpoint.value.host
        for service in candidate.services
        if _by_book(service, oauth, shelf) or (not in_book and _of_one_source(service, oauth))
    )


def guarded(candidate: Candidate, shelf: book.Book) -> Candidate:
    """The candidate for a run with a token: other hosts than the issuer's need the person's yes."""
    if candidate.oauth is None:
        return candidate  # the person named the issuer, for just these hosts
    good = token_hosts(candidate, shelf)
    services = (s if s.endpoint.value.host in good else _doubtful(s) for s in candidate.services)
    return replace(candidate, services=tuple(services))


def _doubtful(service: Service) -> Service:
    origin = service.endpoint.provenance
    lower = replace(origin, trust=min(origin.trust, Trust.CONFIRM))
    return replace(service, endpoint=replace(service.endpoint, provenance=lower))


def _by_book(service: Service, oauth: Sourced[OAuth], shelf: book.Book) -> bool:
    offered = (provider.oauth for provider in shelf.naming(service.endpoint.value.host))
    return any(one is not None and one.value.issuer == oauth.value.issuer for one in offered)


def _of_one_source(service: Service, oauth: Sourced[OAuth]) -> bool:
    mine, theirs = service.endpoint.provenance, oauth.provenance
    return (mine.source, mine.where) == (theirs.source, theirs.where)


def _host(issuer: str) -> str:
    return urlsplit(issuer).hostname or ""
