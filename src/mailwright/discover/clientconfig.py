"""The clientConfig format, 1.1 and 1.2 (draft-ietf-mailmaint-autoconfig-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.core import Auth, Candidate, Protocol, Security, Service
from mailwright.discover import markup, service
from mailwright.discover.saying import Saying

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type

_PROTOCOLS = {
    ("incomingServer", "imap"): Protocol.IMAP,
    ("incomingServer", "pop3"): Protocol.POP3,
    ("outgoingServer", "smtp"): Protocol.SMTP,
}
_SECURITY = {"ssl": Security.TLS, "tls": Security.TLS, "starttls": Security.STARTTLS, "plain": Security.NONE}
_AUTH = {
    "password-cleartext": Auth.PASSWORD,
    "plain": Auth.PASSWORD,
    "login": Auth.PASSWORD,
    "password-encrypted": Auth.ENCRYPTED_PASSWORD,
    "secure": Auth.ENCRYPTED_PASSWORD,
    "cram-md5": Auth.ENCRYPTED_PASSWORD,
    # The draft says OAuth, all published files say OAuth2.
    "oauth2": Auth.OAUTH2,
    "oauth": Auth.OAUTH2,
    "xoauth2": Auth.OAUTH2,
    "oauthbearer": Auth.OAUTH2,
    "gssapi": Auth.OTHER,
    "ntlm": Auth.OTHER,
    "external": Auth.OTHER,
    "tls-client-cert": Auth.OTHER,
    "client-ip-address": Auth.OTHER,
    "smtp-after-pop": Auth.OTHER,
    "none": Auth.OTHER,
}
MAX_SERVERS = 32


def parse(body: bytes, saying: Saying) -> Candidate | None:
    """The servers in the order of the file; None when it names none we can use.

    Unknown elements, types and ways to sign in are passed over, as is <password>; the
    version is not looked at. Raises markup.HostileError or markup.NotMarkupError.
    """
    root = markup.parse(body)
    provider = root.find("emailProvider") if root.tag == "clientConfig" else None
    if provider is None:
        return None
    address = saying.query.address
    servers = [child for child in provider if child.tag in ("incomingServer", "outgoingServer")][:MAX_SERVERS]
    services = tuple(made for server in servers if (made := _service(server, saying)) is not None)
    called = service.name(markup.text(provider, "displayName"), address)
    return Candidate(services, name=called) if services else None


def _service(server: Element, saying: Saying) -> Service | None:
    protocol = _PROTOCOLS.get((server.tag, server.get("type", "").strip().lower()))
    security = _SECURITY.get(markup.text(server, "socketType").lower())
    user = service.username(markup.text(server, "username"))
    if protocol is None or security is None or user is None:
        return None
    host, port = markup.text(server, "hostname"), markup.text(server, "port")
    where = service.endpoint(protocol, host, port, security, address=saying.query.address)
    return service.service(where, saying, user, _auth(server)) if where else None


def _auth(server: Element) -> tuple[Auth, ...]:
    known = (_way(text.lower()) for text in markup.texts(server, "authentication"))
    return tuple(dict.fromkeys(way for way in known if way is not None))


def _way(text: str) -> Auth | None:
    # Format 1.2 has system="sasl" with the name of the mechanism.
    return Auth.ENCRYPTED_PASSWORD if text.startswith("scram-") else _AUTH.get(text)
