"""Which further looks can still tell the leading causes apart, the most telling first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core import Cause, Diagnosis, Examination, LookKind, Sign, Wanted
from mailwright.diagnose import signs
from mailwright.diagnose.case import Case
from mailwright.diagnose.judging import Judgement, fails

MOST = 12
_SETTLED = 0.9
_SAME_HOST = (LookKind.NAMES, LookKind.PORT)
_ANYWHERE = (LookKind.CLOCK, LookKind.PORTAL)
_OF_ADDRESS = (LookKind.BLOCKLIST, LookKind.OWNER)


@dataclass(frozen=True, slots=True)
class _Reason:
    """A look is worth having when one of `signs` was seen. `worth`: how often it changes the judgement, roughly.

    `alters`: the causes it can raise or drop; where something else is settled, it is not taken. `unless`:
    signs that have answered it already.
    """

    kind: LookKind
    signs: tuple[str, ...]
    worth: float
    alters: tuple[str, ...]
    unless: tuple[str, ...] = ()


_DNS = ("dns.nxdomain", "dns.nodata", "dns.servfail", "dns.timeout")
_TCP = ("tcp.refused", "tcp.timeout", "tcp.unreachable", "tcp.reset")
_NET = ("net.refused", "net.timeout", "net.unreachable", "net.reset", "net.firewall", "net.ipv6_broken")
_SPOKE = ("reason.tls_not_spoken", "reason.not_the_protocol", "reason.redirect", "reason.too_much")
_STOPPED = (
    "tls.handshake_timeout",
    "tls.handshake_closed",
    "tls.handshake_reset",
    "greeting.silent",
    "greeting.silent_over_tls",
    "greeting.closed",
)
_MODES = (
    "proto.tls_mode",
    "proto.wrong_service",
    "proto.wrong_port",
    "net.portal",
    "net.closed",
    "net.slow",
    "net.reset",
)
_UNTRUSTED = ("cert.self_signed", "cert.no_issuer", "cert.root_untrusted")
_PAPER = ("tls.unknown_ca", "tls.self_signed", "tls.intermediate", "tls.interception", "tls.name", "tls.sni")
_DATES = ("tls.clock", "tls.not_yet_valid", "tls.expired")
_BLOCKED = ("policy.ip_blocked", "policy.geo_blocked")
_HANDS = ("tls.version", "tls.cipher", "tls.client_cert", "tls.sni", "net.closed", "net.mtu")

_REASONS = (
    _Reason(LookKind.NAMES, _DNS, 0.5, (*_DNS, "dns.hijack")),
    _Reason(LookKind.NAMES, ("reason.not_confirmed",), 0.5, ("host.typo", "trust.not_confirmed", "dns.nxdomain")),
    _Reason(LookKind.ADDRESS, (*_TCP, "time.slow"), 0.45, (*_NET, "net.slow")),
    _Reason(LookKind.BYTES, (*_SPOKE, *_STOPPED, "tls.handshake"), 0.5, (*_MODES, *_HANDS)),
    _Reason(LookKind.CLOCK, ("cert.not_yet_valid", "cert.expired"), 0.4, _DATES),
    _Reason(LookKind.CHAIN, ("cert.no_issuer",), 0.45, _PAPER),
    _Reason(LookKind.LADDER, ("tls.handshake", "tls.handshake_closed"), 0.4, _HANDS),
    _Reason(
        LookKind.PORT,
        ("tcp.refused", "tcp.timeout", *_SPOKE[:2], *_STOPPED, "reason.starttls_missing", "cap.disabled"),
        0.35,
        (*_MODES, "net.refused", "net.timeout", "tls.starttls_missing", "proto.tls_required"),
        ("port.works", "port.other_mode", "bytes.http", "login.worked"),
    ),
    _Reason(LookKind.SMALL, ("tls.handshake_timeout",), 0.35, ("net.mtu", "net.slow", "proto.tls_mode")),
    _Reason(
        LookKind.PORTAL,
        ("bytes.http", "reason.not_the_protocol"),
        0.35,
        ("net.portal", "proto.wrong_service"),
        ("seen.verified",),
    ),
    _Reason(
        LookKind.NAMES,
        ("cert.name", *_UNTRUSTED, "reason.not_the_protocol", "bytes.http", "tcp.timeout", "tcp.unreachable"),
        0.15,
        ("dns.hijack", "tls.name", "tls.self_signed", "net.portal", "net.timeout", "net.unreachable", *_MODES),
        ("seen.verified",),
    ),
    _Reason(LookKind.PROOF, ("cert.name", *_UNTRUSTED), 0.4, ("dns.hijack", *_PAPER)),
    _Reason(LookKind.BLOCKLIST, ("reply.policy.ip_blocked",), 0.3, ("policy.ip_blocked",)),
    _Reason(LookKind.OWNER, tuple(f"reply.{id}" for id in _BLOCKED), 0.2, _BLOCKED),
    # Another service may send what is missing here.
    _Reason(LookKind.PORT, ("chain.open",), 0.2, ("tls.unknown_ca", "tls.intermediate"), ("chain.sent_elsewhere",)),
    _Reason(LookKind.CHAIN, ("cert.name",), 0.1, ("tls.sni", "tls.name")),
)  # fmt: skip


def wanted(examination: Examination, diagnoses: tuple[Diagnosis, ...]) -> tuple[Wanted, ...]:
    """The looks that may change the judgement, most telling first; none that has been taken already.

    NAMES, ADDRESS, PORT, LADDER with `about` "": all resolvers, addresses, pairs and rungs there are.
    """
    judgement = Judgement(examination)
    values: dict[Wanted, float] = {}
    for case in judgement.cases():
        if fails(case):
            for look, value in _of(case, _about(case, diagnoses)):
                values[look] = max(value, values.get(look, 0.0))
        elif "addresses.v6_late" in signs.read(case) and case.endpoint is not None:
            values[Wanted(LookKind.ADDRESS, case.endpoint)] = 0.3
    for look in _of_domain(judgement.whole()):
        values.setdefault(look, 0.3)
    fresh = [look for look in values if not _taken(examination, look)]
    order = list(LookKind)
    fresh.sort(key=lambda look: (-values[look], order.index(look.kind), str(look.endpoint), look.about))
    return tuple(fresh[:MOST])


def _about(case: Case, diagnoses: tuple[Diagnosis, ...]) -> tuple[Cause, ...]:
    """What was judged of this protocol, alone or as part of the whole."""
    own = [d.causes for d in diagnoses if d.protocol is case.protocol and d.causes]
    return (own or [d.causes for d in diagnoses if d.protocol is None and d.causes] or [()])[0]


def _of(case: Case, judged: tuple[Cause, ...]) -> Iterator[tuple[Wanted, float]]:
    # Without the table of replies at hand, what words mean is known from the judgement.
    seen = {sign.id: sign for cause in judged for sign in cause.speaks_for} | signs.read(case)
    confidence = {cause.id: cause.confidence for cause in judged}
    settled = judged[0].id if judged and judged[0].confidence >= _SETTLED else ""
    for reason in _REASONS:
        answered = not any(id in seen for id in reason.signs) or any(id in seen for id in reason.unless)
        if answered or (settled and settled not in reason.alters):
            continue
        doubt = sum(p * (1 - p) for id, p in confidence.items() if id in reason.alters)
        for look in _made(case, reason.kind, seen):
            yield look, reason.worth + doubt


def _made(case: Case, kind: LookKind, seen: dict[str, Sign]) -> Iterator[Wanted]:
    if kind in _OF_ADDRESS:
        address = _said(seen, "address", "reply.address")
        if address:
            yield Wanted(kind, None, address)
    elif kind is LookKind.PROOF:
        address = _said(seen, "other", "names.differ", "names.private")
        if address:
            yield Wanted(kind, case.endpoint, address)
    elif kind in _ANYWHERE:
        yield Wanted(kind)
    elif kind is LookKind.PORT and "chain.open" in seen:
        yield Wanted(kind, case.endpoint, "services")
    else:
        yield Wanted(kind, case.endpoint)


def _said(seen: dict[str, Sign], key: str, *ids: str) -> str:
    """What the first of these signs that was seen says, "" if none does."""
    params = (dict(seen[id].params) for id in ids if id in seen)
    return next((str(said[key]) for said in params if said.get(key)), "")


def _of_domain(case: Case) -> Iterator[Wanted]:
    """Whether a domain without MX has an address that could take its mail (RFC 5321 §5.1)."""
    if "domain.no_mx" in signs.read(case) and case.examination.address is not None:
        yield Wanted(LookKind.NAMES, None, case.examination.address.domain)


def _taken(examination: Examination, look: Wanted) -> bool:
    alike = [taken for taken in examination.looks if taken.kind is look.kind]
    if look.kind in _ANYWHERE:
        return bool(alike)
    if look.endpoint is None:
        return any(taken.subject.rstrip(".") == look.about for taken in alike)
    here = look.endpoint
    if look.kind is LookKind.ADDRESS:
        return any(taken.fact("host") == here.host and taken.fact("port") in (None, here.port) for taken in alike)
    if look.kind in _SAME_HOST:
        return any(
            here.host in (taken.subject.rstrip("."), taken.fact("host"), _host(taken.endpoint)) for taken in alike
        )
    return any(taken.subject == str(here) or taken.endpoint == here for taken in alike)


def _host(endpoint: object) -> str:
    return str(getattr(endpoint, "host", ""))
