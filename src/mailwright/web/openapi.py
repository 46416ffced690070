"""The OpenAPI 3.1 document: made from the schemas of the documents, so that it cannot fall behind them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from mailwright import answers, export, texts
from mailwright.core import Json, Problem, Protocol, Security

_SCHEMAS = Path(answers.__file__).parent
TITLE = "Mailwright"
VERSION = "1"
_TEXT: dict[str, Any] = {"type": "string", "maxLength": 320}
_PROTOCOL: dict[str, Any] = {"enum": [*Protocol]}
_CHECK: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["address"],
    "properties": {
        "address": {"type": "string", "format": "email", "maxLength": 320},
        "protocol": _PROTOCOL,
        "host": _TEXT,
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "security": {"enum": [*Security]},
        "username": _TEXT,
        "password": {"type": "string", "maxLength": 1024, "format": "password", "writeOnly": True},
        "confirm": {"type": "array", "items": _TEXT, "maxItems": 16},
    },
}
_EXPLAIN: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {
        "text": {"type": "string", "pattern": "\\S", "maxLength": 64 * 1024},
        "protocol": _PROTOCOL,
        "host": _TEXT,
        "provider": _TEXT,
    },
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["problem", "params", "text"],
    "properties": {
        "problem": {"type": "string"},
        "params": {"type": "object"},
        "text": {"type": "object", "properties": {"zh": {"type": "string"}, "en": {"type": "string"}}},
    },
}
_JOB: dict[str, Any] = {
    "type": "object",
    "required": ["schema", "id", "state", "document", "problem"],
    "properties": {
        "schema": {"const": 1},
        "id": {"type": "string"},
        "state": {"enum": ["waiting", "running", "done", "failed"]},
        "document": {"type": ["object", "null"]},
        "problem": {"type": ["object", "null"]},
        "events": {"type": "string"},
    },
}


def problem(problem: Problem) -> dict[str, Json]:
    """A problem as the API tells it, in both languages."""
    return {
        "problem": problem.id,
        "params": dict(problem.params),
        "text": {code: _said(texts.Words(code), problem) for code in texts.LANGUAGES},
    }


def _said(words: texts.Words, problem: Problem) -> str:
    return words.problem(problem).say


@lru_cache(maxsize=4)
def document(base_url: str) -> dict[str, Any]:
    """All of it."""
    schemas = {name: _schema(name) for name in ("setup", "diagnose", "explain")}
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": base_url or "/"}],
        "paths": _paths(),
        "components": {
            "schemas": {
                **schemas,
                "check": _CHECK,
                "explain_request": _EXPLAIN,
                "export_request": _export_request(),
                "export": {"type": "object", "required": ["schema", "address", "proof", "exports"]},
                "formats": {"type": "object", "required": ["schema", "formats"]},
                "job": _JOB,
                "problem": _PROBLEM,
            }
        },
    }


def _paths() -> dict[str, Any]:
    api = "/api/v1"
    return {
        f"{api}/setup": {"post": _post("setup", "check", "setup", waits=True)},
        f"{api}/diagnose": {"post": _post("diagnose", "check", "diagnose", waits=True)},
        f"{api}/explain": {"post": _post("explain", "explain_request", "explain")},
        f"{api}/export": {"post": _post("export", "export_request", "export", waits=True)},
        f"{api}/formats": {"get": _get("formats", _json("formats"))},
        f"{api}/jobs/{{id}}": {"get": _get("job", _json("job"), by_id=True)},
        f"{api}/jobs/{{id}}/events": {
            "get": _get("events", {"text/event-stream": {"schema": {"type": "string"}}}, by_id=True)
        },
    }


def _post(name: str, takes: str, gives: str, *, waits: bool = False) -> dict[str, Any]:
    refused = ["400", "403", "408", "413", "415", "429", *(["503"] if waits else [])]
    answers_: dict[str, Any] = {"200": {"description": gives, "content": _json(gives)}}
    if waits and name != "export":
        answers_["202"] = {"description": "job", "content": _json("job")}
    return {
        "operationId": name,
        "requestBody": {"required": True, "content": _json(takes)},
        "responses": {**answers_, **{status: _refused() for status in refused}},
    }


def _get(name: str, content: dict[str, Any], *, by_id: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = {"operationId": name, "responses": {"200": {"description": name, "content": content}}}
    if by_id:
        made["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
        made["responses"] |= {status: _refused() for status in ("404", "429")}
    return made


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _refused() -> dict[str, Any]:
    return {"description": "problem", "content": _json("problem")}


def _export_request() -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["format"],
        "properties": {
            "format": {"enum": [form.id for form in export.FORMATS]},
            "address": {"type": "string", "format": "email", "maxLength": 320},
            "setup": {"type": "object"},
            "name": _TEXT,
            "protocol": {"enum": [protocol for protocol in Protocol if protocol.incoming]},
            "lang": {"enum": [*texts.LANGUAGES]},
        },
        "oneOf": [{"required": ["address"]}, {"required": ["setup"]}],
    }


def _schema(name: str) -> Any:  # noqa: ANN401  # JSON
    """A document's schema, its own definitions led to by their new place."""
    raw = (_SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")
    made = json.loads(raw.replace('"#/definitions/', f'"#/components/schemas/{name}/definitions/'))
    return {key: value for key, value in made.items() if key not in ("$schema", "$id")}
