"""A profile for Apple's programs: the mail account in it. A signed one is read through its signature, unchecked."""

from __future__ import annotations

import plistlib
from typing import Any

from mailwright.core import Candidate, FlawKind, HttpAnswer, Protocol, Security, Service
from mailwright.discover import markup, service
from mailwright.discover.reading.page import Read, flaw, templated
from mailwright.discover.saying import Saying

KINDS = ("application/x-apple-aspen-config",)
PAYLOAD = "com.apple.mail.managed"
_BEGIN, _END = b"<?xml", b"</plist>"
_KINDS = {"EmailTypeIMAP": Protocol.IMAP, "EmailTypePOP": Protocol.POP3}


def parse(answer: HttpAnswer, saying: Saying) -> Read:
    """Raises markup.HostileError for one that is too large, markup.NotMarkupError for what is no profile."""
    body = answer.body
    if len(body) > markup.MAX_BYTES:
        raise markup.HostileError
    start, end = body.find(_BEGIN), body.rfind(_END)
    if start < 0 or end < start or b"<!ENTITY" in body:
        raise markup.NotMarkupError
    try:
        root: Any = plistlib.loads(body[start : end + len(_END)], fmt=plistlib.FMT_XML)
    except Exception as error:  # noqa: BLE001  # plistlib raises whatever its pieces raise
        raise markup.NotMarkupError from error
    payloads = root.get("PayloadContent", []) if isinstance(root, dict) else []
    mail = next((p for p in payloads if isinstance(p, dict) and p.get("PayloadType") == PAYLOAD), None)
    if mail is None:
        raise markup.NotMarkupError
    secret = any(mail.get(f"{side}Password") for side in ("Incoming", "Outgoing"))
    flaws = (flaw(FlawKind.PASSWORD),) if secret else ()
    services = tuple(filter(None, (_service(mail, side, saying) for side in ("Incoming", "Outgoing"))))
    return Read(templated(Candidate(services), saying.query) if services else None, flaws)


def _service(mail: dict[str, Any], side: str, saying: Saying) -> Service | None:
    protocol = Protocol.SMTP if side == "Outgoing" else _KINDS.get(str(mail.get("EmailAccountType")))
    if protocol is None:
        return None
    port = mail.get(f"{side}MailServerPortNumber")
    number = port if isinstance(port, int) else 0
    security = Security.NONE
    if mail.get(f"{side}MailServerUseSSL") is True:
        security = service.usual(number) or Security.TLS
    host = str(mail.get(f"{side}MailServerHostName", ""))
    where = service.endpoint(protocol, host, str(number or ""), security, address=saying.query.address)
    user = service.username(str(mail.get(f"{side}MailServerUsername", "")))
    return service.service(where, saying, user or "") if where is not None else None
