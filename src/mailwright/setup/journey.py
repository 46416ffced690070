"""From an address to a verified account, telling a face what happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from mailwright import book, diagnose, discover
from mailwright.core import (
    Account,
    Candidate,
    Credentials,
    Discovery,
    EmailAddress,
    Evidence,
    Finding,
    Outcome,
    Probe,
    Reason,
    Service,
    ServiceEvidence,
    Shape,
    SourceAnswer,
    Stage,
    Typed,
    Verified,
    shapes,
)
from mailwright.core import Protocol as MailProtocol
from mailwright.setup import tokens
from mailwright.setup.typed import used

if TYPE_CHECKING:
    from mailwright import wire


class Face(Protocol):
    """Whoever speaks to the person. The tellers must not block; the askers may wait."""

    def answered(self, answer: SourceAnswer) -> None:
        """A source of settings has answered."""

    def settings(self, discovery: Discovery) -> None:
        """The search is over."""

    def probed(self, service: Service, probe: Probe) -> None:
        """A service was looked at before anyone signs in."""

    def seen(self, evidence: ServiceEvidence) -> None:
        """A service has greeted us, or is done (see ServiceEvidence.stage)."""

    async def confirm(self, services: tuple[Service, ...]) -> bool:
        """May the secret go to these hosts, which only an unsigned answer names?"""

    async def credentials(self, candidate: Candidate) -> Credentials | None:
        """The secret; None when the person gives none."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted. `incoming` None: IMAP where offered, else POP3; `login` False: only find settings.

    `known`: the secret is already at hand, so nothing is probed before it is used. `token`: it is
    or will be an OAuth 2.0 access token. `typed`: what the person's mail program uses; `look`: probe the
    services even if nobody signs in, and let a server say itself that it wants no password, if one is at
    hand; `patience`: seconds after which no further server of a protocol is tried.
    """

    address: EmailAddress
    incoming: MailProtocol | None = None
    login: bool = True
    known: bool = False
    token: bool = False
    typed: Typed | None = None
    look: bool = False
    patience: float | None = None
    discovery: discover.Options = field(default_factory=discover.Options)


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended. `account` only when reading and sending were both proved.

    `near`: the address that was probably meant, when nothing is known of the domain that was typed.
    """

    discovery: Discovery
    evidence: Evidence | None
    findings: tuple[Finding, ...]
    verdict: diagnose.Verdict
    account: Account | None = None
    near: str | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found and seen. `evidence` None: nothing was tried; `signing_in`: although somebody wanted to."""

    discovery: Discovery
    evidence: Evidence | None = None
    signing_in: bool = False
    shapes: tuple[Shape, ...] = ()


def offline(address: EmailAddress, shelf: book.Book) -> Result:
    """What the book says, without any network."""
    return meant(concluded(discover.offline(address, shelf), None), shelf)


async def run(request: Request, world: wire.World, shelf: book.Book, face: Face) -> Result:
    """The whole journey. Raises what the face raises (a person's ^C, a missing terminal)."""
    got = await gather(request, world, shelf, face)
    return meant(concluded(got.discovery, got.evidence, signing_in=got.signing_in), shelf)


async def gather(request: Request, world: wire.World, shelf: book.Book, face: Face) -> Gathered:
    """Search, look and sign in, and judge nothing. Raises what the face raises."""

    def answered(answer: SourceAnswer) -> None:
        face.answered(answer)
        if answer.candidate is not None and request.login:
            _prepare(answer.candidate, request.incoming, world)

    found = await discover.find(request.address, world, shelf, options=request.discovery, on_answer=answered)
    face.settings(found)
    candidate = used(found, request.typed, shelf) if request.typed is not None else found.candidate
    if candidate is None or not candidate.services or not (request.login or request.look):
        return Gathered(found)
    if request.login and diagnose.needs_token(candidate) and not request.token and not (request.look and request.known):
        return Gathered(found, signing_in=True)
    if request.token:
        candidate = tokens.guarded(candidate, shelf)
    return await _tried(request, (found, candidate), world, face)


async def _tried(request: Request, got: tuple[Discovery, Candidate], world: wire.World, face: Face) -> Gathered:
    """Look at the services, and sign in if that is wanted and can go well."""
    found, candidate = got
    incoming = request.incoming or _incoming(candidate)
    chosen = _chosen(candidate, incoming)
    # Without a secret there is nothing to keep from anybody.
    confirmed = await _consent(chosen, face) if request.login else frozenset(s.endpoint.value.host for s in chosen)
    if not request.known or not request.login:
        looked = await _probe(chosen, confirmed, world, face)
        good = any(seen.outcome is Outcome.OK for seen in looked.services)
        if not request.login or not good:
            return Gathered(found, looked)  # no use in asking for a secret that cannot be tried
    credentials = await face.credentials(candidate)
    if credentials is None:
        return Gathered(found)
    from mailwright import verify

    evidence = await verify.verify(
        candidate,
        credentials,
        world,
        incoming=incoming,
        confirmed=confirmed,
        notify=face.seen,
        patience=request.patience,
    )
    return Gathered(found, evidence, shapes=shapes(credentials.secret))


def meant(result: Result, shelf: book.Book) -> Result:
    """With the address that was probably meant, when nothing is known of the one that was typed."""
    address = result.discovery.address
    near = shelf.near(address.domain) if result.discovery.candidate is None else None
    return replace(result, near=str(EmailAddress(address.local, near))) if near else result


def _prepare(candidate: Candidate, incoming: MailProtocol | None, world: wire.World) -> None:
    """Greet the servers of a candidate while better sources may still answer: most of them know nothing."""
    from mailwright import verify

    for protocol in (incoming or _incoming(candidate), MailProtocol.SMTP):
        service = candidate.best(protocol)
        if service is not None and verify.forbidden(service, frozenset()) is Reason.NONE:
            world.prepare(service.endpoint.value)


def _incoming(candidate: Candidate) -> MailProtocol:
    has_imap = candidate.best(MailProtocol.IMAP) is not None
    return MailProtocol.IMAP if has_imap or candidate.best(MailProtocol.POP3) is None else MailProtocol.POP3


def _chosen(candidate: Candidate, incoming: MailProtocol) -> tuple[Service, ...]:
    """The services this run may sign in at."""
    return tuple(s for s in candidate.services if s.protocol in (incoming, MailProtocol.SMTP))


async def _consent(services: tuple[Service, ...], face: Face) -> frozenset[str]:
    """Ask about the hosts nobody vouches for, of the protocols whose preferred host is one."""
    from mailwright import verify

    unsure = [s for s in services if verify.forbidden(s, frozenset()) is Reason.NOT_CONFIRMED]
    preferred = {s.protocol: s for s in reversed(services)}
    doubtful = tuple(s for s in unsure if preferred[s.protocol] in unsure)
    if not doubtful or not await face.confirm(doubtful):
        return frozenset()
    return frozenset(s.endpoint.value.host for s in doubtful)


async def _probe(services: tuple[Service, ...], confirmed: frozenset[str], world: wire.World, face: Face) -> Evidence:
    """Look at the services while the person has not typed anything yet; each protocol until one is good."""
    import asyncio

    kinds = dict.fromkeys(s.protocol for s in services)
    alike = (tuple(s for s in services if s.protocol is kind) for kind in kinds)
    seen = await asyncio.gather(*(_look(several, confirmed, world, face) for several in alike))
    return Evidence(tuple(evidence for several in seen for evidence in several))


async def _look(
    services: tuple[Service, ...], confirmed: frozenset[str], world: wire.World, face: Face
) -> list[ServiceEvidence]:
    from mailwright import verify, wire

    seen: list[ServiceEvidence] = []
    for service in services[: verify.MAX_ENDPOINTS]:
        why_not = verify.forbidden(service, confirmed)
        if why_not is not Reason.NONE:
            seen.append(ServiceEvidence(service, Stage.RESOLVE, Outcome.STOPPED, reason=why_not))
            continue
        endpoint = service.endpoint.value
        probe = await world.probe(endpoint, wire.Recorder(str(endpoint)))
        face.probed(service, probe)
        seen.append(
            ServiceEvidence(service, probe.stage, probe.outcome, reason=probe.reason, tls=probe.tls, trace=probe.trace)
        )
        if probe.outcome is Outcome.OK:
            break
    return seen


def concluded(found: Discovery, evidence: Evidence | None, *, signing_in: bool = False) -> Result:
    """Findings, verdict and account."""
    findings = diagnose.findings(found, evidence, signing_in=signing_in)
    has_settings = found.candidate is not None and bool(found.candidate.services)
    verdict = diagnose.verdict(findings, evidence, has_settings=has_settings)
    return Result(found, evidence, findings, verdict, account(found, evidence))


def account(found: Discovery, evidence: Evidence | None) -> Account | None:
    """The account, if reading and sending were both proved."""
    working = {s.service.protocol: s for s in (evidence.services if evidence else ()) if s.works}
    outgoing = working.pop(MailProtocol.SMTP, None)
    incoming = next(iter(working.values()), None)
    if incoming is None or outgoing is None:
        return None
    return Account(found.address, _verified(incoming), _verified(outgoing))


def _verified(seen: ServiceEvidence) -> Verified:
    login = seen.logins[-1]
    return Verified(seen.service, login.username, login.mechanism)
