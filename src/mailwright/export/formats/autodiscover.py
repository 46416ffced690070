"""What an Autodiscover service answers: version 1 ("plain old XML", MS-OXDSCLI) and version 2 (JSON)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mailwright.core import Protocol, Security
from mailwright.export.form import File, Note
from mailwright.export.formats import xmltext

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # only the type

    from mailwright.core import Endpoint, Login, Profile
    from mailwright.export.form import Choice

# The skeleton: Autodiscover > Response > User, Account > Protocol…
FORM = "autodiscover"
_SCHEMA = "http://schemas.microsoft.com/exchange/autodiscover"
NAMESPACE = f"{_SCHEMA}/responseschema/2006"
RESPONSE_NAMESPACE = f"{_SCHEMA}/outlook/responseschema/2006a"
INVALID_REQUEST = 600
NO_PROVIDER = 601
_TYPES = {Protocol.IMAP: "IMAP", Protocol.POP3: "POP3", Protocol.SMTP: "SMTP"}
# Encryption overrides SSL; older readers know SSL only, and ask the port for the rest.
_ENCRYPTION = {Security.TLS: "SSL", Security.STARTTLS: "TLS", Security.NONE: "None"}
_UPGRADED = (25, 110, 143, 587)
JSON_MEDIA = "application/json"


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The answer for the account."""
    return (File("autodiscover.xml", pox(profile), xmltext.MEDIA),)


def make_json(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The two answers there are: where version 1 is, and that there is nothing else."""
    answers = {
        "autodiscover.json": json_answer("AutodiscoverV1", url=url(profile.address.domain), message=""),
        "autodiscover-error.json": json_answer("", url="", message=choice.say("file.autodiscover-json.error")),
    }
    return tuple(File(name, data, JSON_MEDIA) for name, data in answers.items())


def notes(profile: Profile, choice: Choice) -> tuple[Note, ...]:
    """Readers that take the protection from the port alone get it wrong at an unusual one."""
    wrong = next((login.endpoint for login in profile.logins if _misread(login.endpoint)), None)
    return (Note("autodiscover_port", (("port", wrong.port),)),) if wrong is not None else ()


def _misread(endpoint: Endpoint) -> bool:
    return endpoint.security is not Security.NONE and (
        (endpoint.port in _UPGRADED) is not (endpoint.security is Security.STARTTLS)
    )


def url(domain: str) -> str:
    """Where version 1 is asked."""
    return f"https://autodiscover.{domain}/autodiscover/autodiscover.xml"


def pox(profile: Profile) -> bytes:
    """The settings of an account. Raises BadInput("export.cannot_hold")."""
    top, response = _response()
    user = xmltext.below(response, "User")
    name = profile.name.strip() or profile.address.wire
    xmltext.below(user, "DisplayName", xmltext.trimmed(FORM, "name", name))
    account = xmltext.below(response, "Account")
    xmltext.below(account, "AccountType", "email")
    xmltext.below(account, "Action", "settings")
    for login in profile.logins:
        _protocol(account, login, profile)
    return xmltext.document(top)


def pox_error(code: int, message: str, *, time: str = "00:00:00.0000000", id: str = "0") -> bytes:
    """Why there are no settings: INVALID_REQUEST or NO_PROVIDER. `time` of the day, `id` of the machine."""
    top, response = _response()
    error = xmltext.below(response, "Error", Time=time, Id=id)
    xmltext.below(error, "ErrorCode", str(code))
    xmltext.below(error, "Message", message)
    xmltext.below(error, "DebugData")
    return xmltext.document(top)


def _response() -> tuple[Element, Element]:
    top = xmltext.root("Autodiscover", xmlns=NAMESPACE)
    return top, xmltext.below(top, "Response", xmlns=RESPONSE_NAMESPACE)


def _protocol(account: Element, login: Login, profile: Profile) -> None:
    endpoint = login.endpoint
    sends = endpoint.protocol is Protocol.SMTP
    entries = {
        "Type": _TYPES[endpoint.protocol],
        "Server": endpoint.host,
        "Port": str(endpoint.port),
        "DomainRequired": "off",
        "LoginName": xmltext.trimmed(FORM, "username", login.username),
        # "on" would be NTLM.
        "SPA": "off",
        "SSL": "off" if endpoint.security is Security.NONE else "on",
        "Encryption": _ENCRYPTION[endpoint.security],
        "AuthRequired": "on",
    }
    if sends:
        entries["UsePOPAuth"] = "on" if login.username == profile.incoming.username else "off"
        entries["SMTPLast"] = "off"
    entry = xmltext.below(account, "Protocol")
    for tag, text in entries.items():
        xmltext.below(entry, tag, text)


def json_answer(protocol: str, *, url: str, message: str) -> bytes:
    """Version 2: it knows addresses of services only, and ours is version 1. `message`: said for all others."""
    known = protocol.lower() == "autodiscoverv1"
    answer = {"Protocol": "AutodiscoverV1", "Url": url} if known else {}
    return json.dumps(answer or {"ErrorCode": "InvalidProtocol", "ErrorMessage": message}).encode()
