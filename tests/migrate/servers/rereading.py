"""A whole mailbox read by Python's own client, so that what is compared with ours owes nothing to ours."""

from __future__ import annotations

import hashlib
import imaplib
import re
import ssl
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from tests.migrate.servers.server import ADDRESS, HOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_AT_ONCE = 200
_LISTED = re.compile(rb"\((?P<attributes>[^)]*)\) (?:\"(?P<separator>\\?.)\"|NIL) (?P<name>.*)", re.DOTALL)
_UID = re.compile(rb"[( ]UID (\d+)")
_FLAGS = re.compile(rb"[( ]FLAGS \(([^)]*)\)")
_DATE = re.compile(rb'INTERNALDATE "([^"]+)"')
_EMPTY = re.compile(rb"BODY\[\] (?:\"\"|NIL)")


class Message(NamedTuple):
    """`date` in Unix seconds, since servers write one moment in different zones; \\Recent is no flag to keep."""

    uid: int
    flags: tuple[str, ...]
    date: int
    digest: str


def reread(port: int, user: str, password: str, ca: Path | None = None) -> dict[str, list[Message]]:
    """Folder → its messages in the order of their UIDs; names as the server has them, levels parted by slashes.

    Over TLS with `ca`. Raises imaplib.IMAP4.error and OSError.
    """
    with signed_in(port, user, password, ca) as client:
        found = {}
        for name, separator in _folders(client):
            kind, answer = client.select(quoted(name), readonly=True)
            if kind != "OK":
                raise imaplib.IMAP4.error(answer)
            shown = name.replace(separator, "/") if separator else name
            found[shown] = list(_messages(client))
        return found


@contextmanager
def signed_in(port: int, user: str, password: str, ca: Path | None = None) -> Iterator[imaplib.IMAP4]:
    """A client until the block ends, closed also where the server has hung up, which Python's own leaves open."""
    if ca is None:
        client = imaplib.IMAP4(ADDRESS, port, timeout=60)
    else:
        client = imaplib.IMAP4_SSL(HOST, port, ssl_context=ssl.create_default_context(cafile=ca), timeout=60)
    try:
        client.login(user, password)
        yield client
        client.logout()
    finally:
        with suppress(OSError):
            client.shutdown()


def _folders(client: imaplib.IMAP4) -> Iterator[tuple[str, str]]:
    """Name and separator of each folder that can be opened."""
    for item in client.list()[1]:
        # A name that came as a literal is the second of a pair.
        line, literal = item if isinstance(item, tuple) else (item, None)
        found = _LISTED.fullmatch(line) if isinstance(line, bytes) else None
        if found is None or b"\\noselect" in found["attributes"].lower():
            continue
        name = literal if literal is not None else _unquoted(found["name"])
        yield name.decode("utf-8"), (found["separator"] or b"").decode("ascii")[-1:]


def quoted(name: str) -> str:
    """A mailbox name as a quoted string."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquoted(name: bytes) -> bytes:
    return re.sub(rb"\\(.)", rb"\1", name[1:-1]) if name.startswith(b'"') else name


def _messages(client: imaplib.IMAP4) -> Iterator[Message]:
    uids = sorted(map(int, client.uid("SEARCH", "ALL")[1][0].split()))
    for at in range(0, len(uids), _AT_ONCE):
        some = uids[at : at + _AT_ONCE]
        kind, answer = client.uid("FETCH", ",".join(map(str, some)), "(UID FLAGS INTERNALDATE BODY.PEEK[])")
        if kind != "OK":
            raise imaplib.IMAP4.error(answer)
        yield from sorted(_parsed(answer))


def _parsed(answer: Iterable[bytes | tuple[bytes, bytes] | None]) -> Iterator[Message]:
    """What precedes a literal and what follows it belong together, in whatever order a server has them."""
    head, body = b"", None
    for item in answer:
        if isinstance(item, tuple):
            head, body = head + item[0], item[1]
            continue
        head += item or b""
        if body is None and _EMPTY.search(head):
            body = b""
        uid, flags, date = _UID.search(head), _FLAGS.search(head), _DATE.search(head)
        # Another client's change of flags is told in a line of its own, which holds no message.
        if body is not None and uid and flags and date:
            kept = sorted(flag for flag in flags[1].decode("ascii").split() if flag != "\\Recent")
            moment = datetime.strptime(date[1].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
            yield Message(int(uid[1]), tuple(kept), int(moment.timestamp()), hashlib.sha256(body).hexdigest())
        head, body = b"", None
