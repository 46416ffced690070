"""The server name as typed: how it is spelt, which server it is, and which was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core import (
    BadInput,
    Endpoint,
    Protocol,
    Reason,
    Sign,
    Source,
    meant_place,
    named_protocol,
    registrable_domain,
)
from mailwright.diagnose import spelling
from mailwright.diagnose.case import Case, greeted
from mailwright.diagnose.signs.flaws import flaws
from mailwright.diagnose.signs.making import pair, sign

_NO_SUCH_NAME = (Reason.DNS_NXDOMAIN, Reason.DNS_NODATA)
_GLUED = re.compile(r"[^:\[\]]:\d{1,5}\s*/?\s*\Z")
_BEHIND = re.compile(r"[,;、，；!?]+[\s\"']*\Z|\.\.+[\s\"']*\Z|^[\s\"']*[.,;]")


def read(case: Case) -> Iterator[Sign]:
    """Flaws of spelling are undone before a server is asked; a host that is another's shows at any step."""
    typed = case.typed
    if typed is None or typed.host is None:
        return
    raw = typed.host
    try:
        host, _ = meant_place(raw)
    except BadInput:
        host = ""
    if case.seen is None or case.seen.reason in _NO_SUCH_NAME:
        yield from _spelt(case, raw, host)
    if host:
        yield from _which(case, raw, host)


def _spelt(case: Case, raw: str, host: str) -> Iterator[Sign]:
    found = list(flaws(raw))
    if _GLUED.search(raw):
        found.append("port")
    if "@" in raw:
        found.append("address")
    if _BEHIND.search(raw):
        found.append("punctuation")
    elif raw.rstrip().endswith("."):
        found.append("trailing_dot")
    right = right_of(case)
    for flaw in found:
        meant = right.host if right is not None and flaw == "address" else host
        yield sign(case, f"typed.host.{flaw}", typed=raw, meant=meant)


def _which(case: Case, raw: str, host: str) -> Iterator[Sign]:
    """Another kind of server, another provider's, or a misspelt one."""
    right = right_of(case)
    if right is not None and host == right.host:
        return
    known = case.shelf is not None and case.shelf.by_host(host) is not None
    kind = named_protocol(host) or _only_protocol(case, host)
    wanted = case.examination.typed.protocol
    if wanted is not None and kind is not None and kind is not wanted and not _serves(case, host, wanted):
        yield _told(case, "typed.host.other_kind", raw, right)
        return
    mistaken = _meant_by_book(case, host)
    if mistaken:
        yield _told(case, f"typed.host.{'known' if known else 'unknown'}_mistake", raw, right, host=mistaken)
    elif known and _other_provider(case, host):
        yield _told(case, "typed.host.other_provider", raw, right)
    elif not known and not case.connected:
        yield from _near(case, raw, host)


def _told(case: Case, id: str, raw: str, right: Endpoint | None, *, host: str = "") -> Sign:
    """A sign that says what was typed and what should stand there."""
    meant = host or (right.host if right is not None else "")
    if right is None or meant != right.host:
        return sign(case, id, typed=raw, meant=meant, right_host=meant)
    return sign(case, id, typed=raw, meant=meant, **pair(right))


def right_of(case: Case) -> Endpoint | None:
    """What was found for the field it was typed in, of the person's own settings nothing."""
    protocol = case.protocol or case.examination.typed.protocol or named_protocol(case.examination.typed.host or "")
    return next((e for e in _found(case) if protocol in (None, e.protocol)), None)


def _found(case: Case) -> Iterator[Endpoint]:
    services = case.candidate.services if case.candidate is not None else ()
    for service in services:
        if service.endpoint.provenance.source is not Source.USER:
            yield service.endpoint.value


def _only_protocol(case: Case, host: str) -> Protocol | None:
    """What the host is known to serve, if it is one thing."""
    served = _served(case, host)
    return served.pop() if len(served) == 1 else None


def _serves(case: Case, host: str, protocol: Protocol) -> bool:
    return protocol in _served(case, host)


def _served(case: Case, host: str) -> set[Protocol]:
    providers = case.shelf.naming(host) if case.shelf is not None else []
    in_book = {e.protocol for provider in providers for e in provider.endpoints if e.host == host}
    evidence = case.examination.evidence
    spoken = {
        one.service.protocol
        for one in (evidence.services if evidence is not None else ())
        if one.service.endpoint.value.host == host and greeted(one)
    }
    return in_book | spoken | {e.protocol for e in _found(case) if e.host == host}


def _meant_by_book(case: Case, host: str) -> str:
    if case.shelf is None:
        return ""
    return case.shelf.meant_host(host, case.provider or None) or ("" if case.provider else _meant_by_any(case, host))


def _meant_by_any(case: Case, host: str) -> str:
    return (case.shelf.meant_host(host) or "") if case.shelf is not None else ""


def _other_provider(case: Case, host: str) -> bool:
    """True when the book knows the host as a server of others than the provider of the address."""
    if case.shelf is None or not case.provider or any(e.host == host for e in _found(case)):
        return False
    owners = case.shelf.naming(host)
    # Outlook.com and Microsoft 365 sign in at the same place, and so do their servers.
    issuer = case.candidate.oauth.value.issuer if case.candidate and case.candidate.oauth else "none"
    related = any(one.id == case.provider or (one.oauth and one.oauth.value.issuer == issuer) for one in owners)
    return bool(owners) and not related


def _near(case: Case, raw: str, host: str) -> Iterator[Sign]:
    """A name of no known server that is almost one."""
    if ":" in host or host.rpartition(".")[2].isdigit():
        return  # an address
    ended = spelling.ending(host)
    right = right_of(case)
    if ended is not None:
        yield sign(case, "typed.host.ending", typed=raw, meant=ended, right_host=ended)
        return
    if "." not in host:
        yield _told(case, "typed.host.no_dot", raw, right)
        return
    close = [e for e in _found(case) if _almost(host, e.host)]
    own = [e for e in close if right is not None and e.protocol is right.protocol]
    if close:
        yield _told(case, "typed.host.near", raw, (own or close)[0])
        return
    meant = _near_domain(case, host)
    if meant:
        yield sign(case, "typed.host.near", 0.9, typed=raw, meant=meant, right_host=meant)


def _almost(typed: str, right: str) -> bool:
    """One or two slips, beside the words that say which protocol it is; nothing but such a word is no slip."""
    if spelling.without_kind(typed) == spelling.without_kind(right):
        return named_protocol(typed) is named_protocol(right) and typed != right
    return spelling.distance(typed, right) <= (2 if len(right) > 7 else 1) or typed == right.replace(".", "", 1)


def _near_domain(case: Case, host: str) -> str:
    """The host with the domain of the book, or of the address, that its own is almost."""
    domain = registrable_domain(host) or host
    own = case.examination.address.domain if case.examination.address is not None else ""
    word = host.removesuffix(own)
    if own and word != host and not word.endswith(".") and named_protocol(f"{word}."):
        return f"{word}.{own}"  # imapexample.org
    if own and own != domain and spelling.distance(domain, own) in (1, 2):
        return host.removesuffix(domain) + own
    if case.shelf is None or case.shelf.by_domain(domain) is not None or domain == own:
        return ""
    near = case.shelf.near(domain)
    close = near is not None and spelling.distance(domain, near) <= 2
    return host.removesuffix(domain) + near if near is not None and close else ""
