"""Templates, JSON and problems: values that cross every border keep their meaning."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core import (
    DEFAULT_PORTS,
    BadInput,
    EmailAddress,
    Endpoint,
    Evidence,
    Line,
    Outcome,
    Problem,
    Protocol,
    Secret,
    Security,
    Step,
    Trace,
    Trust,
    expand,
    plain,
)

LI = EmailAddress("li", "xn--fsqu00a.test")
EAI = EmailAddress("李", "xn--fsqu00a.test")
ODD = EmailAddress("%EMAILDOMAIN%", "example.org")


@pytest.mark.parametrize(
    ("template", "address", "text"),
    [
        ("%EMAILADDRESS%", LI, "li@xn--fsqu00a.test"),
        ("%EMAILADDRESS%", EAI, "李@例子.test"),
        ("%EMAILLOCALPART%", LI, "li"),
        ("%EMAILDOMAIN%", LI, "xn--fsqu00a.test"),
        ("imap.%EMAILDOMAIN%", LI, "imap.xn--fsqu00a.test"),
        ("%EMAILLOCALPART%.%EMAILDOMAIN%", LI, "li.xn--fsqu00a.test"),
        ("a%EMAILLOCALPART%b%EMAILLOCALPART%c", LI, "alibli" + "c"),
        ("%%EMAILLOCALPART%%", LI, "%li%"),
        ("li", LI, "li"),
        ("", LI, ""),
        ("%REALNAME%", LI, "%REALNAME%"),
        ("%emailaddress%", LI, "%emailaddress%"),
        ("%EMAILADDRESS", LI, "%EMAILADDRESS"),
        ("%EMAILADDRESS%", ODD, "%EMAILDOMAIN%@example.org"),
        ("%EMAILLOCALPART%/%EMAILDOMAIN%", ODD, "%EMAILDOMAIN%/example.org"),
    ],
)
def test_templates(template: str, address: EmailAddress, text: str) -> None:
    """Placeholders are filled wherever they stand, unknown ones stay, and what was filled in is not read again."""
    assert expand(template, address) == text


@given(st.text(max_size=30))
def test_any_template(template: str) -> None:
    """Text around a placeholder never changes."""
    text = template.replace("%", "")
    assert expand(f"{text}%EMAILDOMAIN%{text}", LI) == f"{text}xn--fsqu00a.test{text}"


TRACE = Trace("imap.example.org:993", (Step("tls", 0.1, 0.25, Outcome.OK, (("x", 1),), (Line(0.2, "C", "é"),)),))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (0.123456789, 0.123457),
        (Outcome.OK, "ok"),
        (Trust.TRUSTED, 2),
        (date(2026, 11, 24), "2026-11-24"),
        (datetime(2026, 11, 24, 7, 5, tzinfo=UTC), "2026-11-24T07:05:00+00:00"),
        (
            Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS),
            {"protocol": "imap", "host": "imap.example.org", "port": 993, "security": "tls"},
        ),
        ({Protocol.IMAP: (1, [2])}, {"imap": [1, [2]]}),
        (Evidence(()), {"services": []}),
        (
            TRACE,
            {
                "subject": "imap.example.org:993",
                "steps": [
                    {
                        "kind": "tls",
                        "at": 0.1,
                        "took": 0.25,
                        "outcome": "ok",
                        "facts": [["x", 1]],
                        "lines": [{"at": 0.2, "who": "C", "text": "é"}],
                    }
                ],
            },
        ),
    ],
)
def test_plain_values(value: object, expected: object) -> None:
    """A core value becomes plain JSON types that survive a round through JSON."""
    assert plain(value) == expected
    assert json.loads(json.dumps(plain(value))) == expected


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object(), Endpoint, [object()]])
def test_values_that_are_not_plain(value: object) -> None:
    """What is no core value is refused, not guessed at."""
    with pytest.raises(TypeError):
        plain(value)


def test_a_secret_is_refused_by_name() -> None:
    """A secret is not merely unknown to JSON: it is refused as what it is."""
    with pytest.raises(TypeError, match="a secret is never serialised"):
        plain([Secret("x")])


def test_every_way_to_connect_has_a_port() -> None:
    """Each protocol and each security has its default, and the encrypted ones those of RFC 8314."""
    assert set(DEFAULT_PORTS) == {(protocol, security) for protocol in Protocol for security in Security}
    assert [DEFAULT_PORTS[protocol, Security.TLS] for protocol in Protocol] == [993, 995, 465]
    assert [DEFAULT_PORTS[protocol, Security.STARTTLS] for protocol in Protocol] == [143, 110, 587]


def test_problems_carry_data() -> None:
    """A problem is an id with parameters, and its text for developers says no more than that."""
    problem = BadInput("input.port", port=0)
    assert isinstance(problem, Problem)
    assert (problem.id, problem.params, str(problem)) == ("input.port", {"port": 0}, "input.port")
    assert repr(problem) == "BadInput('input.port', {'port': 0})"


def test_steps_by_kind() -> None:
    """The latest step of a kind is the one that counts, and a missing fact is None."""
    early, late = Step("login", 0, 1, Outcome.NO), Step("login", 2, 1, Outcome.OK, (("user", "li"),))
    trace = Trace("x", (early, late, Step("select", 3, 1, Outcome.OK)))
    assert trace.last("login") is late
    assert trace.last("tls") is None
    assert (late.fact("user"), late.fact("reply")) == ("li", None)
