"""Whose requests are served, what they may hold, and what every answer says to the browser."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from typing import Any

import pytest

from mailwright import web, wire
from mailwright.core import Reason
from mailwright.web import guarded
from mailwright.web.client import client
from tests.web.asking import Site

PAGES = ("/", "/explain", "/desk", "/privacy", "/jobs/nope", "/static/page.css", "/api/v1/formats")


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_is_strict(alone: web.Options, path: str) -> None:
    """Nothing inline, nothing from elsewhere, in no frame, no referrer for others, no sniffing."""
    async with Site(alone) as site:
        answer = await site.get(path)
    policy = answer.headers["content-security-policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert " style=" not in answer.text
    assert "onclick" not in answer.text


SITES = [
    ({"sec_fetch_site": "same-origin"}, 303),
    ({"sec_fetch_site": "none"}, 303),
    ({"sec_fetch_site": "cross-site"}, 403),
    ({"sec_fetch_site": "same-site"}, 403),
    ({"sec_fetch_site": "cross-site", "origin": "http://localhost"}, 403),
    ({"origin": "http://localhost"}, 303),
    ({"origin": "http://evil.test"}, 403),
    ({"origin": "http://localhost.evil.test"}, 403),
    ({"origin": "http://["}, 403),
    ({"origin": "null"}, 403),
    ({"origin": "null", "host": ""}, 403),
    ({"origin": "null", "sec_fetch_site": "same-origin"}, 303),
    ({"origin": "https://mail.example.org"}, 403),
    ({}, 303),
]


@pytest.mark.parametrize(("headers", "status"), SITES)
async def test_no_stranger_page_posts(alone: web.Options, headers: dict[str, str], status: int) -> None:
    """A form is taken from our own page or from a program, and from no other site."""
    async with Site(alone) as site:
        assert (await site.form("/check", {"address": "a@b.test"}, **headers)).status == status


BASE = "https://settings.example.org"
HOSTS = [
    ("localhost:8080", "", 303),
    ("127.0.0.1:8080", "", 303),
    ("[::1]:8080", "", 303),
    ("evil.test:8080", "", 403),
    ("127.0.0.1.evil.test", "", 403),
    ("[::1", "", 403),
    ("settings.example.org", "", 403),
    ("settings.example.org", BASE, 303),
    ("evil.test", BASE, 403),
    ("localhost", BASE, 303),
]


@pytest.mark.parametrize(("host", "base", "status"), HOSTS)
async def test_by_which_name(alone: web.Options, host: str, base: str, status: int) -> None:
    """Where this machine alone can come, a stranger's DNS that leads here changes nothing (DNS rebinding)."""
    async with Site(replace(alone, loopback=True, base_url=lambda: base)) as site:
        asked = await site.form("/check", {"address": "a@b.test"}, host=host, origin=f"http://{host}")
        assert asked.status == status
        assert (await site.get("/", host=host)).status == 200


async def test_by_a_name_of_the_proxy(alone: web.Options) -> None:
    """A trusted proxy passes on the name it is known by; where others can come, any name is as good."""
    behind = replace(alone, loopback=True, trusted_proxies=(ipaddress.ip_network("127.0.0.1/32"),))
    for options in (behind, alone):
        async with Site(options) as site:
            assert (await site.form("/check", {"address": "a@b.test"}, host="mail.example.org")).status == 303


async def test_the_name_that_is_configured(alone: web.Options) -> None:
    """A page under the configured name is ours, whatever name the proxy asks us by."""
    async with Site(replace(alone, base_url=lambda: BASE)) as site:
        assert (await site.form("/check", {"address": "a@b.test"}, origin=BASE)).status == 303
        assert (await site.get("/api/v1/openapi.json")).json()["servers"] == [{"url": BASE}]


@pytest.mark.parametrize("address", ["anna@auto.test", "anna@srvout.test", "anna@nothing.test"])
async def test_what_is_not_looked_at(before_lab: web.Options, address: str) -> None:
    """A public server says of private servers that it does not look there, and nobody sees their addresses."""
    async with Site(replace(before_lab, private_targets=False)) as site:
        place = (await site.form("/check", {"address": address})).headers["location"]
        page = await site.finished(place)
        told = (await site.json("/api/v1/diagnose", {"address": address})).json()
        seen = [page, *[await site.get(f"{place}/{name}") for name in ("events", "report.html")]]
        seen.append(await site.get(f"/api/v1{place}/events"))
    ids = {cause for one in told["diagnoses"] for cause in one["causes"]}
    assert told["verdict"] == "unknown"
    assert ids == {"net.private_address"}
    assert "is in a private network" in page.text
    for answer in seen:
        assert not re.search(r"(?<![\d.])(127|10)\.\d+\.\d+\.\d+|::1", answer.text)


PROXY = ipaddress.ip_network("10.0.0.0/8")
SEEN: list[tuple[str, dict[str, str], str, bool]] = [
    ("192.0.2.7", {}, "192.0.2.7", False),
    ("127.0.0.1", {}, "127.0.0.1", True),
    ("127.0.0.1", {"host": "evil.test"}, "127.0.0.1", False),
    ("127.0.0.1", {"x-forwarded-for": "192.0.2.1"}, "127.0.0.1", False),
    ("192.0.2.7", {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https"}, "192.0.2.7", False),
    ("10.0.0.1", {"x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https"}, "192.0.2.9", True),
    ("10.0.0.1", {"x-forwarded-for": "1.1.1.1, 192.0.2.9, 10.0.0.2"}, "192.0.2.9", False),
    ("2001:db8:1:2:3::4", {}, "2001:db8:1:2::/64", False),
    ("::ffff:192.0.2.7", {}, "192.0.2.7", False),
    ("10.0.0.1", {"x-forwarded-for": "rubbish"}, "?", False),
]


@pytest.mark.parametrize(("peer", "headers", "key", "safe"), SEEN)
def test_who_asks(alone: web.Options, peer: str, headers: dict[str, str], key: str, *, safe: bool) -> None:
    """A client is what a trusted proxy says last; a /64 is one client; a password is safe over TLS or on loopback."""
    named = {"host": "localhost", **headers}
    scope: dict[str, Any] = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 1),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    found = client(scope, replace(alone, trusted_proxies=(PROXY,)))
    assert (found.key, found.safe) == (key, safe)


async def test_no_password_in_the_clear(alone: web.Options) -> None:
    """From another machine without TLS a password is refused, and no check begins."""
    body = b'{"address": "a@b.test", "password": "canary-7"}'
    async with Site(alone) as site:
        answer = await site.ask(
            "POST", "/api/v1/setup", body, {"content-type": "application/json"}, peer=("192.0.2.1", 1)
        )
    assert (answer.status, answer.json()["problem"]) == (403, "web.insecure")
    assert "canary-7" not in answer.text


@pytest.mark.parametrize("port", [22, 80, 6379, 8080])
async def test_only_ports_of_mail(alone: web.Options, port: int) -> None:
    """A port that is none of mail is refused before anything is looked at."""
    async with Site(alone) as site:
        answer = await site.json("/api/v1/diagnose", {"address": "a@b.test", "host": "mail.b.test", "port": port})
    assert (answer.status, answer.json()["problem"]) == (400, "web.port")


def test_found_ports_and_private_addresses(alone: web.Options) -> None:
    """Whatever a domain says of itself leads to no other port and to no private network."""
    made = guarded.settings(alone)
    assert made.public_only
    assert made.route("mail.test", 993) == ("mail.test", 993)
    assert made.route("mail.test", 443) == ("mail.test", 443)
    with pytest.raises(wire.WireError) as stopped:
        made.route("mail.test", 6379)
    assert stopped.value.reason is Reason.PORT_NOT_ALLOWED
    assert not guarded.settings(replace(alone, private_targets=True)).public_only


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "127.0.0.1:22"]
)
async def test_a_private_host_that_was_typed(alone: web.Options, host: str) -> None:
    """A host in a private network is not connected to, however it is written."""
    async with Site(alone) as site:
        answer = await site.json("/api/v1/diagnose", {"address": "a@b.test", "host": host, "protocol": "imap"})
    tried = answer.json()["tried"]
    wrong = "port_not_allowed" if host.endswith(":22") else "private_address"
    assert [one["reason"] for one in tried if one["protocol"] == "imap"] == [wrong]


async def test_too_much(alone: web.Options) -> None:
    """A body beyond its bounds is refused, whether it says its length or not; so is an endless query."""
    async with Site(alone) as site:
        assert (await site.json("/api/v1/explain", b"x" * (64 * 1024 + 1))).status == 413
        said = {"content-length": "99999999", "content-type": "application/json"}
        assert (await site.ask("POST", "/api/v1/explain", b"{}", said)).status == 413
        assert (await site.ask("POST", "/api/v1/explain", b"{}", {**said, "content-length": "-1"})).status == 413
        assert (await site.get("/?" + "q" * 5000)).status == 414
