"""A scripted submission server (RFC 5321, RFC 4954)."""

from __future__ import annotations

from mailwright.lab.faults.server import Server, decoded


class Smtp(Server):
    """Submission."""

    protocol, go_ahead, refused = "smtp", "220 2.0.0 Ready to start TLS", "535 5.7.8 Error: authentication failed:"

    def greeting(self) -> str:
        """RFC 5321 §4.2."""
        return f"220 {self.play.banner or 'mail.example.test ESMTP'}"

    def injected(self) -> str:
        """A reply to nothing."""
        return "250 2.0.0 still in the clear"

    async def ask(self, text: str) -> None:
        """RFC 4954 §4."""
        await self.tell(f"334 {text}")

    async def command(self, line: bytes) -> bool:
        """One command."""
        name, _, rest = line.decode("utf-8", "replace").partition(" ")
        name = name.upper()
        if name == "QUIT":
            await self.tell("221 2.0.0 Bye")
            return False
        if name in ("EHLO", "HELO"):
            await self.hello()
        elif name == "STARTTLS" and self.upgrades and self.play.starttls != "refused":
            await self.upgrade()
        elif name == "AUTH":
            return await self.sign_in(rest)
        elif name == "MAIL":
            return await self.mail()
        elif name in ("RSET", "NOOP"):
            await self.tell("250 2.0.0 Ok")
        else:
            await self.tell("502 5.5.2 Error: command not recognized")
        return True

    async def hello(self) -> None:
        """EHLO (RFC 5321 §4.1.1.1)."""
        words = [self.play.banner.partition(" ")[0] or "mail.example.test", "PIPELINING", "SIZE 26214400"]
        words += self.play.capabilities.split()
        words += ["STARTTLS"] if self.upgrades else []
        words += [f"AUTH {' '.join(self.offers)}"] if self.offers else []
        words.append("8BITMIME")
        await self.tell(*(f"250-{word}" for word in words[:-1]), f"250 {words[-1]}")

    async def sign_in(self, rest: str) -> bool:
        """AUTH (RFC 4954)."""
        mechanism, _, first = rest.partition(" ")
        if not self.offers:
            await self.tell("503 5.5.1 Error: authentication not enabled")
            return True
        if mechanism.upper() not in self.offers:
            await self.tell("504 5.5.4 Unrecognized authentication type")
            return True
        good = await self.sasl(mechanism.upper(), decoded(first))
        await self.stage("login")
        if good:
            await self.tell("235 2.7.0 Authentication successful")
            return True
        said = self.play.login or self.play.refusal or self.refused
        await self.say(said)
        return not said.startswith("421")

    async def mail(self) -> bool:
        """MAIL FROM."""
        await self.stage("after")
        if not self.user and self.play.mechanisms:
            await self.tell("530 5.7.0 Authentication required")
            return True
        if not self.play.sender:
            await self.tell("250 2.1.0 Ok")
            return True
        await self.say(self.play.sender)
        return not self.play.sender.startswith("421")
