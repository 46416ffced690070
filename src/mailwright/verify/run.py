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
# Servers lock an account after three refusals in a row; two are the most that one run may cost.
MOST_REFUSALS = 2
Notify = Callable[[ServiceEvidence], None]


@dataclass(slots=True)
class Run:
    """One verification.

    `refusals`: logins, of both protocols, that were not answered by yes. `reading`: the repairs
    with which the incoming login worked, None when it did not; known once that side is through.
    """

    credentials: Credentials
    world: wire.World
    confirmed: frozenset[str]
    notify: Notify
    reading: asyncio.Future[tuple[Repair, ...] | None]
    patient_until: float | None = None
    refusals: int = 0


def forbidden(service: Service, confirmed: frozenset[str]) -> Reason:
    """Why no secret may go there, NONE if it may: never without TLS, never to a host nobody vouches for."""
    endpoint = service.endpoint.value
    if endpoint.security is Security.NONE:
        return Reason.PLAINTEXT
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
    patience: float | None = None,
) -> Evidence:
    """Sign in at the incoming and the outgoing service.

    `confirmed`: host names the person said yes to. `notify` is called when a service has
    greeted us over good TLS (stage CAPABILITY) and when it is done. `patience`: seconds after which
    no further endpoint is tried where the last one was silent. Network trouble is
    evidence, never an exception.
    """
    loop = asyncio.get_running_loop()
    until = None if patience is None else loop.time() + patience
    run = Run(credentials, world, confirmed, notify, loop.create_future(), patient_until=until)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_incoming(run, candidate, incoming))
        sending = group.create_task(_protocol(run, candidate, Protocol.SMTP))
    return Evidence((*reading.result(), *sending.result()))


async def _incoming(run: Run, candidate: Candidate, protocol: Protocol) -> list[ServiceEvidence]:
    try:
        return await _protocol(run, candidate, protocol)
    finally:
        if not run.reading.done():
            run.reading.set_result(None)


async def _protocol(run: Run, candidate: Candidate, protocol: Protocol) -> list[ServiceEvidence]:
    """The endpoints of one protocol in turn, until one came as far as a login."""
    seen: list[ServiceEvidence] = []
    for service in [s for s in candidate.services if s.protocol is protocol][:MAX_ENDPOINTS]:
        seen.append(await _Try(run, service).result())
        run.notify(seen[-1])
        if seen[-1].works or seen[-1].logins or seen[-1].reason is Reason.NOT_TRIED or _weary(run, seen[-1]):
            break
    return seen


def _weary(run: Run, last: ServiceEvidence) -> bool:
    """True when silence has taken so long that the next server is left alone."""
    silent = last.outcome is Outcome.TIMEOUT and run.patient_until is not None
    return silent and asyncio.get_running_loop().time() > (run.patient_until or 0.0)


@dataclass(slots=True)
class _Try:
    """One service being tried; what is known so far is kept when it breaks off."""

    run: Run
    service: Service
    recorder: wire.Recorder = field(init=False)
    session: wire.Session = field(init=False)
    limit: asyncio.Timeout = field(init=False)
    logins: list[LoginTry] = field(default_factory=list)
    tls: TlsFacts | None = None
    trying: Variant | None = None
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
            async with asyncio.timeout(SERVICE_SECONDS) as self.limit:
                return await self._logins()
        except TimeoutError:
            return self._broken(wire.WireError(Outcome.TIMEOUT, Reason.READ_TIMEOUT))
        except wire.WireError as error:
            return self._broken(error)

    def _broken(self, error: wire.WireError) -> ServiceEvidence:
        self.tls = error.tls or self.tls
        if self.trying is not None and self.session.attempted:
            # The credentials have left: the server may well have counted it, so it counts here too.
            # A good-bye (BYE) is not the no of a login.
            outcome = Outcome.FAILED if error.outcome is Outcome.NO else error.outcome
            self._note(LoginTry(self.trying.username, "", (), outcome, error.reply))
        let_in = bool(self.logins) and self.logins[-1].outcome is Outcome.OK
        if self.refusal is not None and not let_in and error.outcome is not Outcome.STOPPED:
            # That a server hangs up on a second try takes nothing from its answer to the first.
            return replace(self.refusal, logins=tuple(self.logins), trace=self.recorder.trace())
        evidence = self._evidence(error.stage or self._last_stage(), error.outcome, error.reason)
        return replace(evidence, reply=error.reply)

    async def _logins(self) -> ServiceEvidence:
        first = await self._once()
        if first.works or not self.logins or not variant.is_refusal(self.logins[-1].reply):
            return first
        self.refusal = first
        other = self._other_form()
        return await self._once(other) if other is not None else first

    def _other_form(self) -> Variant | None:
        """What else may have been meant, if the account can stand another refusal."""
        other = variant.repaired(self.service, self.run.credentials)
        done = other is None or other.repairs == self.logins[-1].repairs
        return None if done or self.run.refusals >= MOST_REFUSALS else other

    async def _first_form(self) -> Variant | None:
        """Reading tries what was typed; sending waits, and does what reading has proved. None: not at all."""
        typed = variant.as_typed(self.service, self.run.credentials)
        if self.service.protocol.incoming:
            return typed
        proved = await self._proved()
        if proved is None:
            return typed if self.run.refusals < MOST_REFUSALS else None
        return variant.with_repairs(self.service, self.run.credentials, proved) or typed

    async def _proved(self) -> tuple[Repair, ...] | None:
        """What reading has proved. Servers that are slow there take no time from this one."""
        self.limit.reschedule(None)
        proved = await asyncio.shield(self.run.reading)
        self.limit.reschedule(asyncio.get_running_loop().time() + SERVICE_SECONDS)
        return proved

    async def _once(self, second: Variant | None = None) -> ServiceEvidence:
        """Connect, sign in once, look around."""
        self.trying, self.session = None, wire.Session(self.service.endpoint.value)
        async with self.run.world.service(self.session.endpoint, self.session, self.recorder) as connection:
            self.tls = connection.tls
            if second is None:
                self.run.notify(self._evidence(Stage.CAPABILITY, Outcome.OK, Reason.NONE))
            form = second or await self._first_form()
            if form is None:
                return self._evidence(Stage.LOGIN, Outcome.CANCELLED, Reason.NOT_TRIED)
            tried = await self._signed_in(connection, form)
            if tried.outcome is not Outcome.OK:
                return replace(self._evidence(Stage.LOGIN, Outcome.NO, Reason.REFUSED), reply=tried.reply)
            await connection.run(self._look())
            return self._evidence(Stage.DONE, Outcome.OK, Reason.NONE)

    async def _signed_in(self, connection: wire.Connection, form: Variant) -> LoginTry:
        self.recorder.hide(form.secret)
        self.trying = form
        talks = wire.TALKS[self.service.protocol]
        token, auth = self.run.credentials.token, self.service.auth.value
        tried: LoginTry = await connection.run(
            talks.sign_in(self.session, form.username, form.secret, auth, token=token)
        )
        return self._note(tried)

    def _note(self, tried: LoginTry) -> LoginTry:
        """Keep a login, and tell the sending side when reading has signed in."""
        repairs = self.trying.repairs if self.trying else ()
        self.trying = None
        self.logins.append(replace(tried, repairs=repairs))
        if tried.outcome is not Outcome.OK:
            self.run.refusals += 1
        elif self.service.protocol.incoming and not self.run.reading.done():
            self.run.reading.set_result(repairs)
        return self.logins[-1]

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
