"""Whatever is sent, the answer is clear and none of it is a mistake of ours."""

from __future__ import annotations

import html

import pytest

from mailwright import texts, web
from tests.web.asking import Site

CHECKS: list[tuple[object, str]] = [
    (b"", "web.json"),
    (b"{", "web.json"),
    (b"[]", "web.json"),
    (b'"a@b.test"', "web.json"),
    (b"[" * 60_000, "web.json"),
    (b'{"address": NaN}', "web.json"),
    (b'{"address": "a@b.test", "port": 1e999}', "web.json"),
    (b'{"address": "\\ud800@b.test"}', "web.json"),
    (b"\xff\xfe", "web.json"),
    ({}, "input.address.empty"),
    ({"address": "nobody"}, "input.address.no_at"),
    ({"address": 7}, "web.field"),
    ({"address": None}, "input.address.empty"),
    ({"address": "a" * 60_000 + "@b.test"}, "input.address.too_long"),
    ({"address": "a@b.test", "colour": "red"}, "web.unknown_field"),
    ({"address": "a@b.test", "port": "993"}, "web.field"),
    ({"address": "a@b.test", "port": True}, "web.field"),
    ({"address": "a@b.test", "port": 0}, "input.port"),
    ({"address": "a@b.test", "port": 10**30}, "input.port"),
    ({"address": "a@b.test", "port": 1.5}, "web.field"),
    ({"address": "a@b.test", "protocol": "gopher"}, "web.field"),
    ({"address": "a@b.test", "security": ["tls"]}, "web.field"),
    ({"address": "a@b.test", "host": "not a host!"}, "input.host"),
    ({"address": "a@b.test", "host": "x" * 400}, "web.field"),
    ({"address": "a@b.test", "confirm": "yes"}, "web.field"),
    ({"address": "a@b.test", "confirm": ["x"] * 20}, "web.field"),
    ({"address": "a@b.test", "password": "x" * 2000}, "web.field"),
    ({"address": "a@b.test", "password": {"x": 1}}, "web.field"),
]


@pytest.mark.parametrize(("sent", "problem"), CHECKS)
async def test_checks_that_cannot_be(alone: web.Options, sent: object, problem: str) -> None:
    """Bad JSON and bad fields are 400 with an id, its parameters, and a sentence in both languages."""
    async with Site(alone) as site:
        answer = await site.json("/api/v1/setup", sent)
    told = answer.json()
    assert (answer.status, told["problem"]) == (400, problem)
    assert set(told) == {"problem", "params", "text"}
    assert all(told["text"][code] for code in ("zh", "en"))


EXPORTS: list[tuple[object, int, str]] = [
    ({"format": "nope", "address": "a@b.test"}, 400, "export.unknown"),
    ({"format": "json"}, 400, "web.field"),
    ({"format": "json", "address": "a@b.test", "setup": {}}, 400, "web.field"),
    ({"format": "json", "setup": []}, 400, "web.field"),
    ({"format": "json", "setup": {}}, 400, "export.other"),
    ({"format": "json", "setup": {"address": "a@b.test", "services": 7}}, 400, "export.field"),
]


@pytest.mark.parametrize(("sent", "status", "problem"), EXPORTS)
async def test_exports_that_cannot_be(alone: web.Options, sent: object, status: int, problem: str) -> None:
    """The same for exports."""
    async with Site(alone) as site:
        answer = await site.json("/api/v1/export", sent)
    assert (answer.status, answer.json()["problem"]) == (status, problem)


METHODS = [
    ("GET", "/api/v1/setup", 405),
    ("PUT", "/api/v1/setup", 405),
    ("POST", "/api/v1/formats", 405),
    ("GET", "/check", 405),
    ("DELETE", "/", 405),
    ("GET", "/api/v1/nothing", 404),
    ("GET", "/static/../app.py", 404),
    ("GET", "/static/%2e%2e", 404),
    ("GET", "/r/x", 404),
    ("GET", "/desk/x", 404),
    ("GET", "/jobs/x/file/qr", 404),
    ("POST", "/jobs/x/sign-in", 404),
    ("GET", "/api/v1/jobs/x/events", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), METHODS)
async def test_paths_and_methods(alone: web.Options, method: str, path: str, status: int) -> None:
    """A wrong method is 405, an unknown path or id 404."""
    async with Site(alone) as site:
        assert (await site.ask(method, path, b"", {})).status == status


async def test_a_wrong_type(alone: web.Options) -> None:
    """The API takes JSON and says so."""
    async with Site(alone) as site:
        assert (await site.form("/api/v1/setup", {"address": "a@b.test"})).status == 415


@pytest.mark.parametrize("address", ["", "nobody", "a@b", "a@b.test\x00", "<script>alert(1)</script>@x"])
async def test_the_form_comes_back(alone: web.Options, address: str) -> None:
    """A form that cannot be read is shown again with what was typed, escaped, and what is wrong with it."""
    async with Site(alone) as site:
        answer = await site.form("/check", {"address": address})
    assert answer.status == 400
    assert 'role="alert"' in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"rubbish", "multipart/form-data"),
        (b"rubbish", "text/plain"),
        (b"\xff\x00" * 50, "multipart/form-data; boundary=\xff"),
    ],
)
async def test_lists_that_are_none(alone: web.Options, body: bytes, kind: str) -> None:
    """A list that is empty or cannot be read is said to be so."""
    async with Site(alone) as site:
        answer = await site.ask("POST", "/desk", body, {"content-type": kind})
    assert answer.status == 400


@pytest.mark.parametrize(
    "header", ["", "zh-CN,zh;q=0.9", "de, fr;q=x", "en;q=0, zh", ",,,;q=", "*", "zh;q=0.1, en;q=0.9"]
)
async def test_languages(alone: web.Options, header: str) -> None:
    """The most wanted language that we have; a choice by ?lang is remembered."""
    async with Site(alone) as site:
        answer = await site.get("/", accept_language=header)
        assert (
            f'<html lang="{"zh-CN" if (header[:2] == "zh" and "0.1" not in header) or ", zh" in header else "en"}">'
            in answer.text
        )
        chosen = await site.get("/?lang=zh", accept_language="en")
        assert "lang=zh" in chosen.headers["set-cookie"]
        assert '<html lang="zh-CN">' in (await site.get("/", cookie="lang=zh", accept_language="en")).text


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_text_about_one_message(alone: web.Options, lang: str) -> None:
    """What the server says of one message is told as that, and not as unknown."""
    async with Site(alone) as site:
        text = "554 DT:SPM 163 smtp4, please see http://mail.163.com/help/help_spam_16.htm"
        answer = await site.form(f"/explain?lang={lang}", {"text": text})
    say = texts.Words(lang).say
    assert say("explain.message.spam") in html.unescape(answer.text)
    assert say("explain.unknown") not in html.unescape(answer.text)
