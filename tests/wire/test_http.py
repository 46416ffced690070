"""HTTP against servers on loopback: bounded, never down to HTTP, never a raise."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import time
from collections.abc import AsyncIterator

import pytest

from mailwright import wire
from mailwright.core import HttpAnswer, Outcome, Reason
from mailwright.wire import http as web
from tests.wire import peers
from tests.wire.peers import Peer, Pki, serving

HOST = peers.NAME


def page(head: str, body: bytes = b"", *, length: int | None = None) -> bytes:
    """One answer: status line and header lines, then the body."""
    return f"HTTP/1.1 {head}\r\nContent-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


async def request(reader: asyncio.StreamReader) -> tuple[bytes, bytes] | None:
    """The request line and body of the next request, None at the end."""
    first = await reader.readline()
    size = 0
    while line := (await reader.readline()).strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    return (first.strip(), await reader.readexactly(size)) if first else None


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


def site(*answers: bytes) -> peers.Handler:
    """Gives these answers in turn, the last one for ever, over any number of connections."""
    left = list(answers)

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await request(reader) is not None:
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()

    return handler


@contextlib.asynccontextmanager
async def browsing(
    pki: Pki, handler: peers.Handler, *, plain: bool = False, **changes: object
) -> AsyncIterator[tuple[wire.World, Peer]]:
    """A world in which every host is this server."""
    server = serving(handler, tls=None if plain else pki.server(HOST, "other.example.org"))
    async with server as peer, wire.World(pki.settings(peer, **{"http_seconds": 3.0, **changes})) as world:
        yield world, peer


async def got(pki: Pki, *answers: bytes, url: str = f"https://{HOST}/a", plain: bool = False) -> HttpAnswer:
    async with browsing(pki, site(*answers), plain=plain) as (world, _):
        return await world.http.get(url, wire.Recorder("test"))


async def test_a_page(pki: Pki) -> None:
    """A page comes with status, type and body, and says that every hop was safe."""
    recorder = wire.Recorder("test")
    async with browsing(pki, site(page("200 OK\r\nContent-Type: Text/XML; charset=utf-8", b"<x/>"))) as (world, peer):
        answer = await world.http.get(f"https://{HOST}/a?b=c#d", recorder, headers={"Accept": "text/xml"})
    assert answer == HttpAnswer(
        f"https://{HOST}/a?b=c#d",
        f"https://{HOST}/a?b=c#d",
        Outcome.OK,
        Reason.NONE,
        200,
        "text/xml",
        b"<x/>",
        secure=True,
    )
    sent = peer.everything.splitlines()
    assert sent[0] == b"GET /a?b=c HTTP/1.1"
    assert {b"Accept-Encoding: identity", b"User-Agent: Mailwright", b"Accept: text/xml"} <= set(sent)
    steps = recorder.trace().steps
    assert [(step.kind, step.outcome) for step in steps] == [
        ("http", Outcome.OK),
        ("connect", Outcome.OK),
        ("tls", Outcome.OK),
    ]
    assert (steps[0].fact("status"), steps[2].fact("verified")) == (200, True)


async def test_each_request_has_its_own_steps(pki: Pki) -> None:
    """Requests at the same time write down their own connections; one that is used again leaves no steps."""
    async with browsing(pki, site(page("200 OK"))) as (world, _):
        recorders = [wire.Recorder(name) for name in ("a", "b")]
        await asyncio.gather(*(world.http.get(f"https://{HOST}/", recorder) for recorder in recorders))
        again = wire.Recorder("again")
        await world.http.get(f"https://{HOST}/", again)
    kinds = [[step.kind for step in recorder.trace().steps] for recorder in (*recorders, again)]
    assert kinds == [["http", "connect", "tls"], ["http", "connect", "tls"], ["http"]]


async def test_a_bad_certificate_is_a_step(pki: Pki) -> None:
    """Why a request failed stands in its own trace."""
    recorder = wire.Recorder("test")
    server = serving(peers.echo_nothing, tls=pki.server(fault="expired"))
    async with server as peer, wire.World(pki.settings(peer)) as world:
        await world.http.get(f"https://{HOST}/", recorder)
    last = recorder.trace().last("tls")
    assert last is not None
    assert (last.outcome, last.fact("reason")) == (Outcome.STOPPED, "tls_certificate")


async def test_waiting_for_a_turn_is_not_the_servers_time(pki: Pki) -> None:
    """With one connection allowed each of several requests has its whole time."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await request(reader) is not None:
            await asyncio.sleep(0.4)
            writer.write(page("200 OK"))

    async with browsing(pki, slow, http_seconds=1.0, most_open=1) as (world, _):
        urls = (f"https://{HOST}/", "https://other.example.org/", f"https://{HOST}/b", f"https://{HOST}/c")
        answers = await asyncio.gather(*(world.http.get(url, wire.Recorder("test")) for url in urls))
    assert [answer.ok for answer in answers] == [True] * 4


async def test_plain_http_is_not_secure(pki: Pki) -> None:
    """A page over HTTP is marked, and so is one that was reached from HTTP."""
    assert not (await got(pki, page("200 OK"), url=f"http://{HOST}/", plain=True)).secure


@pytest.mark.parametrize("status", [204, 404, 500])
async def test_other_status(pki: Pki, status: int) -> None:
    """Any status is an answer; only 200 is ok."""
    answer = await got(pki, page(f"{status} Hm"))
    assert (answer.status, answer.ok, answer.outcome) == (status, False, Outcome.OK)


async def test_size_is_bounded(pki: Pki) -> None:
    """A body may be as large as the limit and no larger, with or without a length."""
    fits = await got(pki, page("200 OK", b"x" * web.MAX_BODY))
    assert len(fits.body) == web.MAX_BODY
    answer = await got(pki, page("200 OK", b"x" * (web.MAX_BODY + 1)))
    assert (answer.outcome, answer.reason, answer.body) == (Outcome.STOPPED, Reason.TOO_MUCH, b"")


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: y\r\n" * 1000),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    ],
    ids=["chunks", "body", "header", "interim"],
)
async def test_endless_answer(pki: Pki, head: bytes, piece: bytes) -> None:
    """What never ends is cut off."""
    start = time.monotonic()
    async with browsing(
        pki, peers.says(b"", head, then=lambda writer: peers.forever(writer, piece)), http_seconds=1.0
    ) as (world, _):
        answer = await world.http.get(f"https://{HOST}/", wire.Recorder("test"))
    assert not answer.told
    assert answer.outcome in (Outcome.STOPPED, Outcome.FAILED, Outcome.TIMEOUT)
    assert time.monotonic() - start < 4


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"], ids=["silent", "drip"])
async def test_slow_answer(pki: Pki, head: bytes) -> None:
    """All of an answer has to come within the time allowed."""
    slow = peers.says(b"", head, then=lambda writer: peers.forever(writer, b"x" if head else b"", 0.05))
    async with serving(slow) as peer, wire.World(pki.settings(peer, http_seconds=0.4)) as world:
        start = time.monotonic()
        answer = await world.http.get(f"http://{HOST}/", wire.Recorder("test"))
        assert time.monotonic() - start < 1
        assert (answer.outcome, answer.reason) == (Outcome.TIMEOUT, Reason.READ_TIMEOUT)


async def test_redirects_are_followed(pki: Pki) -> None:
    """Redirects within HTTPS are followed, relative ones too."""
    hops = (
        page("301 x\r\nLocation: /b"),
        page("302 x\r\nLocation: https://other.example.org/c"),
        page("200 OK", b"ok"),
    )
    answer = await got(pki, *hops)
    assert (answer.ok, answer.url, answer.secure) == (True, "https://other.example.org/c", True)


async def test_redirect_loop(pki: Pki) -> None:
    """Redirects end after a few."""
    answer = await got(pki, page("302 x\r\nLocation: /a"))
    assert (answer.outcome, answer.reason, answer.ok) == (Outcome.STOPPED, Reason.REDIRECT, False)


@pytest.mark.parametrize(
    "location",
    [
        f"http://{HOST}/",
        f"HTTP://{HOST}/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://u:p@example.org/",
        "https://exa mple.org/",
        "https://[",
        "https://example.org:99999/",
        "https://\xe9xample.org/",
        "https://example.org/\x01",
        "https://example.org/" + "x" * 3000,
    ],
)
@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
async def test_bad_redirects(pki: Pki, scheme: str, location: str) -> None:
    """A redirect to HTTP, to elsewhere, or to what is no URL is not followed."""
    head = b"HTTP/1.1 302 x\r\nContent-Length: 0\r\nLocation: " + location.encode("latin-1") + b"\r\n\r\n"
    answer = await got(pki, head, url=f"{scheme}://{HOST}/")
    assert not answer.ok
    assert answer.reason is Reason.REDIRECT


async def test_redirect_with_a_line_break(pki: Pki) -> None:
    """An encoded line break stays encoded in the next request, a bare one is no header."""
    async with browsing(pki, site(page("302 x\r\nLocation: /%0d%0aX-Evil:%20y"), page("200 OK"))) as (world, peer):
        assert (await world.http.get(f"https://{HOST}/", wire.Recorder("test"))).ok
    assert b"\r\nX-Evil" not in peer.everything
    async with browsing(pki, site(page("302 x\r\nLocation: /a\rX-Evil: y"), page("200 OK"))) as (world, peer):
        assert not (await world.http.get(f"https://{HOST}/", wire.Recorder("test"))).ok


@pytest.mark.parametrize(
    "url",
    [
        "https://u@h.example/",
        "https://u:p@h.example/",
        "https:///x",
        "https://",
        "mail.example.org",
        "https://h.example/a b",
        "https://h.example/\r\nX: y",
        "https://h.example/ü",
        "https://h.example:0/",
        "https://h.example:x/",
        "https://[::1/",
        "https://127.1/",
    ],
)
async def test_urls_that_are_not_asked(pki: Pki, url: str) -> None:
    """A URL with a password, a blank, a line break or without a host is never asked."""
    async with browsing(pki, site(page("200 OK"))) as (world, peer):
        answer = await world.http.get(url, wire.Recorder("test"))
    assert (answer.outcome, answer.reason, peer.got) == (Outcome.STOPPED, Reason.REDIRECT, [])


@pytest.mark.parametrize("fault", ["expired", "unknown issuer", "self-signed", ""])
async def test_bad_certificate(pki: Pki, fault: str) -> None:
    """A bad certificate or name is no answer, and no request was sent."""
    name = HOST if fault else "wrong.example.org"
    server = serving(site(page("200 OK")), tls=pki.server(name, fault=fault))
    async with server as peer, wire.World(pki.settings(peer)) as world:
        answer = await world.http.get(f"https://{HOST}/", wire.Recorder("test"))
    assert (answer.outcome, answer.reason, answer.ok) == (Outcome.STOPPED, Reason.TLS_CERTIFICATE, False)
    assert peer.everything == b""


@pytest.mark.parametrize(
    ("status", "second"), [(307, b"POST"), (308, b"POST"), (301, b"GET"), (302, b"GET"), (303, b"GET")]
)
async def test_post_and_redirects(pki: Pki, status: int, second: bytes) -> None:
    """Only 307 and 308 send the body again."""
    seen: list[tuple[bytes, bytes]] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (asked := await request(reader)) is not None:
            seen.append((asked[0].partition(b" ")[0], asked[1]))
            writer.write(page(f"{status} x\r\nLocation: /b") if len(seen) == 1 else page("200 OK"))

    async with browsing(pki, handler) as (world, _):
        assert (await world.http.post(f"https://{HOST}/", wire.Recorder("test"), body=b"body")).ok
    assert seen == [(b"POST", b"body"), (second, b"body" if second == b"POST" else b"")]


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data"])
async def test_private_addresses(url: str) -> None:
    """As a server private addresses are never asked, directly or by a redirect."""
    async with wire.World(wire.Settings(public_only=True)) as world:
        answer = await world.http.get(url, wire.Recorder("test"))
    assert (answer.outcome, answer.reason) == (Outcome.STOPPED, Reason.PRIVATE_ADDRESS)


async def test_redirect_to_a_private_address(pki: Pki) -> None:
    """A public name that redirects to a private address leads nowhere."""
    async with serving(site(page("302 x\r\nLocation: http://127.0.0.1:1/"))) as peer:
        settings = pki.settings(peer, public_only=True, reroutes=())
        async with wire.World(settings) as world:
            answer = await world.http.get(f"http://127.0.0.1:{peer.port}/", wire.Recorder("test"))
    assert answer.reason is Reason.PRIVATE_ADDRESS
    assert peer.got == []


async def test_compressed_answer_stays_compressed(pki: Pki) -> None:
    """A server that compresses unasked cannot make us unpack a bomb."""
    bomb = gzip.compress(b"\0" * 10_000_000)
    answer = await got(pki, page("200 OK\r\nContent-Encoding: gzip", bomb))
    assert answer.body == bomb


@pytest.mark.parametrize(
    "noise",
    [b"* OK IMAP4rev1\r\n", b"220 mx ESMTP\r\n", b"\x00\xff" * 100, b"HTTP/1.1 200\r\nContent-Length: -1\r\n\r\n"],
)
async def test_what_is_no_web_server(pki: Pki, noise: bytes) -> None:
    """Another protocol is a failure, told without a raise."""
    async with browsing(pki, peers.says(b"", noise, then=hang_up)) as (world, _):
        answer = await world.http.get(f"https://{HOST}/", wire.Recorder("test"))
    assert (answer.status, answer.outcome, answer.reason) == (0, Outcome.FAILED, Reason.NOT_THE_PROTOCOL)


@pytest.mark.parametrize("noise", [b"* OK IMAP4rev1\r\n", b""])
async def test_https_to_a_plain_port(pki: Pki, noise: bytes) -> None:
    """A port without TLS is told apart from a bad certificate."""
    async with browsing(pki, peers.says(noise), plain=True, http_seconds=0.5) as (world, _):
        answer = await world.http.get(f"https://{HOST}/", wire.Recorder("test"))
    assert answer.reason in (Reason.TLS_NOT_SPOKEN, Reason.READ_TIMEOUT)


async def test_cut_short(pki: Pki) -> None:
    """A body shorter than announced is no answer."""
    async with browsing(pki, peers.says(b"", page("200 OK", b"half", length=8), then=hang_up)) as (world, _):
        answer = await world.http.get(f"https://{HOST}/", wire.Recorder("test"))
    assert (answer.status, answer.outcome) == (0, Outcome.FAILED)


async def test_connection_is_used_again(pki: Pki) -> None:
    """Two requests to one host share a connection."""
    async with browsing(pki, site(page("200 OK"))) as (world, peer):
        for _ in range(2):
            assert (await world.http.get(f"https://{HOST}/", wire.Recorder("test"))).ok
    assert len(peer.got) == 1


async def test_connection_that_was_closed_meanwhile(pki: Pki) -> None:
    """A server that closes right after its answer does not make the next request fail."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(page("200 OK"))
        await writer.drain()

    async with browsing(pki, once) as (world, peer):
        for _ in range(3):
            assert (await world.http.get(f"https://{HOST}/", wire.Recorder("test"))).ok
            await asyncio.sleep(0.05)
    assert len(peer.got) == 3


async def test_cancelled_request_leaves_nothing(pki: Pki) -> None:
    """Who stops waiting for a page leaves no socket and no task behind."""
    async with browsing(pki, peers.echo_nothing) as (world, _):
        task = asyncio.create_task(world.http.get(f"https://{HOST}/", wire.Recorder("test")))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
