"""What is the same for all that is fetched: from the answer of a web server to what the way told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mailwright.core import (
    Asked,
    Candidate,
    Channel,
    Flaw,
    FlawKind,
    HttpAnswer,
    Param,
    Protocol,
    Publication,
    Reason,
    Service,
    Source,
    Sourced,
    Told,
    expand,
)
from mailwright.discover import markup, verdict
from mailwright.discover.query import Query
from mailwright.discover.saying import Saying

MAX_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Read:
    """The settings of one document, None if it has none for mail programs, and what is wrong with it."""

    candidate: Candidate | None
    flaws: tuple[Flaw, ...] = ()


Parse = Callable[[HttpAnswer, Saying], Read]
"""Raises markup.HostileError, or markup.NotMarkupError for what is not such a document at all."""


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of document: whose word it is, how it is read, the content types it may have, the best first."""

    source: Source
    parse: Parse
    kinds: tuple[str, ...]


def flaw(kind: FlawKind, protocol: Protocol | None = None, **params: Param) -> Flaw:
    """A flaw; what was read is cut to a length that can be shown."""
    shown = {key: value[:MAX_SHOWN] if isinstance(value, str) else value for key, value in params.items()}
    return Flaw(kind, tuple(shown.items()), protocol)


def publication(asked: Asked, query: Query, form: Form) -> Publication:
    """One way whose settings are a document."""
    if asked.page is None:
        return Publication(asked.way, asked.where, Told.NOTHING)
    read = _read(asked, asked.page, query, form)
    if read.told is Told.FOUND and read.content_type not in form.kinds:
        wrong = flaw(FlawKind.CONTENT_TYPE, found=read.content_type or "?", wanted=form.kinds[0])
        read = replace(read, flaws=(*read.flaws, wrong))
    return _compared(asked, read, query, form) if asked.again is not None else read


def _read(asked: Asked, answer: HttpAnswer, query: Query, form: Form) -> Publication:
    bare = described(asked, answer)
    if not answer.ok:
        return bare
    saying = Saying(query, form.source, asked.where, Channel.HTTPS if answer.secure else Channel.HTTP, own=True)
    try:
        read = form.parse(answer, saying)
    except markup.HostileError:
        return replace(bare, told=Told.STOPPED, reason=Reason.LIMIT)
    except markup.NotMarkupError:
        return replace(bare, told=Told.NOTHING, flaws=(flaw(FlawKind.NOT_SETTINGS, found=bare.content_type),))
    told = Told.FOUND if read.candidate is not None else Told.NOTHING
    return replace(bare, told=told, candidate=read.candidate, flaws=read.flaws)


def described(asked: Asked, answer: HttpAnswer) -> Publication:
    """What the web server did, whatever it sent."""
    said = verdict.http(Source.AUTOCONFIG, answer)
    return Publication(
        asked.way, asked.where, said.told, answer.reason, answer.url, answer.status, answer.content_type,
        len(answer.body),
    )  # fmt: skip


def _compared(asked: Asked, first: Publication, query: Query, form: Form) -> Publication:
    """`first` with whether others are answered the same; the settings of others, if it has none of its own."""
    assert asked.again is not None
    others = replace(query, address=asked.other or query.address)
    other = _read(asked, asked.again, others, form)
    if Told.UNKNOWN in (first.told, other.told) or Told.STOPPED in (first.told, other.told):
        return first
    one, two = _offered(first), _offered(other)
    if first.told is other.told and one == two:
        return replace(first, alike=True if first.told is Told.FOUND else None)
    if first.told is Told.FOUND and other.told is Told.NOTHING:
        # Without an address there is no answer: a phone asks without one.
        bare = flaw(FlawKind.NEEDS_ADDRESS, status=other.status)
        unlike = () if form.source is Source.AUTODISCOVER else (bare,)
        return replace(first, flaws=(*first.flaws, *unlike), alike=False)
    kept = first if first.told is Told.FOUND else replace(other, told=Told.FOUND)
    return replace(kept, flaws=(*kept.flaws, flaw(FlawKind.UNLIKE_USER, status=first.status)), alike=False)


def _offered(publication: Publication) -> frozenset[tuple[object, str]]:
    services = publication.candidate.services if publication.candidate is not None else ()
    return frozenset((s.endpoint.value, s.username.value) for s in services)


def templated(candidate: Candidate | None, query: Query) -> Candidate | None:
    """The candidate with the names of the one who asked as placeholders: so answers to different people compare."""
    if candidate is None:
        return None
    return replace(candidate, services=tuple(_named(service, query) for service in candidate.services))


def _named(service: Service, query: Query) -> Service:
    said, address = service.username, query.address
    # Any rule may have made the name of the address, and a file may say the same rule in several ways.
    user = expand(said.value, address).replace(address.wire, "%EMAILADDRESS%")
    return replace(service, username=Sourced(user.replace(address.local, "%EMAILLOCALPART%"), said.provenance))
