"""One candidate from all answers, field by field; every field keeps its own provenance."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from mailwright.core import (
    Auth,
    Candidate,
    EmailAddress,
    Protocol,
    Provenance,
    Security,
    Service,
    Source,
    SourceAnswer,
    Sourced,
)
from mailwright.discover import ranking

if TYPE_CHECKING:
    from mailwright import book

# RFC 6186 §4: without a better word the user name is the full address.
DEFAULT_USERNAME = "%EMAILADDRESS%"
DEFAULT_AUTH = (Auth.PASSWORD,)


def merged(answers: Iterable[SourceAnswer], address: EmailAddress, shelf: book.Book) -> Candidate | None:
    """The winner, completed from the other answers and the book; None when nobody knew."""
    ranked = [answer.candidate for answer in ranking.found(answers) if answer.candidate is not None]
    if not ranked:
        return None
    winner = ranked[0]
    pool = [service for candidate in ranked for service in candidate.services]
    services = [_completed(service, pool, address, shelf) for service in _services(ranked)]
    complete = replace(winner, services=tuple(services), provider=winner.provider or _named(services, ranked))
    return _with_provider(complete, address, shelf)


def _named(services: list[Service], ranked: list[Candidate]) -> str | None:
    """The provider another source names for the same hosts: it knows whose MX they are, a host alone does not."""
    hosts = {service.endpoint.value.host for service in services}
    for candidate in ranked:
        if candidate.provider and hosts & {service.endpoint.value.host for service in candidate.services}:
            return candidate.provider
    return None


def completed(answer: SourceAnswer, address: EmailAddress, shelf: book.Book) -> SourceAnswer:
    """One answer with what its source does not say filled in from the book."""
    if answer.candidate is None:
        return answer
    services = tuple(_completed(service, [], address, shelf) for service in answer.candidate.services)
    return replace(answer, candidate=replace(answer.candidate, services=services))


def _services(ranked: list[Candidate]) -> list[Service]:
    """The winner's services; protocols it lacks from the next one that has them; plaintext last."""
    found = list(ranked[0].services)
    if not found:
        return []  # a provider without services stays one
    covered = ranking.protocols(ranked[0])
    for candidate in ranked[1:]:
        new = ranking.protocols(candidate) - covered
        covered |= new
        found += [service for service in ranking.usable(candidate) if service.protocol in new]
    unique = {service.endpoint.value: service for service in reversed(found)}
    kept = [service for service in found if unique[service.endpoint.value] is service]
    return sorted(kept, key=lambda service: service.endpoint.value.security is Security.NONE)


def _completed(service: Service, pool: list[Service], address: EmailAddress, shelf: book.Book) -> Service:
    """User name and ways to sign in, if the source does not know them."""
    if service.username.value and service.auth.value:
        return service
    others = [other for other in (*pool, *_in_book(service, address, shelf)) if _same(other, service)]
    username = next((o.username for o in (service, *others) if o.username.value), None)
    auth = next((o.auth for o in (service, *others) if o.auth.value), None)
    assumed = _assumed(service.endpoint.provenance)
    return replace(
        service,
        username=username or Sourced(DEFAULT_USERNAME, assumed),
        auth=auth or Sourced(DEFAULT_AUTH, assumed),
    )


def _same(other: Service, service: Service) -> bool:
    return (other.endpoint.value.host, other.protocol) == (service.endpoint.value.host, service.protocol)


def _assumed(origin: Provenance) -> Provenance:
    return Provenance(Source.GUESS, "RFC 6186", origin.channel, origin.trust)


def _in_book(service: Service, address: EmailAddress, shelf: book.Book) -> tuple[Service, ...]:
    provider = shelf.by_host(service.endpoint.value.host, address.domain)
    return provider.candidate(address, Source.BOOK).services if provider else ()


def _with_provider(candidate: Candidate, address: EmailAddress, shelf: book.Book) -> Candidate:
    """What the book knows of the provider: names, the secret, OAuth 2.0, RFC 2971."""
    provider = _provider(candidate, address, shelf)
    if provider is None:
        return candidate
    return replace(
        candidate,
        provider=provider.id,
        name=provider.name,
        secret=provider.secret or candidate.secret,
        oauth=provider.oauth or candidate.oauth,
        needs_id=provider.needs_id or candidate.needs_id,
        switch_on=provider.switch_on,
        notes=provider.notes,
    )


def _provider(candidate: Candidate, address: EmailAddress, shelf: book.Book) -> book.Provider | None:
    if candidate.provider is not None:
        return shelf.get(candidate.provider)
    best = (candidate.best(protocol) for protocol in Protocol)
    hosts = [service.endpoint.value.host for service in best if service is not None]
    known = (shelf.by_host(host, address.domain) for host in hosts)
    return next((p for p in known if p), None) or shelf.by_domain(address.domain)
