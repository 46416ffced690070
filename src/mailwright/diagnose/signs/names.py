"""Look-ups: what the DNS said of the host, and what another resolver says of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from mailwright.core import DnsStatus, Look, LookKind, Outcome, Param, Reason, Sign
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs import typed_host
from mailwright.diagnose.signs.making import pair, sign

_REASONS = {
    Reason.DNS_NXDOMAIN: "dns.nxdomain",
    Reason.DNS_NODATA: "dns.nodata",
    Reason.DNS_SERVFAIL: "dns.servfail",
    Reason.DNS_TIMEOUT: "dns.timeout",
}
_NO = (DnsStatus.NXDOMAIN, DnsStatus.NODATA)


def read(case: Case) -> Iterator[Sign]:
    """How the look-up ended, then the same question put to others."""
    if case.seen is None:
        return
    failed = _REASONS.get(case.seen.reason)
    if failed is not None:
        yield sign(case, failed, **_instead(case))
    looks = list(case.looks(LookKind.NAMES))
    system = [look for look in looks if look.fact("resolver") == "system"]
    second = [look for look in looks if look.fact("resolver") != "system"]
    if case.seen.reason is Reason.NOT_CONFIRMED and any(DnsStatus.NXDOMAIN in _statuses(look) for look in system):
        # Nobody went there, so that only the look could tell.
        failed = "dns.nxdomain"
        yield sign(case, failed, **_instead(case))
    used = _used(case) or [address for look in system for address in _addresses(look)]
    yield from _beside(case, failed, used, second)
    for look in case.looks(LookKind.PROOF):
        shown = {Outcome.OK: "names.proved", Outcome.NO: "names.unproved"}.get(look.outcome)
        if shown is not None:
            yield sign(case, shown, other=str(look.fact("address") or ""))


def _beside(case: Case, failed: str | None, used: list[str], second: list[Look]) -> Iterator[Sign]:
    others = [address for look in second for address in _addresses(look)]
    if failed is not None and others:
        yield sign(case, "names.second_answers", address=others[0])
        if failed in ("dns.nxdomain", "dns.nodata"):
            yield sign(case, "names.denied", address=others[0])
    elif failed is not None and second and any(_same(failed, look) for look in second):
        yield sign(case, "names.second_agrees")
    elif used and others and not set(used) & set(others):
        private = [one for one in used if not _public(one)]
        if private and all(map(_public, others)):
            yield sign(case, "names.private", address=private[0], other=_likeliest(others))
        else:
            yield sign(case, "names.differ", address=used[0], other=_likeliest(others))
    elif used and second and not others and all(_told_no(look) for look in second):
        yield sign(case, "names.invented", address=used[0])


def _instead(case: Case) -> dict[str, Param]:
    """What was typed, and what is published for that field."""
    typed = case.typed
    right = typed_host.right_of(case) if typed is not None and typed.host is not None else None
    if right is None or typed is None or not case.own_settings or right.host == _host(case):
        return {}
    return {"typed": typed.host or "", "meant": right.host, **pair(right)}


def _likeliest(addresses: list[str]) -> str:
    """The one to be reached from everywhere: IPv4, if there is one."""
    return min(addresses, key=lambda address: ":" in address)


def _used(case: Case) -> list[str]:
    """The addresses the trace shows, if none went through a proxy."""
    assert case.seen is not None
    steps = [s for s in case.seen.trace.steps if s.kind == "resolve" and s.fact("name") == _host(case)]
    return [address for step in steps for address in str(step.fact("addresses") or "").split()]


def _host(case: Case) -> str:
    return case.endpoint.host if case.endpoint is not None else ""


def _addresses(look: Look) -> list[str]:
    return str(look.fact("addresses") or "").split()


def _statuses(look: Look) -> tuple[object, object]:
    return look.fact("a"), look.fact("aaaa")


def _told_no(look: Look) -> bool:
    return look.outcome is not Outcome.TIMEOUT and all(status in _NO for status in _statuses(look))


def _same(failed: str, look: Look) -> bool:
    return failed.removeprefix("dns.") in _statuses(look)


def _public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return True
