"""The SRV records of a domain, every one of them and what is wrong with them (RFC 2782, RFC 6186, RFC 8314)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailwright.core import (
    Asked,
    Candidate,
    DnsAnswer,
    Flaw,
    FlawKind,
    Protocol,
    Publication,
    Security,
    Service,
    Source,
    Srv,
    Told,
)
from mailwright.discover import service, verdict
from mailwright.discover.query import Query, is_ip
from mailwright.discover.reading.page import flaw
from mailwright.discover.saying import Saying, over_dns
from mailwright.discover.sources import srv


@dataclass(frozen=True, slots=True)
class _Line:
    """One record under its name. `offers` False: it says that the service is not there."""

    label: str
    protocol: Protocol
    security: Security
    record: Srv

    @property
    def offers(self) -> bool:
        return self.record.target not in ("", ".")


def read(asked: Asked, query: Query) -> Publication:
    """The services in the order of their priorities; a name that could not be asked for leaves the rest as it is."""
    named = {answer.name: answer for answer in asked.records if answer.rdtype == "SRV"}
    lines = list(_lines(query, named))
    services = tuple(made for line in _ordered(lines) if (made := _service(line, query, named)) is not None)
    if not lines:
        said = verdict.combined(Source.SRV, [verdict.dns(Source.SRV, answer) for answer in named.values()])
        return Publication(asked.way, asked.where, said.told, said.reason)
    offered = {line.protocol for line in lines if line.offers}
    denied = tuple(p for p in Protocol if p not in offered and any(line.protocol is p for line in lines))
    return Publication(
        asked.way, asked.where, Told.FOUND if services else Told.NOTHING,
        candidate=Candidate(services) if services else None,
        flaws=tuple(_flaws(lines, asked, query)), denied=denied,
    )  # fmt: skip


def _lines(query: Query, named: dict[str, DnsAnswer]) -> Iterator[_Line]:
    for label, protocol, security in srv.NAMES:
        answer = named.get(f"{label}.{query.domain}")
        for record in answer.srv() if answer is not None else ():
            yield _Line(label, protocol, security, record)


def _ordered(lines: Sequence[_Line]) -> list[_Line]:
    """By priority, then by weight; at a tie in the order of the names, implicit TLS first (RFC 8314 §3)."""
    return sorted(lines, key=lambda line: (line.record.priority, -line.record.weight))


def _service(line: _Line, query: Query, named: dict[str, DnsAnswer]) -> Service | None:
    record, answer = line.record, named[f"{line.label}.{query.domain}"]
    if not line.offers or not record.port:
        return None
    security = Security.TLS if service.usual(record.port) is Security.TLS else line.security
    where = service.endpoint(line.protocol, record.target, str(record.port), security, address=query.address)
    saying = Saying(query, Source.SRV, f"SRV {answer.name}", over_dns(signed=answer.signed), own=answer.signed)
    return service.service(where, saying) if where is not None else None


def _flaws(lines: list[_Line], asked: Asked, query: Query) -> Iterator[Flaw]:
    aliases = {a.name: a.canonical for a in asked.records if a.rdtype == "A" and a.canonical not in ("", a.name)}
    for line in lines:
        yield from _target(line, lines, aliases, query)
        if line.label.startswith("_submission.") and line.record.port == 465:
            good = f"_submissions._tcp.{query.domain}. SRV {line.record.priority} {line.record.weight} 465"
            yield flaw(FlawKind.SRV_465, line.protocol, record=f"{good} {line.record.target}.")
    for protocol in Protocol:
        yield from _priority([line for line in lines if line.protocol is protocol and line.offers])
    yield from _partial(lines, asked)


def _target(line: _Line, lines: list[_Line], aliases: dict[str, str], query: Query) -> Iterator[Flaw]:
    name, target = f"{line.label}.{query.domain}", line.record.target
    if not line.offers:
        if any(other.label == line.label and other.offers for other in lines):
            yield flaw(FlawKind.SRV_TARGET, line.protocol, name=name, found=".")
    elif is_ip(target) or target in aliases or not line.record.port:
        shown = f"{target} → {aliases[target]}" if target in aliases else f"{target}:{line.record.port}"
        yield flaw(FlawKind.SRV_TARGET, line.protocol, name=name, found=shown)


def _priority(lines: list[_Line]) -> Iterator[Flaw]:
    """RFC 8314 §3: the name for TLS from the first byte shall be preferred where both are offered."""
    best = {
        security: min((line.record.priority for line in lines if line.security is security), default=None)
        for security in (Security.TLS, Security.STARTTLS)
    }
    implicit, upgraded = best[Security.TLS], best[Security.STARTTLS]
    if implicit is not None and upgraded is not None and upgraded < implicit:
        first = next(line for line in lines if line.security is Security.STARTTLS)
        better = next(line for line in lines if line.security is Security.TLS)
        yield flaw(FlawKind.SRV_PRIORITY, first.protocol, name=first.label, better=better.label)


def _partial(lines: list[_Line], asked: Asked) -> Iterator[Flaw]:
    """Of reading and sending one is named and the other not, though the DNS has said all."""
    if not all(answer.status.told for answer in asked.records if answer.rdtype == "SRV"):
        return
    offered = {line.protocol.incoming for line in lines if line.offers}
    if len(offered) == 1:
        yield flaw(FlawKind.SRV_PARTIAL, missing="_submissions._tcp" if offered == {True} else "_imaps._tcp")
