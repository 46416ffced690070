"""From what was found, seen and judged to findings, most serious first."""

from __future__ import annotations

from mailwright import book
from mailwright.core import (
    Candidate,
    Cause,
    Diagnosis,
    Discovery,
    Evidence,
    Examination,
    Finding,
    Fixer,
    Param,
    Protocol,
    Reason,
    Severity,
    Source,
    Told,
    Trust,
)
from mailwright.diagnose import judging, weighing
from mailwright.diagnose.case import Case, Replies, decisive, greeted
from mailwright.diagnose.signs.making import pair

_ORDER = (Severity.ERROR, Severity.UNKNOWN, Severity.WARNING, Severity.INFO)
# What the domain itself says, best first.
_OWN = (Source.PACC, Source.AUTOCONFIG, Source.MAILCONF, Source.SRV)
# A proxy asks the DNS itself and says only that it cannot connect; mostly there is no such name.
_BY_PROXY = (Reason.PROXY_REFUSED, Reason.PROXY_UNREACHABLE, Reason.PROXY_AUTH)


def findings(
    discovery: Discovery,
    evidence: Evidence | None,
    *,
    signing_in: bool = False,
    replies: Replies | None = None,
) -> tuple[Finding, ...]:
    """Everything worth telling. `evidence` None: nobody signed in; `signing_in`: although somebody wanted to.

    `replies` None: the shipped table, read only if there are words to be understood.
    """
    examination = Examination(discovery.address, discovery=discovery, evidence=evidence, signing_in=signing_in)
    judgement = judging.Judgement(examination, replies or _table(evidence))
    found = _of_services(judgement)
    found += [_from(diagnosis.causes[0], None) for diagnosis in _of_search(judgement)]
    return _sorted(found + _beside(discovery, evidence))


def findings_of(examination: Examination, diagnoses: tuple[Diagnosis, ...]) -> tuple[Finding, ...]:
    """The first cause of each diagnosis, then what else is worth telling of the settings."""
    seen = decisive(examination)
    found = []
    for diagnosis in diagnoses:
        at = seen.get(diagnosis.protocol) if diagnosis.protocol is not None else None
        stage = (at.stage.value,) if at is not None else ()
        found += [_from(cause, stage) for cause in diagnosis.causes[:1]]
    if examination.discovery is not None:
        found += _beside(examination.discovery, examination.evidence)
    return _sorted(found)


def _sorted(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda f: _ORDER.index(f.severity)))


def _of_services(judgement: judging.Judgement) -> list[Finding]:
    """One for each protocol that fails, and each repair of those that work."""
    found: list[Finding] = []
    for case in judgement.cases():
        stage = _stage(case)
        if judging.fails(case):
            found += [_from(cause, stage) for cause in weighing.diagnosis(case).causes[:1]]
        elif judging.works(case):
            repairs = (d for d in judging.repairs(case) if d.causes[0].id != "net.ipv6_broken")
            found += [_from(diagnosis.causes[0], stage) for diagnosis in repairs]
    return found


def _of_search(judgement: judging.Judgement) -> list[Diagnosis]:
    diagnosis = weighing.diagnosis(judgement.whole())
    return [diagnosis] if diagnosis.causes else []


def _stage(case: Case) -> tuple[str, ...]:
    return (case.seen.stage.value,) if case.seen is not None else ()


def _from(cause: Cause, stage: tuple[str, ...] | None) -> Finding:
    return Finding(cause.id, cause.severity, cause.who, cause.params, cause.protocol, stage or ())


def _beside(discovery: Discovery, evidence: Evidence | None) -> list[Finding]:
    """Of settings that are there: better sources that kept silent, a side that is missing, nothing proved."""
    candidate = discovery.candidate
    tried = evidence is not None and bool(evidence.services)
    if (candidate is None or not candidate.services) and not tried:
        return []
    found = _about_sources(discovery, candidate) if candidate is not None and candidate.services else []
    found += [*_missing(discovery, evidence), *_other_names(discovery, evidence)] if evidence is not None else []
    if evidence is None or not any(seen.logins for seen in evidence.services):
        found.append(Finding("settings.not_verified", Severity.INFO, Fixer.YOU))
    return found


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
    params: tuple[tuple[str, Param], ...] = (
        ("sources", ", ".join(missed)),
        ("domain", discovery.address.unicode_domain),
    )
    return [Finding("settings.better_source_silent", Severity.WARNING, Fixer.NETWORK, params)]


def _missing(discovery: Discovery, evidence: Evidence) -> list[Finding]:
    """A side that is missing; where nobody could be asked for settings and what was typed fails, it means nothing."""
    known = discovery.candidate is not None and bool(discovery.candidate.services)
    if not known and not any(seen.works for seen in evidence.services):
        return []
    severity = Severity.ERROR if known or not discovery.silent else Severity.UNKNOWN
    protocols = {seen.service.protocol for seen in evidence.services}
    found = []
    if not any(protocol.incoming for protocol in protocols):
        found.append(Finding("settings.no_incoming", severity, Fixer.PROVIDER))
    if Protocol.SMTP not in protocols:
        found.append(Finding("settings.no_outgoing", severity, Fixer.PROVIDER))
    return found


def _other_names(discovery: Discovery, evidence: Evidence) -> list[Finding]:
    """Typed servers that answer under a name nobody publishes: when servers move, the published one moves along."""
    known = discovery.candidate.services if discovery.candidate is not None else ()
    told = [s for s in known if s.endpoint.provenance.source is not Source.GUESS and s.trust is Trust.TRUSTED]
    found = []
    for seen in evidence.services:
        protocol, typed = seen.service.protocol, seen.service.endpoint
        there = [s.endpoint.value for s in told if s.protocol is protocol]
        own = greeted(seen) and (seen.works or not seen.logins) and typed.provenance.source is Source.USER
        if own and there and all(endpoint.host != typed.value.host for endpoint in there):
            params = (("typed", typed.value.host), ("meant", there[0].host), *pair(there[0]).items())
            found.append(Finding("settings.other_name", Severity.INFO, Fixer.YOU, params, protocol))
    return found


def _table(evidence: Evidence | None) -> Replies | None:
    """The shipped table of replies, if a server said anything that has to be understood."""
    services = evidence.services if evidence is not None else ()
    said = any(seen.reply is not None and seen.reason is Reason.REFUSED for seen in services)
    return book.Replies.load() if said else None
