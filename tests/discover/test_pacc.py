"""PACC: the file, its digest in the DNS, and what must not be used."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core import Auth, Channel, DnsStatus, Reason, Source, Told
from mailwright.discover import markup
from mailwright.discover.saying import Saying
from mailwright.discover.sources import pacc
from tests.discover.scripted import World, broken, hosts, query, world

URL = "https://ua-auto-config.example.org/.well-known/user-agent-configuration.json"
TXT = "TXT _ua-auto-config.example.org"
FILE: dict[str, object] = {
    "protocols": {
        "jmap": {"url": "https://j.example.org"},
        "imap": {"host": "i.example.org"},
        "smtp": {"host": "s.example.org"},
    },
    "authentication": {"oauth-public": {"issuer": "https://login.example.org"}, "password": True},
    "info": {"provider": {"name": "Example", "shortName": "ex"}},
}
BODY = json.dumps(FILE).encode()


def digest(body: bytes) -> str:
    return f"v=UAAC1; a=sha256; d={base64.b64encode(hashlib.sha256(body).digest()).decode()}"


def published(body: bytes, *records: str) -> World:
    return world({TXT: records}, {URL: body})


async def test_a_file_whose_digest_agrees() -> None:
    """Implicit TLS at the usual ports, the address as user name, the issuer for OAuth 2.0."""
    answer = await pacc.ask(query(published(BODY, "v=spf1 -all", digest(BODY))))
    assert answer.told is Told.FOUND
    assert answer.candidate is not None
    assert hosts(answer.candidate) == ["imap i.example.org:993", "smtp s.example.org:465"]
    assert answer.candidate.services[0].auth.value == (Auth.PASSWORD, Auth.OAUTH2)
    assert answer.candidate.oauth is not None
    assert answer.candidate.oauth.value.issuer == "https://login.example.org"


@pytest.mark.parametrize(
    "records",
    [
        pytest.param((), id="no record"),
        pytest.param((digest(b"other"),), id="other digest"),
        pytest.param((digest(BODY).replace("sha256", "md5"),), id="other algorithm"),
        pytest.param((digest(BODY).replace("UAAC1", "UAAC2"),), id="other version"),
        pytest.param(("v=UAAC1; a=sha256; d=",), id="empty"),
    ],
)
async def test_a_file_nobody_vouches_for(records: tuple[str, ...]) -> None:
    """Without the right digest the file is refused, not just ignored."""
    made = published(BODY, *records)
    if not records:
        broken(made, TXT, DnsStatus.NODATA)
    answer = await pacc.ask(query(made))
    assert (answer.told, answer.reason, answer.candidate) == (Told.STOPPED, Reason.REFUSED, None)


async def test_a_digest_that_cannot_be_asked_for() -> None:
    """When the DNS cannot be asked, nothing is known: neither yes nor no."""
    made = published(BODY)
    broken(made, TXT, DnsStatus.SERVFAIL)
    answer = await pacc.ask(query(made))
    assert (answer.told, answer.reason) == (Told.UNKNOWN, Reason.DNS_SERVFAIL)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"<html>",
        b"{}",
        b'{"protocols": []}',
        b'{"protocols": {"imap": "x"}}',
        b'{"protocols": {"imap": {"host": 7}}}',
        b'{"protocols": {"imap": {"host": "a\\nb.example.org"}}}',
    ],
)
async def test_files_without_settings(body: bytes) -> None:
    """Other shapes are "nothing"."""
    answer = await pacc.ask(query(published(body, digest(body))))
    assert answer.told is Told.NOTHING


@pytest.mark.parametrize(
    "body", [b'{"a":' * 100_000, b'{"a":' * 40 + b"1" + b"}" * 40, b'{"a": "' + b"x" * 300_000 + b'"}']
)
async def test_hostile_files(body: bytes) -> None:
    """Depth and size are bounded."""
    answer = await pacc.ask(query(published(body, digest(body))))
    assert answer.told in (Told.STOPPED, Told.NOTHING)


@pytest.mark.parametrize("issuer", ["http://login.example.org", "javascript:x", "https://a@b.example.org", "https://["])
async def test_issuers_that_cannot_be_used(issuer: str) -> None:
    """An issuer is an HTTPS URL or none (RFC 8414)."""
    body = json.dumps({**FILE, "authentication": {"oauth-public": {"issuer": issuer}}}).encode()
    answer = await pacc.ask(query(published(body, digest(body))))
    assert answer.candidate is not None
    assert answer.candidate.oauth is None
    assert answer.candidate.services[0].auth.value == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["protocols", "imap", "host", "authentication", "oauth-public", "issuer", "info", "provider"]
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(_JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    """Whatever is served, the parser ends with settings, nothing or its one error."""
    try:
        pacc.parse(body, Saying(query(world()), Source.PACC, URL, Channel.HTTPS, own=True))
    except markup.HostileError:
        return
