"""One provider of the book: what its TOML file says, as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from mailwright.core import (
    Auth,
    BadInput,
    Candidate,
    Channel,
    Confidence,
    EmailAddress,
    Endpoint,
    OAuth,
    Protocol,
    Provenance,
    SecretHelp,
    SecretKind,
    Security,
    Service,
    Source,
    Sourced,
    SwitchOn,
    Trust,
    expand,
    to_ascii,
)

Words = dict[str, str]
Steps = dict[str, tuple[str, ...]]
Table = dict[str, Any]
_SOMEBODY = EmailAddress("somebody", "example.org")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a fact of the book comes from, when it was checked, how sure it is."""

    sources: tuple[str, ...]
    checked: date
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class BookEndpoint:
    """An endpoint as written: `host` and `username` may hold placeholders."""

    protocol: Protocol
    host: str
    port: int
    security: Security
    username: str
    note: Words
    origin: Origin


@dataclass(frozen=True, slots=True)
class WrongHost:
    """Host names people type by mistake, and the one they mean."""

    typed: tuple[str, ...]
    meant: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail provider. `status`: open, bridge, closed (no mail programs) or retired."""

    id: str
    name: Words
    country: str
    web: str
    status: str
    domains: tuple[str, ...]
    mx: tuple[str, ...]
    endpoints: tuple[BookEndpoint, ...]
    origin: Origin | None
    secret: Sourced[SecretHelp] | None = None
    switch_on: tuple[Sourced[SwitchOn], ...] = ()
    needs_id: Sourced[bool] | None = None
    oauth: Sourced[OAuth] | None = None
    wrong_hosts: tuple[WrongHost, ...] = ()
    notes: tuple[Words, ...] = field(default=())

    def candidate(self, address: EmailAddress, source: Source, where: str = "") -> Candidate:
        """The settings of this provider for an address. `source`: how the provider was found."""
        services = tuple(s for e in self.endpoints if (s := self._service(e, address, source, where)) is not None)
        return Candidate(
            services, self.id, self.name, self.secret, self.oauth, self.needs_id, self.switch_on, self.notes
        )

    def auth(self) -> tuple[Auth, ...]:
        """How one signs in: OAuth 2.0 only, password, or both."""
        only_oauth = self.secret is not None and self.secret.value.kind is SecretKind.OAUTH2
        if only_oauth:
            return (Auth.OAUTH2,)
        return (Auth.PASSWORD, Auth.OAUTH2) if self.oauth else (Auth.PASSWORD,)

    def _service(self, entry: BookEndpoint, address: EmailAddress, source: Source, where: str) -> Service | None:
        origin = provenance(self.id, entry.origin, source, where)
        host = expand(entry.host, address) if "%" in entry.host else entry.host
        try:
            endpoint = Endpoint(entry.protocol, host, entry.port, entry.security)
        except BadInput:
            return None  # a placeholder made a host that cannot be
        return Service(Sourced(endpoint, origin), Sourced(entry.username, origin), Sourced(self.auth(), origin))


def provenance(provider: str, origin: Origin, source: Source, where: str = "") -> Provenance:
    """The provenance of a fact that stands in the book."""
    return Provenance(
        source, where or f"book:{provider}", Channel.BOOK, Trust.TRUSTED, origin.checked, origin.confidence
    )


def read(path: Path) -> Provider:
    """One provider file. Raises BadInput("book.file") when it cannot be read as one."""
    if not path.is_file():  # a pipe would keep us waiting
        raise BadInput("book.file", file=str(path))
    try:
        return from_table(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, RecursionError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise BadInput("book.file", file=str(path)) from error
    except BadInput as problem:
        raise BadInput("book.file", file=str(path)) from problem


def from_table(table: Table) -> Provider:
    """A provider from parsed TOML; raises KeyError or ValueError for what the schema forbids."""
    sources: dict[str, str] = table["sources"]
    secret, oauth, needs_id = (table.get(key) for key in ("secret", "oauth", "client_id"))
    name = table["id"]
    return Provider(
        id=name,
        name=_words(table["name"]),
        country=table["country"],
        web=table.get("web", ""),
        status=table["status"],
        domains=tuple(to_ascii(d) for d in table.get("domains", {}).get("names", ())),
        mx=tuple(p.lower() for p in table.get("mx", {}).get("patterns", ())),
        endpoints=tuple(_endpoint(p, row, sources) for p in Protocol for row in table.get(p.value, ())),
        origin=_origin(table["domains"], sources) if "domains" in table else None,
        secret=_sourced(name, secret, sources, _secret) if secret else None,
        switch_on=tuple(_sourced(name, row, sources, _switch_on) for row in table.get("enable", ())),
        needs_id=_sourced(name, needs_id, sources, lambda t: bool(t["required"])) if needs_id else None,
        oauth=_sourced(name, oauth, sources, _oauth) if oauth else None,
        wrong_hosts=tuple(_wrong(row, sources) for row in table.get("wrong_host", ())),
        notes=tuple(_words(row) for row in table.get("note", ())),
    )


def _origin(table: Table, sources: dict[str, str]) -> Origin:
    keys = table["source"] if isinstance(table["source"], list) else [table["source"]]
    checked = date.fromisoformat(table["checked"].isoformat())  # a day, not a text or a moment
    return Origin(tuple(sources[key] for key in keys), checked, Confidence(table["confidence"]))


def _sourced(name: str, table: Table, sources: dict[str, str], make: Any) -> Sourced[Any]:  # noqa: ANN401  # T in, Sourced[T] out
    return Sourced(make(table), provenance(name, _origin(table, sources), Source.BOOK))


def _words(table: Table) -> Words:
    return {"zh": _text(table["zh"]), "en": _text(table["en"])}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _endpoint(protocol: Protocol, row: Table, sources: dict[str, str]) -> BookEndpoint:
    # Tried on an address that could be, so that a mistake shows when the file is read and not in use.
    tried = Endpoint(protocol, expand(row["host"], _SOMEBODY), row["port"], Security(row["security"]))
    return BookEndpoint(
        protocol,
        row["host"],
        tried.port,
        tried.security,
        _text(row["username"]),
        _words(row["note"]) if "note" in row else {},
        _origin(row, sources),
    )


def _secret(table: Table) -> SecretHelp:
    name = _words(table["name"])
    return SecretHelp(SecretKind(table["kind"]), name, table["when"], table.get("page", ""), _steps(table))


def _switch_on(row: Table) -> SwitchOn:
    return SwitchOn(tuple(Protocol(p) for p in row["protocols"]), row["default"], row.get("page", ""), _steps(row))


def _steps(table: Table) -> Steps:
    return {"zh": tuple(table["zh"]), "en": tuple(table["en"])}


def _oauth(table: Table) -> OAuth:
    return OAuth(
        table["issuer"],
        table.get("authorization_endpoint", ""),
        table.get("token_endpoint", ""),
        table.get("device_authorization_endpoint", ""),
        tuple(table["scopes"]),
        redirect_host=table.get("redirect_host", "127.0.0.1"),
        device=_truth(table.get("device", True)),
        client_id=_text(table.get("client_id", "")),
    )


def _wrong(row: Table, sources: dict[str, str]) -> WrongHost:
    return WrongHost(tuple(row["typed"]), row["meant"], _origin(row, sources))
