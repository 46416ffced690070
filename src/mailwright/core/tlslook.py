"""What a close look at a server's encryption showed: facts, no judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from mailwright.core.endpoint import check_host
from mailwright.core.evidence import Certificate, Reason, Stage, TlsFacts
from mailwright.core.problem import BadInput
from mailwright.core.trace import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from mailwright.core.endpoint import Protocol


@dataclass(frozen=True, slots=True)
class TlsTarget:
    """Where to look. `starttls`: the protocol spoken up to STARTTLS; None: TLS from the first byte.

    `name`: what the certificate has to be for, and what is asked for by SNI (RFC 6066 §3); "": the host.
    Raises BadInput("input.port" | "input.host").
    """

    host: str
    port: int
    starttls: Protocol | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise BadInput("input.port", port=self.port)
        object.__setattr__(self, "host", check_host(self.host))
        object.__setattr__(self, "name", check_host(self.name) if self.name else self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class TlsVersion(StrEnum):
    """The versions there have been, oldest first, spelt as OpenSSL does."""

    SSL2 = "SSLv2"
    SSL3 = "SSLv3"
    TLS10 = "TLSv1"
    TLS11 = "TLSv1.1"
    TLS12 = "TLSv1.2"
    TLS13 = "TLSv1.3"


@dataclass(frozen=True, slots=True)
class VersionLook:
    """One version. `offered` None: could not tell.

    `ciphers`: IANA names, as the server prefers them if `ordered`, else as a client would; `ordered` None: could not
    tell, or there is only one. `complete`: no cipher is missing from the list.
    """

    version: TlsVersion
    offered: bool | None
    ciphers: tuple[str, ...] = ()
    ordered: bool | None = None
    complete: bool = True


class ChainFault(StrEnum):
    """What can be wrong with certificates."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    NAME = "name"
    NO_NAME = "no_name"
    """The leaf has no subjectAltName: programs that follow RFC 9525 §6.2 look at nothing else."""
    SELF_SIGNED = "self_signed"
    UNKNOWN_CA = "unknown_ca"
    INTERMEDIATE = "intermediate"
    WEAK_KEY = "weak_key"
    WEAK_SIGNATURE = "weak_signature"
    ORDER = "order"
    """A certificate does not stand behind the one it signed (RFC 5246 §7.4.2; RFC 8446 §4.4.2 forgives it)."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """`at`: which certificate, 0 is the server's own. `code`: OpenSSL's X509_V_ERR_*, 0 if it is our own finding.

    `needed` False: the way from the server's own to a trusted root does not lead over this one.
    """

    fault: ChainFault
    at: int
    code: int = 0
    needed: bool = True


@dataclass(frozen=True, slots=True)
class ChainLink:
    """A certificate as sent, with what only a close look needs. `certificate` None: it cannot be read.

    `bits`: of the key; `signature`: hash and key that signed it ("sha256 RSA"); `ocsp`, `issuers`: addresses that it
    names ("" if none); `must_staple`: RFC 7633.
    """

    certificate: Certificate | None = None
    days_left: int = 0
    bits: int = 0
    signature: str = ""
    serial: str = ""
    ocsp: str = ""
    issuers: str = ""
    must_staple: bool = False


class StapleState(StrEnum):
    """What the stapled OCSP response says (RFC 6066 §8, RFC 6960)."""

    NONE = "none"
    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    STALE = "stale"
    UNREADABLE = "unreadable"
    """Not an OCSP response, an error instead of one, for another certificate, or not signed by the issuer."""
    UNCHECKED = "unchecked"
    """The issuer was not to be had, so that nobody could tell who signed it."""


@dataclass(frozen=True, slots=True)
class Staple:
    """The stapled response, and the time it is for."""

    state: StapleState = StapleState.NONE
    this_update: datetime | None = None
    next_update: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeyExchange:
    """How keys are agreed on.

    `groups`: names of what TLS 1.3 (else 1.2) takes, as found; `complete`: all of them; `dh_bits`: the smallest
    finite-field group seen in TLS 1.2 and below, 0 if none. `signature`: what signed the key exchange; `sha1`: a
    client with only SHA-1 is served. None: could not tell, or it does not apply.
    """

    groups: tuple[str, ...] = ()
    weak_groups: tuple[str, ...] = ()
    complete: bool = True
    dh_bits: int = 0
    signature: str = ""
    sha1: bool | None = None


@dataclass(frozen=True, slots=True)
class TlsHabits:
    """Smaller things, None where they do not apply or could not be told.

    `compression`: of TLS itself (CRIME); `secure_renegotiation`: RFC 5746; `extended_master_secret`: RFC 7627;
    `fallback_refused`: RFC 7507; `client_certificate`: the server asks for one.
    """

    compression: bool | None = None
    secure_renegotiation: bool | None = None
    extended_master_secret: bool | None = None
    fallback_refused: bool | None = None
    client_certificate: bool | None = None


@dataclass(frozen=True, slots=True)
class TlsLook:
    """All of it. `outcome` OK: TLS was spoken; else `stage` and `reason` say where it ended.

    `speaks`: what the port speaks instead of what was expected (imap pop3 smtp http ssh ftp tls other, "" if nothing
    was said) and `banner` its first line. `negotiated`: what a client of today gets. `library`: who shook hands for it.
    `partial`: some questions are without an answer. `took`: seconds; `connections`: how many it needed.
    """

    target: TlsTarget
    outcome: Outcome
    stage: Stage = Stage.DONE
    reason: Reason = Reason.NONE
    speaks: str = ""
    banner: str = ""
    address: str = ""
    versions: tuple[VersionLook, ...] = ()
    negotiated: TlsFacts = field(default_factory=TlsFacts)
    chain: tuple[ChainLink, ...] = ()
    chain_problems: tuple[ChainProblem, ...] = ()
    staple: Staple = field(default_factory=Staple)
    exchange: KeyExchange = field(default_factory=KeyExchange)
    habits: TlsHabits = field(default_factory=TlsHabits)
    library: str = ""
    took: float = 0.0
    connections: int = 0
    partial: bool = False

    def version(self, version: TlsVersion) -> VersionLook:
        """What was found about one version."""
        return next((one for one in self.versions if one.version is version), VersionLook(version, None))
