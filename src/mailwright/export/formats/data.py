"""The account as data for other programs: JSON (which we read again), shell variables, one row of CSV."""

from __future__ import annotations

import csv as rows
import io
import json
import re
import shlex
from typing import TYPE_CHECKING, Any, TypeVar

from mailwright import core
from mailwright.core import (
    Auth,
    BadInput,
    EmailAddress,
    Login,
    OAuth,
    Profile,
    Proof,
    Protocol,
    SecretHelp,
    SwitchOn,
    fields,
    plain,
)
from mailwright.export.form import File
from mailwright.export.formats.remark import remark
from mailwright.export.placing import secret, secret_command, token_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mailwright.core import Json
    from mailwright.export.form import Choice

T = TypeVar("T")
SCHEMA = 1
MAX_JSON = 256 * 1024
FIELDS = ("host", "port", "security", "username", "auth")
COLUMNS = (
    "address",
    "name",
    "proof",
    "provider",
    *(f"{protocol}_{field}" for protocol in Protocol for field in FIELDS),
    "secret",
)
_FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"
_NAMES = vars(core)


def json_document(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """The profile as in profile.schema.json; it never holds a secret."""
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "address": str(profile.address),
        "name": profile.name,
        "proof": profile.proof.value,
        "incoming": _service(profile.incoming),
        "outgoing": _service(profile.outgoing) if profile.outgoing is not None else None,
        "others": [_service(login) for login in profile.others],
        "provider": {"id": profile.provider, "name": plain(profile.provider_name)},
        "secret": plain(profile.secret),
        "oauth": plain(profile.oauth),
        "needs_id": profile.needs_id,
        "switch_on": plain(profile.switch_on),
    }
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return (File("mail-profile.json", text.encode(), "application/json"),)


def read(data: bytes) -> Profile:
    """The profile a JSON document was made of. What it says more is ignored.

    Raises BadInput: export.not_a_profile, export.newer (made by a later version of us); WrongField for a value that
    does not belong where it stands.
    """
    try:
        document = json.loads(data[:MAX_JSON].decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput("export.not_a_profile") from error
    if not isinstance(document, dict):
        raise BadInput("export.not_a_profile")
    fields.schema(document, SCHEMA)
    return _profile(document)


def _service(login: Login) -> dict[str, Json]:
    return {
        "protocol": login.endpoint.protocol.value,
        "host": login.endpoint.host,
        "port": login.endpoint.port,
        "security": login.endpoint.security.value,
        "username": login.username,
        "auth": login.auth.value,
    }


def _profile(document: dict[str, Any]) -> Profile:
    with fields.field("address"):
        address = EmailAddress.parse(document["address"])
    with fields.field("incoming"):
        incoming = _login(document["incoming"])
    with fields.field("outgoing"):
        outgoing = _login(document["outgoing"]) if document["outgoing"] is not None else None
    with fields.field("proof"):
        proof = Proof(document["proof"])
    provider, names = _provider(document)
    return Profile(
        address,
        incoming,
        outgoing,
        name=fields.text(document, "name"),
        others=tuple(_each(document, "others", _login)),
        proof=proof,
        provider=provider,
        provider_name=names,
        secret=_restored(SecretHelp, document, "secret"),
        oauth=_restored(OAuth, document, "oauth"),
        needs_id=_flag(document, "needs_id"),
        switch_on=tuple(_each(document, "switch_on", lambda row: _of(SwitchOn, row))),
    )


def _provider(document: dict[str, Any]) -> tuple[str, dict[str, str]]:
    with fields.field("provider"):
        row = document["provider"]
        return fields.text(row, "id"), fields.texts(row, "name")


def _flag(document: dict[str, Any], name: str) -> bool:
    with fields.field(name):
        if type(document[name]) is not bool:
            raise TypeError(name)
        return bool(document[name])


def _each(document: dict[str, Any], name: str, read_one: Callable[[Any], T]) -> Iterator[T]:
    with fields.field(name):
        if not isinstance(document[name], list):
            raise TypeError(name)
    for number, row in enumerate(document[name]):
        with fields.field(f"{name}[{number}]"):
            made = read_one(row)
        yield made


def _restored(kind: type[T], document: dict[str, Any], name: str) -> T | None:
    with fields.field(name):
        return _of(kind, document[name]) if document[name] is not None else None


def _of(kind: type[T], row: object) -> T:
    fields.writable(json.dumps(row, ensure_ascii=False))
    return core.restored(kind, row, _NAMES)


def _login(service: dict[str, Any]) -> Login:
    where, username = fields.endpoint(service), fields.text(service, "username")
    with fields.field("auth"):
        return Login(where, username, Auth(service["auth"]))


def csv(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """A line of column names and one row; nothing in it is taken for a formula by a spreadsheet."""
    first = {login.endpoint.protocol: login for login in reversed(profile.logins)}
    row: list[str | int] = [str(profile.address), profile.name, profile.proof.value, profile.provider]
    for protocol in Protocol:
        login = first.get(protocol)
        row += [_cell(value) for value in list(_service(login).values())[1:]] if login else [""] * len(FIELDS)
    row.append(profile.secret.kind.value if profile.secret is not None else "")
    text = io.StringIO()
    writer = rows.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return (File("mail-profile.csv", text.getvalue().encode(), "text/csv; charset=utf-8"),)


def _cell(value: Json) -> str | int:
    return value if isinstance(value, int) else str(value)


def _harmless(cell: str) -> str:
    """The cell as text for every spreadsheet; full-width signs begin a formula in some."""
    return f"'{cell}" if cell[:1] and cell[0] in _FORMULA else cell


def env(profile: Profile, choice: Choice) -> tuple[File, ...]:
    """Variables for a shell: `. ./mail.env`."""
    lines = [remark(choice, "file.env.head"), *(f"{name}={_word(value)}" for name, value in _variables(profile))]
    written = secret(choice)
    if written:
        lines.append(f"MAIL_SECRET={_word(written)}")
    elif profile.only_oauth:
        lines.append(f"MAIL_TOKEN_COMMAND={_word(token_command(profile, choice))}")
    else:
        lines.append(f"MAIL_SECRET_COMMAND={_word(secret_command(profile, choice))}")
    if choice.ca_file:
        lines.append(f"MAIL_CA_FILE={_word(choice.ca_file)}")
    return (File("mail.env", ("\n".join(lines) + "\n").encode(), private=bool(written)),)


def _variables(profile: Profile) -> Iterator[tuple[str, str]]:
    yield "MAIL_ADDRESS", str(profile.address)
    yield "MAIL_NAME", profile.name
    for side, login in (("INCOMING", profile.incoming), ("OUTGOING", profile.outgoing)):
        for field, value in (_service(login) if login is not None else {}).items():
            yield f"MAIL_{side}_{field.upper()}", str(value)


def _word(text: str) -> str:
    # POSIX.1-2017, Shell Command Language 2.2.2: nothing is special between single quotes. What needs none has none,
    # because not every reader of such files knows quotes.
    return text if re.fullmatch(r"[A-Za-z0-9@%_+:,./-]+", text) else shlex.quote(text)
