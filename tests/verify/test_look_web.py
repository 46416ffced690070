"""Looks at clocks, at pages where none should be, and at who owns an address."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from mailwright import wire
from mailwright.core import Look, LookKind, Outcome
from mailwright.wire import peek
from tests.verify import seeing
from tests.wire.peers import NAME, Handler, Peer, Pki, closed_port, request, says, serving

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True).encode()
HEAD = b"HTTP/1.1 200 OK\r\nServer: x\r\nDate: %b\r\n\r\n"


def page(answer: bytes, *, once: bool = False) -> Handler:
    """A web server. `once`: it answers what is no request too, like the boxes of hotels do."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if once:
            await reader.read(4096)
        else:
            await request(reader)
        writer.write(answer)
        await writer.drain()

    return handler


async def clocks(web: Peer | int, monkeypatch: pytest.MonkeyPatch, ours: float, port: int = 80) -> tuple[Look, ...]:
    """What a web server at `port` says when our clock is `ours` seconds ahead of NOW."""
    monkeypatch.setattr(peek, "now", lambda: NOW.timestamp() + ours)
    to = web if isinstance(web, int) else web.port
    with closed_port() as closed:
        routes = (wire.Reroute("", port, "127.0.0.1", to), wire.Reroute("", 0, "127.0.0.1", closed))
        settings = replace(seeing.to(to), reroutes=routes)
        return await seeing.looked(settings, LookKind.CLOCK, endpoints=[seeing.endpoint(host="mail.example.co.uk")])


@pytest.mark.parametrize("ours", [0.0, 86400.0, -40 * 86400.0, 3.2])
async def test_a_web_servers_clock(monkeypatch: pytest.MonkeyPatch, ours: float) -> None:
    """How far our clock is ahead is read off the host's web server and the domain's, and off nobody else's."""
    async with serving(page(HEAD % DATE)) as peer:
        looks = await clocks(peer, monkeypatch, ours)
    assert {look.fact("source"): look.fact("ahead") for look in looks} == {
        "mail.example.co.uk": round(ours, 1), "example.co.uk": round(ours, 1),
    }  # fmt: skip
    assert {bytes(got).split(b" ", maxsplit=1)[0] for got in peer.got} == {b"HEAD"}
    assert b"co.uk\r\n" in peer.everything


async def test_a_clock_behind_tls(monkeypatch: pytest.MonkeyPatch, pki: Pki) -> None:
    """Where only HTTPS is there it is asked; a certificate that our clock makes invalid is no hindrance."""
    async with serving(page(HEAD % DATE), tls=pki.server(fault="expired")) as peer:
        looks = await clocks(peer, monkeypatch, -5.0, 443)
    assert {look.fact("ahead") for look in looks} == {-5.0}
    assert len(looks) == 2


@pytest.mark.parametrize(
    "answer",
    [HEAD % b"yesterday", HEAD % b"Tue, 99 Nov 2026 10:00:00 GMT", HEAD % b"", b"HTTP/1.1 200 OK\r\n\r\n",
     b"Date: " + DATE + b"\r\n\r\n", b"\x00" * 5000, b"HTTP/1.1 200 OK\r\nX-Date: " + DATE + b"\r\n\r\n"],
)  # fmt: skip
async def test_no_clock(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    """What is no date of a web server tells nothing."""
    async with serving(page(answer)) as peer:
        assert await clocks(peer, monkeypatch, 0.0) == ()


async def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any web server nothing is told."""
    with closed_port() as port:
        assert await clocks(port, monkeypatch, 0.0) == ()


@pytest.mark.parametrize("zone", ["+0000", "GMT", "+0800", "-0000"])
@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_greeting_with_a_date(monkeypatch: pytest.MonkeyPatch, pki: Pki, security: str, zone: str) -> None:
    """Many mail servers greet with the date, also over TLS that our clock cannot verify."""
    monkeypatch.setattr(peek, "now", lambda: NOW.timestamp() + 7200)
    hour = 18 if zone == "+0800" else 10
    greeting = f"220 {NAME} ESMTP Exim 4.96 Tue, 24 Nov 2026 {hour}:00:00 {zone}\r\n".encode()
    tls = pki.server(fault="expired") if security == "tls" else None
    async with serving(says(greeting), tls=tls) as peer:
        with closed_port() as closed:
            routes = (wire.Reroute("", 25, "127.0.0.1", peer.port), wire.Reroute("", 0, "127.0.0.1", closed))
            here = seeing.endpoint(25, security, "smtp")
            looks = await seeing.looked(replace(seeing.to(closed), reroutes=routes), LookKind.CLOCK, endpoints=[here])
    assert [(look.fact("source"), look.fact("ahead")) for look in looks] == [(NAME, 7200.0)]
    assert peer.everything == b""


@pytest.mark.parametrize("once", [False, True])
async def test_a_portal(*, once: bool) -> None:
    """A mail port that answers in the words of the web is asked for its page: where it leads is told."""
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\x1b[2J?a=1\r\nContent-Type: text/html\r\n\r\n"
    async with serving(page(answer, once=True) if once else _bad_request_first(answer)) as peer:
        (look,) = await seeing.looked(seeing.to(peer.port), LookKind.PORTAL, endpoints=[seeing.endpoint()])
    assert seeing.told(look) == {
        "status": 302, "location": "http://login.example/\N{REPLACEMENT CHARACTER}[2J?a=1", "body_is_html": True,
    }  # fmt: skip
    assert look.subject == f"http://{NAME}:993/"


def _bad_request_first(answer: bytes) -> Handler:
    """A real web server: a ClientHello is a bad request."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begin = await reader.readexactly(1)
        if begin == b"\x16":
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        else:
            await request(reader)
            writer.write(answer)
        await writer.drain()

    return handler


async def test_the_host_of_a_page() -> None:
    """RFC 9110 §7.2: an IPv6 address stands in brackets."""
    async with serving(_bad_request_first(b"HTTP/1.1 302 Found\r\n\r\n")) as peer:
        here = seeing.endpoint(host="2001:db8::1")
        await seeing.looked(seeing.to(peer.port), LookKind.PORTAL, endpoints=[here])
    assert b"\r\nHost: [2001:db8::1]:993\r\n" in peer.everything


@pytest.mark.parametrize("tls", [True, False])
async def test_no_portal(pki: Pki, *, tls: bool) -> None:
    """A mail server is never asked for a page."""
    async with serving(says(b"* OK ready\r\n"), tls=pki.server() if tls else None) as peer:
        assert await seeing.looked(seeing.to(peer.port), LookKind.PORTAL, endpoints=[seeing.endpoint()]) == ()
    assert b"GET" not in peer.everything


def network(**more: object) -> bytes:
    """An answer of RDAP (RFC 9083 §5.4)."""
    card = [
        "vcard",
        [["version", {}, "text", "4.0"], ["fn", {}, "text", "Abuse"], ["email", {}, "text", "abuse@isp.example"]],
    ]
    abuse = {"objectClassName": "entity", "roles": ["abuse"], "vcardArray": card}
    org = {"objectClassName": "entity", "roles": ["registrant"], "entities": [abuse]}
    found: dict[str, object] = {"objectClassName": "ip network", "name": "ISP-NET", "country": "DE", "entities": [org]}
    return json.dumps({**found, **more}).encode()


async def owner(body: bytes, status: bytes = b"200 OK") -> Look:
    answer = b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)
    async with serving(page(answer)) as peer:
        settings = seeing.to(peer.port, rdap="http://rdap.example/")
        (look,) = await seeing.looked(settings, LookKind.OWNER, about=" 9.9.9.9 ")
    assert peer.everything.startswith(b"GET /ip/9.9.9.9 HTTP/1.1\r\n")
    assert look.subject == "9.9.9.9"
    return look


async def test_an_owner() -> None:
    """Name and country of the network, and where to complain, however deep that stands."""
    look = await owner(network())
    assert look.outcome is Outcome.OK
    assert seeing.told(look) == {"name": "ISP-NET", "country": "DE", "abuse": "abuse@isp.example"}


@pytest.mark.parametrize(
    "odd",
    [{"entities": 5}, {"entities": [{"roles": 5}]}, {"entities": [{"roles": ["abuse"], "vcardArray": ["vcard"]}]},
     {"entities": [{"roles": ["abuse"], "vcardArray": ["vcard", [["email"], 7, []]]}]}, {"entities": [[[]]] * 900},
     {"entities": [{"roles": ["abuse"], "vcardArray": ["v", [["email", {}, "text", ["a", "b"]]]]}]}],
)  # fmt: skip
async def test_an_owner_without_a_mailbox(odd: dict[str, object]) -> None:
    """Where no address can be read the rest is told all the same."""
    look = await owner(network(**odd))
    assert (look.outcome, look.fact("name"), look.fact("abuse")) == (Outcome.OK, "ISP-NET", "")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", b"404 Not Found"), (b"[]", b"200 OK"), (b"{", b"200 OK"), (b"[" * 100_000, b"200 OK"),
     (b'{"objectClassName": "entity"}', b"200 OK"), (b"\xff\xfe", b"200 OK"), (network(), b"429 Too Many Requests")],
)  # fmt: skip
async def test_no_owner(body: bytes, status: bytes) -> None:
    """An answer that is none is a look that failed."""
    look = await owner(body, status)
    assert (look.outcome, look.facts) == (Outcome.FAILED, ())
