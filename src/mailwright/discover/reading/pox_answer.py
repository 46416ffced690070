"""An answer of Autodiscover version 1, read as Thunderbird and Outlook read it (MS-OXDSCLI)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailwright.core import Candidate, EmailAddress, Flaw, FlawKind, HttpAnswer, Protocol
from mailwright.discover import markup, pox
from mailwright.discover.reading.page import Read, flaw, templated
from mailwright.discover.saying import Saying

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type

KINDS = ("text/xml", "application/xml")
_MAIL = {"IMAP": Protocol.IMAP, "POP3": Protocol.POP3, "POP": Protocol.POP3, "SMTP": Protocol.SMTP}


def request(address: EmailAddress) -> tuple[bytes, str]:
    """The body of the question and its content type."""
    return pox.request(address), pox.CONTENT_TYPE


def parse(answer: HttpAnswer, saying: Saying) -> Read:
    """Raises markup.HostileError or markup.NotMarkupError."""
    root = markup.parse(answer.body)
    if root.tag != "Autodiscover":
        raise markup.NotMarkupError
    address = saying.query.address
    reply = pox.parse(answer.body, saying, pox.Asked(address, "%EMAILADDRESS%"))
    flaws = list(_flaws(root))
    leads = reply.redirect_url or reply.redirect_address
    if leads:
        flaws.append(flaw(FlawKind.LEADS_ON, found=leads))
    candidate = templated(Candidate(reply.services), saying.query) if reply.services else None
    return Read(candidate, tuple(flaws))


def _flaws(root: Element) -> Iterator[Flaw]:
    for entry in root.findall("Response/Account/Protocol")[: pox.MAX_PROTOCOLS]:
        named = (markup.text(entry, "Type") or entry.get("Type", "")).upper()
        protocol = _MAIL.get(named)
        if protocol is None:
            continue
        if named == "POP":
            yield flaw(FlawKind.POP_TYPE, protocol)
        if markup.text(entry, "SPA").lower() == "on":
            yield flaw(FlawKind.SPA, protocol)
        if not markup.text(entry, "Server"):
            yield flaw(FlawKind.INCOMPLETE, protocol, missing="<Server>")
        port = markup.text(entry, "Port")
        if port and not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
            yield flaw(FlawKind.UNUSABLE, protocol, field="Port", found=port)
