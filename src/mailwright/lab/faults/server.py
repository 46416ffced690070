"""What the scripted IMAP, POP3 and SMTP servers have in common: sign-in, STARTTLS, falling silent."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
from typing import TYPE_CHECKING, ClassVar

from mailwright.lab import replay

if TYPE_CHECKING:
    import ssl

    from mailwright.lab.faults.channel import Channel
    from mailwright.lab.faults.play import Play

_WHOLE = 86_400.0
COUNT, SIZE = 3, 1200
"""Messages in every mailbox, and the bytes of each."""


class Server:
    """One connection of one of the three."""

    protocol: ClassVar[str]
    go_ahead: ClassVar[str]
    refused: ClassVar[str]

    def __init__(self, channel: Channel, play: Play, context: ssl.SSLContext | None) -> None:
        self.channel, self.play, self.context = channel, play, context
        self.user = ""
        self.identified = False

    async def run(self) -> None:
        """Greet, then answer commands until one side leaves. Raises Gone."""
        await self.stage("greeting")
        if self.play.greeting:
            await self.say(self.play.greeting)
            return
        await self.tell(self.greeting())
        while await self.command(await self.channel.line()):
            pass

    def greeting(self) -> str:
        """The usual first line."""
        raise NotImplementedError

    async def command(self, line: bytes) -> bool:
        """Answer one command; False: that was the end."""
        raise NotImplementedError

    async def stage(self, name: str) -> None:
        """What happens before an answer at that stage: a delay, or nothing ever again."""
        if self.play.hangs == name:
            await asyncio.sleep(_WHOLE)
        if self.play.delay:
            await asyncio.sleep(self.play.delay)

    async def tell(self, *lines: str) -> None:
        """Lines of our own."""
        await self.channel.send("".join(f"{line}\r\n" for line in lines).encode())

    async def say(self, text: str, tag: str = "") -> None:
        """A reply of the table, as a server of this protocol sends it."""
        await self.channel.send(replay.spoken(text, self.protocol, tag=tag, encoding=self.play.encoding))

    @property
    def offers(self) -> tuple[str, ...]:
        """The sign-in mechanisms that may be used now."""
        mechanisms = ("XOAUTH2", "OAUTHBEARER") if self.play.tokens else tuple(self.play.mechanisms.split())
        return mechanisms if self.channel.secure or not self.play.tls_first else ()

    @property
    def upgrades(self) -> bool:
        """Whether STARTTLS is on offer."""
        return not self.channel.secure and self.context is not None and self.play.starttls != "missing"

    async def upgrade(self) -> None:
        """STARTTLS, with something in the clear glued to the go-ahead if the play is that."""
        if self.context is None:
            return
        injected = f"{self.go_ahead}\r\n{self.injected()}" if self.play.starttls == "injected" else self.go_ahead
        await self.tell(injected)
        await self.channel.start_tls(self.context)

    def injected(self) -> str:
        """A harmless line that should not be there (CVE-2021-38371 and its like)."""
        raise NotImplementedError

    def knows(self, user: str, password: str) -> bool:
        """Whether those two open a mailbox."""
        return (user, password) in self.play.users

    async def sasl(self, mechanism: str, first: bytes | None) -> bool:
        """The rest of a SASL exchange; whether it opens a mailbox. Raises Gone."""
        if mechanism in ("XOAUTH2", "OAUTHBEARER"):
            return await self.token(first if first is not None else await self.challenge(b""))
        if mechanism == "LOGIN":
            user = first if first is not None else await self.challenge(b"Username:")
            return self.opened(user, await self.challenge(b"Password:"))
        message = first if first is not None else await self.challenge(b"")
        _, user, password = [*message.split(b"\0"), b"", b"", b""][:3]
        return self.opened(user, password)

    async def token(self, message: bytes) -> bool:
        """XOAUTH2 and OAUTHBEARER (RFC 7628): a refused token gets a challenge first."""
        named = re.search(rb"user=([^\x01]*)|a=([^,]*)", message)
        carried = re.search(rb"auth=Bearer ([^\x01]*)", message)
        user = (named[1] or named[2]) if named else b""
        if self.opened(user, carried[1] if carried else b""):
            return True
        await self.challenge(b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}')
        return False

    def opened(self, user: bytes, password: bytes) -> bool:
        """Note who it is."""
        name, word = user.decode("utf-8", "replace"), password.decode("utf-8", "replace")
        good = self.knows(name, word) and not self.play.login
        self.user = name if good else ""
        return good

    async def challenge(self, text: bytes) -> bytes:
        """Ask, and read the answer. Raises Gone."""
        await self.ask(base64.b64encode(text).decode())
        try:
            return base64.b64decode(await self.channel.line(), validate=True)
        except binascii.Error:
            return b""

    async def ask(self, text: str) -> None:
        """A continuation line of this protocol."""
        raise NotImplementedError


def decoded(text: str) -> bytes | None:
    """An initial response (RFC 4422 §3): None without one, empty for "="."""
    if not text:
        return None
    try:
        return b"" if text == "=" else base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
