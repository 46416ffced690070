"""What the operator says of their domains, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mailwright import export
    from mailwright.core import Auth, Endpoint, OAuth

RULES = {"address": "%EMAILADDRESS%", "localpart": "%EMAILLOCALPART%"}
"""Rules for user names that have a name; all others are templates with these placeholders and %EMAILDOMAIN%."""


@dataclass(frozen=True, slots=True)
class Table:
    """Login names by address, written into the file itself."""

    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sqlite:
    """`query` has one parameter, :address; the first column of the first row is the login name."""

    file: Path
    query: str


@dataclass(frozen=True, slots=True)
class Postgresql:
    """`connection`: as libpq takes it; the rest as for Sqlite."""

    connection: str = field(repr=False)
    query: str


@dataclass(frozen=True, slots=True)
class Ldap:
    """`filter` has {address} in it; `attribute` holds the login name. `user` "": nobody in particular asks."""

    url: str
    base: str
    filter: str
    attribute: str
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None


Way = Table | Sqlite | Postgresql | Ldap


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where login names are looked up. `seconds`: how long an answer is good for; `entries`: how many are kept."""

    way: Way
    seconds: float = 300.0
    entries: int = 10_000


@dataclass(frozen=True, slots=True)
class MtaSts:
    """RFC 8461 §3.2: the policy for senders of mail."""

    mode: str
    mx: tuple[str, ...]
    max_age: int = 604_800


@dataclass(frozen=True, slots=True)
class Domain:
    """Settings of one or more domains. `username`: a template, used where a look-up finds nothing, too.

    `title`: the name people know it by; `short`: the same where there is little room; "" for the domain itself.
    `servers`: the preferred of each protocol first. `auths`: ways to sign in, the preferred first.
    """

    names: tuple[str, ...]
    servers: tuple[Endpoint, ...]
    username: str = RULES["address"]
    title: str = ""
    short: str = ""
    documentation: str = ""
    auths: tuple[Auth, ...] = ()
    oauth: OAuth | None = None
    lookup: Lookup | None = None
    mta_sts: MtaSts | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file. `web`: the name this server is reached by, "" if each domain leads to it itself."""

    domains: tuple[Domain, ...]
    web: str = ""
    signing: export.Signer | None = None
