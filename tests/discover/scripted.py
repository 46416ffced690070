"""A world that answers from a script, and short ways to write answers down."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from mailwright import book, wire
from mailwright.core import (
    Auth,
    Candidate,
    Channel,
    DnsAnswer,
    DnsStatus,
    EmailAddress,
    Endpoint,
    HttpAnswer,
    Mx,
    Outcome,
    Probe,
    Protocol,
    Provenance,
    Reason,
    Security,
    Service,
    Source,
    SourceAnswer,
    Sourced,
    Srv,
    TlsFacts,
    Told,
    Trust,
)
from mailwright.discover import Options
from mailwright.discover.query import Query

SHELF = book.Book()
ANNA = EmailAddress("anna", "example.org")
NOT_THERE = DnsStatus.NXDOMAIN


@dataclass
class Names:
    """DNS. A missing name does not exist; `slow`: seconds that a name takes."""

    records: dict[tuple[str, str], DnsAnswer] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def ask(self, name: str, rdtype: str) -> DnsAnswer:
        self.asked.append((name, rdtype))
        await asyncio.sleep(self.slow.get(name, 0))
        return self.records.get((name, rdtype)) or DnsAnswer(name, rdtype, NOT_THERE)


@dataclass
class Pages:
    """HTTP. A missing URL has no host; a value that is bytes is an answer 200."""

    pages: dict[str, HttpAnswer] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def get(self, url: str, recorder: wire.Recorder, *, headers: dict[str, str] | None = None) -> HttpAnswer:
        return await self._answer("GET", url, headers)

    async def post(
        self, url: str, recorder: wire.Recorder, *, body: bytes, headers: dict[str, str] | None = None
    ) -> HttpAnswer:
        self.bodies.append(body)
        return await self._answer("POST", url, headers)

    async def _answer(self, method: str, url: str, headers: dict[str, str] | None) -> HttpAnswer:
        self.asked.append((method, url))
        self.headers.append(headers or {})
        await asyncio.sleep(self.slow.get(url, 0))
        return self.pages.get(url) or HttpAnswer(url, url, Outcome.NO, Reason.DNS_NXDOMAIN)

    def urls(self) -> list[str]:
        return [url for _, url in self.asked]


@dataclass
class World:
    """Only `open` endpoints (host:port/security) pass a probe; the others refuse."""

    dns: Names = field(default_factory=Names)
    http: Pages = field(default_factory=Pages)
    open: dict[str, Probe | None] = field(default_factory=dict)
    probed: list[str] = field(default_factory=list)

    async def probe(self, endpoint: Endpoint, recorder: wire.Recorder) -> Probe:
        key = f"{endpoint}/{endpoint.security}"
        self.probed.append(key)
        await asyncio.sleep(0)
        if key in self.open:
            return self.open[key] or Probe(endpoint, Outcome.OK, tls=TlsFacts(verified=True))
        return Probe(endpoint, Outcome.FAILED, Reason.CONNECT_REFUSED)

    def allowed(self, addresses: Iterable[str]) -> list[str]:
        return list(addresses)

    @property
    def wire(self) -> wire.World:
        return cast("wire.World", self)


def world(
    dns: Mapping[str, Iterable[Mx | Srv | str]] | None = None,
    pages: Mapping[str, bytes | HttpAnswer] | None = None,
    probes: Iterable[str] = (),
    *,
    signed: Iterable[str] = (),
) -> World:
    """`dns` is written "TYPE name" → records; `signed` lists such keys."""
    made = World()
    for key, records in (dns or {}).items():
        rdtype, name = key.split()
        made.dns.records[name, rdtype] = DnsAnswer(
            name, rdtype, DnsStatus.OK, tuple(records), name, signed=key in signed
        )
    for url, page in (pages or {}).items():
        made.http.pages[url] = page if isinstance(page, HttpAnswer) else ok(url, page)
    made.open = dict.fromkeys(probes)
    return made


def alias(made: World, name: str, target: str, address: str = "192.0.2.1") -> None:
    """Make `name` a CNAME."""
    made.dns.records[name, "A"] = DnsAnswer(name, "A", DnsStatus.OK, (address,), target)


def broken(made: World, key: str, status: DnsStatus) -> None:
    """Let a question fail."""
    rdtype, name = key.split()
    made.dns.records[name, rdtype] = DnsAnswer(name, rdtype, status)


def ok(url: str, body: bytes, final: str = "") -> HttpAnswer:
    return HttpAnswer(url, final or url, Outcome.OK, Reason.NONE, 200, "text/xml", body, url.startswith("https://"))


def timed_out(url: str) -> HttpAnswer:
    return HttpAnswer(url, url, Outcome.TIMEOUT, Reason.READ_TIMEOUT)


def query(made: World, address: EmailAddress = ANNA, *, options: Options | None = None, seed: int = 1) -> Query:
    return Query(address, made.wire, SHELF, options or Options(), wire.Recorder(str(address)), random.Random(seed))


def server(kind: str, host: str, port: int, socket: str = "SSL", *, extra: str = "") -> str:
    tag = "outgoingServer" if kind == "smtp" else "incomingServer"
    extra = extra or "<username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication>"
    return (
        f'<{tag} type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{socket}</socketType>{extra}</{tag}>"
    )


def config(*servers: str, version: str = "1.1") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><clientConfig version="{version}"><emailProvider id="x">'
        f"<domain>example.org</domain><displayName>Example</displayName>{''.join(servers)}"
        "</emailProvider></clientConfig>"
    ).encode()


def usual(host: str) -> bytes:
    """A file with IMAP and SMTP at one host."""
    return config(server("imap", host, 993), server("smtp", host, 465))


def service(
    protocol: str,
    host: str,
    security: Security = Security.TLS,
    *,
    source: Source = Source.ISPDB,
    trust: Trust = Trust.TRUSTED,
    user: str = "",
    auth: tuple[Auth, ...] = (),
) -> Service:
    origin = Provenance(source, f"said by {source}", Channel.HTTPS, trust)
    endpoint = Endpoint(Protocol(protocol), host, 993, security)
    return Service(Sourced(endpoint, origin), Sourced(user, origin), Sourced(auth, origin))


def found(source: Source, *services: Service) -> SourceAnswer:
    return SourceAnswer(source, Told.FOUND, f"said by {source}", Candidate(services))


def both(source: Source, host: str, trust: Trust = Trust.TRUSTED) -> SourceAnswer:
    """An answer that knows reading and sending."""
    return found(source, service("imap", host, source=source, trust=trust), service("smtp", host, source=source))


def hosts(candidate: Candidate | None) -> list[str]:
    return [] if candidate is None else [f"{s.protocol} {s.endpoint.value}" for s in candidate.services]
