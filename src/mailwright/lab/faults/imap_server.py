"""A scripted IMAP server (RFC 3501)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailwright.lab.faults.server import COUNT, Server, decoded

if TYPE_CHECKING:
    import ssl

    from mailwright.lab.faults.channel import Channel
    from mailwright.lab.faults.play import Play

_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\{\d+\+?\})\Z|([^\s"]+)')


class Imap(Server):
    """IMAP4rev1."""

    protocol, go_ahead = "imap", "OK Begin TLS negotiation now."
    refused = "NO [AUTHENTICATIONFAILED] Authentication failed."

    def __init__(self, channel: Channel, play: Play, context: ssl.SSLContext | None) -> None:
        super().__init__(channel, play, context)
        self.tag = "*"

    def greeting(self) -> str:
        """With the capabilities, as most servers do."""
        return f"* OK [CAPABILITY {self.capability()}] {self.play.banner or 'IMAP server ready.'}"

    def capability(self) -> str:
        """What it can do now."""
        words = [self.play.capabilities or "IMAP4rev1 ID NAMESPACE SASL-IR"]
        words += ["STARTTLS"] if self.upgrades else []
        words += [f"AUTH={name}" for name in self.offers] or ["LOGINDISABLED"]
        return " ".join(words)

    def injected(self) -> str:
        """An untagged line."""
        return "* OK still in the clear"

    async def ask(self, text: str) -> None:
        """RFC 3501 §7.5."""
        await self.tell(f"+ {text}")

    async def upgrade(self) -> None:
        """The go-ahead is tagged."""
        injected = f"\r\n{self.injected()}" if self.play.starttls == "injected" else ""
        if self.context is not None:
            await self.tell(f"{self.tag} {self.go_ahead}{injected}")
            await self.channel.start_tls(self.context)

    async def words(self, line: bytes) -> list[str]:
        """A command's words, quoted strings opened and literals read (RFC 3501 §4.3)."""
        found: list[bytes] = []
        while True:
            literal = b""
            for quoted, size, atom in _WORD.findall(line):
                literal = size
                found += [] if size else [re.sub(rb"\\(.)", rb"\1", quoted) if quoted or not atom else atom]
            if not literal:
                return [word.decode("utf-8", "replace") for word in found]
            if not literal.endswith(b"+}"):
                await self.tell("+ go ahead")
            found.append(await self.channel.exactly(int(literal.strip(b"{+}"))))
            line = await self.channel.line()

    async def command(self, line: bytes) -> bool:
        """One command."""
        self.tag, name, *rest = [*await self.words(line), "", ""]
        handler = {"LOGIN": self.login, "AUTHENTICATE": self.authenticate}.get(name.upper())
        if handler is not None:
            return await handler(rest)
        return await self.simple(name.upper())

    async def simple(self, name: str) -> bool:
        """What needs no sign-in; the rest is about the mailbox."""
        if name == "CAPABILITY":
            await self.tell(f"* CAPABILITY {self.capability()}", f"{self.tag} OK done")
        elif name == "STARTTLS" and self.upgrades and self.play.starttls != "refused":
            await self.upgrade()
        elif name == "LOGOUT":
            await self.tell("* BYE bye", f"{self.tag} OK bye")
            return False
        elif name in ("NOOP", "ID"):
            self.identified |= name == "ID"
            await self.tell(*(['* ID ("name" "imap")'] if name == "ID" else []), f"{self.tag} OK done")
        elif not self.user:
            await self.tell(f"{self.tag} BAD Not now: {name[:20]}")
        else:
            return await self.mailbox(name)
        return True

    async def login(self, rest: list[str]) -> bool:
        """LOGIN (RFC 3501 §6.2.3)."""
        return await self.signed(self.opened(rest[0].encode(), rest[1].encode()), allowed=bool(self.offers))

    async def authenticate(self, rest: list[str]) -> bool:
        """AUTHENTICATE (RFC 3501 §6.2.2, RFC 4959)."""
        mechanism = rest[0].upper()
        if mechanism not in self.offers:
            await self.tell(f"{self.tag} NO [CANNOT] Unsupported authentication mechanism.")
            return True
        return await self.signed(await self.sasl(mechanism, decoded(rest[1])), allowed=True)

    async def signed(self, good: bool, *, allowed: bool) -> bool:  # noqa: FBT001  # what sasl() found
        """Answer a sign-in; False after a BYE."""
        if not allowed:
            self.user = ""
            await self.tell(f"{self.tag} NO [PRIVACYREQUIRED] Cleartext authentication disallowed on non-secure "
                            "(SSL/TLS) connections.")  # fmt: skip
            return True
        await self.stage("login")
        if good:
            await self.tell(f"{self.tag} OK [CAPABILITY {self.capability()}] Logged in")
            return True
        said = self.play.login or self.play.refusal or self.refused
        await self.say(said, self.tag)
        return "BYE" not in said

    async def mailbox(self, name: str) -> bool:
        """SELECT and its like: answered well, or as the play says."""
        await self.stage("after")
        if name != "ENABLE" and ((self.play.wants_id and not self.identified) or self.play.after):
            said = self.play.after or "NO Unsafe Login"
            await self.say(said.replace("{command}", name), self.tag)
            return "BYE" not in said
        if name in ("SELECT", "EXAMINE"):
            lines = [f"* {COUNT} EXISTS", "* 0 RECENT", "* FLAGS (\\Seen)", "* OK [UIDVALIDITY 1] ok"]
            await self.tell(*lines, f"{self.tag} OK [READ-ONLY] done")
            return True
        lines = {"LIST": ['* LIST (\\HasNoChildren) "/" INBOX'], "NAMESPACE": ['* NAMESPACE (("" "/")) NIL NIL'],
                 "STATUS": [f"* STATUS INBOX (MESSAGES {COUNT})"]}.get(name, [])  # fmt: skip
        await self.tell(*lines, f"{self.tag} OK done")
        return True
