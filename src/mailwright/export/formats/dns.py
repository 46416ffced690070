"""The records by which mail programs find the settings of a domain, as a zone file."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright.core import BadInput, Protocol, Security
from mailwright.export.form import File
from mailwright.export.formats import pacc
from mailwright.export.formats.remark import remark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.core import Profile
    from mailwright.export.form import Choice

FORM = "dns"
SKELETON = """\
{head}
$ORIGIN {domain}.
$TTL 3600

{services}

{web}
"""
MEDIA = "text/dns"
# RFC 6186 §3, RFC 8314 §5.1. All of them are told, so that what is not offered is not tried.
_SERVICES = {
    "_imaps": (Protocol.IMAP, Security.TLS),
    "_imap": (Protocol.IMAP, Security.STARTTLS),
    "_pop3s": (Protocol.POP3, Security.TLS),
    "_pop3": (Protocol.POP3, Security.STARTTLS),
    "_submissions": (Protocol.SMTP, Security.TLS),
    "_submission": (Protocol.SMTP, Security.STARTTLS),
}
_WEB = ("autoconfig", "autodiscover")
_PART = 255


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `name` below the domain, `type`, and `data` as in a zone file."""

    name: str
    type: str
    data: str

    def __str__(self) -> str:
        return f"{self.name} IN {self.type} {self.data}"

    def circular(self, domain: str) -> bool:
        """True for an alias of its own name: the web server has that name already."""
        return self.type == "CNAME" and self.data.lower() == f"{self.name}.{domain}.".lower()


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The zone file, to be added to the zone of the domain."""
    domain = profile.address.domain
    file = pacc.document(profile)
    web = [remark(choice, "file.dns.web", ";", web=f"{domain}."), *map(str, published(domain))]
    if file is not None:
        web += [remark(choice, "file.dns.pacc", ";"), *map(str, vouching(domain, file))]
    services = [remark(choice, "file.dns.services", ";"), *map(str, located(profile))]
    text = SKELETON.format(
        head=remark(choice, "file.dns.head", ";", domain=domain),
        domain=domain,
        services="\n".join(services),
        web="\n".join(web),
    )
    return (File(f"{domain}.zone", text.encode(), MEDIA),)


def records(profile: Profile, *, web: str = "", file: bytes | None = None) -> tuple[Record, ...]:
    """All records. `web`: the web server that publishes settings, "" for the domain itself; `file`: that of PACC.

    Raises BadInput("export.cannot_hold") for a server without a name.
    """
    host = web or profile.address.domain
    made = (*located(profile), *published(host), *(vouching(host, file) if file is not None else ()))
    return tuple(record for record in made if not record.circular(profile.address.domain))


def located(profile: Profile) -> Iterator[Record]:
    """Where each service is; the preferred has the lowest number (RFC 2782)."""
    ranked = [login.endpoint for login in profile.logins]
    for label, (protocol, security) in _SERVICES.items():
        found = dict.fromkeys(at for at in ranked if (at.protocol, at.security) == (protocol, security))
        for endpoint in found:
            # RFC 6186 §3.4: the priority also ranks IMAP against POP3.
            rank = 10 * ranked.index(endpoint)
            yield Record(f"{label}._tcp", "SRV", f"{rank} 1 {endpoint.port} {_target(endpoint.host)}")
        if not found:
            # RFC 6186 §3.4, RFC 2782: "." is no offer.
            yield Record(f"{label}._tcp", "SRV", "0 0 0 .")


def published(web: str) -> Iterator[Record]:
    """Where the files of autoconfig and Autodiscover are."""
    for label in _WEB:
        yield Record(label, "CNAME", _target(web))
    yield Record("_autodiscover._tcp", "SRV", f"0 0 443 {_target(web)}")


def vouching(web: str, file: bytes) -> Iterator[Record]:
    """Where the file of PACC is, and its digest."""
    yield Record("ua-auto-config", "CNAME", _target(web))
    yield Record("_ua-auto-config", "TXT", quoted(pacc.digest(file)))


def _target(host: str) -> str:
    """RFC 2782: the target is a name, never an address; a dot at its end makes it complete (RFC 1035 §5.1)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return f"{host.removesuffix('.')}."
    raise BadInput("export.cannot_hold", format=FORM, field="host")


def quoted(text: str) -> str:
    """RFC 1035 §5.1: character strings of at most 255 octets in quotes; a backslash before a quote or a backslash."""
    parts = [text[start : start + _PART] for start in range(0, len(text), _PART)] or [""]
    return " ".join('"' + re.sub(r'(["\\])', r"\\\1", part) + '"' for part in parts)
