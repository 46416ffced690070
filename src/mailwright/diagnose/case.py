"""One protocol of an examination, with all that bears on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol as Interface

from mailwright import book
from mailwright.core import (
    Candidate,
    Endpoint,
    Examination,
    Look,
    LookKind,
    Meaning,
    Outcome,
    Protocol,
    Reason,
    ServiceEvidence,
    Source,
    Stage,
    Typed,
)

_OF_NO_SERVER = (LookKind.CLOCK, LookKind.PORTAL, LookKind.BLOCKLIST, LookKind.OWNER)


class Replies(Interface):
    """What servers' words mean: the table of the book, or a part of it."""

    def meaning(self, text: str, *, protocol: Protocol | None = None, vendor: str = "") -> Meaning:
        """The causes a text can mean."""

    def vendor_of(
        self, *, host: str = "", provider: str = "", banner: str = "", capabilities: tuple[str, ...] = ()
    ) -> str:
        """Whose server it is, "" if unknown."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged. `seen` None: the whole, before or without any server; `others`: the other protocols.

    `siblings`: other endpoints of the same protocol. `replies` and `shelf` None: not at hand.
    """

    examination: Examination
    seen: ServiceEvidence | None = None
    others: tuple[ServiceEvidence, ...] = ()
    siblings: tuple[ServiceEvidence, ...] = ()
    replies: Replies | None = None
    shelf: book.Book | None = None

    @property
    def candidate(self) -> Candidate | None:
        """What was found for the address."""
        found = self.examination.discovery
        return found.candidate if found is not None else None

    @property
    def provider(self) -> str:
        """The id of the provider, "" if unknown."""
        return (self.candidate.provider if self.candidate is not None else None) or ""

    @property
    def protocol(self) -> Protocol | None:
        """What is spoken there."""
        return self.seen.service.protocol if self.seen is not None else None

    @property
    def endpoint(self) -> Endpoint | None:
        """Where it is spoken."""
        return self.seen.service.endpoint.value if self.seen is not None else None

    @property
    def own_settings(self) -> bool:
        """True when the settings come from the person and not from the provider."""
        return self.seen is None or self.seen.service.endpoint.provenance.source is Source.USER

    @property
    def typed(self) -> Typed | None:
        """What was typed, where it is about this protocol; the whole looks at anything that was."""
        typed = self.examination.typed
        if self.seen is None or typed.protocol is self.protocol:
            return typed
        return Typed(username=typed.username) if typed.protocol is not None or not self.own_settings else typed

    @property
    def connected(self) -> bool:
        """True when the server accepted a connection."""
        early = (Stage.RESOLVE, Stage.CONNECT, Stage.PROXY)
        return self.seen is not None and self.seen.stage not in early

    def looks(self, kind: LookKind) -> Iterator[Look]:
        """The looks of a kind that are about this endpoint or its host, or about none."""
        for look in self.examination.looks:
            if look.kind is kind and self._is_about(look):
                yield look

    def _is_about(self, look: Look) -> bool:
        here = self.endpoint
        if here is None or look.kind in _OF_NO_SERVER:
            return True
        host = look.endpoint.host if look.endpoint is not None else look.fact("host")
        if look.kind is LookKind.NAMES:
            return here.host in (look.subject.rstrip("."), host)
        if look.kind is LookKind.ADDRESS:
            return host == here.host and look.fact("port") in (None, here.port)
        if look.kind is LookKind.PORT and look.endpoint is not None:
            return host == here.host and look.endpoint.protocol is here.protocol
        return look.subject == str(here) or (host == here.host and look.endpoint == here)


def decisive(examination: Examination) -> dict[Protocol, ServiceEvidence]:
    """The endpoint to talk about, of each protocol: what the person uses, else what let us come farthest.

    Of equals the preferred one.
    """
    chosen: dict[Protocol, ServiceEvidence] = {}
    for seen in examination.evidence.services if examination.evidence is not None else ():
        before = chosen.get(seen.service.protocol)
        if before is None or _progress(seen) > _progress(before):
            chosen[seen.service.protocol] = seen
    return chosen


def _progress(seen: ServiceEvidence) -> tuple[bool, bool, bool, int]:
    own = seen.service.endpoint.provenance.source is Source.USER
    return own, seen.works, bool(seen.logins), list(Stage).index(seen.stage)


def greeted(seen: ServiceEvidence) -> bool:
    """True when the service was there and spoke its protocol, whether or not anybody signed in."""
    return seen.works or bool(seen.logins) or (seen.outcome is Outcome.OK and seen.reason is Reason.NONE)


def published(seen: ServiceEvidence) -> bool:
    """True for a server that somebody else than the person names, and did not guess."""
    return seen.service.endpoint.provenance.source not in (Source.USER, Source.GUESS)
