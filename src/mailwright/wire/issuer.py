"""What an OAuth 2.0 issuer says about itself: its endpoints, from its metadata (RFC 8414)."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mailwright.core import BadInput, HttpAnswer, OAuth, Problem, check_host
from mailwright.wire.record import Recorder

if TYPE_CHECKING:
    from mailwright.wire.world import World

JsonObject = dict[str, object]

MAX_JSON = 64 * 1024
MAX_URL = 2048
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint")
# What each way to sign in needs.
FLOWS = {
    "browser": ("authorization_endpoint", "token_endpoint"),
    "device": ("device_authorization_endpoint", "token_endpoint"),
}
ACCEPT_JSON = {"Accept": "application/json"}
# draft-ietf-mailmaint-oauth-public: what a mail program asks for where the issuer knows these names.
MAIL_SCOPES = ("urn:ietf:params:oauth:scope:mail", "offline_access")


async def metadata(world: World, issuer: str, recorder: Recorder) -> OAuth:
    """The endpoints of `issuer`, by RFC 8414 §3 or else OpenID Connect Discovery §4.

    Raises Problem: oauth.metadata when it has none or they are not to be trusted,
    oauth.unreachable when we could not tell.
    """
    host = _issuer_host(issuer)
    silent: HttpAnswer | None = None
    for url in _places(issuer):
        answer = await world.http.get(url, recorder, headers=ACCEPT_JSON)
        body = json_object(answer) if answer.ok and answer.secure else None
        if body is not None:
            return _described(issuer, host, body)
        silent = silent or (None if answer.told else answer)
    if silent:
        raise Unreachable(silent, host)
    raise Problem("oauth.metadata", host=host, reason="missing")


async def complete(world: World, oauth: OAuth, flow: str, recorder: Recorder | None = None) -> OAuth:
    """`oauth` with what is missing filled in from the issuer's metadata; what is there stays.

    The issuer is asked only when an endpoint is missing that `flow` (a key of FLOWS) needs. Raises
    as metadata() does.
    """
    unwanted = () if oauth.device else ("device_authorization_endpoint",)
    missing = [name for name in ENDPOINTS if not getattr(oauth, name) and name not in unwanted]
    if not set(missing) & set(FLOWS[flow]):
        return oauth
    found = await metadata(world, oauth.issuer, recorder or Recorder(oauth.issuer))
    return replace(oauth, scopes=oauth.scopes or found.scopes, **{name: getattr(found, name) for name in missing})


def json_object(answer: HttpAnswer) -> JsonObject | None:
    """The JSON object of an answer, None if it is anything else or larger than MAX_JSON."""
    if len(answer.body) > MAX_JSON:
        return None
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def number(value: object) -> float | None:
    """A finite number, or one written as text as some servers do."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


class Unreachable(Problem):
    """Neither yes nor no: the network or the server failed."""

    def __init__(self, answer: HttpAnswer, host: str) -> None:
        super().__init__("oauth.unreachable", host=host, reason=str(answer.reason) or f"http_{answer.status}")


def is_https(url: str) -> bool:
    """True for an HTTPS URL that can be asked or shown: a host, no user, no fragment (RFC 6749 §3.1)."""
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        check_host(parts.hostname or "")
        port = parts.port
    except (ValueError, BadInput):
        return False
    return parts.scheme == "https" and port != 0 and "@" not in parts.netloc and "#" not in url


def host_of(url: str) -> str:
    """The host of a URL that is_https()."""
    return urlsplit(url).hostname or ""


def printable(text: str) -> str:
    """A foreign text as it can be shown anywhere: at most 60 harmless characters."""
    return re.sub(r"[^A-Za-z0-9_.:/-]", "", text[:1000])[:60]


def _issuer_host(issuer: str) -> str:
    """RFC 8414 §2: HTTPS, neither query nor fragment."""
    if not is_https(issuer) or "?" in issuer:
        raise Problem("oauth.metadata", host=printable(issuer), reason="issuer")
    return host_of(issuer)


def _places(issuer: str) -> tuple[str, str]:
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    return (
        f"https://{parts.netloc}/.well-known/oauth-authorization-server{path}",
        f"https://{parts.netloc}{path}/.well-known/openid-configuration",
    )


def _described(issuer: str, host: str, body: JsonObject) -> OAuth:
    """RFC 8414 §3.3: the issuer must be the one that was asked for, letter by letter."""
    if body.get("issuer") != issuer:
        raise Problem("oauth.metadata", host=host, reason="issuer_mismatch")
    found: dict[str, Any] = {name: _endpoint(body.get(name), name, host) for name in ENDPOINTS}
    if not found["token_endpoint"]:
        raise Problem("oauth.metadata", host=host, reason="token_endpoint")
    offered = body.get("scopes_supported")
    scopes = tuple(scope for scope in MAIL_SCOPES if isinstance(offered, list) and scope in offered)
    return OAuth(issuer, scopes=scopes, **found)


def _endpoint(value: object, name: str, host: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not is_https(value):
        raise Problem("oauth.metadata", host=host, reason=name)
    return value
