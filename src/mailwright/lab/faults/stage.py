"""The one process (main) with all scripted servers, resolvers and proxies of a fault lab."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.lab.faults import names_server
from mailwright.lab.faults.channel import Channel, Gone, context
from mailwright.lab.faults.imap_server import Imap
from mailwright.lab.faults.oddities import ODDITIES
from mailwright.lab.faults.play import Programme
from mailwright.lab.faults.pop3_server import Pop3
from mailwright.lab.faults.smtp_server import Smtp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mailwright.lab.faults.play import Holder, Listener, Tls
    from mailwright.lab.faults.server import Server

SERVERS: dict[str, type[Server]] = {"imap": Imap, "pop3": Pop3, "smtp": Smtp}
_RETRY_SECONDS = 0.05
_RETRIES = 400


def _answer(
    listener: Listener, contexts: dict[Tls, ssl.SSLContext], pki: Path
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    made = contexts[listener.tls] if listener.tls is not None else None

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channel = Channel(reader, writer)
        try:
            if listener.implicit and made is not None:
                await channel.start_tls(made)
            if listener.play.kind in SERVERS:
                await SERVERS[listener.play.kind](channel, listener.play, made).run()
            else:
                await ODDITIES[listener.play.kind](channel, listener.play, pki)
        except (Gone, OSError):
            pass
        finally:
            channel.close()

    return answer


async def _hold(holder: Holder) -> None:
    """Keep that session open, and open it again when it ends."""
    for _ in range(_RETRIES):
        with contextlib.suppress(OSError, ssl.SSLError):
            await _held(holder)
        await asyncio.sleep(_RETRY_SECONDS)


async def _held(holder: Holder) -> None:
    trusting = None
    if holder.implicit:
        # It talks to a server of this lab on this machine, with a password that guards nothing.
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(holder.address, holder.port, ssl=trusting)
    await reader.readline()
    for line in holder.lines:
        writer.write(line.encode() + b"\r\n")
        await reader.readline()
    while await reader.readline():
        pass
    writer.close()


async def _serve(dir: Path, programme: Programme) -> None:
    pki = dir / "pki"
    contexts = {tls: context(pki, tls) for tls in {entry.tls for entry in programme.listeners if entry.tls}}
    servers = [await names_server.start(view) for view in programme.views]
    servers += [
        await asyncio.start_server(_answer(entry, contexts, pki), entry.address, entry.port)
        for entry in programme.listeners
    ]
    holding = [asyncio.create_task(_hold(holder)) for holder in programme.holders]
    await asyncio.gather(*holding, *(server.serve_forever() for server in servers))


def main(dir: str, file: str) -> None:
    """Serve what that file of the lab's folder says, until ended."""
    # Hundreds of faults have thousands of sockets; the usual limit is 1024.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    body = json.loads((Path(dir) / file).read_text(encoding="utf-8"))
    asyncio.run(_serve(Path(dir), Programme.read(body)))
