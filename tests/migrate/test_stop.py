"""A move that somebody wants to end while a server keeps silent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mailwright import wire
from mailwright.migrate.journal import Journal
from tests.migrate import moving, servers

Serve = Callable[..., servers.Server]


def test_abort_waits_for_no_server(serve: Serve, ground: Path) -> None:
    """A stop alone waits for the answer of a silent server; abort() hangs up."""
    users = {"anna": moving.PASSWORD}
    source, destination = (serve(servers.dovecot, users=users, fsync="never") for _ in range(2))
    with servers.signed_in(source.port, "anna", moving.PASSWORD) as client:
        client.append("INBOX", "", "", b"Subject: x\r\n\r\nx\r\n")
    book, waiting = Journal(ground / "j.db", {"source": "anna"}), threading.Event()
    move = moving.move(moving.side(source.port), moving.side(destination.port), book)

    def ready() -> None:
        line = move._pairs[0].reading()  # the connection that waits
        waiting.set()
        # Nothing was asked, so a server has nothing to say.
        line.pipe.line()

    def run() -> None:
        with suppress(wire.WireError):
            move.run()

    move.ready = ready
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert waiting.wait(20)
    move.stop.set()
    thread.join(1)
    assert thread.is_alive()
    move.abort()
    thread.join(5)
    assert not thread.is_alive()
    book.close()
