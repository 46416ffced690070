"""From what was found and what was seen to findings, most serious first."""

from __future__ import annotations

from mailwright.core import (
    Candidate,
    Discovery,
    Evidence,
    Finding,
    Fixer,
    Param,
    Protocol,
    Reason,
    SecretKind,
    ServiceEvidence,
    Severity,
    Source,
    Stage,
    Told,
)
from mailwright.diagnose import service
from mailwright.diagnose.making import finding
from mailwright.diagnose.rules import Rule

_ORDER = (Severity.ERROR, Severity.UNKNOWN, Severity.WARNING, Severity.INFO)
# What the domain itself says, best first.
_OWN = (Source.PACC, Source.AUTOCONFIG, Source.MAILCONF, Source.SRV)
# A proxy asks the DNS itself and says only that it cannot connect; mostly there is no such name.
_BY_PROXY = (Reason.PROXY_REFUSED, Reason.PROXY_UNREACHABLE, Reason.PROXY_AUTH)


def findings(discovery: Discovery, evidence: Evidence | None, *, signing_in: bool = False) -> tuple[Finding, ...]:
    """Everything worth telling. `evidence` None: nobody signed in; `signing_in`: although somebody wanted to."""
    found = _about_settings(discovery)
    candidate = discovery.candidate
    if candidate is not None and candidate.services:
        found += _about_sources(discovery, candidate)
        found += _about_services(candidate, evidence) if evidence is not None else []
        if evidence is None and signing_in and needs_token(candidate):
            found.append(_only_by_token(candidate))
        if evidence is None or not any(seen.logins for seen in evidence.services):
            found.append(finding(Rule("settings.not_verified", Severity.INFO, Fixer.YOU), {}))
    return tuple(sorted(found, key=lambda f: _ORDER.index(f.severity)))


def needs_token(candidate: Candidate) -> bool:
    """True when the provider lets nobody in by any kind of password: asking for one would be of no use."""
    secret = candidate.secret.value if candidate.secret is not None else None
    return secret is not None and secret.kind is SecretKind.OAUTH2 and secret.when == "always"


def _only_by_token(candidate: Candidate) -> Finding:
    where = candidate.services[0].endpoint.value
    about: dict[str, Param] = {
        "provider": candidate.provider or "",
        "host": where.host,
        "port": where.port,
        "reply": "",
        "username": "",
    }
    return finding(Rule("auth.oauth_only", Severity.ERROR, Fixer.YOU), about)


def _about_sources(discovery: Discovery, candidate: Candidate) -> list[Finding]:
    """A better source that could not be asked might have said something else."""
    winner = candidate.services[0].endpoint.provenance.source
    rank = list(Source).index(winner)
    missed = [
        answer.source.value
        for answer in discovery.answers
        if answer.source in _OWN
        and answer.told in (Told.UNKNOWN, Told.STOPPED)
        and answer.reason not in _BY_PROXY
        and list(Source).index(answer.source) < rank
    ]
    if not missed:
        return []
    rule = Rule("settings.better_source_silent", Severity.WARNING, Fixer.NETWORK)
    return [finding(rule, {"sources": ", ".join(missed), "domain": discovery.address.unicode_domain})]


def _about_settings(discovery: Discovery) -> list[Finding]:
    domain = discovery.address.unicode_domain
    if discovery.candidate is not None:
        return _about_provider(discovery.candidate)
    if discovery.domain.exists is False:
        return [finding(Rule("domain.nxdomain", Severity.ERROR, Fixer.YOU), {"domain": domain})]
    if discovery.domain.null_mx:
        return [finding(Rule("domain.null_mx", Severity.ERROR, Fixer.YOU), {"domain": domain})]
    if not discovery.online:
        return [finding(Rule("settings.offline", Severity.UNKNOWN, Fixer.YOU), {"domain": domain})]
    if any(answer.told is Told.UNKNOWN for answer in discovery.answers):
        return [finding(Rule("settings.unknown", Severity.UNKNOWN, Fixer.NETWORK), {"domain": domain})]
    return [finding(Rule("settings.not_found", Severity.ERROR, Fixer.PROVIDER), {"domain": domain})]


def _about_provider(candidate: Candidate) -> list[Finding]:
    if candidate.services:
        return []
    params = {"provider": candidate.provider or ""}
    return [finding(Rule("provider.closed", Severity.ERROR, Fixer.PROVIDER), params)]


def _about_services(candidate: Candidate, evidence: Evidence) -> list[Finding]:
    """The endpoint of each protocol that let us come farthest decides; of equals the preferred one."""
    decisive: dict[Protocol, ServiceEvidence] = {}
    for seen in evidence.services:
        before = decisive.get(seen.service.protocol)
        if before is None or _progress(seen) > _progress(before):
            decisive[seen.service.protocol] = seen
    found: list[Finding] = []
    for seen in decisive.values():
        if not seen.works and seen.reason in (Reason.NOT_TRIED, Reason.NONE):
            continue  # looked at only, or left alone because of what was found out about the other protocol
        found += [service.failure(candidate, seen, decisive)] if not seen.works else service.repairs(seen)
    if not any(protocol.incoming for protocol in decisive):
        found.append(finding(Rule("settings.no_incoming", Severity.ERROR, Fixer.PROVIDER), {}))
    if Protocol.SMTP not in decisive:
        found.append(finding(Rule("settings.no_outgoing", Severity.ERROR, Fixer.PROVIDER), {}))
    return found


def _progress(seen: ServiceEvidence) -> tuple[bool, bool, int]:
    return seen.works, bool(seen.logins), list(Stage).index(seen.stage)
