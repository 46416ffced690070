"""Real mail servers to migrate between, each private and on loopback, and what to put into them.

    with servers.dovecot(folder, users={"anna": "secret"}) as source:
        servers.corpus(folder / "corpus", messages=500, seed=1)
        source.load("anna", folder / "corpus")
        before = servers.reread(source.port, "anna", "secret")
        source.kill()
        source.start()

`dovecot`, `cyrus` and `courier` give a Server; `relay`, `cutting` and `lesser` stand before one and give a port;
`corpus` and `hostile` write mailboxes; `reread` reads one with Python's own client (`signed_in`), so that a comparison
rests on nothing of ours. No test framework is used here: benchmarks import it as `tests.migrate.servers`, too.

`folder` must be short (sockets live in it) and open to other users (servers run as nobody): see `place`.
"""

from tests.migrate.servers.corpora import Written, corpus
from tests.migrate.servers.courier_imap import courier
from tests.migrate.servers.cyrus_imap import cyrus
from tests.migrate.servers.dovecot_imap import dovecot
from tests.migrate.servers.lesser import Lesser, lesser
from tests.migrate.servers.oddities import HOSTILE, Oddity, hostile
from tests.migrate.servers.relays import Relay, cutting, relay
from tests.migrate.servers.rereading import Message, reread, signed_in
from tests.migrate.servers.server import Server, place

__all__ = [
    "HOSTILE",
    "Lesser",
    "Message",
    "Oddity",
    "Relay",
    "Server",
    "Written",
    "corpus",
    "courier",
    "cutting",
    "cyrus",
    "dovecot",
    "hostile",
    "lesser",
    "place",
    "relay",
    "reread",
    "signed_in",
]
