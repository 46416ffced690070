"""From what was found, proved or saved to the Profile that is exported."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mailwright import export
from mailwright.answers.document import SCHEMA
from mailwright.core import (
    Auth,
    BadInput,
    EmailAddress,
    Login,
    Profile,
    Proof,
    Protocol,
    SecretHelp,
    SecretKind,
    Service,
    SwitchOn,
    expand,
    fields,
)

if TYPE_CHECKING:
    from pathlib import Path

    from mailwright import setup

MAX_FILE = 4 << 20
_OAUTH = ("XOAUTH2", "OAUTHBEARER")
# Those that `texts` has a sentence for.
_WHEN = ("always", "two_factor", "optional")


def of_result(result: setup.Result, *, name: str = "", incoming: Protocol | None = None) -> Profile:
    """The account that was verified, else what was found. Raises BadInput("export.nothing") without a way to read."""
    address, candidate = result.discovery.address, result.discovery.candidate
    if candidate is None:
        raise BadInput("export.nothing", address=str(address))
    found = [_found(service, address) for service in candidate.services]
    account = result.account
    if account is not None:
        proved = [
            Login(one.service.endpoint.value, one.username, Auth.OAUTH2 if one.mechanism in _OAUTH else Auth.PASSWORD)
            for one in (account.incoming, account.outgoing)
        ]
        here = {login.endpoint for login in proved}
        found = [*proved, *(login for login in found if login.endpoint not in here)]
    return _made(
        address,
        found,
        incoming,
        name=name,
        proof=Proof.VERIFIED if account is not None else Proof.FOUND,
        provider=candidate.provider or "",
        provider_name=dict(candidate.name),
        secret=candidate.secret.value if candidate.secret is not None else None,
        oauth=candidate.oauth.value if candidate.oauth is not None else None,
        needs_id=candidate.needs_id is not None and candidate.needs_id.value,
        switch_on=tuple(row.value for row in candidate.switch_on),
    )


def _found(service: Service, address: EmailAddress) -> Login:
    ways = service.auth.value
    auth = Auth.PASSWORD if Auth.PASSWORD in ways or not ways else ways[0]
    return Login(service.endpoint.value, expand(service.username.value, address), auth)


def _made(address: EmailAddress, logins: list[Login], incoming: Protocol | None, **more: Any) -> Profile:  # noqa: ANN401  # fields of Profile
    """Sorted into the way in, the way out, and the rest."""
    ways_in = [login for login in logins if login.endpoint.protocol.incoming]
    wished = [login for login in ways_in if incoming in (None, login.endpoint.protocol)]
    if not wished:
        if not ways_in or incoming is None:
            raise BadInput("export.nothing", address=str(address))
        raise BadInput("export.not_offered", address=str(address), protocol=incoming.value.upper())
    imap = [login for login in wished if login.endpoint.protocol is Protocol.IMAP]
    first = wished[0] if more["proof"] is Proof.VERIFIED and incoming is None else (imap or wished)[0]
    out = next((login for login in logins if login.endpoint.protocol is Protocol.SMTP), None)
    rest = tuple(login for login in logins if login not in (first, out))
    return Profile(address, first, out, others=rest, **more)


def saved(path: Path, raw: bytes, *, name: str = "", incoming: Protocol | None = None) -> Profile:
    """From the document of `setup --json` or `export --for json`. `path`: to name it in a problem.

    Raises BadInput: input.trace_cut (no whole JSON), export.other (not such a document), export.field (a value in it
    cannot be), export.newer, export.not_offered, export.nothing.
    """
    other = BadInput("export.other", file=str(path))
    if len(raw) > MAX_FILE:
        raise other
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise (BadInput("input.trace_cut", file=str(path)) if raw.lstrip()[:1] == b"{" else other) from error
    if not isinstance(document, dict) or not {"incoming", "services"} & document.keys():
        raise other
    try:
        if "incoming" in document:
            return _told(_again(export.read(raw), name, incoming))
        return _told(_restored(document, name, incoming))
    except fields.WrongField as error:
        raise BadInput("export.field", file=str(path), field=error.field) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise other from error
    except BadInput as error:
        raise (other if error.id == "export.not_a_profile" else error) from error


def _told(profile: Profile) -> Profile:
    """The same, if all it says has words. Raises WrongField."""
    if profile.secret is not None and profile.secret.when not in _WHEN:
        raise fields.WrongField("secret.when")
    return profile


def _again(profile: Profile, name: str, incoming: Protocol | None) -> Profile:
    """A profile that was exported, with the way in that is wished for now."""
    made = replace(profile, name=name or profile.name)
    if incoming in (None, profile.incoming.endpoint.protocol):
        return made
    way = next((login for login in profile.others if login.endpoint.protocol is incoming), None)
    if way is None:
        raise BadInput("export.not_offered", address=str(profile.address), protocol=str(incoming).upper())
    others = (profile.incoming, *(login for login in profile.others if login is not way))
    return replace(made, incoming=way, others=others)


def _restored(document: dict[str, Any], name: str, incoming: Protocol | None) -> Profile:
    if "schema" in document:
        fields.schema(document, SCHEMA)
    typed = fields.text(document, "address")
    with fields.field("address"):
        address = EmailAddress.parse(typed)
    account = document.get("account") or {}
    proved = [_login(account, f"account.{side}", side) for side in ("incoming", "outgoing") if account]
    here = {login.endpoint for login in proved}
    rows = document["services"]
    if not isinstance(rows, list):
        raise fields.WrongField("services")
    found = [_login(rows, f"services[{number}]", number) for number in range(len(rows))]
    with fields.field("provider"):
        provider = document.get("provider") or {}
        id, names = _said(provider.get("id") or ""), fields.texts(provider, "name") if provider.get("name") else {}
    with fields.field("secret"):
        help_ = document.get("secret")
        secret = _secret(help_["value"] if help_ and "value" in help_ else help_)
    with fields.field("switch_on"):
        switch_on = tuple(map(_switch, document.get("switch_on") or ()))
    with fields.field("name"):
        name = name or _said(document.get("name") or "")
    return _made(
        address,
        [*proved, *(one for one in found if one.endpoint not in here)],
        incoming,
        name=name,
        proof=Proof.VERIFIED if proved or document.get("proof") == "verified" else Proof.FOUND,
        provider=id,
        provider_name=names,
        secret=secret,
        needs_id=document.get("needs_id") is True,
        switch_on=switch_on,
    )


def _login(rows: Any, place: str, key: str | int) -> Login:  # noqa: ANN401  # a list or a table
    with fields.field(place):
        row = rows[key]
        endpoint, username = fields.endpoint(row), fields.text(row, "username")
        with fields.field("auth"):
            ways = [Auth(way) for way in row.get("auth", ())]
    if row.get("mechanism") in _OAUTH or (ways and Auth.PASSWORD not in ways):
        return Login(endpoint, username, Auth.OAUTH2 if not ways else ways[0])
    return Login(endpoint, username)


def _secret(row: dict[str, Any] | None) -> SecretHelp | None:
    if not row:
        return None
    return SecretHelp(
        SecretKind(row["kind"]),
        fields.texts(row, "name"),
        str(row.get("when", "always")),
        _said(row.get("page", "")),
        _steps(row.get("steps")),
    )


def _switch(row: dict[str, Any]) -> SwitchOn:
    inner = row.get("value", row)
    protocols = tuple(Protocol(name) for name in inner["protocols"])
    return SwitchOn(protocols, _said(inner["default"]), _said(inner["page"]), _steps(inner.get("steps")))


def _steps(row: dict[str, Any] | None) -> dict[str, tuple[str, ...]]:
    return {_said(key): tuple(map(_said, steps)) for key, steps in (row or {}).items()}


def _said(value: object) -> str:
    return fields.writable(str(value))
