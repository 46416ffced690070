"""The file of PACC (draft-ietf-mailmaint-pacc-02) and the digest of it that stands in the DNS."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from mailwright.core import DEFAULT_PORTS, Auth, BadInput, Security
from mailwright.export.form import File

if TYPE_CHECKING:
    from mailwright.core import Login, Profile
    from mailwright.export.form import Choice

FORM = "pacc"
NAME = "user-agent-configuration.json"
MEDIA = "application/json"
# As in the clientConfig format: what a list of accounts has room for.
MAX_SHORT_NAME = 20


def make(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The file. Raises BadInput("export.cannot_hold") if it could not say how to read mail."""
    data = document(profile)
    if data is None:
        raise BadInput("export.cannot_hold", format=FORM, field=_unsaid(profile.incoming, profile))
    return (File(NAME, data, MEDIA),)


def document(profile: Profile, *, short: str = "") -> bytes | None:
    """The file, None if it could not say how to read mail. `short`: the name where there is little room.

    It knows TLS from the first byte at the usual ports with the address as user name, and nothing else. It is the same
    in all languages, so that its digest is.
    """
    told = [login for login in profile.logins if not _unsaid(login, profile)]
    if not any(login.endpoint.protocol.incoming for login in told):
        return None
    hosts: dict[str, dict[str, str]] = {}
    for login in told:
        hosts.setdefault(login.endpoint.protocol.value, {"host": login.endpoint.host})
    names = profile.provider_name
    name = names.get("en") or next(iter(names.values()), "") or profile.address.unicode_domain
    provider = {"name": name, "shortName": (short or name)[:MAX_SHORT_NAME].rstrip()}
    info: dict[str, Any] = {"provider": provider}
    if profile.secret is not None and profile.secret.page:
        info["help"] = {"documentation": profile.secret.page}
    whole = {"protocols": hosts, "authentication": _authentication(told, profile), "info": info}
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()


def _authentication(told: list[Login], profile: Profile) -> dict[str, Any]:
    ways = {login.auth for login in told}
    made: dict[str, Any] = {}
    if Auth.OAUTH2 in ways and profile.oauth is not None:
        made["oauth-public"] = {"issuer": profile.oauth.issuer}
    if ways & {Auth.PASSWORD, Auth.ENCRYPTED_PASSWORD}:
        made["password"] = True
    return made


def _unsaid(login: Login, profile: Profile) -> str:
    """What the format cannot say of a service, "" if it can say all."""
    endpoint = login.endpoint
    if endpoint.security is not Security.TLS:
        return "security"
    if endpoint.port != DEFAULT_PORTS[endpoint.protocol, Security.TLS]:
        return "port"
    return "" if login.username in (profile.address.wire, str(profile.address)) else "username"


def digest(data: bytes) -> str:
    """The text of the TXT record at _ua-auto-config."""
    return f"v=UAAC1; a=sha256; d={base64.b64encode(hashlib.sha256(data).digest()).decode()}"
