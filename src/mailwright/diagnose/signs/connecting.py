"""Connections: how they ended, by address and family."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core import LookKind, Outcome, Reason, Security, ServiceEvidence, Sign, Stage, Step
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.making import sign

_TCP = {
    Reason.CONNECT_REFUSED: "tcp.refused",
    Reason.CONNECT_TIMEOUT: "tcp.timeout",
    Reason.CONNECT_UNREACHABLE: "tcp.unreachable",
    Reason.CONNECT_FAILED: "tcp.unreachable",
    Reason.CONNECT_RESET: "tcp.reset",
}
# Those whose sign is the reason itself.
_PLAIN = frozenset({
    Reason.PRIVATE_ADDRESS, Reason.PORT_NOT_ALLOWED, Reason.PROXY_UNREACHABLE, Reason.PROXY_AUTH, Reason.PROXY_REFUSED,
    Reason.CLOSED, Reason.READ_TIMEOUT, Reason.TOO_MUCH, Reason.NOT_THE_PROTOCOL, Reason.TLS_NOT_SPOKEN,
    Reason.STARTTLS_MISSING, Reason.STARTTLS_REFUSED, Reason.STARTTLS_INJECTION, Reason.NO_MECHANISM,
    Reason.SMTPUTF8_MISSING, Reason.SERVER_SIGNATURE, Reason.NOT_CONFIRMED, Reason.PLAINTEXT, Reason.REDIRECT,
    Reason.LIMIT, Reason.NO_SOCKETS,
})  # fmt: skip
# An attempt that never left this machine says nothing of the address: no route for the family, no socket left.
_NEVER_LEFT = frozenset({"ENETUNREACH", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", ""})
# A host on the same network that is down is given up after about 3 s; a firewall says no at once.
_INSTANT_SECONDS = 1.0
# Connecting, encrypting and greeting together: at a round trip of 100 ms it is half a second.
_SLOW_SECONDS = 3.0
# What is answered at once everywhere; a login may take its time.
_BRISK = ("connect", "tls", "greeting", "capability")
_TOKENS = frozenset({"OAUTHBEARER", "XOAUTH2"})


@dataclass(frozen=True, slots=True)
class _Dialled:
    address: str
    family: int
    errno: str
    connected: bool
    took: float
    given_up: bool = False


def read(case: Case) -> Iterator[Sign]:
    """The reason, then what each address did."""
    seen = case.seen
    if seen is None:
        return
    if seen.reason in _TCP:
        yield sign(case, _TCP[seen.reason])
        yield sign(case, "tcp.failed")
        if seen.reason is Reason.CONNECT_RESET and seen.stage is Stage.TLS:
            yield sign(case, "tls.handshake_reset")
    elif seen.reason in _PLAIN:
        yield from _reason(case, seen)
    elif seen.reason is Reason.LOGIN_DISABLED:
        yield from _disabled(case, seen)
    yield from _at_home(case, seen)
    yield from _by_address(case, seen)
    if sum(s.took for s in seen.trace.steps if s.outcome is Outcome.OK and s.kind in _BRISK) > _SLOW_SECONDS:
        yield sign(case, "time.slow")


def _reason(case: Case, seen: ServiceEvidence) -> Iterator[Sign]:
    if seen.reason is Reason.NO_MECHANISM and _only_tokens(seen):
        yield sign(case, "cap.only_tokens", reply=f"AUTH {' '.join(seen.mechanisms)}")
        return
    if seen.reason is Reason.NOT_CONFIRMED and case.own_settings:
        yield sign(case, "reason.not_confirmed", typed=seen.service.endpoint.value.host)
        return
    via = seen.trace.last("proxy")
    yield sign(case, f"reason.{seen.reason.value}", via=str(via.fact("proxy") or "") if via is not None else "")
    early = {Reason.READ_TIMEOUT: "silent", Reason.CLOSED: "closed"}.get(seen.reason)
    if early is not None and seen.stage is Stage.GREETING:
        # Behind a handshake it is no mix-up of ports: who should speak does not get to it.
        encrypted = case.endpoint is not None and case.endpoint.security is Security.TLS
        yield sign(case, f"greeting.{early}_over_tls" if encrypted and early == "silent" else f"greeting.{early}")
    if early == "silent" and seen.stage is Stage.LOGIN:
        yield sign(case, "login.silent")
    if early is not None and seen.stage is Stage.TLS:
        yield sign(case, "tls.handshake_timeout" if early == "silent" else "tls.handshake_closed")


def _disabled(case: Case, seen: ServiceEvidence) -> Iterator[Sign]:
    if _only_tokens(seen):
        yield sign(case, "cap.only_tokens", reply=f"AUTH {' '.join(seen.mechanisms)}")
    else:
        # Over TLS it cannot be for want of TLS.
        yield sign(case, "cap.disabled_over_tls" if seen.tls is not None else "cap.disabled")


def _only_tokens(seen: ServiceEvidence) -> bool:
    """True when no password could be tried because the server takes only OAuth 2.0 tokens."""
    return not seen.logins and bool(_TOKENS & set(seen.mechanisms))


def _at_home(case: Case, seen: ServiceEvidence) -> Iterator[Sign]:
    """A program on this machine that should be there (a bridge): nobody else can mend it."""
    host = seen.service.endpoint.value.host
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    by_reason = {Reason.CONNECT_REFUSED: "home.refused", Reason.TLS_CERTIFICATE: "home.certificate"}
    if local and seen.reason in by_reason:
        yield sign(case, by_reason[seen.reason])


def _by_address(case: Case, seen: ServiceEvidence) -> Iterator[Sign]:
    dialled = [*_traced(seen), *_looked(case)]
    failed = [one for one in dialled if not one.connected]
    broken = [one for one in failed if one.family == 6 and (one.given_up or one.errno not in _NEVER_LEFT)]
    by_v4 = any(one.connected for one in dialled if one.family == 4)
    by_v6 = any(one.connected for one in dialled if one.family == 6)
    if by_v4 and not by_v6 and any(_given_up(step) for step in seen.trace.steps):
        yield sign(case, "addresses.v6_late")
    if broken and by_v4 and not by_v6:
        yield sign(case, "addresses.ipv6_broken", address=broken[0].address)
    if not seen.reason.value.startswith("connect_"):
        return
    # Who had to be waited for once is not forbidden: a second call only shared in the end of the wait.
    awaited = {one.address for one in failed if one.took >= _INSTANT_SECONDS}
    instant = [one for one in failed if one.errno == "EHOSTUNREACH" and one.address not in awaited]
    if instant and not by_v4 and not by_v6:
        yield sign(case, "addresses.instant_no", address=instant[0].address)
    if failed and len(failed) == len(dialled) and all(one.errno == "ECONNREFUSED" for one in failed):
        yield sign(case, "addresses.all_refused")


def _given_up(step: Step) -> bool:
    """An IPv6 address that had not answered when an IPv4 one did (RFC 8305 §5)."""
    return step.kind == "connect" and step.outcome is Outcome.CANCELLED and ":" in str(step.fact("address") or "")


def _traced(seen: ServiceEvidence) -> Iterator[_Dialled]:
    if seen.trace.last("proxy") is not None:
        return
    for step in seen.trace.steps:
        if step.kind == "connect" and step.outcome is not Outcome.CANCELLED:
            address, given_up = str(step.fact("address") or ""), step.outcome is Outcome.TIMEOUT
            errno = str(step.fact("errno") or "")
            yield _Dialled(address, _family(address), errno, step.outcome is Outcome.OK, step.took, given_up)


def _looked(case: Case) -> Iterator[_Dialled]:
    for look in case.looks(LookKind.ADDRESS):
        given_up, errno = look.outcome is Outcome.TIMEOUT, str(look.fact("errno") or "")
        address, ok = look.subject, look.outcome is Outcome.OK
        yield _Dialled(address, _family(address), errno, ok, look.took, given_up or errno == "ETIMEDOUT")


def _family(address: str) -> int:
    return 6 if ":" in address else 4
