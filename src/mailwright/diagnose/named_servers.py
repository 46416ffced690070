"""What the servers that are named did when they were looked at. One that stands first anywhere has to work."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import Endpoint, Finding, Fixer, Outcome, Param, Probe, Publication, Published, Reason, Severity
from mailwright.diagnose.publishing import spelt

# Where a time-out, a broken resolver or a reset said nothing about the server itself.
_MEANS = {
    Reason.DNS_NXDOMAIN: "autoconfig.host_dns",
    Reason.DNS_NODATA: "autoconfig.host_dns",
    Reason.CONNECT_REFUSED: "autoconfig.host_refused",
    Reason.TLS_CERTIFICATE: "autoconfig.host_certificate",
    Reason.TLS_HANDSHAKE: "autoconfig.host_no_tls",
    Reason.TLS_NOT_SPOKEN: "autoconfig.host_no_tls",
    Reason.STARTTLS_MISSING: "autoconfig.host_no_tls",
    Reason.STARTTLS_REFUSED: "autoconfig.host_no_tls",
    Reason.STARTTLS_INJECTION: "autoconfig.host_no_tls",
    Reason.NOT_THE_PROTOCOL: "autoconfig.host_no_tls",
}


def findings(seen: Published) -> Iterator[Finding]:
    """One for each server that is not as it should be, and one for all that could not be looked at."""
    silent = []
    for probe in seen.probes:
        if probe.outcome is Outcome.OK:
            continue
        id = _MEANS.get(probe.reason)
        if id is None or probe.outcome is Outcome.TIMEOUT:
            silent.append(probe)
        else:
            yield _broken(seen, probe, id)
    if silent:
        servers = ", ".join(str(probe.endpoint) for probe in silent)
        about: tuple[tuple[str, Param], ...] = (("domain", seen.domain), ("servers", servers))
        yield Finding("autoconfig.host_unknown", Severity.UNKNOWN, Fixer.NETWORK, about)


def _broken(seen: Published, probe: Probe, id: str) -> Finding:
    endpoint = probe.endpoint
    naming = [one for one in seen.found if _names(one, endpoint)]
    first = any(_first(one, endpoint) for one in naming)
    about: dict[str, Param] = {
        "domain": seen.domain,
        "host": endpoint.host,
        "port": endpoint.port,
        "security": spelt(endpoint.security),
        "ways": " ".join(one.way.value for one in naming),
    }
    if probe.tls is not None and probe.tls.chain:
        about["names"] = ", ".join(probe.tls.chain[0].names[:5])
    severity = Severity.ERROR if first else Severity.WARNING
    return Finding(id, severity, Fixer.ADMIN, tuple(about.items()), endpoint.protocol)


def _names(one: Publication, endpoint: Endpoint) -> bool:
    return one.candidate is not None and any(s.endpoint.value == endpoint for s in one.candidate.services)


def _first(one: Publication, endpoint: Endpoint) -> bool:
    """True when it is what a program tries first for that protocol on that way."""
    best = one.candidate.best(endpoint.protocol) if one.candidate is not None else None
    return best is not None and best.endpoint.value == endpoint
