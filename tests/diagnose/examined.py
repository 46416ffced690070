"""Examinations made by hand, as a journey would hand them over, and a small table of replies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mailwright import book, diagnose
from mailwright.core import (
    Auth,
    Candidate,
    Channel,
    Diagnosis,
    Discovery,
    DomainFacts,
    EmailAddress,
    Endpoint,
    Evidence,
    Examination,
    LoginTry,
    Look,
    LookKind,
    Meaning,
    Outcome,
    Param,
    Protocol,
    Provenance,
    Reason,
    Repair,
    Reply,
    Security,
    Service,
    ServiceEvidence,
    Shape,
    Source,
    SourceAnswer,
    Sourced,
    Stage,
    Step,
    TlsFacts,
    Told,
    Trace,
    Trust,
    Typed,
)
from mailwright.core.trace import Fact
from tests.diagnose import made

SHELF = book.Book()
IMAP, POP3, SMTP = Protocol
TLS, STARTTLS, NONE = Security
GOOD = TlsFacts("TLSv1.3", "TLS_AES_256_GCM_SHA384", "x25519", verified=True)
TYPED_BY_HAND = Provenance(Source.USER, "typed", Channel.TYPED, Trust.TRUSTED)

# Words of real servers, and what the table of the book says of them: fragment, way, causes.
WORDS: tuple[tuple[str, str, tuple[tuple[str, float], ...]], ...] = (
    ("application-specific password required", "row", (("auth.app_password", 1.0),)),
    ("please enter your authorization code", "row", (("auth.authcode", 1.0),)),
    (
        "account is abnormal, service is not open",
        "row",
        (("auth.authcode", 0.4), ("auth.protocol_off_user", 0.25), ("limit.rate", 0.2), ("auth.locked", 0.15)),
    ),
    ("please log in via your web browser", "row", (("auth.web_login", 1.0),)),
    ("account has been disabled", "row", (("auth.locked", 1.0),)),
    ("too many bad auth attempts", "row", (("auth.too_many_attempts", 0.8), ("auth.app_password", 0.2))),
    ("your password is too simple", "row", (("auth.password_policy", 1.0),)),
    ("password has expired", "row", (("auth.password_expired", 1.0),)),
    ("smtpclientauthentication is disabled for the tenant", "row", (("auth.protocol_off_admin", 1.0),)),
    ("pop not allowed for user", "row", (("auth.protocol_off_user", 1.0),)),
    ("security defaults policy", "row", (("auth.policy_admin", 1.0),)),
    ("user is authenticated but not connected", "row", (("auth.wrong_mailbox", 0.6), ("limit.rate", 0.4))),
    ("basic authentication is disabled", "row", (("auth.oauth_only", 1.0),)),
    ("token expired", "row", (("auth.oauth_expired", 1.0),)),
    ("unsafe login", "row", (("auth.client_id", 1.0),)),
    ("client not authenticated", "row", (("auth.required", 1.0),)),
    ("invalid base64", "row", (("client.syntax", 1.0),)),
    ("wrong host", "row", (("host.wrong_cluster", 1.0),)),
    ("too many simultaneous connections", "row", (("limit.connections", 1.0),)),
    ("bandwidth limits", "row", (("limit.bandwidth", 1.0),)),
    ("request is throttled", "row", (("limit.rate", 1.0),)),
    ("quota exceeded", "row", (("limit.quota", 1.0),)),
    ("unable to lock maildrop", "row", (("limit.locked_mailbox", 1.0),)),
    ("undergoing maintenance", "row", (("server.maintenance", 1.0),)),
    ("internal error occurred", "row", (("server.disk_full", 0.55), ("server.misconfig", 0.45))),
    ("temporary authentication failure", "row", (("server.misconfig", 1.0),)),
    ("must be same as authorization user", "row", (("policy.sender", 1.0),)),
    ("user has been banned from sending", "row", (("policy.sending_banned", 1.0),)),
    ("blocked using", "row", (("policy.ip_blocked", 1.0),)),
    ("hl:rep", "row", (("policy.ip_blocked", 1.0),)),
    ("not allowed from your country", "row", (("policy.geo_blocked", 1.0),)),
    ("must issue a starttls command first", "row", (("proto.tls_required", 1.0),)),
    ("authentication not enabled", "row", (("proto.wrong_port", 0.6), ("proto.tls_required", 0.4))),
    ("too many invalid imap commands", "row", (("proto.wrong_service", 1.0),)),
    ("authentication failed", "row", (("auth.bad_credentials", 0.65), ("auth.username_form", 0.35))),
)


class Table:
    """A table of replies that answers at once and knows nobody."""

    def meaning(self, text: str, *, protocol: Protocol | None = None, vendor: str = "") -> Meaning:
        for words, how, causes in WORDS:
            if words in text.lower():
                return Meaning(causes, how, words, vendor)
        return Meaning()

    def vendor_of(
        self, *, host: str = "", provider: str = "", banner: str = "", capabilities: Iterable[str] = ()
    ) -> str:
        return provider


REPLIES = Table()


def at(
    protocol: Protocol, host: str, port: int = 0, security: Security = TLS, *, typed: bool = False, name: str = ""
) -> Service:
    """A service, published by the provider or typed by the person."""
    origin = TYPED_BY_HAND if typed else made.ORIGIN
    port = port or {IMAP: 993, POP3: 995, SMTP: 465}[protocol]
    endpoint = Sourced(Endpoint(protocol, host, port, security), origin)
    return Service(endpoint, Sourced(name or "%EMAILADDRESS%", made.ORIGIN), Sourced((Auth.PASSWORD,), made.ORIGIN))


def seen(
    service: Service,
    reason: Reason,
    stage: Stage = Stage.CONNECT,
    *,
    tls: TlsFacts | None = None,
    steps: tuple[Step, ...] = (),
) -> ServiceEvidence:
    """It stopped there."""
    outcome = Outcome.TIMEOUT if "timeout" in reason.value else Outcome.FAILED
    return ServiceEvidence(service, stage, outcome, tls=tls, reason=reason, trace=Trace("", steps))


def refused(
    service: Service,
    text: str = "NO [AUTHENTICATIONFAILED] Login failed",
    *,
    name: str = "li@example.org",
    stage: Stage = Stage.LOGIN,
    repairs: tuple[Repair, ...] = (),
    mechanism: str = "PLAIN",
    steps: tuple[Step, ...] = (),
) -> ServiceEvidence:
    """The server said no, in these words."""
    reply = said(text)
    outcome = Outcome.NO if stage is Stage.LOGIN else Outcome.OK
    tries = (LoginTry(name, mechanism, repairs, outcome, reply),) if stage is not Stage.GREETING else ()
    return ServiceEvidence(
        service, stage, Outcome.NO, reply, tries, None if stage is Stage.GREETING else GOOD, reason=Reason.REFUSED,
        trace=Trace("", steps),
    )  # fmt: skip


def said(text: str) -> Reply:
    """A reply as the parser takes it apart: status, code, words."""
    status, _, rest = text.partition(" ")
    code = ""
    if rest.startswith("["):
        code, _, rest = rest[1:].partition("] ")
    elif status.isdigit() and rest[:1].isdigit() and rest[1:2] == ".":
        code, _, rest = rest.partition(" ")
    return Reply(status, code, rest)


def let_in(service: Service, *repairs: Repair, name: str = "li@example.org") -> ServiceEvidence:
    """It works."""
    tries = (LoginTry(name, "PLAIN", repairs, Outcome.OK, None),)
    return ServiceEvidence(service, Stage.DONE, Outcome.OK, logins=tries, tls=GOOD)


def greeted(service: Service) -> ServiceEvidence:
    """Looked at before anyone signs in, and all is well."""
    return ServiceEvidence(service, Stage.CAPABILITY, Outcome.OK, tls=GOOD)


def look(
    kind: LookKind,
    subject: object,
    outcome: Outcome = Outcome.OK,
    *,
    endpoint: Endpoint | None = None,
    tls: TlsFacts | None = None,
    took: float = 0.01,
    **facts: Fact,
) -> Look:
    """A further look; `with_` stands for the fact `with`."""
    named = tuple((key.rstrip("_"), value) for key, value in facts.items())
    return Look(kind, str(subject), outcome, endpoint, took, named, tls)


def beside(service: Service, kind: LookKind, outcome: Outcome = Outcome.OK, **facts: Fact) -> Look:
    """A look at the service's own endpoint."""
    endpoint = service.endpoint.value
    named = tuple((key.rstrip("_"), value) for key, value in facts.items())
    return Look(kind, str(endpoint), outcome, endpoint, 0.01, named)


def step(kind: str, took: float = 0.01, outcome: Outcome = Outcome.OK, **facts: Fact) -> Step:
    return Step(kind, 0.0, took, outcome, tuple(facts.items()))


def examined(
    *services: ServiceEvidence,
    found: Candidate | None = None,
    typed: Typed | None = None,
    shapes: tuple[Shape, ...] = (),
    looks: tuple[Look, ...] = (),
    address: EmailAddress = made.LI,
    domain: DomainFacts | None = None,
    online: bool = True,
) -> Examination:
    """An examination; `found` None with services: nobody published any settings."""
    answers = () if found is not None or not online else (SourceAnswer(Source.PACC, Told.NOTHING),)
    discovery = Discovery(address, found, answers, domain or DomainFacts(exists=True, mx=("mx",)), online=online)
    evidence = Evidence(services) if services else None
    return Examination(address, typed or Typed(), shapes, discovery, evidence, looks, signing_in=True)


def of_provider(domain: str) -> tuple[EmailAddress, Candidate]:
    """An address in `domain` and the settings the book has for it."""
    address = EmailAddress("li", domain)
    provider = SHELF.by_domain(domain)
    assert provider is not None
    return address, provider.candidate(address, Source.BOOK)


def judged(examination: Examination) -> tuple[Diagnosis, ...]:
    return diagnose.judge(examination, REPLIES, SHELF)


def first(examination: Examination) -> list[str]:
    """The likeliest cause of each diagnosis."""
    return [diagnosis.causes[0].id for diagnosis in judged(examination)]


def without_looks(examination: Examination) -> Examination:
    return replace(examination, looks=())


def param(examination: Examination, key: str) -> Param:
    """A parameter of the first cause."""
    return dict(judged(examination)[0].causes[0].params)[key]


def login_words(fragment: str) -> str:
    """A whole reply around known words."""
    return f"NO [ALERT] {fragment} here"
