"""The embedded POP3 server that stands in for Dovecot's, run as a process (main).

RFC 1939 with CAPA (RFC 2449), STLS (RFC 2595) and AUTH (RFC 5034) over the same Maildirs.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.lab import mailboxes, plan, sasl
from mailwright.lab.state import load
from mailwright.lab.submission import tls, users

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from ssl import SSLContext

    from mailwright.lab.state import Lab

_MAX_LINE = 4096
_REFUSED = "-ERR [AUTH] Authentication failed."
_DISABLED = "-ERR Plaintext authentication disallowed on non-secure (SSL/TLS) connections."


@dataclass(frozen=True, slots=True)
class Box:
    """One instance: who may sign in and where the mail of each is."""

    users: sasl.Users
    homes: dict[str, Path]
    mechanisms: tuple[str, ...]
    context: SSLContext


@dataclass(slots=True)
class _Session:
    """One connection: lines in, lines out."""

    box: Box
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    secure: bool
    username: str = ""
    paths: list[Path] | None = None
    deleted: set[int] = field(default_factory=set)

    async def line(self) -> str | None:
        """The next line; None at the end."""
        raw = await self.reader.readline()
        return raw.decode("utf-8", "replace").rstrip("\r\n") if raw.endswith(b"\n") and len(raw) < _MAX_LINE else None

    def say(self, *lines: str) -> None:
        """Answer with lines as they are."""
        self.writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def run(self) -> None:
        """Greeting to QUIT."""
        self.say("+OK Mailwright lab ready.")
        while (line := await self.line()) is not None:
            word, _, rest = line.partition(" ")
            if word.upper() == "QUIT":
                self._remove()
                self.say("+OK Logging out.")
                return
            await self._command(word.upper(), rest)
            await self.writer.drain()

    async def _command(self, word: str, rest: str) -> None:
        if word == "STLS" and not self.secure:
            self.say("+OK Begin TLS negotiation now.")
            await self.writer.start_tls(self.box.context)
            self.secure = True
        elif word == "AUTH":
            await self._auth(rest)
        elif word in _BEFORE:
            _BEFORE[word](self, rest)
        elif word in _AFTER and self.paths is not None:
            _AFTER[word](self, rest)
        else:
            self.say("-ERR Unknown command.")

    async def _auth(self, rest: str) -> None:
        name, _, first = rest.partition(" ")
        if not self.secure or name.lower() not in self.box.mechanisms:
            self.say("-ERR Unsupported authentication mechanism.")
            return
        conversation = sasl.MECHANISMS[name.lower()](self.box.users)
        challenge = next(conversation)
        response = first.removeprefix("=") if first else await self._ask(challenge)
        while True:
            try:
                challenge = conversation.send(base64.b64decode(response, validate=True))
                response = await self._ask(challenge)
            except StopIteration as done:
                self._open(done.value)
                return
            except binascii.Error:
                self.say("-ERR Authentication aborted.")
                return

    async def _ask(self, challenge: bytes) -> str:
        self.say(f"+ {base64.b64encode(challenge).decode()}")
        response = await self.line()
        return "*" if response is None else response

    def capa(self, _: str) -> None:
        """RFC 2449; what is offered depends on TLS."""
        offered = ["USER"] if self.secure and "plain" in self.box.mechanisms else []
        sasl_line = [f"SASL {' '.join(name.upper() for name in self.box.mechanisms)}"] if self.secure else []
        self.say("+OK", "TOP", "UIDL", "RESP-CODES", "PIPELINING", "AUTH-RESP-CODE",
                 *([] if self.secure else ["STLS"]), *offered, *sasl_line, ".")  # fmt: skip

    def user(self, rest: str) -> None:
        """The first half of signing in."""
        self.username = rest
        self.say("+OK" if self.secure else _DISABLED)

    def password(self, rest: str) -> None:
        """The second half."""
        if not self.secure:
            self.say(_DISABLED)
        elif "plain" not in self.box.mechanisms:
            self.say("-ERR [AUTH] Unsupported authentication mechanism.")
        else:
            self._open(self.box.users.check(self.username, rest))

    def _open(self, username: str | None) -> None:
        if username is None:
            self.say(_REFUSED)
            return
        maildir = self.box.homes[username] / "Maildir"
        self.paths = sorted([*maildir.glob("cur/*"), *maildir.glob("new/*")], key=lambda path: path.name)
        self.say("+OK Logged in.")

    def _kept(self) -> list[tuple[int, Path]]:
        found = enumerate(self.paths or [], start=1)
        return [(number, path) for number, path in found if number not in self.deleted]

    def _one(self, rest: str) -> tuple[int, Path] | None:
        """The message that the first word of an argument names."""
        number = rest.split(" ", maxsplit=1)[0]
        found = next((item for item in self._kept() if str(item[0]) == number), None)
        if found is None:
            self.say("-ERR There's no such message.")
        return found

    def stat(self, _: str) -> None:
        """How many, how large."""
        kept = self._kept()
        self.say(f"+OK {len(kept)} {sum(path.stat().st_size for _, path in kept)}")

    def listing(self, rest: str) -> None:
        """LIST: sizes."""
        self._table(rest, lambda path: str(path.stat().st_size))

    def uidl(self, rest: str) -> None:
        """UIDL: names that stay."""
        self._table(rest, lambda path: path.name.partition(":")[0])

    def _table(self, rest: str, say: Callable[[Path], str]) -> None:
        if rest:
            found = self._one(rest)
            if found:
                self.say(f"+OK {found[0]} {say(found[1])}")
            return
        self.say("+OK", *(f"{number} {say(path)}" for number, path in self._kept()), ".")

    def retrieve(self, rest: str) -> None:
        """RETR, and TOP with its number of body lines."""
        found = self._one(rest)
        if found is None:
            return
        head, blank, body = found[1].read_bytes().partition(b"\r\n\r\n")
        _, _, count = rest.partition(" ")
        lines = body.split(b"\r\n")
        kept = b"\r\n".join(lines[: int(count)]) if count.isdigit() else body
        # RFC 1939 §3: a line that begins with "." gets one more.
        stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in kept.split(b"\r\n"))
        self.writer.write(b"+OK\r\n" + head + blank + stuffed.removesuffix(b"\r\n") + b"\r\n.\r\n")

    def delete(self, rest: str) -> None:
        """DELE: gone at QUIT."""
        found = self._one(rest)
        if found:
            self.deleted.add(found[0])
            self.say("+OK Marked to be deleted.")

    def reset(self, _: str) -> None:
        """RSET: nothing is deleted after all."""
        self.deleted.clear()
        self.say("+OK")

    def noop(self, _: str) -> None:
        """Nothing."""
        self.say("+OK")

    def _remove(self) -> None:
        for number in self.deleted:
            (self.paths or [])[number - 1].unlink(missing_ok=True)


_BEFORE: dict[str, Callable[[_Session, str], None]] = {
    "CAPA": _Session.capa,
    "USER": _Session.user,
    "PASS": _Session.password,
    "NOOP": _Session.noop,
}
_AFTER: dict[str, Callable[[_Session, str], None]] = {
    "STAT": _Session.stat,
    "LIST": _Session.listing,
    "UIDL": _Session.uidl,
    "RETR": _Session.retrieve,
    "TOP": _Session.retrieve,
    "DELE": _Session.delete,
    "RSET": _Session.reset,
}


def _answer(
    box: Box, *, secure: bool
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await _Session(box, reader, writer, secure).run()
        writer.close()

    return answer


async def _serve(lab: Lab) -> None:
    servers = []
    for site in lab.network.sites():
        instance = next(entry for entry in plan.INSTANCES if entry.name == site.instance)
        homes = {
            account.username.lower(): mailboxes.home(lab.dir / "mail", account)
            for account in plan.instance_accounts(instance.name)
        }
        box = Box(users(lab, instance.name), homes, instance.mechanisms, tls(lab, instance.name))
        for port in set(plan.POP3_PORTS) & set(site.ports):
            where = (lab.network.address(site.octet), lab.network.port(site, port))
            secure = port == 995
            answer = _answer(box, secure=secure)
            servers.append(await asyncio.start_server(answer, *where, ssl=box.context if secure else None))
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main(dir: str) -> None:
    """Serve the lab of that folder until ended."""
    lab = load(Path(dir))
    if lab is not None:
        asyncio.run(_serve(lab))
