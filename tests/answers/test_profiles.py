"""A saved document is read again, or refused in one sentence; it never fails later, in a format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailwright import answers, export
from mailwright.core import BadInput, Profile

SERVICE = {"protocol": "imap", "host": "imap.example.org", "port": 993, "security": "tls", "username": "anna"}
# Half a character: JSON can hold it, and no file can.
HALF = "\ud800"
SWITCH = {"protocols": ["imap"], "default": "off", "page": "", "steps": {}}
HELP = {"kind": "app_password", "name": {"en": "App password"}, "when": "two_factor", "page": "", "steps": {}}


def saved(document: str) -> Profile:
    return answers.profiles.saved(Path("setup.json"), document.encode())


def found(**more: Any) -> str:
    return json.dumps({"address": "anna@example.org", "services": [SERVICE], "secret": HELP, **more})


def exported(when: str) -> str:
    (file,) = export.render(export.get("json"), saved(found()), export.Choice()).files
    return file.data.decode().replace('"two_factor"', f'"{when}"')


def test_read_again() -> None:
    """A document of `setup` and one of `export` tell the same secret."""
    first, second = saved(found()), saved(exported("two_factor"))
    assert first.secret is not None
    assert first.secret.when == "two_factor"
    assert second.secret == first.secret


def changed(**more: Any) -> str:
    return found(services=[SERVICE, {**SERVICE, **more}])


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (found(services=[SERVICE]).replace("993", "1e999"), "services[0].port"),
        (changed(port=993.5), "services[1].port"),
        (changed(port=True), "services[1].port"),
        (changed(port="993"), "services[1].port"),
        (changed(port=0), "services[1].port"),
        (changed(host=None), "services[1].host"),
        (changed(host="a b"), "services[1].host"),
        (changed(username=7), "services[1].username"),
        (changed(protocol="nntp"), "services[1].protocol"),
        (changed(auth=["magic"]), "services[1].auth"),
        (found(services={}), "services"),
        (found(schema="1"), "schema"),
        (found(address=None), "address"),
        (found(account={"incoming": SERVICE, "outgoing": {}}), "account.outgoing.protocol"),
        (found(secret={**HELP, "when": "foo"}), "secret.when"),
        (found(secret={"value": {**HELP, "when": "foo"}}), "secret.when"),
        (found(secret={"kind": "app_password"}), "secret.name"),
        (changed(username=HALF), "services[1].username"),
        (changed(host=HALF), "services[1].host"),
        (found(name=HALF), "name"),
        (found(address=f"{HALF}@example.org"), "address"),
        (found(provider={"id": HALF}), "provider"),
        (found(provider={"id": "x", "name": {HALF: "X"}}), "provider.name"),
        (found(secret={**HELP, "page": HALF}), "secret"),
        (found(secret={**HELP, "steps": {"en": [HALF]}}), "secret"),
        (found(switch_on=[{**SWITCH, "page": HALF}]), "switch_on"),
        (exported("two_factor").replace('"page": ""', '"page": "\\ud800"'), "secret"),
        (exported("two_factor").replace('"name": ""', '"name": "\\ud800"'), "name"),
        (exported("two_factor").replace('"id": ""', '"id": "\\ud800"'), "provider.id"),
        (exported("foo"), "secret.when"),
        (exported("two_factor").replace("993", "1e999"), "incoming.port"),
        (exported("two_factor").replace("993", "true"), "incoming.port"),
    ],
)
def test_the_field_is_named(document: str, field: str) -> None:
    """A value that cannot be is refused, and whoever edited the file is told where it stands."""
    with pytest.raises(BadInput) as caught:
        saved(document)
    assert (caught.value.id, caught.value.params) == ("export.field", {"file": "setup.json", "field": field})


@pytest.mark.parametrize(
    ("document", "id"),
    [
        (found(schema=99), "export.newer"),
        (exported("two_factor").replace('"schema": 1', '"schema": 99'), "export.newer"),
        (found()[:-9], "input.trace_cut"),
        ("hello", "export.other"),
        ('{"schema": 1}', "export.other"),
        (found(services=[]), "export.nothing"),
    ],
)
def test_refused(document: str, id: str) -> None:
    """What comes from a later version, is cut short or is something else is said to be just that."""
    with pytest.raises(BadInput) as caught:
        saved(document)
    assert caught.value.id == id
