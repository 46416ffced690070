"""`mailwright check autoconfig` as a person and as a program see it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from mailwright.cli import check
from mailwright.core import BadInput
from tests.cli.program import HAN, LANGUAGES, SOURCE, Program, answered, refused

SCHEMA = SOURCE / "mailwright" / "cli" / "check.schema.json"


def valid(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    return document


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("example.org", "example.org"),
        ("Example.ORG.", "example.org"),
        ("li@example.org", "example.org"),
        ("mail.example.org", "mail.example.org"),
        ("例子.test", "xn--fsqu00a.test"),
    ],
)
def test_domains(typed: str, domain: str) -> None:
    """A domain, or an address in it."""
    assert check.domain(typed) == domain


@pytest.mark.parametrize(
    ("typed", "id", "params"),
    [
        ("", "input.domain", {"domain": ""}),
        ("a b", "input.domain", {"domain": "a b"}),
        ("https://example.org/mail", "input.domain_meant", {"guess": "example.org"}),
        ("example.org:443", "input.domain_meant", {"guess": "example.org"}),
        ("com", "input.domain_no_dot", {"domain": "com"}),
        ("localhost", "input.domain_no_dot", {"domain": "localhost"}),
        ("co.uk", "input.suffix", {"domain": "co.uk"}),
        ("192.0.2.1", "input.domain_ip", {"ip": "192.0.2.1"}),
        ("[2001:DB8::1]", "input.domain_ip", {"ip": "2001:db8::1"}),
        ("https://192.0.2.1:8443/", "input.domain_ip", {"ip": "192.0.2.1"}),
        ("li@192.0.2.1", "input.address.domain", {"domain": "192.0.2.1"}),
        ("a..b", "input.domain", {"domain": "a..b"}),
        ("li@", "input.address.no_domain", {}),
    ],
)
def test_what_is_no_domain(typed: str, id: str, params: dict[str, str]) -> None:
    """Whatever else is typed is refused, with what was probably meant."""
    with pytest.raises(BadInput) as problem:
        check.domain(typed)
    assert problem.value.id == id
    assert params.items() <= problem.value.params.items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_refusals_are_sentences(program: Program, language: str) -> None:
    """What is wrong and what to type instead, in the language asked for."""
    refused(program("check", "autoconfig", "https://example.org/", "--lang", language), language, "example.org")
    refused(program("check", "autoconfig", "co.uk", "--lang", language), language, "example.org")
    refused(program("check", "autoconfig", "localhost", "--lang", language), language, "localhost", "example.org")
    refused(program("check", "autoconfig", "127.0.0.1", "--lang", language), language, "127.0.0.1", "example.org")
    refused(program("check", "autoconfig", "--lang", language), language)
    refused(program("check", "dmarc", "example.org", "--lang", language), language, "autoconfig")


def test_a_good_domain(inside: Program) -> None:
    """Rows with sign and word, the servers, then what could be added; exit code 0."""
    ran = inside("check", "autoconfig", "auto.test", "--lang", "en")
    answered(
        ran,
        0,
        "✓ good       autoconfig         IMAP imap.auto.test:993 SSL/TLS",
        "the same for everybody",
        "redirects to HTTPS",
        "– nothing    srv                no such name",
        "✓ good       SMTP smtp.auto.test:465 SSL/TLS",
        "_imaps._tcp.auto.test. SRV 0 1 993 imap.auto.test.",
        "no password sent",
    )
    assert "✗" not in ran.out


def test_in_chinese(inside: Program) -> None:
    """The same in Chinese, with the record to publish; exit code 1."""
    ran = inside("check", "autoconfig", "paccbad.test", "--lang", "zh")
    answered(ran, 1, "✗ 有错       pacc", '_ua-auto-config.paccbad.test. TXT "v=UAAC1; a=sha256; d=', "谁来")
    assert "good" not in ran.out
    assert HAN.search(ran.out)


def test_document(inside: Program) -> None:
    """The JSON keeps to its schema; findings are there in both languages."""
    ran = inside("check", "autoconfig", "srv.test", "--json")
    document = valid(ran.out)
    assert ran.code == 0
    assert {way["way"]: way["told"] for way in document["ways"] if way["told"] != "nothing"} == {"srv": "found"}
    [srv] = [way for way in document["ways"] if way["way"] == "srv"]
    assert srv["denied"] == ["pop3"]
    assert {server["outcome"] for server in document["servers"]} == {"ok", "failed"}
    assert all(finding["text"]["zh"]["title"] for finding in document["findings"])
    spoilt = inside("check", "autoconfig", "http.test", "--json")
    assert spoilt.code == 1
    assert "autoconfig.plain_http" in {finding["id"] for finding in valid(spoilt.out)["findings"]}


def test_the_schema_refuses() -> None:
    """The schema is one that can say no."""
    with pytest.raises(jsonschema.ValidationError):
        valid('{"schema": 1}')


def test_nobody_answers(program: Program) -> None:
    """Without a resolver nothing can be told: exit code 3, and nothing is called missing."""
    ran = program("check", "autoconfig", "example.org", "--resolver", "127.0.0.1:1", "--timeout", "0.5", "--json")
    document = valid(ran.out)
    assert ran.code == 3
    assert [finding["id"] for finding in document["findings"]] == ["autoconfig.unknown"]
    assert {way["told"] for way in document["ways"]} == {"unknown"}
