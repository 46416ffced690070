"""The world, opened: DNS, HTTP and connections that share one set of settings."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from types import ModuleType, TracebackType
from typing import Self, TypeVar

from mailwright.core import Endpoint, Outcome, Probe, Protocol, Reason, Security, Stage, TlsFacts
from mailwright.wire import imap, pop3, smtp, tls
from mailwright.wire.dial import dial
from mailwright.wire.dns import Dns
from mailwright.wire.driver import Driver, note_tls
from mailwright.wire.errors import WireError
from mailwright.wire.http import Http
from mailwright.wire.record import Recorder
from mailwright.wire.session import Session
from mailwright.wire.settings import Settings
from mailwright.wire.stream import Stream
from mailwright.wire.talk import StartTls, Talk

T = TypeVar("T")
TALKS: dict[Protocol, ModuleType] = {Protocol.IMAP: imap, Protocol.POP3: pop3, Protocol.SMTP: smtp}


class Connection:
    """A greeted service: run conversations on it, then leave."""

    def __init__(self, driver: Driver, session: Session) -> None:
        self.driver = driver
        self.session = session

    @property
    def tls(self) -> TlsFacts | None:
        """What the handshake negotiated; None without TLS."""
        return self.driver.stream.tls

    async def run(self, talk: Talk[T]) -> T:
        """One conversation. Raises WireError."""
        return await self.driver.run(talk)


class World:
    """Use as an async context manager. Raises BadInput("input.ca") for an unreadable CA file."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.context = tls.verifying(self.settings.ca_file)
        self.dns = Dns(self.settings)
        self.http = Http(self.settings, self.dns)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.http.close()
        await self.dns.close()

    @contextlib.asynccontextmanager
    async def service(self, endpoint: Endpoint, session: Session, recorder: Recorder) -> AsyncIterator[Connection]:
        """Connect, secure, greet. Raises WireError; a bad certificate brings the chain along."""
        session.hidden = recorder.hidden
        async with self._connected(endpoint, recorder, self.context) as driver:
            try:
                await _secured(driver, endpoint)
                await driver.run(TALKS[endpoint.protocol].greet(session))
            except WireError as error:
                if error.reason is Reason.TLS_CERTIFICATE:
                    error.tls = await self._chain(endpoint, recorder, error.tls or TlsFacts())
                raise
            connection = Connection(driver, session)
            yield connection
            with contextlib.suppress(WireError):
                await driver.run(TALKS[endpoint.protocol].leave(session))

    async def probe(self, endpoint: Endpoint, recorder: Recorder) -> Probe:
        """Does it speak the protocol over good TLS? No sign-in, no error raised."""
        session = Session(endpoint)
        try:
            async with self.service(endpoint, session, recorder) as connection:
                tls, offered = connection.tls, session.capabilities
            return Probe(endpoint, Outcome.OK, tls=tls, capabilities=offered, trace=recorder.trace())
        except WireError as error:
            stage = error.stage or Stage.RESOLVE
            return Probe(endpoint, error.outcome, error.reason, error.tls, stage=stage, trace=recorder.trace())

    @contextlib.asynccontextmanager
    async def _connected(
        self, endpoint: Endpoint, recorder: Recorder, context: ssl.SSLContext
    ) -> AsyncIterator[Driver]:
        stream: Stream = await dial(self.settings, self.dns, (endpoint.host, endpoint.port), recorder)
        try:
            yield Driver(stream, recorder, context, endpoint.host, self.settings.reply_seconds)
        finally:
            stream.close()

    async def _chain(self, endpoint: Endpoint, recorder: Recorder, failed: TlsFacts) -> TlsFacts:
        """Look at the certificates of a server that cannot be trusted; nothing but the greeting is said to it."""
        quiet = Recorder(recorder.subject)
        try:
            async with (
                asyncio.timeout(self.settings.connect_seconds),
                self._connected(endpoint, quiet, tls.looking()) as driver,
            ):
                await _secured(driver, endpoint)
                if endpoint.security is Security.STARTTLS:
                    await driver.run(_until_tls(endpoint))
                seen = driver.stream.tls or TlsFacts()
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


def _until_tls(endpoint: Endpoint) -> Talk[None]:
    """The STARTTLS conversation up to the handshake and not a word further."""
    talk = TALKS[endpoint.protocol].greet(Session(endpoint))
    answer: bytes | None = None
    while True:
        effect = talk.send(answer)
        answer = yield effect
        if isinstance(effect, StartTls):
            talk.close()
            return
