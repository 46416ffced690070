"""The API gives the documents of the command line, and says truly what it takes and gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailwright import answers, export, web
from tests.web.asking import Site, events

jsonschema = pytest.importorskip("jsonschema")
ADDRESS = "anna@auto.test"
SCHEMAS = Path(answers.__file__).parent


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["setup", "diagnose"])
async def test_documents(before_lab: web.Options, name: str) -> None:
    """The same document as the verb of that name, waited for."""
    async with Site(before_lab) as site:
        answer = await site.json(f"/api/v1/{name}", {"address": ADDRESS, "password": "correct-horse-7"})
    assert answer.status == 200
    jsonschema.validate(answer.json(), schema(name))
    assert answer.json()["verdict"] == "works"


async def test_explain(alone: web.Options) -> None:
    """The same document as `explain`."""
    async with Site(alone) as site:
        answer = await site.json("/api/v1/explain", {"text": "535 Login Fail", "provider": "qq"})
        jsonschema.validate(answer.json(), schema("explain"))
        assert (await site.json("/api/v1/explain", {"text": " "})).status == 400
        assert (await site.json("/api/v1/explain", {"text": "NO", "provider": "nope"})).status == 400


async def test_a_job_is_watched(before_lab: web.Options) -> None:
    """With respond-async the job is named at once; its stream ends with its document."""
    async with Site(before_lab) as site:
        begun = await site.json("/api/v1/diagnose", {"address": ADDRESS}, prefer="respond-async")
        assert (begun.status, begun.headers["preference-applied"]) == (202, "respond-async")
        seen = events((await site.get(begun.json()["events"])).text)
        names = [name for _, name, _ in seen]
        assert names[-1] == "over"
        assert {"source", "settings", "probed"} <= set(names)
        over = json.loads(seen[-1][2])
        jsonschema.validate(over["document"], schema("diagnose"))
        assert (await site.get(begun.headers["location"])).json() == over


async def test_export(before_lab: web.Options) -> None:
    """From an address, or from the document of an earlier setup; binary files in base64."""
    async with Site(before_lab) as site:
        known = (await site.json("/api/v1/setup", {"address": ADDRESS})).json()
        first = await site.json("/api/v1/export", {"format": "csv", "address": ADDRESS})
        second = await site.json("/api/v1/export", {"format": "csv", "setup": known})
        assert first.status == second.status == 200
        assert first.json()["exports"][0]["files"] == second.json()["exports"][0]["files"]
        assert first.json()["proof"] == "found"
        picture = await site.json("/api/v1/export", {"format": "qr-png", "setup": known})
        assert "base64" in picture.json()["exports"][0]["files"][0]


async def test_the_language_of_an_export(before_lab: web.Options) -> None:
    """What people read in a file is in the language that was asked for, and not in that of the request."""
    async with Site(before_lab) as site:
        known = (await site.json("/api/v1/setup", {"address": ADDRESS})).json()
        for lang, other in (("zh", "en"), ("en", "zh")):
            sent = {"format": "sheet", "setup": known, "lang": lang}
            made = await site.json("/api/v1/export", sent, accept_language=other)
            page = made.json()["exports"][0]["files"][0]["text"]
            assert ("\u5bc6\u7801" in page) is (lang == "zh")
        refused = await site.json("/api/v1/export", {"format": "sheet", "setup": known, "lang": "tlh"})
    assert (refused.status, refused.json()["params"]) == (400, {"field": "lang"})


async def test_formats(alone: web.Options) -> None:
    """Every format there is, in the order of the table."""
    async with Site(alone) as site:
        told = (await site.get("/api/v1/formats")).json()
    assert [one["id"] for one in told["formats"]] == [form.id for form in export.FORMATS]


async def test_the_openapi_document(alone: web.Options) -> None:
    """It names every path under the API, and each reference leads somewhere."""
    from mailwright.web.app import routes
    from mailwright.web.shop import Shop

    async with Site(alone) as site:
        told = (await site.get("/api/v1/openapi.json")).json()
    paths = {route.path for route in routes(Shop(alone)) if route.path.startswith("/api/v1/")}
    assert set(told["paths"]) == paths - {"/api/v1/openapi.json"}

    def led(value: Any) -> None:
        if isinstance(value, dict):
            place: Any = told
            for part in str(value.get("$ref", "#")).split("/")[1:]:
                place = place[part]
            for below in value.values():
                led(below)
        elif isinstance(value, list):
            for below in value:
                led(below)

    led(told)


async def test_what_the_document_allows_is_taken(before_lab: web.Options) -> None:
    """Every value that a request's schema names is accepted, and what it does not name is refused."""
    async with Site(before_lab) as site:
        schemas = (await site.get("/api/v1/openapi.json")).json()["components"]["schemas"]
        known = (await site.json("/api/v1/setup", {"address": ADDRESS})).json()
        asked = {
            "export": ("export_request", {"format": "csv", "setup": known}),
            "explain": ("explain_request", {"text": "535 Login Fail"}),
            "diagnose": ("check", {"address": ADDRESS, "host": "imap.auto.test"}),
        }
        for path, (name, given) in asked.items():
            rules = {field: rule["enum"] for field, rule in schemas[name]["properties"].items() if "enum" in rule}
            for field, value in [(field, value) for field, named in rules.items() for value in (*named, "nope")]:
                sent = {**given, field: value}
                allowed = jsonschema.Draft202012Validator(schemas[name]).is_valid(sent)
                answer = await site.json(f"/api/v1/{path}", sent, prefer="respond-async")
                assert (answer.status in (200, 202)) is allowed is (value != "nope"), (field, value, answer.text)
        smtp = await site.json("/api/v1/export", {"format": "csv", "setup": known, "protocol": "smtp"})
        assert (smtp.status, smtp.json()["problem"]) == (400, "web.field")


@pytest.mark.slow
def test_whatever_is_sent(alone: web.Options) -> None:
    """schemathesis sends what the document allows and what it does not: never a mistake of ours."""
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    shy = web.Options(
        alone.settings, alone.shelf, client_per_minute=10**6, target_per_minute=10**6, concurrent=200, waiting=10**6
    )
    loaded = schemathesis.openapi.from_asgi("/api/v1/openapi.json", web.app(shy))
    for operation in loaded.get_all_operations():
        if "events" in operation.ok().path:
            continue

        @given(case=operation.ok().as_strategy())
        @settings(
            max_examples=40,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def sent(case: Any) -> None:
            assert case.call().status_code in (200, 202, 400, 403, 404, 405, 413, 414, 415, 429)

        sent()
