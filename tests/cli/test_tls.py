"""`mailwright tls` as a person and as a program see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailwright.cli import tls
from mailwright.core import BadInput
from tests.cli.program import SOURCE, Program, Ran, refused
from tests.posture.servers import NAME, Chains, make, s_server

SCHEMA = SOURCE / "mailwright" / "cli" / "tls.schema.json"


@pytest.fixture(scope="module")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Chains:
    return Chains(tmp_path_factory.mktemp("chains"))


def looked(program: Program, chains: Chains, port: int, *more: str) -> Ran:
    where = (f"{NAME}:{port}", "--connect-to", f"{NAME}::127.0.0.1:", "--ca", str(chains.file))
    return program("tls", *where, *more)


def valid(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    return document


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("imap.example.org:993", ("imap.example.org", 993)),
        ("[::1]:993", ("::1", 993)),
        ("[fe80::1%eth0]:993", ("fe80::1%eth0", 993)),
        ("127.0.0.1:65535", ("127.0.0.1", 65535)),
        ("例子.cn:993", ("例子.cn", 993)),
    ],
)
def test_places(typed: str, place: tuple[str, int]) -> None:
    """HOST:PORT, with an IPv6 address in brackets."""
    assert tls.place(typed) == place


@pytest.mark.parametrize(
    ("typed", "id", "params"),
    [
        ("imap.example.org", "input.endpoint_port", {"host": "imap.example.org"}),
        ("::1", "input.endpoint_port", {"host": "[::1]"}),
        ("[::1]", "input.endpoint_port", {"host": "[::1]"}),
        ("::1:993", "input.endpoint_meant", {"guess": "[::1]:993"}),
        ("2001:db8::1:143", "input.endpoint_meant", {"guess": "[2001:db8::1]:143"}),
        ("2001:db8::25", "input.endpoint_port", {"host": "[2001:db8::25]"}),
        ("imap.example.org:0", "input.port", {"port": "0"}),
        ("imap.example.org:65536", "input.port", {"port": "65536"}),
        ("imap.example.org:999999999999", "input.port", {"port": "999999999999"}),
        ("imaps://imap.example.org", "input.endpoint_meant", {"guess": "imap.example.org:993"}),
        ("smtp://smtp.example.org", "input.endpoint_meant", {"guess": "smtp.example.org:587"}),
        ("imaps://imap.example.org:1993/", "input.endpoint_meant", {"guess": "imap.example.org:1993"}),
        ("name@imap.example.org:993", "input.endpoint_meant", {"guess": "imap.example.org:993"}),
        (" imap.example.org:993 ", "input.endpoint_meant", {"guess": "imap.example.org:993"}),
        ("", "input.endpoint", {"text": ""}),
        ("a b c", "input.endpoint_meant", {}),
        ("://", "input.endpoint", {"text": "://"}),
    ],
)
def test_what_is_no_place(typed: str, id: str, params: dict[str, str]) -> None:
    """Whatever else is typed is refused, with what was probably meant."""
    with pytest.raises(BadInput) as problem:
        tls.place(typed)
    assert problem.value.id == id
    assert params.items() <= problem.value.params.items()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_refusals_are_sentences(program: Program, language: str) -> None:
    """What is wrong and what to type instead, in the language asked for; nothing on stdout."""
    refused(program("tls", "imaps://imap.example.org", "--lang", language), language, "imap.example.org:993")
    refused(program("tls", "imap.example.org", "--lang", language), language, "imap.example.org:993")
    refused(program("tls", "imap.example.org:0", "--lang", language), language)


def test_a_good_server(program: Program, chains: Chains) -> None:
    """Rows with the verdict word first, exit code 0, and one line that says what it took."""
    with s_server(*chains.good(), "-cipher", "ECDHE+AESGCM") as port:
        ran = looked(program, chains, port, "--lang", "en")
    assert ran.code == 0, ran
    assert "✓ good       versions       TLS 1.3, TLS 1.2" in ran.out
    assert "2 good; first ECDHE-RSA-AES128-GCM-SHA256" in ran.out
    assert "Mozilla 6.0" in ran.out
    assert "at most 4 at once" in ran.out


def test_in_chinese(program: Program, chains: Chains) -> None:
    """The same in Chinese, with what to do about it."""
    with s_server(*chains.files(chains.leaf(days=(-30, -2)), chains.middle)) as port:
        ran = looked(program, chains, port, "--lang", "zh")
    assert ran.code == 1, ran
    assert "已过期" in ran.out
    assert "谁来" in ran.out
    assert "id: tls.expired" in ran.out
    assert "good" not in ran.out


def test_document(program: Program, chains: Chains) -> None:
    """The JSON keeps to its schema, and the findings are there in both languages."""
    with s_server(*chains.files(chains.leaf(names=("other.test",)), chains.middle)) as port:
        ran = looked(program, chains, port, "--json")
        good = looked(program, chains, port, "--json", "--name", "other.test")
    document = valid(ran.out)
    assert ran.code == 1
    assert document["chain_problems"] == [{"fault": "name", "at": 0, "code": 62, "needed": True}]
    assert {f["id"] for f in document["findings"] if f["severity"] == "error"} == {"tls.name"}
    assert good.code == 0
    assert valid(good.out)["target"]["name"] == "other.test"


def test_a_certificate_nobody_can_read(program: Program, chains: Chains) -> None:
    """It keeps its place in the rows and in the JSON, and the exit code says that something is wrong."""
    with s_server(*chains.eighth()) as port:
        rows = looked(program, chains, port, "--lang", "en")
        ran = looked(program, chains, port, "--json")
    assert (rows.code, ran.code) == (1, 1)
    assert "cannot be verified: cannot be read" in rows.out
    document = valid(ran.out)
    assert [link["certificate"] is None for link in document["chain"]] == [True, False]
    assert [(problem["fault"], problem["at"]) for problem in document["chain_problems"]] == [("other", 0)]


def test_a_certificate_nobody_needs(program: Program, chains: Chains) -> None:
    """An expired one beside the way to a trusted root is a warning, and no exit code."""
    expired = make("Somebody", ca=True, days=(-90, -3))
    with s_server(*chains.files(chains.leaf(), chains.middle, expired)) as port:
        ran = looked(program, chains, port, "--lang", "en")
    assert "id: tls.look.chain_superfluous" in ran.out
    assert "chain_expired" not in ran.out
    assert ran.code == 0, ran


def test_the_schema_refuses(chains: Chains) -> None:
    """The schema is one that can say no."""
    with pytest.raises(jsonschema.ValidationError):
        valid('{"schema": 1}')


def test_nobody_there(program: Program, chains: Chains) -> None:
    """What could not be reached is exit code 3, in rows and in JSON."""
    with s_server(*chains.good()) as port:
        pass
    ran = looked(program, chains, port, "--json")
    assert ran.code == 3
    assert valid(ran.out)["reason"] == "connect_refused"


def test_in_the_lab(inside: Program) -> None:
    """Dovecot and Postfix: at once, after STARTTLS, and STARTTLS implied by a well-known port."""
    for port, more in ((993, ()), (143, ("--starttls", "imap")), (110, ()), (587, ())):
        ran = inside("tls", f"in.provider.test:{port}", "--json", *more)
        document = valid(ran.out)
        assert (document["outcome"], document["partial"]) == ("ok", False), port
        assert [v["version"] for v in document["versions"] if v["offered"]] == ["TLSv1.2", "TLSv1.3"]
        assert document["chain_problems"] == []
        assert ("--starttls" in ran.err) == (port in (110, 587))
        assert ran.code == (1 if port == 587 else 0)


def test_wrong_way_in(inside: Program) -> None:
    """TLS asked for too early or too late is told, with the command that works, and exit code 3."""
    late = inside("tls", "in.provider.test:993", "--starttls", "imap", "--lang", "en", "--timeout", "2")
    assert late.code == 3
    assert "without --starttls" in late.out


def test_through_a_proxy_nothing_is_resolved_here(program: Program, chains: Chains, tmp_path: Path) -> None:
    """A proxy that is not there is what is told, not a verdict about the server."""
    ran = program("tls", f"{NAME}:993", "--proxy", "socks5://127.0.0.1:1", "--lang", "en")
    assert ran.code == 3
    assert "id: net.proxy" in ran.out
