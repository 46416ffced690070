"""What a form or a JSON body asks, checked field by field."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from mailwright.core import (
    BadInput,
    EmailAddress,
    Problem,
    Protocol,
    Secret,
    Security,
    Typed,
    meant_place,
    meant_port,
    registrable_domain,
)
from mailwright.web.guarded import MAIL_PORTS
from mailwright.web.jobs import Ask
from mailwright.web.refusal import Refusal

if TYPE_CHECKING:
    from mailwright.web.options import Options

MOST_FIELDS = 64
MOST_TEXT = 320
MOST_SECRET = 1024
MOST_HOSTS = 16
Form = Mapping[str, Sequence[str]]
FIELDS = ("address", "protocol", "host", "port", "security", "username", "password", "confirm")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be found out, and the secret that came with it."""

    ask: Ask
    secret: Secret | None = None

    def targets(self) -> tuple[str, ...]:
        """Whose servers will be asked."""
        names = [self.ask.address.domain]
        if self.ask.typed.host is not None:
            names.append(_place(self.ask.typed.host))
        return tuple(dict.fromkeys(registrable_domain(name) or name for name in names if name))


def form(body: bytes) -> dict[str, list[str]]:
    """The fields of a form. Raises BadInput("web.form")."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise BadInput("web.form") from error
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def document(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises BadInput("web.json")."""
    try:
        # Numbers such as 1e999 and NaN are none in JSON; a surrogate alone cannot be answered.
        made = json.loads(body, parse_constant=_no_number)
        json.dumps(made, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadInput("web.json") from error
    if not isinstance(made, dict):
        raise BadInput("web.json")
    return made


def _no_number(text: str) -> float:
    raise ValueError(text)


def from_form(fields: Form, options: Options, *, safe: bool) -> Asked:
    """From the page's form; fields left empty are not given. Raises BadInput, Refusal."""
    given: dict[str, Any] = {name: values[0] for name, values in fields.items() if name in FIELDS and values[0].strip()}
    given["confirm"] = [host for host in fields.get("confirm", ()) if host.strip()]
    text = None
    if "port" in given:
        given["port"], text = meant_port(given["port"])
    asked = from_document({"address": "", **given}, options, safe=safe)
    typed = asked.ask.typed
    return replace(asked, ask=replace(asked.ask, typed=replace(typed, port_text=text))) if text else asked


def from_document(made: Mapping[str, Any], options: Options, *, safe: bool, whole: bool = True) -> Asked:
    """From the API's JSON. Raises BadInput for what cannot be, Refusal(403) for a password that anyone could read."""
    unknown = next((name for name in made if name not in FIELDS), None)
    if unknown is not None:
        raise BadInput("web.unknown_field", field=unknown[:80])
    address = EmailAddress.parse(_text(made, "address") or "")
    typed = _typed(made)
    if typed.port is not None and typed.port not in MAIL_PORTS and not options.private_targets:
        raise BadInput("web.port", port=typed.port, ports=", ".join(map(str, sorted(MAIL_PORTS))))
    secret = _secret(made, safe=safe)
    bare = typed == Typed(protocol=typed.protocol, username=typed.username)
    ask = Ask(
        address,
        incoming=typed.protocol if bare and typed.protocol is not None and typed.protocol.incoming else None,
        typed=Typed(username=typed.username) if bare else typed,
        username=typed.username,
        confirmed=_confirmed(made),
        login=secret is not None,
        whole=whole,
    )
    return Asked(ask, secret)


def _typed(made: Mapping[str, Any]) -> Typed:
    port = made.get("port")
    if port is not None and (not isinstance(port, int) or isinstance(port, bool)):
        raise BadInput("web.field", field="port")
    if port is not None and not 1 <= port <= 65535:
        raise BadInput("input.port", port=port)
    host = _text(made, "host") or None
    if host is not None:
        meant_place(host)
    return Typed(
        protocol=_chosen(made, "protocol", Protocol),
        host=host,
        port=port,
        security=_chosen(made, "security", Security),
        username=_text(made, "username") or None,
    )


def _text(made: Mapping[str, Any], field: str, most: int = MOST_TEXT) -> str:
    value = made.get(field)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        if field == "address" and isinstance(value, str):
            return value[: MOST_TEXT + 1]  # which says itself what is wrong with it
        raise BadInput("web.field", field=field)
    return value


def _chosen(made: Mapping[str, Any], field: str, kind: Any) -> Any:  # noqa: ANN401  # a StrEnum class and its value
    value = _text(made, field)
    if not value:
        return None
    try:
        return kind(value)
    except ValueError as error:
        raise BadInput("web.field", field=field) from error


def _confirmed(made: Mapping[str, Any]) -> frozenset[str]:
    hosts = made.get("confirm") or []
    if not isinstance(hosts, list) or len(hosts) > MOST_HOSTS or not all(isinstance(host, str) for host in hosts):
        raise BadInput("web.field", field="confirm")
    return frozenset(host.strip().lower()[:MOST_TEXT] for host in hosts)


def _secret(made: Mapping[str, Any], *, safe: bool) -> Secret | None:
    if made.get("password") in (None, ""):
        return None
    if not safe:
        raise Refusal(403, Problem("web.insecure"))
    return Secret(_text(made, "password", MOST_SECRET))


def _place(typed: str) -> str:
    try:
        return meant_place(typed)[0]
    except BadInput:
        return ""
