"""What the dialogs of mail programs ask for, in their order.

A field's name up to its first "_" is what stands in it; the whole name is the key of its label, in the program's own
words ("file.sheet-foxmail.host_in").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Side(Enum):
    """Whose values a part of a dialog wants."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


@dataclass(frozen=True, slots=True)
class Part:
    """One block of a dialog; its heading is "file.PROGRAM.part.KEY"."""

    key: str
    side: Side
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A program. `imap`: what it calls the protocol. `tries`: its STARTTLS is only a try, which people must know."""

    id: str
    parts: tuple[Part, ...]
    imap: str = "IMAP"
    tries: bool = False


_IN, _OUT = Side.INCOMING, Side.OUTGOING

ANY = Program(
    "sheet",
    (
        Part("incoming", _IN, ("type", "host", "port", "security", "auth", "username", "password")),
        Part("outgoing", _OUT, ("type", "host", "port", "security", "auth", "username", "password")),
    ),
)
OUTLOOK = Program(
    "sheet-outlook",
    (
        Part("incoming", _IN, ("host", "port", "security", "spa")),
        Part("outgoing", _OUT, ("host", "port", "security", "spa")),
        Part("signin", _IN, ("username", "password")),
    ),
)
GROUPWISE = Program(
    "sheet-groupwise",
    (
        Part("account", _IN, ("type", "address", "name")),
        Part("servers", _IN, ("host_in", "username", "password")),
        Part("sending", _OUT, ("host_out", "username_out")),
        Part("incoming", _IN, ("security", "port")),
        Part("outgoing", _OUT, ("security", "port")),
    ),
    imap="IMAP4",
)
APPLE = Program(
    "sheet-apple",
    (
        Part("account", _IN, ("name", "address", "password", "description")),
        Part("incoming", _IN, ("host", "username", "password")),
        Part("outgoing", _OUT, ("host", "username", "password")),
        Part("advanced", _IN, ("secure", "port")),
        Part("advanced_out", _OUT, ("secure", "port")),
    ),
)
ANDROID = Program(
    "sheet-android",
    (
        Part("incoming", _IN, ("username", "password", "host", "port", "security")),
        Part("outgoing", _OUT, ("signin", "username", "password", "host_out", "port", "security")),
        Part("account", _IN, ("description", "name")),
    ),
)
FOXMAIL = Program(
    "sheet-foxmail",
    (
        Part("incoming", _IN, ("type", "username", "password", "host_in", "ssl", "port")),
        Part("outgoing", _OUT, ("host_out", "ssl", "port", "starttls")),
    ),
    tries=True,
)
NETEASE = Program(
    "sheet-netease",
    (
        Part("incoming", _IN, ("type", "username", "password", "host", "port", "security")),
        Part("outgoing", _OUT, ("host", "port", "security", "username", "password")),
    ),
)
