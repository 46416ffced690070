"""A greeted service, and those that stand ready: made while settings are looked for, or left from a look."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import TypeVar

from mailwright.core import Endpoint, Protocol, TlsFacts
from mailwright.wire import imap, pop3, smtp
from mailwright.wire.driver import Driver
from mailwright.wire.errors import WireError
from mailwright.wire.record import Recorder
from mailwright.wire.session import Session
from mailwright.wire.talk import Talk

T = TypeVar("T")
TALKS: dict[Protocol, ModuleType] = {Protocol.IMAP: imap, Protocol.POP3: pop3, Protocol.SMTP: smtp}
MOST_READY = 6


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

    async def leave(self) -> None:
        """Say good-bye."""
        with contextlib.suppress(WireError):
            await self.driver.run(TALKS[self.session.endpoint.protocol].leave(self.session))

    def close(self) -> None:
        """Drop it."""
        self.driver.stream.close()

    def hand_over(self, session: Session, recorder: Recorder) -> None:
        """What was learned and written so far belongs to `session` and `recorder`, and what follows too."""
        recorder.adopt(self.driver.recorder)
        session.go_on(self.session)
        session.hidden, self.driver.recorder, self.session = recorder.hidden, recorder, session


class Ready:
    """Connections nobody uses yet, one for an endpoint. `greet` makes one; it may raise WireError."""

    def __init__(self, greet: Callable[[Session, Recorder], Awaitable[Connection]]) -> None:
        self._greet = greet
        self._waiting: dict[Endpoint, asyncio.Task[Connection] | Connection] = {}

    def begin(self, endpoint: Endpoint) -> None:
        """Connect and greet, while others are still being waited for."""
        if endpoint not in self._waiting and len(self._waiting) < MOST_READY:
            self._waiting[endpoint] = asyncio.ensure_future(self._made(endpoint))

    async def _made(self, endpoint: Endpoint) -> Connection:
        return await self._greet(Session(endpoint), Recorder(str(endpoint)))

    def keep(self, connection: Connection) -> None:
        """Whoever comes next may go on with it."""
        self._waiting[connection.session.endpoint] = connection

    async def take(self, session: Session, recorder: Recorder) -> Connection | None:
        """The one for this endpoint; None when there is none, it could not be made, or the server has left it."""
        found = self._waiting.pop(session.endpoint, None)
        if isinstance(found, asyncio.Task):
            try:
                found = await found
            except WireError:
                return None
        if found is None:
            return None
        if not found.driver.stream.idle():
            found.close()
            return None
        found.hand_over(session, recorder)
        return found

    async def close(self) -> None:
        """Good-bye to those nobody needed."""
        for found in self._waiting.values():
            if isinstance(found, asyncio.Task):
                found.cancel()
        made = [await _outcome(found) for found in self._waiting.values()]
        for connection in filter(None, made):
            await connection.leave()
            connection.close()
        self._waiting.clear()


async def _outcome(found: asyncio.Task[Connection] | Connection) -> Connection | None:
    """What became of one that was begun."""
    if isinstance(found, Connection):
        return found
    await asyncio.wait([found])
    return None if found.cancelled() or found.exception() else found.result()
