"""The document of `mailwright explain --json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema

from tests.cli.program import SOURCE, Program

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = SOURCE / "mailwright" / "answers" / "explain.schema.json"


def valid(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    return document


def as_json(program: Program, *arguments: str, stdin: str | bytes = "", hidden: Sequence[str] = ()) -> dict[str, Any]:
    """The document, whose last word agrees with the exit code."""
    ran = program("explain", *arguments, "--json", stdin=stdin, hidden=hidden)
    document = valid(ran.out)
    assert ran.code == (3 if document["unknown"] else 0), ran
    assert not ran.err
    return document


def first(document: dict[str, Any]) -> str:
    causes = document["causes"]
    assert [c["confidence"] for c in causes] == sorted((c["confidence"] for c in causes), reverse=True)
    assert sum(c["confidence"] for c in causes) <= 1.001
    return str(causes[0]["id"])
