"""The account as data for other programs: JSON (which we read again), shell variables, one row of CSV."""

from __future__ import annotations

import csv as rows
import io
import json
import re
import shlex
from typing import TYPE_CHECKING, Any

from mailwright import core
from mailwright.core import BadInput, EmailAddress, Login, OAuth, Profile, Proof, Protocol, SecretHelp, SwitchOn, plain
from mailwright.export.form import File
from mailwright.export.formats.remark import remark
from mailwright.export.placing import secret, secret_command, token_command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.core import Json
    from mailwright.export.form import Choice

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

    Raises BadInput: export.not_a_profile, export.newer (made by a later version of us), input.host, input.port
    and those of an address.
    """
    try:
        document = json.loads(data[:MAX_JSON].decode("utf-8-sig"))
        return _profile(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput("export.not_a_profile") from error


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
    if type(document["schema"]) is not int or document["schema"] < SCHEMA:
        raise ValueError("schema")
    if document["schema"] > SCHEMA:
        raise BadInput("export.newer", schema=document["schema"])
    outgoing, provider, names = document["outgoing"], document["provider"], document["provider"]["name"]
    for text in (document["name"], provider["id"], *names.values()):
        if not isinstance(text, str):
            raise TypeError("text")
    for field, kind in (("needs_id", bool), ("others", list), ("switch_on", list)):
        if type(document[field]) is not kind:
            raise TypeError(field)
    return Profile(
        EmailAddress.parse(document["address"]),
        _login(document["incoming"]),
        _login(outgoing) if outgoing is not None else None,
        name=document["name"],
        others=tuple(_login(other) for other in document["others"]),
        proof=Proof(document["proof"]),
        provider=provider["id"],
        provider_name=dict(names),
        secret=core.restored(SecretHelp, document["secret"], _NAMES) if document["secret"] is not None else None,
        oauth=core.restored(OAuth, document["oauth"], _NAMES) if document["oauth"] is not None else None,
        needs_id=document["needs_id"],
        switch_on=tuple(core.restored(SwitchOn, row, _NAMES) for row in document["switch_on"]),
    )


def _login(service: dict[str, Any]) -> Login:
    return core.restored(Login, {**service, "endpoint": service}, _NAMES)


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
