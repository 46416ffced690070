"""A Maildir++ brought into a server that keeps mail in its own way: message by message, by Python's own client."""

from __future__ import annotations

import imaplib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.migrate.servers import maildir
from tests.migrate.servers.rereading import quoted, signed_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.migrate.servers.server import Server

_AT_ONCE = 50


def put(server: Server, user: str, source: Path) -> None:
    """Every message with its flags, keywords and date, in order, some at a time (RFC 3502).

    Raises imaplib.IMAP4.error.
    """
    with signed_in(server.port, user, server.users[user]) as client:
        for name, path in maildir.folders(source):
            mailbox = quoted(name.replace(".", "/"))
            if name != "INBOX":
                _done(client.create(mailbox))
                _done(client.subscribe(mailbox))
            files = list(maildir.files(path))
            for at in range(0, len(files), _AT_ONCE):
                _append(client, mailbox, files[at : at + _AT_ONCE])


def _append(client: imaplib.IMAP4, mailbox: str, files: list[maildir.File]) -> None:
    """One APPEND of several messages, which the client itself cannot do: a server syncs its disk for each."""
    tag = client._new_tag()
    client.send(tag + b" APPEND " + mailbox.encode())
    for file in files:
        body = file.path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        when = imaplib.Time2Internaldate(datetime.fromtimestamp(file.date, UTC))
        client.send(f" ({' '.join(file.flags)}) {when} {{{len(body)}+}}\r\n".encode() + body)
    client.send(b"\r\n")
    _done(client._command_complete("APPEND", tag))


def _done(answer: tuple[str, list[object]]) -> None:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(answer[1])
