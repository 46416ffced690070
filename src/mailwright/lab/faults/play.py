"""What a scripted server of the fault lab does, as data: read by the stage, written by the scenes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Tls:
    """One server's TLS. `certificate`: the name of a pair in the lab's pki folder.

    `lowest`, `highest`: "TLSv1" … "TLSv1_3"; `ciphers`: OpenSSL's list for TLS 1.2 and older;
    `asks_client`: no client certificate, no session; `refuses`: host names that get alert 112
    (RFC 6066 §3); `small_dh`: a 1024-bit group (RFC 2409 §6.2).
    """

    certificate: str
    lowest: str = "TLSv1_2"
    highest: str = "TLSv1_3"
    ciphers: str = ""
    asks_client: bool = False
    refuses: tuple[str, ...] = ()
    small_dh: bool = False


@dataclass(frozen=True, slots=True)
class Play:
    """One server's part.

    `kind`: imap, pop3, smtp, or one of the kinds of `oddities`. `users`: who may sign in with
    what. The four stages hold what a server says there instead of going on: `greeting`,
    `login` (to every sign-in), `after` (to the first command that needs the mailbox), `sender`
    (to MAIL FROM). `refusal`: to a wrong password. `starttls`: offered, missing, refused or
    injected (a plaintext answer glued to the go-ahead). `tls_first`: no sign-in before TLS, and
    "gone" says nothing about it. `hangs`: the stage at which it falls silent. `delay`: seconds
    before each answer. `wants_id`: the mailbox opens only after ID (RFC 2971). `tokens`: takes
    OAuth tokens only. `to`: (address, port) for what forwards; `words`: what an oddity says.
    """

    kind: str
    users: tuple[tuple[str, str], ...] = ()
    greeting: str = ""
    login: str = ""
    after: str = ""
    sender: str = ""
    refusal: str = ""
    banner: str = ""
    capabilities: str = ""
    mechanisms: str = "PLAIN LOGIN"
    starttls: str = "offered"
    tls_first: bool = True
    wants_id: bool = False
    tokens: bool = False
    encoding: str = "utf-8"
    hangs: str = ""
    delay: float = 0.0
    to: tuple[str, int] = ("", 0)
    words: str = ""


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening socket. `implicit`: TLS from the first byte (RFC 8314 §3)."""

    address: str
    port: int
    play: Play
    tls: Tls | None = None
    implicit: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """One DNS resolver's answers: name → type → values; what is not there does not exist.

    `moods`: name → servfail, refused, timeout or nodata. `wildcard`: the address that every
    unknown name gets, "" for none.
    """

    address: str
    port: int
    records: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    moods: dict[str, str] = field(default_factory=dict)
    wildcard: str = ""


@dataclass(frozen=True, slots=True)
class Holder:
    """A client that keeps a session open: connects, sends the lines one by one, stays.

    `certificate`: the authority to trust over TLS from the first byte; "" for none.
    """

    address: str
    port: int
    lines: tuple[str, ...]
    implicit: bool


@dataclass(slots=True)
class Programme:
    """Everything one stage process serves."""

    listeners: list[Listener] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return asdict(self)

    @classmethod
    def read(cls, body: dict[str, Any]) -> Programme:
        """The opposite of plain()."""
        return cls(
            [_listener(row) for row in body["listeners"]],
            [View(**row) for row in body["views"]],
            [Holder(**row) for row in body["holders"]],
        )


def _listener(row: dict[str, Any]) -> Listener:
    play = row["play"] | {"users": tuple(map(tuple, row["play"]["users"])), "to": tuple(row["play"]["to"])}
    tls = row["tls"] and Tls(**(row["tls"] | {"refuses": tuple(row["tls"]["refuses"])}))
    return Listener(row["address"], row["port"], Play(**play), tls, row["implicit"])
