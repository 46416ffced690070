"""The embedded IMAP server (pymap) that stands in for Dovecot, run as a process (main).

Same addresses, ports, certificates and mechanisms, the same Maildirs.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from argparse import Namespace
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.maildir import Config, FilterSet, Session
from pymap.backend.maildir.layout import MaildirLayout
from pymap.backend.maildir.mailbox import MailboxSet, Maildir
from pymap.concurrent import Subsystem
from pymap.context import connection_exit, current_command
from pymap.exceptions import InvalidAuth
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.parsing.command.nonauth import StartTLSCommand
from pymap.parsing.response import ResponseContinuation, ResponseOk
from pysasl import SASLAuth
from pysasl.creds.plain import PlainCredentials
from pysasl.mechanism import ServerMechanism

from mailwright.lab import mailboxes, plan, sasl
from mailwright.lab.state import load
from mailwright.lab.submission import tls, users

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
    from ssl import SSLContext

    from pymap.interfaces.login import LoginInterface
    from pymap.parsing.response import Response
    from pysasl.mechanism import ChallengeResponse

    from mailwright.lab.state import Lab


class _Offer(ServerMechanism):
    """The name of a mechanism; the conversation itself is one of ours (see _Connection)."""

    def server_attempt(self, responses: Sequence[ChallengeResponse]) -> NoReturn:
        """Never called."""
        raise NotImplementedError


class _Proven(PlainCredentials):
    """Somebody whom a conversation of ours already believed."""


class _Settings(Config):
    """One instance's mechanisms, offered once the connection is safe."""

    mechanisms: tuple[str, ...] = ()

    @property
    def tls_auth(self) -> SASLAuth:
        """What is offered after TLS."""
        return SASLAuth([_Offer(name.upper()) for name in self.mechanisms])


class _Identity:
    """A user of the lab: opens the mailbox."""

    roles: frozenset[str] = frozenset()

    def __init__(self, name: str, home: Path, config: _Settings) -> None:
        self.name = name
        self.home = home
        self.config = config

    @asynccontextmanager
    async def new_session(self) -> AsyncIterator[Session]:
        """The account's Maildir."""
        path = str(self.home / "Maildir")
        layout = MaildirLayout.get(path, "++", Maildir)
        yield Session(self.name, self.config, MailboxSet(Maildir(path, create=False), layout), FilterSet(path))


class _Login:
    """Checks what LOGIN says; what AUTHENTICATE says was checked before."""

    def __init__(self, lab: Lab, instance: str, config: _Settings) -> None:
        self.users = users(lab, instance)
        self.config = config
        self.homes = {
            account.username.lower(): mailboxes.home(lab.dir / "mail", account)
            for account in plan.instance_accounts(instance)
        }

    async def authenticate(self, credentials: PlainCredentials) -> _Identity:
        """The user; raises InvalidAuth."""
        name: str = credentials.authcid.lower()
        if not isinstance(credentials, _Proven) and self.users.check(name, credentials._secret) is None:  # noqa: SLF001  # no accessor
            raise InvalidAuth
        return _Identity(name, self.homes[name], self.config)

    async def authorize(self, authenticated: _Identity, authzid: str) -> _Identity:
        """Nobody may act for another."""
        if authzid.lower() != authenticated.name:
            raise InvalidAuth
        return authenticated


class _Elsewhere(SocketInfoLocal):
    """pymap offers everything without TLS to its own machine; this lab is on one machine only."""

    @property
    def from_localhost(self) -> bool:
        """Never."""
        return False


class _Connection(IMAPConnection):
    """AUTHENTICATE by the conversations in `sasl`."""

    def __init__(self, login: _Login, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(login.config.commands, login.config, reader, writer, _Elsewhere(writer))
        self.login = login

    async def write_response(self, resp: Response) -> None:
        """Before the OK to STARTTLS, stop reading: a handshake that came early would be taken for a command."""
        if isinstance(current_command.get(None), StartTLSCommand) and isinstance(resp, ResponseOk):
            cast("asyncio.Transport", self.writer.transport).pause_reading()
        await super().write_response(resp)

    async def authenticate(self, state: ConnectionState, mech_name: bytes) -> _Proven | None:
        """One challenge and response after the other; raises InvalidAuth."""
        if state.auth.get_server(mech_name) is None:
            return None
        conversation = sasl.MECHANISMS[mech_name.decode().lower()](self.login.users)
        challenge = next(conversation)
        while True:
            await self.write_response(ResponseContinuation(base64.b64encode(challenge)))
            line = bytes(await self.read_continuation(0)).rstrip(b"\r\n")
            try:
                challenge = conversation.send(base64.b64decode(line, validate=True))
            except StopIteration as done:
                if done.value is None:
                    raise InvalidAuth from None
                return _Proven(done.value, "")
            except binascii.Error as error:
                raise InvalidAuth from error


def _config(lab: Lab, instance: plan.Instance, context: SSLContext, *, first: bool) -> _Settings:
    config = _Settings(
        Namespace(passlib_cfg=None, proxy_protocol=None),
        host=None,
        port=0,
        base_dir=str(lab.dir / "mail"),
        layout="++",
        colon=None,
        subsystem=Subsystem.for_executor(ThreadPoolExecutor(4)),
        ssl_context=context,
        tls_enabled=not first,
        invalid_user_sleep=0,
    )
    config.mechanisms = instance.mechanisms
    return config


def _answer(login: _Login) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        login.config.apply_context()
        async with AsyncExitStack() as stack:
            connection_exit.set(stack)
            connection = stack.enter_context(closing(_Connection(login, reader, writer)))
            # The parts of that interface which a session asks for.
            state = ConnectionState(cast("LoginInterface", login), login.config)
            await connection.run(state)

    return answer


async def _serve(lab: Lab) -> None:
    servers = []
    for site in lab.network.sites():
        instance = next(entry for entry in plan.INSTANCES if entry.name == site.instance)
        context = tls(lab, instance.name)
        for port in set(plan.IMAP_PORTS) & set(site.ports):
            first = port == 993
            login = _Login(lab, instance.name, _config(lab, instance, context, first=first))
            where = (lab.network.address(site.octet), lab.network.port(site, port))
            servers.append(await asyncio.start_server(_answer(login), *where, ssl=context if first else None))
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main(dir: str) -> None:
    """Serve the lab of that folder until ended."""
    lab = load(Path(dir))
    if lab is not None:
        asyncio.run(_serve(lab))
