"""Servers, certificates and dialogues that the cases are put together from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mailwright.core import (
    Candidate,
    Certificate,
    DomainFacts,
    Examination,
    Look,
    LookKind,
    Outcome,
    Reason,
    Repair,
    SecretKind,
    ServiceEvidence,
    Stage,
    Step,
    TlsFacts,
    Typed,
)
from tests.diagnose import made
from tests.diagnose.examined import (
    IMAP,
    NONE,
    POP3,
    SMTP,
    STARTTLS,
    TLS,
    at,
    beside,
    examined,
    let_in,
    look,
    of_provider,
    refused,
    seen,
    step,
)

HERE = at(IMAP, "imap.example.org")
OUT = at(SMTP, "smtp.example.org")
FOUND = Candidate((HERE, at(POP3, "pop.example.org"), OUT), None)
SEND = let_in(OUT)


def own(
    host: str = "imap.example.org", port: int = 993, security: str = "tls", protocol: str = "imap"
) -> ServiceEvidence:
    """A service the person typed, that cannot be found."""
    service = at(
        IMAP if protocol == "imap" else SMTP, host, port, {"tls": TLS, "starttls": STARTTLS}[security], typed=True
    )
    return seen(service, Reason.DNS_NXDOMAIN, Stage.RESOLVE)


def stopped(reason: Reason, stage: Stage = Stage.CONNECT, **more: object) -> Examination:
    """Reading stops there; sending works."""
    looks = more.pop("looks", ())
    return examined(seen(HERE, reason, stage, **more), SEND, found=FOUND, looks=looks)  # type: ignore[arg-type]  # handed on


def login(text: str = "NO [AUTHENTICATIONFAILED] Authentication failed.", **more: object) -> Examination:
    """Reading is refused in these words, and nothing is known of sending."""
    keys = {key: more.pop(key) for key in ("name", "repairs", "mechanism", "steps", "stage") if key in more}
    where = more.pop("where", HERE)
    more.setdefault("found", FOUND)
    return examined(refused(where, text, **keys), **more)  # type: ignore[arg-type]  # handed on


def sending(text: str, stage: Stage = Stage.LOGIN, **more: object) -> Examination:
    """Reading works; sending is refused in these words. Another name was used, so nothing follows from reading."""
    return examined(let_in(HERE, name="other"), refused(OUT, text, stage=stage), found=FOUND, **more)  # type: ignore[arg-type]  # handed on


def paper(
    issuer: str = "CN=R11,O=Let's Encrypt,C=US",
    until: tuple[int, int] = (2027, 1),
    subject: str = "CN=imap.example.org",
    *,
    own: bool = False,
) -> Certificate:
    return Certificate(
        subject,
        issuer,
        ("imap.example.org",),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(*until, 1, tzinfo=UTC),
        "ab",
        "EC secp256r1",
        own,
    )


def bad(code: int, *chain: Certificate, looks: tuple[Look, ...] = ()) -> Examination:
    """A certificate that OpenSSL refused with this number."""
    facts = TlsFacts(verify_code=code, chain=chain or (paper(), paper("CN=Root")))
    return stopped(Reason.TLS_CERTIFICATE, Stage.TLS, tls=facts, looks=looks)


def shaken(alert: str, *rungs: str) -> Examination:
    """A handshake that broke off with this alert; these loosenings helped."""
    looks = tuple(beside(HERE, LookKind.LADDER, with_=rung) for rung in rungs)
    return stopped(Reason.TLS_HANDSHAKE, Stage.TLS, tls=TlsFacts(alert=alert), looks=looks)


def speaking(speaks: str, reason: Reason = Reason.TLS_NOT_SPOKEN, **more: object) -> Examination:
    looks = (beside(HERE, LookKind.BYTES, speaks=speaks, **more),)  # type: ignore[arg-type]  # handed on
    return stopped(reason, Stage.TLS, looks=looks)


def typed(host: str, **more: object) -> Typed:
    return Typed(IMAP, host, **more)  # type: ignore[arg-type]  # handed on


def names(second: str = "", system: str = "", status: str = "nxdomain") -> tuple[Look, ...]:
    a, aaaa = ("ok", "nodata") if second else (status, status)
    looks = [look(LookKind.NAMES, "imap.example.org", resolver="9.9.9.9", a=a, aaaa=aaaa, addresses=second)]
    if system:
        looks.append(
            look(LookKind.NAMES, "imap.example.org", resolver="system", a="ok", aaaa="nodata", addresses=system)
        )
    return tuple(looks)


def wanting(kind: SecretKind, when: str = "always") -> Candidate:
    return replace(made.candidate(kind, when=when), services=FOUND.services, provider="qq")


def dialled(errno: str, took: float = 0.001, address: str = "192.0.2.1", *, given_up: bool = False) -> Step:
    outcome = Outcome.TIMEOUT if given_up else Outcome.OK if not errno else Outcome.FAILED
    return step("connect", took, outcome, address=address, errno=errno)


CLOCK = LookKind.CLOCK
QQ, QQ_FOUND = of_provider("qq.com")
NETEASE, NETEASE_FOUND = of_provider("163.com")
EXMAIL = at(IMAP, "imap.exmail.qq.com", typed=True)
V6_BROKEN = (dialled("", address="192.0.2.1"), dialled("EHOSTUNREACH", 3.1, "2001:db8::1"))
V4_TOO = (dialled("EHOSTUNREACH", 3.1), dialled("EHOSTUNREACH", 3.1, "2001:db8::1"))
QUALIFIED = "NO Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited"
AVAST = "CN=Avast Web/Mail Shield Root,O=Avast Web/Mail Shield,OU=generated by Avast Antivirus for SSL/TLS scanning"
FORTI = "CN=FortiGate CA,OU=Certificate Authority,O=Fortinet,C=US"
LEAF = paper()
NO_MX = DomainFacts(exists=True)
Pair = tuple[Examination, Examination]
PLAIN_TYPED = Typed(IMAP, "imap.example.org", 143, NONE)
REPAIRED = examined(let_in(HERE, Repair.BLANKS), let_in(OUT, Repair.BLANKS), found=FOUND)
HEALTHY = examined(let_in(HERE), let_in(OUT), found=FOUND)
