"""What the port said first, beside what should have spoken there."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import Endpoint, Look, LookKind, Security, Sign
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.making import sign

_MAIL = ("imap", "pop3", "smtp")
_ALERTS = {
    40: "alert.failure",
    42: "alert.bad_certificate",
    70: "alert.version",
    112: "alert.name",
    116: "alert.certificate_required",
}


def read(case: Case) -> Iterator[Sign]:
    """BYTES looks at this endpoint; the same at other endpoints for portals."""
    here = case.endpoint
    if here is None:
        return
    for look in case.looks(LookKind.BYTES):
        yield from _told(case, here, look)
    everywhere = [look for look in case.examination.looks if look.kind is LookKind.BYTES]
    hosts = {look.subject for look in everywhere if look.fact("speaks") == "http"}
    if len(hosts) > 1 and len(hosts) == len({look.subject for look in everywhere}):
        yield sign(case, "together.http")


def _told(case: Case, here: Endpoint, look: Look) -> Iterator[Sign]:
    speaks, hello = str(look.fact("speaks") or ""), str(look.fact("hello") or "")
    over_tls = here.security is Security.TLS
    if speaks == here.protocol.value:
        yield sign(case, "bytes.plain" if over_tls else "bytes.right")
    elif speaks in _MAIL:
        yield sign(case, "bytes.other_mail", typed=here.protocol.value, meant=speaks)
    elif speaks == "http":
        yield sign(case, "bytes.http")
        if _redirects(str(look.fact("banner") or "")):
            yield sign(case, "bytes.http_redirect")
    elif speaks == "tls" and not over_tls:
        yield sign(case, "bytes.tls")
    elif speaks in ("ssh", "ftp", "other"):
        yield sign(case, "bytes.foreign")
    elif speaks in ("reset", "silent", "closed"):
        yield sign(case, f"bytes.{speaks}")
    if over_tls and hello == "server_hello":
        yield sign(case, "bytes.hello")
    if hello == "alert":
        number = look.fact("alert")
        yield sign(case, _ALERTS.get(number, "alert.other") if isinstance(number, int) else "alert.other")


def _redirects(banner: str) -> bool:
    words = banner.split()
    return words[:1] != [] and words[0].upper().startswith("HTTP/") and words[1:2] != [] and _elsewhere(words[1])


def _elsewhere(status: str) -> bool:
    return status[:2] == "30" or status == "511"  # RFC 6585 §6: network authentication required
