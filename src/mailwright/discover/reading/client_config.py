"""A clientConfig file, read as the strictest mail program reads it (draft-ietf-mailmaint-autoconfig-06)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailwright.core import DEFAULT_PORTS, Flaw, FlawKind, HttpAnswer, Protocol, Security
from mailwright.discover import clientconfig, markup, service
from mailwright.discover.reading.page import Read, flaw, templated
from mailwright.discover.saying import Saying

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type

KINDS = ("text/xml", "application/xml")
_MAIL = {"imap": Protocol.IMAP, "pop3": Protocol.POP3, "smtp": Protocol.SMTP}
_GOOD = re.compile("%(EMAILADDRESS|EMAILLOCALPART|EMAILDOMAIN|REALNAME)%")
# A percent sign before a domain is one of the user name: some servers want user%domain.
_BAD = re.compile(
    r"%[A-Z]{2,}(%|(?![\w.-]))|%?(EMAILADDRESS|EMAILLOCALPART|EMAILDOMAIN|REALNAME)%?", re.IGNORECASE | re.ASCII
)


def parse(answer: HttpAnswer, saying: Saying) -> Read:
    """Raises markup.HostileError or markup.NotMarkupError."""
    root = markup.parse(answer.body)
    provider = root.find("emailProvider") if root.tag == "clientConfig" else None
    if provider is None:
        raise markup.NotMarkupError
    candidate = templated(clientconfig.parse(answer.body, saying), saying.query)
    return Read(candidate, tuple(_flaws(provider, saying)))


def _flaws(provider: Element, saying: Saying) -> Iterator[Flaw]:
    # Thunderbird takes no file without these two.
    if not provider.get("id", "").strip():
        yield flaw(FlawKind.INCOMPLETE, missing='emailProvider id="…"')
    if not markup.text(provider, "domain"):
        yield flaw(FlawKind.INCOMPLETE, missing="<domain>")
    servers = [child for child in provider if child.tag in ("incomingServer", "outgoingServer")]
    for server in servers[: clientconfig.MAX_SERVERS]:
        protocol = _MAIL.get(server.get("type", "").strip().lower())
        # What else there is (exchange, ews, jmap) is for others, and must be passed over.
        if protocol is not None:
            yield from _server(server, protocol, saying)


def _server(server: Element, protocol: Protocol, saying: Saying) -> Iterator[Flaw]:
    told = {field: markup.text(server, field) for field in ("hostname", "port", "socketType", "username")}
    for field in ("hostname", "username"):
        broken = placeholder(told[field])
        if broken:
            yield flaw(FlawKind.PLACEHOLDER, protocol, field=field, found=broken)
    if not told["username"]:
        yield flaw(FlawKind.INCOMPLETE, protocol, missing="<username>")
    if (server.tag == "incomingServer") is not protocol.incoming:
        yield flaw(FlawKind.UNUSABLE, protocol, field=server.tag, found=f'type="{server.get("type", "")}"')
    if told["socketType"].lower() not in ("ssl", "tls", "starttls", "plain"):
        yield flaw(FlawKind.UNUSABLE, protocol, field="socketType", found=told["socketType"] or "–")
    elif not placeholder(told["hostname"]):
        yield from _place(told["hostname"], told["port"], protocol, saying)
    if not list(markup.texts(server, "authentication")):
        yield flaw(FlawKind.INCOMPLETE, protocol, missing="<authentication>")
    if markup.text(server, "password"):
        yield flaw(FlawKind.PASSWORD, protocol)


def _place(host: str, port: str, protocol: Protocol, saying: Saying) -> Iterator[Flaw]:
    usual = str(DEFAULT_PORTS[protocol, Security.TLS])
    if service.endpoint(protocol, host, usual, Security.TLS, address=saying.query.address) is None:
        yield flaw(FlawKind.UNUSABLE, protocol, field="hostname", found=host or "–")
    if not port:
        yield flaw(FlawKind.INCOMPLETE, protocol, missing="<port>")
    elif not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        yield flaw(FlawKind.UNUSABLE, protocol, field="port", found=port)


def placeholder(text: str) -> str:
    """The first placeholder that is written wrong: without its second percent sign, in small letters, or unknown."""
    found = _BAD.search(_GOOD.sub("", text))
    return found[0] if found else ""
