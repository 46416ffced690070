"""Certificates: what OpenSSL found wrong, whose they are, and whether the clock explains it."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import Certificate, LookKind, Param, Reason, ServiceEvidence, Sign, TlsFacts
from mailwright.diagnose import interceptors
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.making import sign

# X509_V_ERR_* of OpenSSL (x509_vfy.h).
_CODES = {
    9: "cert.not_yet_valid",
    10: "cert.expired",
    18: "cert.self_signed",
    19: "cert.root_untrusted",
    20: "cert.no_issuer",
    21: "cert.no_issuer",
    62: "cert.name",
    64: "cert.name",
    66: "cert.weak",
    67: "cert.weak",
    68: "cert.weak",
}
_UNTRUSTED = ("cert.self_signed", "cert.root_untrusted", "cert.no_issuer")
_SHORTEST = 300.0
"""Seconds a clock is off before it can be what makes a certificate look early."""
_RIGHT = 120.0


def read(case: Case) -> Iterator[Sign]:
    """Of a refused certificate; a chain that a look read beside it counts, too."""
    seen = case.seen
    if seen is None or seen.reason is not Reason.TLS_CERTIFICATE:
        return
    tls = seen.tls or TlsFacts()
    chain = tls.chain or next((look.tls.chain for look in case.looks(LookKind.CHAIN) if look.tls is not None), ())
    fault = _CODES.get(tls.verify_code, "cert.other")
    said = told(chain, expired=fault == "cert.expired")
    yield sign(case, fault, **said)
    if fault in _UNTRUSTED:
        yield sign(case, "cert.untrusted")
    if fault == "cert.no_issuer" and len(chain) == 1 and not chain[0].self_signed:
        yield sign(case, "cert.leaf_alone", **said)
    if fault == "cert.no_issuer" and chain and _sends(case, chain[-1].issuer):
        yield sign(case, "chain.sent_elsewhere", **said)
    yield from _issuers(case, chain, said)
    yield from _looked(case)
    if fault in ("cert.expired", "cert.not_yet_valid"):
        yield from _clock(case, seen, fault)


def told(chain: tuple[Certificate, ...], *, expired: bool = False) -> dict[str, Param]:
    """What a certificate says; of an expired chain the one that ended first."""
    if not chain:
        return dict.fromkeys(("names", "issuer", "until", "since", "subject"), "")
    shown = min(chain, key=lambda one: one.not_after) if expired else chain[0]
    return {
        "names": ", ".join(shown.names[:5]) or shown.subject,
        "issuer": shown.issuer,
        "until": shown.not_after.date().isoformat(),
        "since": shown.not_before.date().isoformat(),
        "subject": shown.subject,
    }


def _issuers(case: Case, chain: tuple[Certificate, ...], said: dict[str, Param]) -> Iterator[Sign]:
    # Not the subject of the first: a maker of such programs has mail servers of its own.
    for name in [*(one.issuer for one in chain), *(one.subject for one in chain[1:])]:
        known = interceptors.behind(name)
        if known is not None:
            yield sign(case, "issuer.interceptor", **{**said, "via": known.name, "who": known.who.value})
            return


def _sends(case: Case, issuer: str) -> bool:
    """True when another server that proves itself sends the certificate of that name."""
    looked = [look.tls for look in case.examination.looks if look.kind is LookKind.PORT]
    every = (*looked, *(other.tls for other in (*case.others, *case.siblings)))
    proved = (tls.chain[1:] for tls in every if tls is not None and tls.verified)
    return issuer != "" and any(one.subject == issuer for chain in proved for one in chain)


def _looked(case: Case) -> Iterator[Sign]:
    for look in case.looks(LookKind.CHAIN):
        if look.fact("completed") is True:
            yield sign(case, "chain.completed")
        elif look.fact("completed") is False:
            yield sign(case, "chain.open")
        if look.fact("sni_differs") is True:
            yield sign(case, "chain.sni_differs")


def _clock(case: Case, seen: ServiceEvidence, fault: str) -> Iterator[Sign]:
    """Behind, and certificates look too early; ahead, and they look expired."""
    direction = 1.0 if fault == "cert.expired" else -1.0
    for look in case.examination.looks:
        ahead = look.fact("ahead")
        if look.kind is not LookKind.CLOCK or not isinstance(ahead, int | float):
            continue
        if ahead * direction > _SHORTEST:
            yield sign(case, "clock.explains", ahead=float(ahead))
        elif abs(ahead) < _RIGHT:
            yield sign(case, "clock.right")
    same = [other for other in case.others if other.tls is not None and other.reason is Reason.TLS_CERTIFICATE]
    code = seen.tls.verify_code if seen.tls is not None else 0
    if any(other.tls is not None and other.tls.verify_code == code for other in same):
        yield sign(case, "together.dates")
