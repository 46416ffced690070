"""Everything that was typed, found and seen when mail was examined: what can be judged, here or elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from mailwright.core.trace import Fact, Outcome

if TYPE_CHECKING:
    from mailwright.core.address import EmailAddress
    from mailwright.core.discovery import Discovery
    from mailwright.core.endpoint import Endpoint, Protocol, Security
    from mailwright.core.evidence import Evidence, Reply, TlsFacts

# user:password@host, as it stands in a URL and where there is none; full-width signs count too.
_SIGNED_IN = re.compile("\\A([^:\uff1a/@]*[:\uff1a]/+)?([^:\uff1a/]*)[:\uff1a].*(?=[@\uff20])", re.DOTALL)


class Shape(StrEnum):
    """What can be said of a secret without saying it."""

    EMPTY = "empty"
    FULL_WIDTH = "full_width"
    BLANKS = "blanks"
    NEWLINE = "newline"
    QUOTES = "quotes"
    BOM = "bom"
    INVISIBLE = "invisible"
    PERCENT = "percent"
    GROUPED = "grouped"
    NON_ASCII = "non_ascii"
    LETTERS_16 = "letters_16"
    """Sixteen lower-case letters, as Google, Apple (with hyphens), Yahoo and QQ make them."""
    CODE_16 = "code_16"
    """Sixteen letters or digits, as NetEase makes its codes."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed into the fields of a mail program, as typed. None: the field was not given.

    `host` and `username` are raw: blanks, full-width letters and glued-on schemes are evidence. A password
    that was pasted with the host is not kept. `port_text`: the port, where more than plain digits was typed.
    """

    protocol: Protocol | None = None
    host: str | None = None
    port: int | None = None
    security: Security | None = None
    username: str | None = None
    port_text: str | None = None

    def __post_init__(self) -> None:
        if self.host is not None:
            object.__setattr__(self, "host", _SIGNED_IN.sub(r"\1\2:‹…›", self.host))


class LookKind(StrEnum):
    """A further look, beyond a sign-in. The facts of each kind are those in the comment; none of them is secret."""

    NAMES = "names"  # one host asked of one resolver: resolver, a, aaaa (DnsStatus), addresses, canonical
    ADDRESS = "address"  # one address dialled: host, port, family (4|6), errno (a name, "" if connected)
    BYTES = "bytes"  # what the port says first: speaks, banner, hello, alert, after (see verify.looks)
    CHAIN = "chain"  # the certificates, unverified: completed (a fetched issuer closes the gap), aia
    PROOF = "proof"  # a verified handshake at the address that another resolver gives: address
    LADDER = "ladder"  # a handshake with something loosened or tightened: with, alert
    PORT = "port"  # another port and mode of the same host: security, speaks
    PATH = "path"  # the same endpoint by another way: via, same (fingerprint), speaks
    SMALL = "small"  # the handshake with small segments: mss
    BLOCKLIST = "blocklist"  # an address in one DNS list: address, list, codes, text
    OWNER = "owner"  # who owns an address (RDAP): address, name, country, abuse
    CLOCK = "clock"  # another clock beside ours: source, ahead (seconds ours is ahead)
    PORTAL = "portal"  # a web page that must be plain: status, location


@dataclass(frozen=True, slots=True)
class Look:
    """One further look. `subject`: host:port, an address or a name; `endpoint` None: it is about the network."""

    kind: LookKind
    subject: str
    outcome: Outcome
    endpoint: Endpoint | None = None
    took: float = 0.0
    facts: tuple[tuple[str, Fact], ...] = ()
    tls: TlsFacts | None = None
    reply: Reply | None = None

    def fact(self, key: str) -> Fact:
        """The fact named `key`, or None."""
        return next((value for name, value in self.facts if name == key), None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A look that could still tell causes apart. `about`: what the kind needs (an address, a resolver)."""

    kind: LookKind
    endpoint: Endpoint | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """All of it. `shapes`: of the secret; `signing_in`: somebody wanted to sign in, whether or not it came to that."""

    address: EmailAddress | None = None
    typed: Typed = field(default_factory=Typed)
    shapes: tuple[Shape, ...] = ()
    discovery: Discovery | None = None
    evidence: Evidence | None = None
    looks: tuple[Look, ...] = ()
    signing_in: bool = False
