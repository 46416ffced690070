"""What a person typed into a mail program, as a service to be tried before those that were found."""

from __future__ import annotations

from dataclasses import replace

from mailwright import book
from mailwright.core import (
    DEFAULT_PORTS,
    Auth,
    BadInput,
    Candidate,
    Channel,
    Discovery,
    Endpoint,
    Protocol,
    Provenance,
    Security,
    Service,
    Source,
    Sourced,
    Trust,
    Typed,
    meant_place,
    named_protocol,
    registrable_domain,
)

_MX = 25
_BY_PORT = {port: protocol for (protocol, _), port in DEFAULT_PORTS.items()} | {_MX: Protocol.SMTP}
_IMPLICIT = tuple(port for (_, security), port in DEFAULT_PORTS.items() if security is Security.TLS)


def used(found: Discovery, typed: Typed, shelf: book.Book) -> Candidate | None:
    """What the person's mail program uses: their own service first, what was found for the rest and as a comparison."""
    endpoint = typed_endpoint(typed, found)
    if endpoint is None:
        return found.candidate
    known = found.candidate.services if found.candidate is not None else ()
    origin = Provenance(Source.USER, "typed", Channel.TYPED, _trust(endpoint.host, found, shelf))
    like = min(
        (s for s in known if s.protocol is endpoint.protocol), key=lambda s: s.endpoint.value != endpoint, default=None
    )
    username = like.username if like is not None else Sourced("%EMAILADDRESS%", origin)
    auth = like.auth if like is not None else Sourced((Auth.PASSWORD,), origin)
    own = Service(Sourced(endpoint, origin), username, auth)
    others = tuple(s for s in known if s.endpoint.value != endpoint)
    return replace(found.candidate or Candidate(()), services=(own, *others))


def typed_endpoint(typed: Typed, found: Discovery) -> Endpoint | None:
    """Where it leads, with what was left out filled in; None when no server could be meant by it.

    A host that was not typed is the one that was found for that protocol.
    """
    if typed == Typed(username=typed.username):
        return None
    protocol = protocol_of(typed)
    best = found.candidate.best(protocol) if found.candidate is not None else None
    known = best.endpoint.value if best is not None else None
    host, glued = _place(typed, known)
    if not host:
        return None
    port = typed.port or glued
    security = typed.security or _security(port, known, typed.host)
    port = port or (known.port if known and known.security is security else DEFAULT_PORTS[protocol, security])
    return Endpoint(protocol, host, port, security)


def protocol_of(typed: Typed) -> Protocol:
    """The field it was typed in: as said, else as the port or the name says."""
    if typed.protocol is not None:
        return typed.protocol
    if typed.port in _BY_PORT:
        return _BY_PORT[typed.port]
    return named_protocol((typed.host or "").strip()) or Protocol.IMAP


def _security(port: int | None, known: Endpoint | None, host: str | None) -> Security:
    if port in _IMPLICIT:
        return Security.TLS
    if port in _BY_PORT:
        return Security.STARTTLS
    return known.security if known is not None and host is None else Security.TLS


def _trust(host: str, found: Discovery, shelf: book.Book) -> Trust:
    """A host that somebody vouches for may have the password: another one only after a yes to its name."""
    known = found.candidate.services if found.candidate is not None else ()
    vouched = any(s.endpoint.value.host == host and s.trust is Trust.TRUSTED for s in known)
    base = registrable_domain(found.address.domain)
    own = base is not None and registrable_domain(host) == base
    return Trust.TRUSTED if vouched or own or shelf.by_host(host) is not None else Trust.CONFIRM


def _place(typed: Typed, known: Endpoint | None) -> tuple[str, int | None]:
    if typed.host is None:
        return (known.host, None) if known is not None else ("", None)
    try:
        return meant_place(typed.host)
    except BadInput:
        return "", None
