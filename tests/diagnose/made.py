"""Evidence made by hand: what verify would have seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailwright import diagnose, texts
from mailwright.core import (
    Auth,
    Candidate,
    Certificate,
    Channel,
    Discovery,
    DomainFacts,
    EmailAddress,
    Endpoint,
    Evidence,
    Finding,
    Fixer,
    LoginTry,
    Meaning,
    Outcome,
    Protocol,
    Provenance,
    Reason,
    Repair,
    Reply,
    SecretHelp,
    SecretKind,
    Security,
    Service,
    ServiceEvidence,
    Severity,
    Source,
    SourceAnswer,
    Sourced,
    Stage,
    TlsFacts,
    Trust,
)

LI = EmailAddress("li", "example.org")
ORIGIN = Provenance(Source.BOOK, "book:mine", Channel.BOOK, Trust.TRUSTED)
REFUSAL = Reply("NO", "AUTHENTICATIONFAILED", "Login failed")


def service(protocol: Protocol, port: int = 993, host: str = "", origin: Provenance = ORIGIN) -> Service:
    endpoint = Endpoint(protocol, host or f"{protocol.value}.example.org", port, Security.TLS)
    return Service(Sourced(endpoint, origin), Sourced("%EMAILADDRESS%", ORIGIN), Sourced((Auth.PASSWORD,), ORIGIN))


IMAP, POP3, SMTP = (service(protocol) for protocol in Protocol)


def candidate(
    kind: SecretKind | None = None, *, when: str = "always", needs_id: bool = False, services: bool = True
) -> Candidate:
    """Settings of a provider that wants this kind of secret."""
    secret = Sourced(SecretHelp(kind, {"zh": "码", "en": "code"}, when), ORIGIN) if kind else None
    found = (IMAP, POP3, SMTP) if services else ()
    return Candidate(found, "mine", {"zh": "我", "en": "Mine"}, secret, None, Sourced(needs_id, ORIGIN))


def discovery(found: Candidate | None = None, *, domain: DomainFacts | None = None, online: bool = True) -> Discovery:
    return Discovery(LI, found, (), domain or DomainFacts(exists=True), online=online)


def found_by(winner: Source, *answers: SourceAnswer) -> Discovery:
    """Settings of this source, and what other sources answered."""
    origin = replace(ORIGIN, source=winner)
    services = tuple(service(protocol, origin=origin) for protocol in Protocol)
    return replace(discovery(Candidate(services)), answers=answers)


def login(
    outcome: Outcome, reply: Reply | None = None, *repairs: Repair, mechanism: str = "PLAIN", name: str = ""
) -> LoginTry:
    return LoginTry(name or "li@example.org", mechanism, repairs, outcome, reply)


def works(where: Service, *repairs: Repair) -> ServiceEvidence:
    """Signed in, after these repairs."""
    return ServiceEvidence(where, Stage.DONE, Outcome.OK, logins=(login(Outcome.OK, None, *repairs),))


def refused(where: Service, reply: Reply | None, *, mechanism: str = "PLAIN") -> ServiceEvidence:
    """The login was answered, and not with yes."""
    tries = (login(Outcome.NO, reply, mechanism=mechanism),)
    return ServiceEvidence(where, Stage.LOGIN, Outcome.NO, reply, tries, reason=Reason.REFUSED)


def stopped(where: Service, reason: Reason, stage: Stage = Stage.CONNECT) -> ServiceEvidence:
    """Something came before any login."""
    return ServiceEvidence(where, stage, Outcome.FAILED, reason=reason)


def certificate(*, self_signed: bool = False) -> Certificate:
    return Certificate(
        "CN=imap.example.org", "CN=Some CA", ("imap.example.org",), datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 2, 1, tzinfo=UTC), "ab", "EC secp256r1", self_signed,
    )  # fmt: skip


def bad_certificate(code: int, chain: int = 2, *, self_signed: bool = False) -> ServiceEvidence:
    """A handshake that OpenSSL ended with this X509_V_ERR."""
    tls = TlsFacts(verify_code=code, chain=(certificate(self_signed=self_signed),) * chain)
    return ServiceEvidence(IMAP, Stage.TLS, Outcome.STOPPED, tls=tls, reason=Reason.TLS_CERTIFICATE)


class Silent:
    """A table of replies that knows no words, so that codes and the rest decide."""

    def meaning(self, text: str, *, protocol: Protocol | None = None, vendor: str = "") -> Meaning:
        return Meaning()

    def vendor_of(
        self, *, host: str = "", provider: str = "", banner: str = "", capabilities: tuple[str, ...] = ()
    ) -> str:
        return ""


def evidence(*services: ServiceEvidence) -> Evidence:
    return Evidence(services)


def judged(seen: Evidence, found: Candidate | None = None) -> tuple[Finding, ...]:
    """The findings; each can be told in both languages."""
    results = diagnose.findings(discovery(found or candidate()), seen, replies=Silent())
    for language in texts.LANGUAGES:
        for finding in results:
            told = texts.Words(language).finding(finding)
            assert "{" not in told.title + told.why + told.fix
    return results


def only(findings: tuple[Finding, ...]) -> tuple[str, Severity, Fixer]:
    """The one finding."""
    assert len(findings) == 1, findings
    return findings[0].id, findings[0].severity, findings[0].who
