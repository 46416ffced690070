"""The same thing tried another way: other ports, other endpoints, another path, a web page."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import Endpoint, Look, LookKind, Outcome, Reason, Security, Sign, Source
from mailwright.diagnose.case import Case, greeted
from mailwright.diagnose.signs.making import pair, sign


def read(case: Case) -> Iterator[Sign]:
    """What worked where this did not."""
    if case.endpoint is None or case.seen is None:
        return
    if not greeted(case.seen) and case.seen.reason is not Reason.TLS_CERTIFICATE:
        yield from _ports(case, case.endpoint)
    yield from _path(case)
    yield from _portal(case)
    if _is_known(case, case.endpoint.host):
        yield sign(case, "host.known")


def _ports(case: Case, here: Endpoint) -> Iterator[Sign]:
    """Another port and mode of the same host; one without encryption is no way out."""
    looked = [
        look.endpoint for look in case.looks(LookKind.PORT) if look.outcome is Outcome.OK and look.endpoint is not None
    ]
    tried = [other.service.endpoint.value for other in case.siblings if greeted(other)]
    for there in (*tried, *looked):
        if there.host != here.host or there == here or there.security is Security.NONE:
            continue
        id = "port.other_mode" if there.port == here.port else "port.works"
        yield sign(case, id, meant=f"{there.port} {there.security.value}", **pair(there))


def _path(case: Case) -> Iterator[Sign]:
    for look in case.looks(LookKind.PATH):
        if look.outcome is not Outcome.OK:
            continue
        via = str(look.fact("via") or "")
        if look.fact("same") is False:
            yield sign(case, "path.differs", via=via)
        elif look.fact("speaks") == case.protocol and _speaks_else(case):
            yield sign(case, "path.speaks_differs", via=via)


def _speaks_else(case: Case) -> bool:
    """True when what spoke on the usual way was not the protocol."""
    spoken = {str(look.fact("speaks") or "") for look in case.looks(LookKind.BYTES)} - {""}
    return bool(spoken) and str(case.protocol) not in spoken and "tls" not in spoken


def _portal(case: Case) -> Iterator[Sign]:
    for look in case.examination.looks:
        if look.kind is LookKind.PORTAL:
            yield _web(case, look)


def _web(case: Case, look: Look) -> Sign:
    status = look.fact("status")
    caught = isinstance(status, int) and (300 <= status < 400 or status == 511 or look.fact("body_is_html") is True)
    if caught:
        return sign(case, "portal.redirected", via=str(look.fact("location") or ""))
    told = look.outcome is Outcome.OK and isinstance(status, int) and 200 <= status < 300
    return sign(case, "portal.clean" if told else "portal.unknown")


def _is_known(case: Case, host: str) -> bool:
    """True when somebody else than the person names this host."""
    services = case.candidate.services if case.candidate is not None else ()
    published = (s.endpoint for s in services if s.endpoint.provenance.source not in (Source.USER, Source.GUESS))
    in_book = case.shelf is not None and case.shelf.by_host(host) is not None
    return in_book or any(endpoint.value.host == host for endpoint in published)
