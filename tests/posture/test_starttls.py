"""Behind STARTTLS: never a word before the greeting, nothing of TLS before the yes, and old servers are seen too."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from mailwright.core import Outcome, Protocol, TlsVersion
from tests.posture.servers import Byhand, Chains, look, serving, trusted

QUIET = 0.03
GREETINGS = {
    Protocol.IMAP: b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n",
    Protocol.POP3: b"+OK hi\r\n",
    Protocol.SMTP: b"220 mx ESMTP\r\n",
}
CAPABILITIES = {
    b"CAPA": b"+OK\r\nSTLS\r\n.\r\n",
    b"EHLO": b"250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n",
}


@dataclass
class Door:
    """A server that waits before each answer, and notes what comes before it was given."""

    protocol: Protocol
    behind: Byhand
    early: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError):
            if await self._let_in(reader, writer):
                await self.behind(reader, writer)

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await self._says(reader, writer, GREETINGS[self.protocol])
        while line := (await reader.readline()).rstrip():
            tag, _, command = line.partition(b" ") if self.protocol is Protocol.IMAP else (b"", b"", line)
            self.asked.append(command)
            if command in (b"STARTTLS", b"STLS"):
                yes = {Protocol.IMAP: tag + b" OK go\r\n", Protocol.POP3: b"+OK go\r\n"}
                await self._says(reader, writer, yes.get(self.protocol, b"220 go\r\n"))
                return True
            await self._says(reader, writer, CAPABILITIES[command[:4]])
        return False

    async def _says(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: bytes) -> None:
        with contextlib.suppress(TimeoutError):
            if early := await asyncio.wait_for(reader.read(100), QUIET):
                self.early.append(early)
        writer.write(text)
        await writer.drain()


async def test_every_answer_is_waited_for(chains: Chains) -> None:
    """On no connection anything comes before the greeting, or with STARTTLS; what the server can is asked once."""
    for protocol in Protocol:
        door = Door(protocol, Byhand((0x303,), (0xC02F, 0xC030, 0x002F), (chains.leaf().der,), client_chooses=True))
        async with serving(door) as port:
            seen = await look(chains, port, protocol)
        assert seen.outcome is Outcome.OK
        assert not seen.partial
        assert len(seen.version(TlsVersion.TLS12).ciphers) == 3
        assert door.early == []
        assert sum(command[:4] in CAPABILITIES for command in door.asked) == (protocol is not Protocol.IMAP)


async def test_what_no_library_speaks(chains: Chains) -> None:
    """A server with TLS 1.0 alone is seen behind STARTTLS as well as without."""
    door = Door(Protocol.IMAP, Byhand((0x301,), (0x0005, 0x002F), (chains.leaf().der, chains.middle.der)))
    async with serving(door) as port:
        seen = await look(chains, port, Protocol.IMAP)
    assert [one.version for one in seen.versions if one.offered] == [TlsVersion.TLS10]
    assert len(seen.version(TlsVersion.TLS10).ciphers) == 2
    assert trusted(seen)


async def test_what_comes_before_tls_is_noticed(chains: Chains) -> None:
    """Text that somebody put behind the yes ends the look (RFC 3207 §5)."""

    async def injects(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            writer.write(GREETINGS[Protocol.IMAP])
            tag = (await reader.readline()).partition(b" ")[0]
            writer.write(tag + b" OK go\r\n* CAPABILITY IMAP4rev1\r\n")
            await reader.read()

    async with serving(injects) as port:
        seen = await look(chains, port, Protocol.IMAP)
    assert (seen.outcome, seen.reason) == (Outcome.STOPPED, "starttls_injection")
