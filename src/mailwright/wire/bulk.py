"""Signing in for bulk: the same conversations as everywhere, and then the connection as a Pipe."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from typing import TypeVar

from mailwright.core import Auth, Endpoint, Outcome, Reason, Reply, Secret, Stage
from mailwright.wire import imap
from mailwright.wire.connection import Connection
from mailwright.wire.errors import WireError, refused
from mailwright.wire.imap_parse import Response, is_text, literal_size, parse
from mailwright.wire.pipe import Pipe
from mailwright.wire.record import Recorder
from mailwright.wire.session import Session
from mailwright.wire.settings import Settings
from mailwright.wire.talk import Talk
from mailwright.wire.world import World

T = TypeVar("T")
READ_SECONDS = 300.0
MAX_LITERAL = 1024 * 1024
ALL_MECHANISMS = tuple(Auth)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signs in where. `authzid`: whose mailbox it is to be, if not one's own (RFC 4616 §2)."""

    endpoint: Endpoint
    username: str
    secret: Secret = field(repr=False)
    token: bool = False
    authzid: str = ""


class Line:
    """An IMAP connection in blocking use: commands by conversation, and whatever comes read as it comes."""

    def __init__(self, pipe: Pipe, session: Session) -> None:
        self.pipe = pipe
        self.session = session

    def run(self, talk: Talk[T]) -> T:
        """One conversation. Raises WireError."""
        return self.pipe.run(talk)

    def command(self, text: str) -> tuple[Response, list[Response]]:
        """One command and what came back. Raises WireError(NO) when it is refused."""
        answer, before = self.run(imap.command(self.session, text))
        if answer.kind != "OK":
            raise refused(Stage.SELECT, self.session.said(answer.reply()))
        return answer, before

    def ask(self, text: str) -> str:
        """Send a command and give its tag; the answer is for who reads it."""
        tag = self.session.tag()
        self.pipe.write(f"{tag} {text}\r\n".encode())
        self.pipe.flush()
        return tag

    def whole(self, line: bytes) -> bytes:
        """The response that begins with `line`, its literals read in. Raises WireError(TOO_MUCH)."""
        if is_text(line):
            return line
        whole = bytearray(line)
        while (size := literal_size(line)) is not None:
            if len(whole) + size > MAX_LITERAL:
                raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
            whole += b"\r\n" + self.pipe.take(size)
            line = self.pipe.line()
            whole += line
        return bytes(whole)

    def response(self) -> Response:
        """The next response, read in. Raises WireError."""
        return parse(self.whole(self.pipe.line()))

    def compress(self) -> bool:
        """DEFLATE both ways, if the server has it (RFC 4978); False when it has not."""
        if not self.session.has("COMPRESS=DEFLATE"):
            return False
        answer, _ = self.run(imap.command(self.session, "COMPRESS DEFLATE"))
        if answer.kind == "OK":
            self.pipe.compress()
        return answer.kind == "OK"

    def close(self) -> None:
        """Say good-bye and drop it."""
        with contextlib.suppress(WireError):
            self.run(imap.leave(self.session))
        self.pipe.close(sent=True)


def open_line(settings: Settings, who: SignIn, recorder: Recorder, *, context: ssl.SSLContext | None = None) -> Line:
    """Connect, secure, greet and sign in. Raises WireError; WireError(NO, LOGIN) when that is refused."""
    return asyncio.run(_opened(settings, who, recorder, context))


async def _opened(settings: Settings, who: SignIn, recorder: Recorder, context: ssl.SSLContext | None) -> Line:
    world = World(settings)
    if context is not None:
        world.context = context
    session = Session(who.endpoint)
    try:
        connection = await world.greeted(session, recorder)
        with contextlib.ExitStack() as owner:
            owner.callback(connection.close)
            await _signed_in(connection, who)
            owner.pop_all()
        return Line(Pipe(connection.driver.stream, seconds=READ_SECONDS), session)
    finally:
        await world.http.close()
        await world.dns.close()


async def _signed_in(connection: Connection, who: SignIn) -> None:
    session, before = connection.session, connection.session.capabilities
    talk = imap.sign_in(session, who.username, who.secret, ALL_MECHANISMS, token=who.token, authzid=who.authzid)
    tried = await connection.run(talk)
    if tried.outcome is not Outcome.OK:
        raise refused(Stage.LOGIN, tried.reply or Reply("NO", "", ""))
    if session.has("ID"):
        # NetEase opens no mailbox for a program that has not said its name (docs/quirks.md "netease-id").
        await connection.run(imap.command(session, f"ID {imap.IDENTITY}"))
    # Only some servers say with their "yes" what they can do for those who have signed in.
    if session.capabilities is before:
        await connection.run(imap.capability(session))
