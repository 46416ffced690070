"""A profile for Apple's programs: the mail account in it. A signed one is read through its signature, unchecked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from mailwright.core import Candidate, FlawKind, HttpAnswer, Protocol, Security, Service
from mailwright.discover import markup, service
from mailwright.discover.reading.page import Read, flaw, templated
from mailwright.discover.saying import Saying

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type

KINDS = ("application/x-apple-aspen-config",)
PAYLOAD = "com.apple.mail.managed"
_BEGIN, _END = b"<?xml", b"</plist>"
# Apple's own, and the only thing of a DTD that a profile has: without it nothing is left to be expanded.
_DOCTYPE = re.compile(rb"<!DOCTYPE plist[^\[>]*>")
_TYPES = {"EmailTypeIMAP": Protocol.IMAP, "EmailTypePOP": Protocol.POP3}
Entries: TypeAlias = "dict[str, Element]"


def parse(answer: HttpAnswer, saying: Saying) -> Read:
    """Raises markup.HostileError, or markup.NotMarkupError for what is no profile with a mail account."""
    start, end = answer.body.find(_BEGIN), answer.body.rfind(_END)
    if start < 0 or end < start:
        raise markup.NotMarkupError
    root = markup.parse(_DOCTYPE.sub(b"", answer.body[start : end + len(_END)], count=1))
    content = _entries(root.find("dict")).get("PayloadContent")
    payloads = [_entries(element) for element in (content if content is not None else ())]
    mail = next((payload for payload in payloads if _text(payload, "PayloadType") == PAYLOAD), None)
    if mail is None:
        raise markup.NotMarkupError
    secret = any(_text(mail, f"{side}Password") for side in ("Incoming", "Outgoing"))
    services = tuple(filter(None, (_service(mail, side, saying) for side in ("Incoming", "Outgoing"))))
    candidate = templated(Candidate(services), saying.query) if services else None
    return Read(candidate, (flaw(FlawKind.PASSWORD),) if secret else ())


def _entries(element: Element | None) -> Entries:
    """A dictionary: keys and values stand one after the other."""
    children = list(element) if element is not None and element.tag == "dict" else []
    return {(key.text or "").strip(): value for key, value in zip(children[::2], children[1::2], strict=False)}


def _text(entries: Entries, key: str) -> str:
    found = entries.get(key)
    return (found.text or "").strip() if found is not None else ""


def _service(mail: Entries, side: str, saying: Saying) -> Service | None:
    protocol = Protocol.SMTP if side == "Outgoing" else _TYPES.get(_text(mail, "EmailAccountType"))
    if protocol is None:
        return None
    port = _text(mail, f"{side}MailServerPortNumber")
    flag = mail.get(f"{side}MailServerUseSSL")
    security = Security.NONE
    if flag is not None and flag.tag == "true":
        known = service.usual(int(port)) if port.isascii() and port.isdigit() and len(port) <= 5 else None
        security = known or Security.TLS
    host = _text(mail, f"{side}MailServerHostName")
    where = service.endpoint(protocol, host, port, security, address=saying.query.address)
    user = service.username(_text(mail, f"{side}MailServerUsername"))
    return service.service(where, saying, user or "") if where is not None else None
