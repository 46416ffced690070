"""A saved document is read again, or refused in one sentence; it never fails later, in a format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailwright import answers, export
from mailwright.core import BadInput, Profile

SERVICE = {"protocol": "imap", "host": "imap.example.org", "port": 993, "security": "tls", "username": "anna"}
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


@pytest.mark.parametrize(
    "document",
    [
        found(services=[SERVICE]).replace("993", "1e999"),
        found(secret={**HELP, "when": "foo"}),
        found(secret={"value": {**HELP, "when": "foo"}}),
        exported("foo"),
        exported("two_factor").replace("993", "1e999"),
    ],
    ids=["endless", "when", "sourced", "exported", "exported-endless"],
)
def test_refused(document: str) -> None:
    """A port without end, and a word for which there is no sentence."""
    with pytest.raises(BadInput) as caught:
        saved(document)
    assert caught.value.id == "export.other"
