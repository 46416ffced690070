"""A scripted POP3 server (RFC 1939)."""

from __future__ import annotations

from mailwright.lab.faults.server import COUNT, SIZE, Server, decoded


class Pop3(Server):
    """POP3."""

    protocol, go_ahead, refused = "pop3", "+OK Begin TLS negotiation now.", "-ERR [AUTH] Authentication failed."
    name = ""

    def greeting(self) -> str:
        """RFC 1939 §4."""
        return f"+OK {self.play.banner or 'POP3 server ready.'}"

    def injected(self) -> str:
        """A second status line."""
        return "+OK still in the clear"

    async def ask(self, text: str) -> None:
        """RFC 5034 §4."""
        await self.tell(f"+ {text}")

    async def command(self, line: bytes) -> bool:
        """One command."""
        name, _, rest = line.decode("utf-8", "replace").partition(" ")
        name = name.upper()
        if name == "CAPA":
            lines = ["UIDL", "TOP", "RESP-CODES", *(["STLS"] if self.upgrades else [])]
            lines += ["USER", f"SASL {' '.join(self.offers)}"] if self.offers else []
            await self.tell("+OK", *lines, ".")
        elif name == "STLS" and self.upgrades and self.play.starttls != "refused":
            await self.upgrade()
        elif name == "QUIT":
            await self.tell("+OK bye")
            return False
        elif name in ("USER", "PASS", "AUTH"):
            await self.sign_in(name, rest)
        elif not self.user:
            await self.tell(f"-ERR not now: {name[:20]}")
        else:
            await self.mailbox(name)
        return True

    async def sign_in(self, name: str, rest: str) -> None:
        """USER and PASS (RFC 1939 §7), AUTH (RFC 5034)."""
        if not self.offers:
            await self.tell("-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.")
            return
        if name == "USER":
            self.name = rest
            await self.tell("+OK")
            return
        if name == "PASS":
            good = self.opened(self.name.encode(), rest.encode())
        else:
            mechanism, _, first = rest.partition(" ")
            good = await self.sasl(mechanism.upper(), decoded(first))
        await self.stage("login")
        if good:
            await self.tell("+OK Logged in.")
        else:
            await self.say(self.play.login or self.play.refusal or self.refused)

    async def mailbox(self, name: str) -> None:
        """STAT and its like."""
        await self.stage("after")
        if self.play.after:
            await self.say(self.play.after)
        elif name in ("LIST", "UIDL"):
            await self.tell("+OK", *(f"{number} {SIZE}" for number in range(1, COUNT + 1)), ".")
        else:
            await self.tell(f"+OK {COUNT} {COUNT * SIZE}")
