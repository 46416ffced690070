"""Single facts of a result as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailwright.core import Candidate, Finding, Protocol, Service, TlsFacts, Trace, expand

if TYPE_CHECKING:
    from mailwright import setup, texts

# The finding that the verdict has said already.
_SAID_BY_VERDICT = "settings.not_verified"
_NO_HOST = ("host.typo", "dns.nxdomain", "dns.nodata")


def tls_text(words: texts.Words, tls: TlsFacts | None) -> str:
    """Version and how long the certificate is good."""
    if tls is None:
        return ""
    version = tls.version.replace("TLSv", "TLS ")
    if not tls.chain:
        return version
    days = (tls.chain[0].not_after - datetime.now(UTC)).days
    return words.say("row.tls", version=version, days=days)


def secret_name(words: texts.Words, candidate: Candidate) -> str:
    """What the provider calls the thing to type as the password."""
    if candidate.secret is None:
        return words.say("fill.password")
    return candidate.secret.value.name.get(words.language, "") or words.say("fill.password")


def services(result: setup.Result) -> list[Service]:
    """What a person fills in: the verified services, else the best of each protocol."""
    if result.account is not None:
        return [result.account.incoming.service, result.account.outgoing.service]
    candidate = result.discovery.candidate
    if candidate is None:
        return []
    return [s for p in Protocol if (s := candidate.best(p)) is not None]


def username(result: setup.Result, service: Service) -> str:
    """The user name that was accepted there, else the one the settings say."""
    if result.account is not None:
        both = (result.account.incoming, result.account.outgoing)
        return next((v.username for v in both if v.service == service), "")
    return expand(service.username.value, result.discovery.address)


def findings(result: setup.Result) -> list[Finding]:
    """What is to be told, in its order; the same cause on both sides is told once."""
    made: dict[str, Finding] = {}
    for finding in result.findings:
        if finding.id != _SAID_BY_VERDICT:
            made.setdefault(finding.id, finding)
    return list(made.values())


def missing_hosts(result: setup.Result) -> frozenset[str]:
    """Hosts that were judged to be misspelt or not to exist: nobody is asked whether to trust them."""
    judged = (finding for finding in result.findings if finding.id in _NO_HOST)
    return frozenset(str(finding.param("host") or "") for finding in judged) - {""}


def traces(result: setup.Result) -> list[Trace]:
    """Every conversation that was held."""
    tried = result.evidence.services if result.evidence else ()
    return [t for t in (result.discovery.trace, *(s.trace for s in tried)) if t.steps]


def trace_text(traces: list[Trace]) -> str:
    """The whole conversation, redacted, with times in milliseconds."""
    lines: list[str] = []
    for trace in traces:
        lines.append(f"== {trace.subject}")
        for step in trace.steps:
            facts = " ".join(f"{key}={value}" for key, value in step.facts if value not in ("", None))
            times = f"{step.at * 1000:8.1f} +{step.took * 1000:.1f} ms"
            lines.append(f"{times}  {step.kind} {step.outcome.value}  {facts}".rstrip())
            lines += [f"{line.at * 1000:8.1f}     {line.who}: {line.text}" for line in step.lines]
    return "\n".join(lines)
