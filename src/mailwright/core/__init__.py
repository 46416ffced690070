"""The nouns: immutable values that travel between rooms, and nothing that does anything.

Every room may import these names; this room imports no other. It holds addresses and
endpoints, what a source of settings said (Candidate), the one type that carries a
password (Secret), what happened (Step, Trace, Evidence), what it means (Finding), and the
problems a person can cause or meet (Problem). No sockets, no files, no clock, no human
sentences: texts are made from these values at the faces.
"""

from mailwright.core.address import EmailAddress, registrable_domain, to_ascii, to_unicode
from mailwright.core.answers import DnsAnswer, DnsStatus, HttpAnswer, Mx, Probe, Srv
from mailwright.core.candidate import (
    Auth,
    Candidate,
    Channel,
    Confidence,
    OAuth,
    Provenance,
    SecretHelp,
    SecretKind,
    Service,
    Source,
    Sourced,
    SwitchOn,
    Trust,
    expand,
)
from mailwright.core.cause import Cause, Diagnosis, Meaning, RuledOut, Sign
from mailwright.core.credentials import Credentials
from mailwright.core.discovery import Discovery, DomainFacts, SourceAnswer, Told
from mailwright.core.endpoint import DEFAULT_PORTS, Endpoint, Protocol, Security, check_host
from mailwright.core.evidence import (
    Certificate,
    Evidence,
    LoginTry,
    Mailboxes,
    Reason,
    Reply,
    ServiceEvidence,
    Stage,
    TlsFacts,
)
from mailwright.core.examination import Examination, Look, LookKind, Shape, Typed, Wanted
from mailwright.core.finding import Account, Finding, Fixer, Severity, Verified
from mailwright.core.plain import Json, plain
from mailwright.core.problem import BadInput, Param, Problem
from mailwright.core.profile import Login, Profile, Proof
from mailwright.core.published import Asked, Flaw, FlawKind, Publication, Published, Way
from mailwright.core.restored import restored
from mailwright.core.secret import NARROW, Repair, Secret, repaired_secret, repaired_username, shapes
from mailwright.core.tlslook import (
    ChainFault,
    ChainLink,
    ChainProblem,
    KeyExchange,
    Staple,
    StapleState,
    TlsHabits,
    TlsLook,
    TlsTarget,
    TlsVersion,
    VersionLook,
)
from mailwright.core.trace import Fact, Line, Outcome, Step, Trace
from mailwright.core.typed import KIND, QUOTES, meant_place, meant_port, named_protocol
from mailwright.core.unsafe import UNSAFE

__all__ = [
    "DEFAULT_PORTS",
    "KIND",
    "NARROW",
    "QUOTES",
    "UNSAFE",
    "Account",
    "Asked",
    "Auth",
    "BadInput",
    "Candidate",
    "Cause",
    "Certificate",
    "ChainFault",
    "ChainLink",
    "ChainProblem",
    "Channel",
    "Confidence",
    "Credentials",
    "Diagnosis",
    "Discovery",
    "DnsAnswer",
    "DnsStatus",
    "DomainFacts",
    "EmailAddress",
    "Endpoint",
    "Evidence",
    "Examination",
    "Fact",
    "Finding",
    "Fixer",
    "Flaw",
    "FlawKind",
    "HttpAnswer",
    "Json",
    "KeyExchange",
    "Line",
    "Login",
    "LoginTry",
    "Look",
    "LookKind",
    "Mailboxes",
    "Meaning",
    "Mx",
    "OAuth",
    "Outcome",
    "Param",
    "Probe",
    "Problem",
    "Profile",
    "Proof",
    "Protocol",
    "Provenance",
    "Publication",
    "Published",
    "Reason",
    "Repair",
    "Reply",
    "RuledOut",
    "Secret",
    "SecretHelp",
    "SecretKind",
    "Security",
    "Service",
    "ServiceEvidence",
    "Severity",
    "Shape",
    "Sign",
    "Source",
    "SourceAnswer",
    "Sourced",
    "Srv",
    "Stage",
    "Staple",
    "StapleState",
    "Step",
    "SwitchOn",
    "TlsFacts",
    "TlsHabits",
    "TlsLook",
    "TlsTarget",
    "TlsVersion",
    "Told",
    "Trace",
    "Trust",
    "Typed",
    "Verified",
    "VersionLook",
    "Wanted",
    "Way",
    "check_host",
    "expand",
    "meant_place",
    "meant_port",
    "named_protocol",
    "plain",
    "registrable_domain",
    "repaired_secret",
    "repaired_username",
    "restored",
    "shapes",
    "to_ascii",
    "to_unicode",
]
