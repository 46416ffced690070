"""PACC: a JSON file whose digest stands in the DNS (draft-ietf-mailmaint-pacc-02)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from mailwright.core import (
    Auth,
    Candidate,
    Channel,
    DnsAnswer,
    OAuth,
    Outcome,
    Protocol,
    Reason,
    Security,
    Source,
    SourceAnswer,
    Sourced,
    Told,
)
from mailwright.discover import markup, objects, service, verdict
from mailwright.discover.query import Query
from mailwright.discover.saying import Saying

SOURCE = Source.PACC
PATH = "/.well-known/user-agent-configuration.json"


async def ask(query: Query) -> SourceAnswer:
    """The file, if its digest agrees; a file nobody vouches for must not be used."""
    if query.is_suffix:
        return SourceAnswer(SOURCE, Told.NOTHING)
    url = f"https://ua-auto-config.{query.domain}{PATH}"
    page, record = await asyncio.gather(query.get(url), query.dns(f"_ua-auto-config.{query.domain}", "TXT"))
    if not page.ok:
        return verdict.http(SOURCE, page)
    if not record.status.told:
        return verdict.dns(SOURCE, record)
    try:
        candidate = parse(page.body, Saying(query, SOURCE, url, Channel.HTTPS, own=True))
    except markup.HostileError:
        return SourceAnswer(SOURCE, Told.STOPPED, url, reason=Reason.LIMIT)
    if candidate is None:
        return SourceAnswer(SOURCE, Told.NOTHING, url)
    if page.outcome is not Outcome.OK or not page.secure or not agrees(page.body, record):
        return SourceAnswer(SOURCE, Told.STOPPED, url, reason=Reason.REFUSED)
    return SourceAnswer(SOURCE, Told.FOUND, url, candidate)


def agrees(body: bytes, record: DnsAnswer) -> bool:
    """True when one of the TXT records holds the digest of the file."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return any(hmac.compare_digest(told.encode(), digest.encode()) for told in map(_digest, record.text()))


def _digest(text: str) -> str:
    fields = dict(field.strip().partition("=")[::2] for field in text.split(";"))
    known = fields.get("v") == "UAAC1" and fields.get("a", "").lower() == "sha256"
    return fields.get("d", "").strip() if known else ""


def parse(body: bytes, saying: Saying) -> Candidate | None:
    """The mail services of the file: implicit TLS at the usual ports, the address as user name.

    Raises markup.HostileError.
    """
    root = objects.parse(body)
    if root is None:
        return None
    auth, oauth = _auth(root, saying)
    services = []
    for protocol in Protocol:
        host = objects.text(objects.child(root, "protocols", protocol.value), "host")
        where = service.endpoint(protocol, host, "", Security.TLS, address=saying.query.address)
        if where is not None:
            services.append(service.service(where, saying, "%EMAILADDRESS%", auth))
    called = service.name(objects.text(objects.child(root, "info", "provider"), "name"), saying.query.address)
    return Candidate(tuple(services), name=called, oauth=oauth) if services else None


def _auth(root: objects.Object, saying: Saying) -> tuple[tuple[Auth, ...], Sourced[OAuth] | None]:
    told = objects.child(root, "authentication")
    issuer = objects.text(objects.child(told, "oauth-public"), "issuer")
    host = _https_host(issuer)
    oauth = Sourced(OAuth(issuer), saying.of(host)) if host else None
    ways = ((Auth.PASSWORD, told.get("password") is True), (Auth.OAUTH2, oauth is not None))
    return tuple(way for way, offered in ways if offered), oauth


def _https_host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    good = parts.scheme == "https" and parts.username is None and url.isascii() and url.isprintable()
    return parts.hostname or "" if good else ""
