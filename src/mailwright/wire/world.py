"""The world, opened: DNS, HTTP and connections that share one set of settings."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from mailwright.core import Endpoint, Outcome, Probe, Reason, Security, Stage, TlsFacts
from mailwright.wire import tls
from mailwright.wire.connection import TALKS, Connection, Ready
from mailwright.wire.dial import allowed, dial
from mailwright.wire.dns import Dns
from mailwright.wire.driver import Driver, note_tls
from mailwright.wire.errors import WireError
from mailwright.wire.http import Http
from mailwright.wire.record import Recorder
from mailwright.wire.session import Session
from mailwright.wire.settings import Settings
from mailwright.wire.stream import Stream
from mailwright.wire.talk import StartTls, Talk

# By then the first questions are on their way, and it is a while until anything comes back.
IDLE_AFTER = 0.03


class World:
    """Use as an async context manager. Raises BadInput("input.ca") for an unreadable CA file."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        tls.check(self.settings.ca_file)
        self.dns = Dns(self.settings)
        self.http = Http(self.settings, self.dns)
        self._ready = Ready(self.greeted)
        self._idle: asyncio.TimerHandle | None = None

    @functools.cached_property
    def context(self) -> ssl.SSLContext:
        """How servers are verified."""
        return tls.verifying(self.settings.ca_file)

    async def __aenter__(self) -> Self:
        self._idle = asyncio.get_running_loop().call_later(IDLE_AFTER, self._load)
        return self

    def _load(self) -> None:
        """What takes long and is needed next is made while nothing else could be done."""
        import cryptography.x509  # noqa: F401  # reads the first certificate

        _ = self.context
        self.http.opened()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if self._idle is not None:
            self._idle.cancel()
        await self._ready.close()
        await self.http.close()
        await self.dns.close()

    def guest(self) -> Guest:
        """For one of many jobs at a time: connections of its own; DNS answers, HTTP and certificates are ours."""
        return Guest(self)

    def allowed(self, addresses: Iterable[str]) -> list[str]:
        """Those that may be connected to, and be shown."""
        return allowed(self.settings, addresses)

    def prepare(self, endpoint: Endpoint) -> None:
        """Begin to connect and greet: whoever comes to `endpoint` next finds it done. Nothing else is said there."""
        self._ready.begin(endpoint)

    @contextlib.asynccontextmanager
    async def service(self, endpoint: Endpoint, session: Session, recorder: Recorder) -> AsyncIterator[Connection]:
        """Connect, secure, greet, or go on where prepare() or probe() stopped. Raises WireError.

        A bad certificate brings the chain along.
        """
        connection = await self._ready.take(session, recorder) or await self.greeted(session, recorder)
        with contextlib.closing(connection):
            yield connection
            await connection.leave()

    async def probe(self, endpoint: Endpoint, recorder: Recorder) -> Probe:
        """Does it speak the protocol over good TLS? No sign-in, no error raised; the connection stays ready for one."""
        session, own = Session(endpoint), Recorder(recorder.subject)
        try:
            connection = await self._ready.take(session, own) or await self.greeted(session, own)
            self._ready.keep(connection)
            return Probe(endpoint, Outcome.OK, tls=connection.tls, capabilities=session.capabilities, trace=own.trace())
        except WireError as error:
            stage = error.stage or Stage.RESOLVE
            return Probe(endpoint, error.outcome, error.reason, error.tls, stage=stage, trace=own.trace())
        finally:
            recorder.adopt(own)

    async def greeted(self, session: Session, recorder: Recorder) -> Connection:
        """Connect, secure and greet; whoever takes it closes it. Raises WireError."""
        endpoint, session.hidden = session.endpoint, recorder.hidden
        driver = await self._connected(endpoint, recorder)
        with contextlib.ExitStack() as owner:
            owner.callback(driver.stream.close)
            try:
                await _secured(driver, endpoint)
                await driver.run(TALKS[endpoint.protocol].greet(session))
            except WireError as error:
                if error.reason is Reason.TLS_CERTIFICATE:
                    error.tls = await self._chain(endpoint, recorder, error.tls or TlsFacts())
                raise
            owner.pop_all()
        driver.reply_seconds = self.settings.reply_seconds
        return Connection(driver, session)

    async def _connected(self, endpoint: Endpoint, recorder: Recorder, context: ssl.SSLContext | None = None) -> Driver:
        stream: Stream = await dial(self.settings, self.dns, (endpoint.host, endpoint.port), recorder)
        return Driver(stream, recorder, context or self.context, endpoint.host, self.settings.before_login)

    async def _chain(self, endpoint: Endpoint, recorder: Recorder, failed: TlsFacts) -> TlsFacts:
        """Look at the certificates of a server that cannot be trusted; nothing but the greeting is said to it."""
        quiet = Recorder(recorder.subject)
        try:
            async with asyncio.timeout(self.settings.connect_seconds):
                seen = await _seen(await self._connected(endpoint, quiet, tls.looking()), endpoint)
        except (WireError, TimeoutError):
            return failed
        step = recorder.step("chain", note="unverified")
        note_tls(step, seen)
        step.end(Outcome.OK, certificates=len(seen.chain))
        return TlsFacts(
            version=seen.version,
            cipher=seen.cipher,
            group=seen.group,
            verify_code=failed.verify_code,
            verify_message=failed.verify_message,
            chain=seen.chain,
        )


class Guest(World):
    """A world in the house of another, which has to outlive it."""

    def __init__(self, host: World) -> None:
        super().__init__(host.settings)
        self.dns, self.http, self.context = host.dns, host.http, host.context

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self._ready.close()


async def _seen(driver: Driver, endpoint: Endpoint) -> TlsFacts:
    """What a handshake shows, and no word further."""
    with contextlib.closing(driver.stream):
        await _secured(driver, endpoint)
        if endpoint.security is Security.STARTTLS:
            await driver.run(until_tls(endpoint))
        return driver.stream.tls or TlsFacts()


async def _secured(driver: Driver, endpoint: Endpoint) -> None:
    """TLS from the first byte, if the endpoint has it (RFC 8314 §3)."""
    if endpoint.security is not Security.TLS:
        return
    with driver.recorder.step(Stage.TLS, name=endpoint.host) as step:
        try:
            async with asyncio.timeout(driver.reply_seconds):
                facts = await driver.stream.start_tls(driver.context, driver.server_name)
        except TimeoutError as error:
            raise WireError(Outcome.TIMEOUT, Reason.READ_TIMEOUT, stage=Stage.TLS) from error
        except WireError as error:
            error.stage = Stage.TLS
            raise
        note_tls(step, facts)


def until_tls(endpoint: Endpoint) -> Talk[None]:
    """The STARTTLS conversation up to the handshake and not a word further."""
    talk = TALKS[endpoint.protocol].greet(Session(endpoint))
    answer: bytes | None = None
    while True:
        effect = talk.send(answer)
        answer = yield effect
        if isinstance(effect, StartTls):
            talk.close()
            return
