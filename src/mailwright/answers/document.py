"""Results as JSON for programs: the document of setup.schema.json."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mailwright import texts
from mailwright.answers import remedy, said
from mailwright.core import Candidate, Finding, Service, ServiceEvidence, Sourced, expand, plain

if TYPE_CHECKING:
    from mailwright import setup
    from mailwright.core import EmailAddress, Json

SCHEMA = 1


def as_json(result: setup.Result, *, trace: bool) -> str:
    """The document of setup.schema.json."""
    return json.dumps(document(result, trace=trace), ensure_ascii=False, indent=2)


def document(result: setup.Result, *, trace: bool) -> dict[str, Json]:
    """As plain JSON types; both languages in the findings."""
    discovery, candidate = result.discovery, result.discovery.candidate
    services = candidate.services if candidate else ()
    made: dict[str, Json] = {
        "schema": SCHEMA,
        "address": str(discovery.address),
        "verdict": result.verdict.value,
        "did_you_mean": result.near,
        "provider": {"id": candidate.provider, "name": plain(candidate.name)} if candidate else None,
        "services": [_service(s, discovery.address) for s in services],
        "secret": plain(candidate.secret) if candidate else None,
        "switch_on": plain(candidate.switch_on) if candidate else [],
        "notes": plain(candidate.notes) if candidate else [],
        "account": _account(result),
        "tried": [_tried(s) for s in (result.evidence.services if result.evidence else ())],
        "findings": [_finding_json(f, candidate, discovery.address) for f in result.findings],
        "sources": [
            {"source": a.source.value, "told": a.told.value, "where": a.where, "reason": a.reason.value}
            for a in discovery.answers
        ],
    }
    if trace:
        made["trace"] = [plain(t) for t in said.traces(result)]
    return made


def _service(service: Service, address: EmailAddress) -> Json:
    endpoint = service.endpoint.value
    return {
        "protocol": endpoint.protocol.value,
        "host": endpoint.host,
        "port": endpoint.port,
        "security": endpoint.security.value,
        "username": expand(service.username.value, address),
        "auth": [a.value for a in service.auth.value],
        "trust": service.trust.name.lower(),
        "from": {
            "endpoint": _origin(service.endpoint),
            "username": _origin(service.username),
            "auth": _origin(service.auth),
        },
    }


def _origin(fact: Sourced[object]) -> Json:
    made = plain(fact.provenance)
    assert isinstance(made, dict)
    return {**made, "trust": fact.provenance.trust.name.lower()}


def _account(result: setup.Result) -> Json:
    if result.account is None:
        return None
    return {
        side: {
            **_endpoint(verified.service),
            "username": verified.username,
            "mechanism": verified.mechanism,
        }
        for side, verified in (("incoming", result.account.incoming), ("outgoing", result.account.outgoing))
    }


def _endpoint(service: Service) -> dict[str, Json]:
    e = service.endpoint.value
    return {"protocol": e.protocol.value, "host": e.host, "port": e.port, "security": e.security.value}


def _tried(evidence: ServiceEvidence) -> Json:
    return {
        **_endpoint(evidence.service),
        "stage": evidence.stage.value,
        "outcome": evidence.outcome.value,
        "reason": evidence.reason.value,
        "reply": plain(evidence.reply),
        "logins": plain(evidence.logins),
        "tls": plain(evidence.tls),
        "mailboxes": plain(evidence.mailboxes),
    }


def _finding_json(finding: Finding, candidate: Candidate | None, address: EmailAddress) -> Json:
    told = {code: remedy.text(texts.Words(code), finding, candidate, address) for code in texts.LANGUAGES}
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "who": finding.who.value,
        "protocol": finding.protocol.value if finding.protocol else None,
        "params": dict(finding.params),
        "evidence": list(finding.proof),
        "text": {code: finding_text(text) for code, text in told.items()},
    }


def finding_text(text: texts.FindingText) -> dict[str, Json]:
    """The texts of one language, what there is of them."""
    made: dict[str, Json] = {
        "title": text.title,
        "why": text.why,
        "fix": text.fix,
        "steps": list(text.steps),
        "minutes": text.minutes,
    }
    return made | {key: value for key, value in (("wait", text.wait), ("ask", text.ask)) if value}
