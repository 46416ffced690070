"""The only room with sockets: dial, proxy, DNS, HTTP, TLS, IMAP, POP3, SMTP submission.

    async with wire.World(wire.Settings(...)) as world:
        answer = await world.dns.ask("example.org", "MX")            # core.DnsAnswer
        page = await world.http.get("https://…", wire.Recorder("…"))  # core.HttpAnswer
        async with world.service(endpoint, session, recorder) as connection:
            tried = await connection.run(wire.imap.sign_in(session, user, secret, auth, token=False))

Conversations (imap, pop3, smtp) are generators without I/O; a Driver runs them over a
Stream and writes the Trace, redacted as it is written. Everything that is read is bounded
in bytes and time. Errors of the network are WireErrors with the stage they happened at;
DNS and HTTP never raise, their answers say what happened. Nothing here falls back to
plaintext, and nothing judges: what it means is said elsewhere.
"""

from mailwright.wire import (
    bulk,
    imap,
    imap_parse,
    issuers,
    keep,
    look,
    lookchain,
    lookhello,
    lookshake,
    lookstaple,
    oauth,
    peek,
    pop3,
    rungs,
    sasl,
    smtp,
    tls,
)
from mailwright.wire.connection import TALKS, Connection
from mailwright.wire.dns import Dns
from mailwright.wire.errors import WireError
from mailwright.wire.record import Recorder
from mailwright.wire.session import Session
from mailwright.wire.settings import SECOND_RESOLVERS, Proxy, Reroute, Resolver, Settings
from mailwright.wire.stream import Stream
from mailwright.wire.talk import Talk
from mailwright.wire.world import World

__all__ = [
    "SECOND_RESOLVERS",
    "TALKS",
    "Connection",
    "Dns",
    "Proxy",
    "Recorder",
    "Reroute",
    "Resolver",
    "Session",
    "Settings",
    "Stream",
    "Talk",
    "WireError",
    "World",
    "bulk",
    "imap",
    "imap_parse",
    "issuers",
    "keep",
    "look",
    "lookchain",
    "lookhello",
    "lookshake",
    "lookstaple",
    "oauth",
    "peek",
    "pop3",
    "rungs",
    "sasl",
    "smtp",
    "tls",
]
