"""Port and encryption as typed, beside each other and beside the protocol (RFC 8314 §3)."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import DEFAULT_PORTS, NARROW, Endpoint, Protocol, Security, Sign, Source, Typed
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.making import sign

_MX = 25
# The web, files, shells, names: never a mail program's.
_FOREIGN = frozenset({21, 22, 53, 443, 8080, 8443})
# Where servers listen beside the registered ports.
_ALSO = {(Protocol.SMTP, 2525), (Protocol.SMTP, 994), (Protocol.SMTP, 80)}
_OWNERS = {port: protocol for (protocol, _), port in DEFAULT_PORTS.items()}


def read(case: Case) -> Iterator[Sign]:
    """A pair that does not go together, a port of another protocol, the port for servers among themselves."""
    typed = case.typed
    if typed is None:
        return
    if case.seen is None and typed.port_text is not None and typed.port_text.translate(NARROW) != typed.port_text:
        # It was undone before a server was asked.
        yield sign(case, "typed.port.fullwidth", typed=typed.port_text, meant=str(typed.port))
    protocol = case.protocol or typed.protocol
    security = typed.security or (case.endpoint.security if case.endpoint is not None else None)
    if typed.security is Security.NONE:
        yield _told(case, "typed.security.none", typed, protocol)
    if typed.port is None or protocol is None or _is_found(case, (protocol, typed.port, security)):
        return
    owner = _OWNERS.get(typed.port)
    if typed.port == _MX:
        yield _told(case, "typed.port.mx", typed, protocol)
    elif owner is not None and owner is not protocol:
        yield _told(case, "typed.port.other_protocol", typed, protocol)
    elif typed.port in _FOREIGN:
        yield _told(case, "typed.port.foreign", typed, protocol)
    elif owner is None and (protocol, typed.port) not in _ALSO:
        yield _told(case, "typed.port.unusual", typed, protocol)
    elif owner is protocol and security is not None and not _pair(protocol, typed.port, security):
        yield _told(case, "typed.port.mode", typed, protocol)


def _pair(protocol: Protocol, port: int, security: Security) -> bool:
    return DEFAULT_PORTS[protocol, security] == port


def _is_found(case: Case, typed: tuple[Protocol, int, Security | None]) -> bool:
    """True when the provider itself says so."""
    protocol, port, security = typed
    return any(e.port == port and security in (None, e.security) for e in _right(case, protocol))


def _right(case: Case, protocol: Protocol | None) -> list[Endpoint]:
    services = case.candidate.services if case.candidate is not None else ()
    found = [s.endpoint.value for s in services if s.endpoint.provenance.source is not Source.USER]
    return [e for e in found if protocol in (None, e.protocol)]


def _told(case: Case, id: str, typed: Typed, protocol: Protocol | None) -> Sign:
    """A sign that says which pair should stand there: what was found, else the registered ones."""
    right = next(iter(_right(case, protocol)), None)
    security = right.security if right is not None else Security.TLS
    port = right.port if right is not None else DEFAULT_PORTS.get((protocol or Protocol.IMAP, security), 0)
    if id == "typed.port.mode" and right is None and typed.port is not None and protocol is not None:
        port = typed.port
        security = next(s for s in Security if DEFAULT_PORTS[protocol, s] == port)
    written = " ".join(str(part) for part in (typed.port, typed.security and typed.security.value) if part)
    here = case.endpoint.host if case.endpoint is not None else ""
    host = right.host if right is not None else here
    meant = f"{port} {security.value}" if here in ("", host) else f"{host} {port} {security.value}"
    return sign(
        case, id, typed=written, meant=meant, right_host=host, right_port=port,
        right_security=security.value,
    )  # fmt: skip
