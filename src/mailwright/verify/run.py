"""Tries the services of a candidate: one incoming protocol and submission, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mailwright import wire
from mailwright.core import (
    Candidate,
    Credentials,
    Evidence,
    LoginTry,
    Outcome,
    Protocol,
    Reason,
    Repair,
    Security,
    Service,
    ServiceEvidence,
    Stage,
    TlsFacts,
    Trust,
)
from mailwright.verify import variant
from mailwright.verify.variant import Variant

SERVICE_SECONDS = 75.0
MAX_ENDPOINTS = 4
Notify = Callable[[ServiceEvidence], None]


@dataclass(slots=True)
class Run:
    """One verification. `proved`: the repairs that made the incoming login work, once that is known."""

    credentials: Credentials
    world: wire.World
    confirmed: frozenset[str]
    notify: Notify
    proved: asyncio.Future[tuple[Repair, ...]]


def forbidden(service: Service, confirmed: frozenset[str]) -> Reason:
    """Why no secret may go there, NONE if it may: never without TLS, never to a host nobody vouches for."""
    endpoint = service.endpoint.value
    if endpoint.security is Security.NONE:
        return Reason.STARTTLS_MISSING
    trusted = service.trust is Trust.TRUSTED or endpoint.host in confirmed
    return Reason.NONE if trusted else Reason.NOT_CONFIRMED


async def verify(
    candidate: Candidate,
    credentials: Credentials,
    world: wire.World,
    *,
    incoming: Protocol = Protocol.IMAP,
    confirmed: frozenset[str] = frozenset(),
    notify: Notify = lambda seen: None,
) -> Evidence:
    """Sign in at the incoming and the outgoing service.

    `confirmed`: host names the person said yes to. `notify` is called when a service has
    greeted us over good TLS (stage CAPABILITY) and when it is done. Network trouble is
    evidence, never an exception.
    """
    proved: asyncio.Future[tuple[Repair, ...]] = asyncio.get_running_loop().create_future()
    run = Run(credentials, world, confirmed, notify, proved)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_incoming(run, candidate, incoming))
        sending = group.create_task(_protocol(run, candidate, Protocol.SMTP))
    return Evidence((*reading.result(), *sending.result()))


async def _incoming(run: Run, candidate: Candidate, protocol: Protocol) -> list[ServiceEvidence]:
    try:
        return await _protocol(run, candidate, protocol)
    finally:
        if not run.proved.done():
            run.proved.set_result(())


async def _protocol(run: Run, candidate: Candidate, protocol: Protocol) -> list[ServiceEvidence]:
    """The endpoints of one protocol in turn, until one came as far as a login."""
    seen: list[ServiceEvidence] = []
    for service in [s for s in candidate.services if s.protocol is protocol][:MAX_ENDPOINTS]:
        seen.append(await _Try(run, service).result())
        run.notify(seen[-1])
        if seen[-1].works or seen[-1].logins:
            break
    return seen


@dataclass(slots=True)
class _Try:
    """One service being tried; what is known so far is kept when it breaks off."""

    run: Run
    service: Service
    recorder: wire.Recorder = field(init=False)
    session: wire.Session = field(init=False)
    logins: list[LoginTry] = field(default_factory=list)
    tls: TlsFacts | None = None
    refusal: ServiceEvidence | None = None

    def __post_init__(self) -> None:
        self.recorder = wire.Recorder(str(self.service.endpoint.value))
        self.recorder.hide(self.run.credentials.secret)
        self.session = wire.Session(self.service.endpoint.value)

    async def result(self) -> ServiceEvidence:
        """The evidence, however it went."""
        why_not = forbidden(self.service, self.run.confirmed)
        if why_not is not Reason.NONE:
            return self._evidence(Stage.RESOLVE, Outcome.STOPPED, why_not)
        try:
            async with asyncio.timeout(SERVICE_SECONDS):
                return await self._logins()
        except TimeoutError:
            broken = self._evidence(self._last_stage(), Outcome.TIMEOUT, Reason.READ_TIMEOUT)
        except wire.WireError as error:
            self.tls = error.tls or self.tls
            broken = self._evidence(error.stage or self._last_stage(), error.outcome, error.reason)
            broken = replace(broken, reply=error.reply)
        if self.refusal is not None and len(self.logins) == 1 and broken.outcome is not Outcome.STOPPED:
            # That a server hangs up on a second try takes nothing from its answer to the first.
            return replace(self.refusal, trace=broken.trace)
        return broken

    async def _logins(self) -> ServiceEvidence:
        first = await self._once(variant.as_typed(self.service, self.run.credentials))
        if first.works or not self.logins or not variant.is_refusal(self.logins[-1].reply):
            return first
        self.refusal = first
        other = await self._second_form()
        return await self._once(other) if other is not None else first

    async def _second_form(self) -> Variant | None:
        if self.service.protocol.incoming:
            return variant.repaired(self.service, self.run.credentials)
        # Sending waits for what reading has proved: a third and fourth refusal could lock the account.
        repairs = await asyncio.shield(self.run.proved)
        return variant.with_repairs(self.service, self.run.credentials, repairs) if repairs else None

    async def _once(self, typed: Variant) -> ServiceEvidence:
        """Connect, sign in once, look around."""
        self.recorder.hide(typed.secret)
        self.session = wire.Session(self.service.endpoint.value)
        async with self.run.world.service(self.session.endpoint, self.session, self.recorder) as connection:
            self.tls = connection.tls
            if not self.logins:
                self.run.notify(self._evidence(Stage.CAPABILITY, Outcome.OK, Reason.NONE))
            talks = wire.TALKS[self.service.protocol]
            credentials, auth = self.run.credentials, self.service.auth.value
            talk = talks.sign_in(self.session, typed.username, typed.secret, auth, token=credentials.token)
            tried: LoginTry = await connection.run(talk)
            self.logins.append(replace(tried, repairs=typed.repairs))
            if tried.outcome is not Outcome.OK:
                return replace(self._evidence(Stage.LOGIN, Outcome.NO, Reason.REFUSED), reply=tried.reply)
            if self.service.protocol.incoming and not self.run.proved.done():
                self.run.proved.set_result(typed.repairs)
            await connection.run(self._look())
            return self._evidence(Stage.DONE, Outcome.OK, Reason.NONE)

    def _look(self) -> wire.Talk[object]:
        if self.service.protocol is Protocol.SMTP:
            return wire.smtp.look(self.session, self.run.credentials.address)
        looking: wire.Talk[object] = wire.TALKS[self.service.protocol].look(self.session)
        return looking

    def _last_stage(self) -> Stage:
        steps = self.recorder.trace().steps
        known = {stage.value: stage for stage in Stage}
        return next((known[s.kind] for s in reversed(steps) if s.kind in known), Stage.RESOLVE)

    def _evidence(self, stage: Stage, outcome: Outcome, reason: Reason) -> ServiceEvidence:
        return ServiceEvidence(
            service=self.service,
            stage=stage,
            outcome=outcome,
            reason=reason,
            logins=tuple(self.logins),
            tls=self.tls,
            mailboxes=self.session.mailboxes,
            capabilities=self.session.capabilities,
            mechanisms=self.session.mechanisms,
            trace=self.recorder.trace(),
        )
