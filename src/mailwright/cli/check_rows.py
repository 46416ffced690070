"""What a domain publishes as rows: sign and word, the way, what stands there; then the servers, then what to do."""

from __future__ import annotations

from collections.abc import Iterable

from mailwright.cli import found
from mailwright.cli.screen import Screen, pad
from mailwright.core import (
    Finding,
    Outcome,
    Probe,
    Protocol,
    Publication,
    Published,
    Reason,
    Service,
    Severity,
    Told,
    Way,
    to_unicode,
)

SUBJECT = 19
_WORDS = {"ok": "good", "warn": "flawed", "bad": "wrong", "none": "nothing", "unknown": "unknown"}


def show(screen: Screen, seen: Published, told: tuple[Finding, ...]) -> None:
    """Everything, for a person."""
    words = screen.words
    screen.data(screen.paint(words.say("check.head", domain=to_unicode(seen.domain)), "bold"))
    for one in seen.publications:
        sign = _sign(one, told)
        screen.row(sign, words.say(f"check.word.{_WORDS[sign]}"), f"{pad(one.way.value, SUBJECT)}{_facts(screen, one)}")
    if seen.probes:
        screen.data("")
        screen.data(screen.paint(words.say("check.servers"), "bold"))
    for probe in seen.probes:
        _server(screen, probe, told)
    for finding in told:
        found.show(screen, finding)
    screen.data("")
    tail = words.say("check.took", seconds=f"{seen.took:.1f}", servers=len(seen.probes))
    more = words.say("check.unseen", number=seen.unseen) if seen.unseen else ""
    screen.data(screen.paint(tail + more, "dim"))


def _sign(one: Publication, told: Iterable[Finding]) -> str:
    """By the worst that is said of this way; one that does not say anything is neither good nor bad."""
    own = {finding.severity for finding in told if _about(finding, one.way)}
    if Severity.ERROR in own or one.told is Told.STOPPED:
        return "bad"
    if one.told is Told.UNKNOWN:
        return "unknown"
    if Severity.WARNING in own:
        return "warn"
    return "ok" if one.told is Told.FOUND else "none"


def _about(finding: Finding, way: Way) -> bool:
    return finding.param("way") == way.value or way.value in str(finding.param("ways") or "").replace(",", "").split()


def _facts(screen: Screen, one: Publication) -> str:
    """The settings, or why there are none."""
    words = screen.words
    if one.candidate is not None:
        shown = ", ".join(_service(screen, service) for service in _best(one.candidate.services))
        more = len(one.candidate.services) - len(_best(one.candidate.services))
        parts = [shown + (f" +{more}" if more else "")]
        if one.alike is not None:
            parts.append(words.say("check.alike" if one.alike else "check.unlike"))
        if one.way is Way.AUTOCONFIG_HTTP and one.url.startswith("https://"):
            parts.append(words.say("check.to_https"))
        return "; ".join(parts)
    if one.reason in (Reason.DNS_NXDOMAIN, Reason.DNS_NODATA):
        return words.say("check.no_name" if one.reason is Reason.DNS_NXDOMAIN else "check.no_record")
    if one.reason is not Reason.NONE:
        return words.say(f"reason.{one.reason.value}")
    if one.status:
        return f"HTTP {one.status} {one.content_type}".strip()
    return words.say("check.no_record" if one.told is Told.NOTHING else f"check.told.{one.told.value}")


def _best(services: tuple[Service, ...]) -> list[Service]:
    """The first of each protocol."""
    first = (next((s for s in services if s.protocol is protocol), None) for protocol in Protocol)
    return [service for service in first if service is not None]


def _service(screen: Screen, service: Service) -> str:
    endpoint = service.endpoint.value
    security = screen.words.say(f"security.{endpoint.security.value}")
    return f"{endpoint.protocol.value.upper()} {endpoint.shown} {security}"


def _server(screen: Screen, probe: Probe, told: Iterable[Finding]) -> None:
    words, endpoint = screen.words, probe.endpoint
    where = f"{endpoint.protocol.value.upper()} {endpoint.shown} {words.say(f'security.{endpoint.security.value}')}"
    if probe.outcome is Outcome.OK:
        version = probe.tls.version if probe.tls is not None else ""
        screen.row("ok", words.say("check.word.good"), where, version)
        return
    severities = {f.severity for f in told if (f.param("host"), f.param("port")) == (endpoint.host, endpoint.port)}
    sign = "bad" if Severity.ERROR in severities else "warn" if severities else "unknown"
    reason = words.say(f"reason.{probe.reason.value}") if probe.reason is not Reason.NONE else ""
    screen.row(sign, words.say(f"check.word.{_WORDS[sign]}"), where, reason)
