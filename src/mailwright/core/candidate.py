"""What the sources of settings said, each fact with where it came from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from mailwright.core.endpoint import Endpoint, Protocol

if TYPE_CHECKING:
    from datetime import date

    from mailwright.core.address import EmailAddress

T_co = TypeVar("T_co", covariant=True)  # a fact is only read
_PLACEHOLDER = re.compile("%EMAIL(ADDRESS|LOCALPART|DOMAIN)%")
_LOOPBACK = ("127.0.0.1", "[::1]", "localhost")


class Source(StrEnum):
    """Who can say which settings a domain has. The order is the rank: the first wins."""

    USER = "user"
    BOOK = "book"
    PACC = "pacc"
    AUTOCONFIG = "autoconfig"
    MAILCONF = "mailconf"
    ISPDB = "ispdb"
    SRV = "srv"
    MX_BOOK = "mx-book"
    MX_AUTOCONFIG = "mx-autoconfig"
    MX_ISPDB = "mx-ispdb"
    AUTODISCOVER = "autodiscover"
    AUTOCONFIG_HTTP = "autoconfig-http"
    HINT = "hint"
    GUESS = "guess"


class Channel(StrEnum):
    """Over what a fact reached us."""

    BOOK = "book"
    HTTPS = "https"
    HTTP = "http"
    DNSSEC = "dnssec"
    DNS = "dns"
    PROBE = "probe"
    TYPED = "typed"


class Trust(IntEnum):
    """How far a fact may be relied on before a secret is sent.

    TRUSTED: use it. CONFIRM: only after the person said yes to the host. LOW: the same, and
    it never outranks anything.
    """

    LOW = 0
    CONFIRM = 1
    TRUSTED = 2


class Confidence(StrEnum):
    """How sure the book is of a fact."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Auth(StrEnum):
    """How a source says one signs in; the SASL mechanism itself is settled with the server."""

    PASSWORD = "password"
    ENCRYPTED_PASSWORD = "encrypted-password"
    OAUTH2 = "oauth2"
    OTHER = "other"


class SecretKind(StrEnum):
    """What has to be typed as the password."""

    PASSWORD = "password"
    APP_PASSWORD = "app_password"
    AUTHORIZATION_CODE = "authorization_code"
    SEPARATE_PASSWORD = "separate_password"
    OAUTH2 = "oauth2"
    BRIDGE_PASSWORD = "bridge_password"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a fact comes from: `where` is a URL, a DNS record or a book entry."""

    source: Source
    where: str
    channel: Channel
    trust: Trust
    checked: date | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T_co]):
    """A value and where it comes from."""

    value: T_co
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class SecretHelp:
    """What the secret is called there and how to get one, in both languages."""

    kind: SecretKind
    name: dict[str, str]
    when: str = "always"
    page: str = ""
    steps: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SwitchOn:
    """How to switch protocols on. `default`: on, off, or admin (an administrator must allow it)."""

    protocols: tuple[Protocol, ...]
    default: str
    page: str
    steps: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class OAuth:
    """OAuth 2.0 facts of a provider (RFC 8414 names).

    `redirect_host`: what the redirect to this machine is called there, one of 127.0.0.1, [::1],
    localhost; ValueError for any other. `device` False: the provider gives no mail tokens by the
    device flow, whatever its metadata says. `client_id` and the command that prints its secret
    come from a person's own book only; the shipped one never has any.
    """

    issuer: str
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    device_authorization_endpoint: str = ""
    scopes: tuple[str, ...] = ()
    redirect_host: str = "127.0.0.1"
    device: bool = True
    client_id: str = ""

    def __post_init__(self) -> None:
        if self.redirect_host not in _LOOPBACK:
            raise ValueError("redirect_host")


@dataclass(frozen=True, slots=True)
class Service:
    """One endpoint with what is needed to sign in there.

    Host, port and security always travel together from one source; the user-name form and
    the ways to sign in may be filled in by another. `username` is a template, see expand().
    """

    endpoint: Sourced[Endpoint]
    username: Sourced[str]
    auth: Sourced[tuple[Auth, ...]]

    @property
    def protocol(self) -> Protocol:
        """What is spoken at the endpoint."""
        return self.endpoint.value.protocol

    @property
    def trust(self) -> Trust:
        """How far the host may be trusted with a secret."""
        return self.endpoint.provenance.trust


@dataclass(frozen=True, slots=True)
class Candidate:
    """Settings that could work for an address: services in order of preference."""

    services: tuple[Service, ...]
    provider: str | None = None
    name: dict[str, str] = field(default_factory=dict)
    secret: Sourced[SecretHelp] | None = None
    oauth: Sourced[OAuth] | None = None
    needs_id: Sourced[bool] | None = None
    switch_on: tuple[Sourced[SwitchOn], ...] = ()
    notes: tuple[dict[str, str], ...] = ()

    def best(self, protocol: Protocol) -> Service | None:
        """The preferred service that speaks `protocol`."""
        return next((s for s in self.services if s.protocol is protocol), None)


def expand(template: str, address: EmailAddress) -> str:
    """Fill the autoconfig placeholders, wherever they stand in the template.

    draft-ietf-mailmaint-autoconfig-06: %EMAILADDRESS%, %EMAILLOCALPART%, %EMAILDOMAIN%.
    """
    values = {"ADDRESS": address.wire, "LOCALPART": address.local, "DOMAIN": address.domain}
    # In one pass: a local part may itself look like a placeholder.
    return _PLACEHOLDER.sub(lambda found: values[found.group(1)], template)
