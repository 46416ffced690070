"""Autodiscover v1, "plain old XML" (MS-OXDISCO): the request and what a server answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from mailwright.core import Auth, EmailAddress, Protocol, Security, Service
from mailwright.discover import markup, service
from mailwright.discover.saying import Saying

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type

_SCHEMA = "http://schemas.microsoft.com/exchange/autodiscover/outlook"
# Some servers want exactly this, the blank included.
CONTENT_TYPE = "text/xml; charset=utf-8"
# "POP" is not in the specification, but in a widespread server.
_PROTOCOLS = {"IMAP": Protocol.IMAP, "POP3": Protocol.POP3, "POP": Protocol.POP3, "SMTP": Protocol.SMTP}
_EXCHANGE = frozenset({"EXCH", "EXPR", "EXHTTP"})
MAX_PROTOCOLS = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """The address a server is asked for. `user`: the user name that stands for it, "" for unknown.

    `stands_in`: it is not the person's own, so names in an answer are another's.
    """

    address: EmailAddress
    user: str
    stands_in: bool = False

    def moved(self, address: EmailAddress) -> Asked:
        """The same after a redirect to another address."""
        if not self.stands_in:
            return Asked(address, address.wire)
        same = bool(self.user) and address.local == self.address.local
        return Asked(address, f"%EMAILLOCALPART%@{address.domain}" if same else "", stands_in=True)

    def template(self, name: str) -> str:
        """A login name of the answer as the person's own."""
        if name == self.address.wire:
            return self.user
        if not self.stands_in or "%EMAIL" in name:
            return name
        return "%EMAILLOCALPART%" if name == self.address.local and self.user else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: services, or where to go on. `exchange`: hosts that speak Exchange only."""

    services: tuple[Service, ...] = ()
    redirect_address: str = ""
    redirect_url: str = ""
    exchange: tuple[str, ...] = ()


def request(address: EmailAddress) -> bytes:
    """The body of the POST."""
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{_SCHEMA}/requestschema/2006"><Request>'
        f"<EMailAddress>{escape(address.wire)}</EMailAddress>"
        f"<AcceptableResponseSchema>{_SCHEMA}/responseschema/2006a</AcceptableResponseSchema>"
        "</Request></Autodiscover>"
    )
    return text.encode()


def parse(body: bytes, saying: Saying, asked: Asked) -> Reply:
    """The reply; an empty one for an error or anything else. `asked`: for whom it is.

    Raises markup.HostileError or markup.NotMarkupError.
    """
    root = markup.parse(body)
    account = root.find("Response/Account") if root.tag == "Autodiscover" else None
    if account is None:
        return Reply()
    action = markup.text(account, "Action").lower()
    if action == "redirectaddr":
        return Reply(redirect_address=markup.text(account, "RedirectAddr"))
    if action == "redirecturl":
        return Reply(redirect_url=markup.text(account, "RedirectUrl"))
    entries = account.findall("Protocol")[:MAX_PROTOCOLS]
    services = (made for entry in entries if (made := _service(entry, saying, asked)) is not None)
    exchange = (markup.text(entry, "Server") for entry in entries if _type(entry) in _EXCHANGE)
    return Reply(tuple(services), exchange=tuple(host.lower() for host in exchange if host))


def _type(entry: Element) -> str:
    return (markup.text(entry, "Type") or entry.get("Type", "")).upper()


def _service(entry: Element, saying: Saying, asked: Asked) -> Service | None:
    protocol = _PROTOCOLS.get(_type(entry))
    user = service.username(markup.text(entry, "LoginName") or asked.address.wire)
    if protocol is None or user is None:
        return None
    port = markup.text(entry, "Port")
    host = markup.text(entry, "Server")
    where = service.endpoint(protocol, host, port, _security(entry, port), address=saying.query.address)
    name = _template(asked.template(user), saying.query.address)
    return service.service(where, saying, name, (Auth.PASSWORD,)) if where else None


def _security(entry: Element, port: str) -> Security:
    """Encryption overrides SSL; what a well-known port always speaks overrides both."""
    encryption = markup.text(entry, "Encryption").lower()
    off = encryption == "none" or (not encryption and markup.text(entry, "SSL").lower() == "off")
    if off:
        return Security.NONE
    usual = service.usual(int(port)) if port.isascii() and port.isdigit() and len(port) <= 5 else None
    return usual or (Security.STARTTLS if encryption == "tls" else Security.TLS)


def _template(user: str, address: EmailAddress) -> str:
    """The name as a template where it is the address or its local part."""
    return {address.wire: "%EMAILADDRESS%", address.local: "%EMAILLOCALPART%"}.get(user, user)
