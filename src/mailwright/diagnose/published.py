"""What a domain's publications mean: findings, the most serious first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mailwright.core import (
    Endpoint,
    Finding,
    Fixer,
    Flaw,
    FlawKind,
    Param,
    Protocol,
    Publication,
    Published,
    Reason,
    Security,
    Severity,
    Told,
    Way,
)
from mailwright.diagnose import disagreeing, named_servers
from mailwright.diagnose.publishing import DEDICATED, finding, names, record, settings_url, spelt, urls

_ORDER = (Severity.ERROR, Severity.UNKNOWN, Severity.WARNING, Severity.INFO)
_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
# INCOMPLETE hinders some programs, UNUSABLE all; LEADS_ON is as it should be, for those who follow.
FLAWS: dict[FlawKind, tuple[str, Severity]] = {
    FlawKind.NOT_SETTINGS: ("autoconfig.not_settings", _ERROR),
    FlawKind.CONTENT_TYPE: ("autoconfig.content_type", _WARNING),
    FlawKind.UNLIKE_USER: ("autoconfig.unlike_user", _WARNING),
    FlawKind.NEEDS_ADDRESS: ("autoconfig.needs_address", _WARNING),
    FlawKind.PLACEHOLDER: ("autoconfig.placeholder", _ERROR),
    FlawKind.UNUSABLE: ("autoconfig.unusable", _ERROR),
    FlawKind.INCOMPLETE: ("autoconfig.incomplete", _WARNING),
    FlawKind.PASSWORD: ("autoconfig.password", _ERROR),
    FlawKind.POP_TYPE: ("autoconfig.pop_type", _WARNING),
    FlawKind.SPA: ("autoconfig.spa", _ERROR),
    FlawKind.LEADS_ON: ("autoconfig.leads_on", _INFO),
    FlawKind.PACC_DIGEST: ("autoconfig.pacc_digest", _ERROR),
    FlawKind.PACC_RECORD: ("autoconfig.pacc_record", _ERROR),
    FlawKind.PACC_FILE: ("autoconfig.pacc_file", _ERROR),
    FlawKind.SRV_465: ("autoconfig.srv_465", _WARNING),
    FlawKind.SRV_TARGET: ("autoconfig.srv_target", _ERROR),
    FlawKind.SRV_PRIORITY: ("autoconfig.srv_priority", _WARNING),
    FlawKind.SRV_PARTIAL: ("autoconfig.srv_partial", _WARNING),
    FlawKind.MAILCONF_HTTP: ("autoconfig.mailconf_http", _WARNING),
    FlawKind.MTA_STS_RECORD: ("autoconfig.mta_sts_record", _ERROR),
    FlawKind.MTA_STS_POLICY: ("autoconfig.mta_sts_policy", _ERROR),
    FlawKind.MTA_STS_MX: ("autoconfig.mta_sts_mx", _ERROR),
    FlawKind.MTA_STS_MODE: ("autoconfig.mta_sts_mode", _INFO),
}
_OF_FLAWS = {Way.MTA_STS, Way.PACC}
"""Ways whose flaws say already what is missing."""

_PLACES = [way.value for way in Way]
_AT_AUTODISCOVER = {Way.AUTODISCOVER, Way.AUTODISCOVER_CASE, Way.AUTODISCOVER_V2}


def published_findings(seen: Published) -> tuple[Finding, ...]:
    """Everything worth telling, and each thing once."""
    if seen.facts.exists is False:
        about: dict[str, Param] = {"domain": seen.domain}
        return (Finding("domain.nxdomain", _ERROR, Fixer.YOU, tuple(about.items())),)
    told = [one for publication in seen.publications for one in _publication(publication, seen)]
    told += [*_open(seen), *_missing(seen), *disagreeing.findings(seen), *named_servers.findings(seen)]
    return tuple(_once(sorted(told, key=lambda one: _ORDER.index(one.severity))))


def _once(told: Iterable[Finding]) -> Iterator[Finding]:
    """One fault at one server shows on several ways: it is told once, with all of them, as bad as it is at worst."""
    same: dict[tuple[object, ...], list[Finding]] = {}
    for one in told:
        about = {key: value for key, value in one.params if key not in ("way", "url", "ways")}
        family = str(one.param("way") or "").partition("-")[0]
        spread = one.id == "autoconfig.certificate" or not family
        same.setdefault((one.id, one.protocol, "" if spread else family, *about.items()), []).append(one)
    for first, *others in same.values():
        ways = {str(one.param("way")) for one in (first, *others)} & {*_PLACES}
        shown = " ".join(sorted(ways, key=_PLACES.index))
        yield replace(first, params=(*first.params, ("ways", shown))) if others and ways else first


def _publication(one: Publication, seen: Published) -> Iterator[Finding]:
    for flaw in one.flaws:
        yield from _flaw(one, flaw, seen)
    yield from _page(one, seen)
    if one.candidate is not None:
        yield from _settings(one, seen)
    if one.way is Way.AUTOCONFIG_HTTP and one.told is Told.FOUND and one.url.startswith("http://"):
        safe = any(seen.on(way).told is Told.FOUND for way in (Way.AUTOCONFIG, Way.WELL_KNOWN))
        url = settings_url(seen.domain)
        yield finding(one, seen, "autoconfig.plain_http", _WARNING if safe else _ERROR, url=url)


def _flaw(one: Publication, flaw: Flaw, seen: Published) -> Iterator[Finding]:
    id, severity = FLAWS[flaw.kind]
    if flaw.kind is FlawKind.NOT_SETTINGS and one.way not in DEDICATED:
        return  # a web shop at the domain itself, and no settings there
    if one.way is Way.MOBILECONFIG and flaw.kind is FlawKind.NOT_SETTINGS:
        return
    if flaw.kind is FlawKind.PASSWORD and one.way is Way.ISPDB:
        severity = _WARNING
    yield finding(one, seen, id, severity, protocol=flaw.protocol, params=dict(flaw.params))


def _page(one: Publication, seen: Published) -> Iterator[Finding]:
    """What the web server did where it gave no settings. At a place of its own this is wrong, elsewhere it hinders."""
    if one.way in _OF_FLAWS and one.flaws:
        return
    severity = _ERROR if one.way in DEDICATED else _WARNING
    exchange = one.way in _AT_AUTODISCOVER and _leads_away(seen)
    if one.reason is Reason.TLS_CERTIFICATE and not exchange and one.way is not Way.MOBILECONFIG:
        host = one.url.removeprefix("https://").partition("/")[0]
        yield finding(one, seen, "autoconfig.certificate", severity, host=host)
    elif one.reason is Reason.REDIRECT and one.way is not Way.MOBILECONFIG:
        yield finding(one, seen, "autoconfig.redirect", severity, found=one.url)
    elif one.reason in (Reason.LIMIT, Reason.TOO_MUCH):
        yield finding(one, seen, "autoconfig.unsafe", severity)
    elif one.status == 401 and names(one.way) == "autodiscover":
        yield finding(one, seen, "autoconfig.sign_in", _INFO)
    elif one.status >= 400 and one.way in DEDICATED and not exchange:
        gone = one.status in (404, 405, 410)
        yield finding(one, seen, "autoconfig.status", _WARNING if gone else _ERROR, status=one.status)


def _leads_away(seen: Published) -> bool:
    """True when Autodiscover is found by a redirect over HTTP, as with Microsoft 365."""
    led = seen.on(Way.AUTODISCOVER_HTTP).url
    return led.startswith("https://") and not led.startswith(f"https://autodiscover.{seen.domain}/")


def _settings(one: Publication, seen: Published) -> Iterator[Finding]:
    assert one.candidate is not None
    services = one.candidate.services
    for protocol in Protocol:
        where = [s.endpoint.value for s in services if s.protocol is protocol]
        plain = [endpoint for endpoint in where if endpoint.security is Security.NONE]
        if plain:
            severity = _ERROR if len(plain) == len(where) else _WARNING
            yield finding(one, seen, "autoconfig.plain_only", severity, protocol=protocol, server=str(plain[0]))
        for endpoint in where:
            right = _usual(endpoint)
            if right is not None:
                yield finding(
                    one, seen, "autoconfig.port_security", _WARNING, protocol=protocol,
                    server=str(endpoint), security=spelt(endpoint.security), expects=spelt(right),
                )  # fmt: skip
    reads, sends = any(s.protocol.incoming for s in services), any(not s.protocol.incoming for s in services)
    if reads is not sends and not one.has(FlawKind.SRV_PARTIAL) and one.way is not Way.SRV:
        missing = "SMTP" if reads else "IMAP"
        yield finding(one, seen, "autoconfig.incomplete", _WARNING, missing=missing, url=one.where)


def _usual(endpoint: Endpoint) -> Security | None:
    """What the port always speaks, if it was published otherwise (RFC 8314 §7.3)."""
    implicit, upgraded = {993, 995, 465}, {143, 110, 587}
    if endpoint.security is Security.STARTTLS and endpoint.port in implicit:
        return Security.TLS
    return Security.STARTTLS if endpoint.security is Security.TLS and endpoint.port in upgraded else None


def _open(seen: Published) -> Iterator[Finding]:
    """What could not be asked is one finding, so that a silent network does not look like many faults."""
    open_ = [one for one in seen.publications if one.told is Told.UNKNOWN and one.way is not Way.MOBILECONFIG]
    silent = [one for one in open_ if not _said_status(one)]
    if silent:
        ways = ", ".join(one.way.value for one in silent)
        yield finding(silent[0], seen, "autoconfig.unknown", Severity.UNKNOWN, who=Fixer.NETWORK, ways=ways)


def _said_status(one: Publication) -> bool:
    return one.status >= 400 and one.way in DEDICATED


def _missing(seen: Published) -> Iterator[Finding]:
    """What is not published at all, and what to publish."""
    if seen.facts.null_mx and not seen.found:
        yield _whole(seen, "autoconfig.no_mail", _INFO, {})
        return
    telling = [one for one in seen.publications if one.way.tells_settings]
    told = {one.way: one.told for one in telling}
    about = urls(seen)
    if all(value is Told.NOTHING for value in told.values()):
        yield _whole(seen, "autoconfig.nothing", _ERROR, about)
        return
    if not seen.found:
        return
    own = (told.get(Way.AUTOCONFIG), told.get(Way.WELL_KNOWN))
    http = seen.on(Way.AUTOCONFIG_HTTP)
    if own == (Told.NOTHING, Told.NOTHING) and http.told is not Told.FOUND:
        yield _whole(seen, "autoconfig.no_autoconfig", _WARNING, about)
    if told.get(Way.SRV) is Told.NOTHING and not seen.on(Way.SRV).denied:
        yield _whole(seen, "autoconfig.no_srv", _INFO, {**about, **_records(seen)})
    pox = [one for one in telling if names(one.way) == "autodiscover"]
    answered = any(one.told is not Told.NOTHING or one.status == 401 or one.has(FlawKind.LEADS_ON) for one in pox)
    if not answered and not _leads_away(seen):
        yield _whole(seen, "autoconfig.no_autodiscover", _INFO, about)
    case = seen.on(Way.AUTODISCOVER_CASE)
    if told.get(Way.AUTODISCOVER) is Told.FOUND and case.told is Told.NOTHING:
        yield finding(case, seen, "autoconfig.path_case", _WARNING, url=case.where)


def _records(seen: Published) -> dict[str, Param]:
    """The SRV records that would say what is published elsewhere."""
    best: dict[str, Param] = {}
    for publication in seen.found:
        assert publication.candidate is not None
        for service in publication.candidate.services:
            endpoint = service.endpoint.value
            if endpoint.security is not Security.NONE:
                kind = endpoint.protocol.value.rstrip("3")
                best.setdefault(f"{kind}_record", record(seen.domain, endpoint))
    return best


def _whole(seen: Published, id: str, severity: Severity, params: dict[str, Param]) -> Finding:
    return Finding(id, severity, Fixer.ADMIN, (("domain", seen.domain), *params.items()))
