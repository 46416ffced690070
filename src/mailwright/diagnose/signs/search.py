"""What the search for settings told of the domain and its provider."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import Discovery, DnsStatus, Look, LookKind, Reason, Sign
from mailwright.diagnose import wants
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.making import sign

_KEPT_OUT = (Reason.PRIVATE_ADDRESS, Reason.PORT_NOT_ALLOWED)


def read(case: Case) -> Iterator[Sign]:
    """Only the whole is judged by this: a server has its own signs."""
    found = case.examination.discovery
    if case.seen is not None or found is None:
        return
    domain = found.address.unicode_domain
    if found.candidate is not None:
        yield from _of_provider(case, found)
        return
    yield from _of_domain(case, found, domain)
    if case.examination.evidence is None or not case.examination.evidence.services:
        yield sign(case, _why_no_settings(found), domain=domain)


def _of_provider(case: Case, found: Discovery) -> Iterator[Sign]:
    assert found.candidate is not None
    if not found.candidate.services:
        yield sign(case, "provider.closed")
    elif case.examination.evidence is None and case.examination.signing_in and wants.token(found.candidate):
        where = found.candidate.services[0].endpoint.value
        yield sign(case, "provider.only_token", host=where.host, port=where.port)


def _of_domain(case: Case, found: Discovery, domain: str) -> Iterator[Sign]:
    if found.domain.exists is False:
        yield sign(case, "domain.nxdomain", domain=domain)
    elif found.domain.null_mx:
        yield sign(case, "domain.null_mx", domain=domain)
    elif found.domain.exists and not found.domain.mx:
        yield sign(case, "domain.no_mx", domain=domain)
        if any(_no_address(look.fact("a"), look.fact("aaaa")) for look in _of_name(case, found.address.domain)):
            yield sign(case, "domain.no_address", domain=domain)
    near = case.shelf.near(found.address.domain) if case.shelf is not None else None
    if near is not None:
        yield sign(case, "typed.domain.near", typed=domain, meant=near, domain=domain)


def _of_name(case: Case, name: str) -> Iterator[Look]:
    return (look for look in case.looks(LookKind.NAMES) if look.subject.rstrip(".") == name)


def _no_address(*statuses: object) -> bool:
    return all(status == DnsStatus.NODATA for status in statuses)


def _why_no_settings(found: Discovery) -> str:
    if not found.online:
        return "settings.offline"
    # Where we may not look, nothing is known to be missing.
    kept_out = next((one.reason for one in found.answers if one.reason in _KEPT_OUT), None)
    if kept_out is not None:
        return f"reason.{kept_out.value}"
    return "settings.silent" if found.silent else "settings.none"
