"""Connections to our own server: they answer at once, and do not stay open for those who say nothing."""

from __future__ import annotations

import asyncio
import ipaddress
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from mailwright.core import BadInput
from mailwright.web import running

IF_INET6 = Path("/proc/net/if_inet6")
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await asyncio.sleep(0.3 if scope["path"] == "/slow" else 0)
    await send({"type": "http.response.body", "body": b"hello"})


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    sockets = running.listen(("127.0.0.1:0",))
    config = uvicorn.Config(hello, http=running._Bounded, lifespan="off", log_config=None, ws="none")
    ready = asyncio.Event()
    server = running._Telling(config, ready.set)
    task = asyncio.create_task(server._serve(list(sockets)))
    port = sockets[0].getsockname()[1]
    await ready.wait()
    try:
        yield port
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 20)


async def lasts(port: int, *sent: bytes) -> tuple[float, bytes]:
    """How long until the server hangs up, and what it has said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = time.monotonic()
    try:
        for piece in sent:
            writer.write(piece)
            await asyncio.sleep(0.05)
        got = await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        got = b""
    finally:
        writer.close()
    return time.monotonic() - begun, got


@pytest.mark.parametrize("sent", [(), (b"G",), (REQUEST[:-2],), (REQUEST, b"GET /"), (REQUEST, REQUEST, b"G")])
async def test_whoever_does_not_finish(monkeypatch: pytest.MonkeyPatch, sent: tuple[bytes, ...]) -> None:
    """Half a request, or none, is waited for only so long, the first time and after an answer."""
    monkeypatch.setattr(running, "REQUEST_SECONDS", 0.4)
    async with served() as port:
        took, got = await lasts(port, *sent)
    assert 0.3 < took < 5
    assert got.count(b"hello") == sum(piece == REQUEST for piece in sent)


async def test_a_head_has_an_end() -> None:
    """Heads that never end are not kept in memory."""
    async with served() as port:
        took, _ = await lasts(port, b"GET / HTTP/1.1\r\n", *[b"X: " + b"x" * 8000 + b"\r\n"] * 12)
    assert took < 5


async def test_an_answer_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes us longer is not cut off."""
    monkeypatch.setattr(running, "REQUEST_SECONDS", 0.1)
    async with served() as port:
        _, got = await lasts(port, REQUEST.replace(b"/", b"/slow", 1))
    assert got.endswith(b"hello")


async def test_answers_go_out_at_once() -> None:
    """Head and body do not wait for each other on the way (Nagle)."""
    async with served() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        took = []
        for _ in range(10):
            begun = time.monotonic()
            writer.write(REQUEST)
            await reader.readuntil(b"hello")
            took.append(time.monotonic() - begun)
        writer.close()
    # 40 ms is how long Linux waits before it acknowledges.
    assert sorted(took)[5] < 0.03


NOWHERE = (
    *("", "localhost", "8080", ":8080", "http://x:1", "a b:1", "x:y"),
    *("u@127.0.0.1:1", "127.0.0.1:1/", "[::1:1", "a..b:80"),
)


@pytest.mark.parametrize("place", NOWHERE)
def test_places_that_are_none(place: str) -> None:
    """What is no place is said to be none."""
    with pytest.raises(BadInput, match=r"serve\.place"):
        running.listen((place,))


def test_nothing_stays_open() -> None:
    """If one of several places cannot be had, the others are given back."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BadInput, match=r"serve\.listen"):
        running.listen(("127.0.0.1:0", f"127.0.0.1:{taken.getsockname()[1]}"))


def test_an_address_of_one_link() -> None:
    """fe80::1 is listened on where it is: on the link that was named."""
    own = [line.split() for line in IF_INET6.read_text().splitlines()] if IF_INET6.exists() else []
    found = next((one for one in own if one[3] == "20"), None)
    if found is None:
        pytest.skip("no address of a link")
    address = ipaddress.IPv6Address(int(found[0], 16))
    (made,) = running.listen((f"[{address}%{found[5]}]:0",))
    with made:
        assert made.getsockname()[3] == int(found[1], 16)
        assert running._shown(made).startswith(f"[{address}%{found[5]}]:")


def test_both_families() -> None:
    """[::] takes IPv4 as well."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6")
    (both,) = running.listen(("[::]:0",))
    with both, socket.create_connection(("127.0.0.1", both.getsockname()[1]), timeout=5):
        assert running._shown(both).startswith("[::]:")


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    chain, key = folder / f"{name}.crt", folder / f"{name}.key"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj"]
    subprocess.run([*made, f"/CN={name}", "-out", chain, "-keyout", key], check=True, capture_output=True)
    return chain, key


def greeted(context: ssl.SSLContext) -> bool:
    """Whether a client comes through its handshake, in memory."""
    client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client_context.check_hostname, client_context.verify_mode = False, ssl.CERT_NONE
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (client_context.wrap_bio(down, up), context.wrap_bio(up, down, server_side=True))
    done = set()
    for _ in range(6):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
            done.add(side)
    return len(done) == 2


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
@pytest.mark.parametrize("key", ["old.key", "nowhere.key"])
def test_a_certificate_half_renewed(tmp_path: Path, key: str) -> None:
    """A new chain whose key is not there yet is refused, and the certificate from before goes on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    running.Certificate(*certificate(tmp_path, "old")).into(context)
    assert greeted(context)
    chain, _ = certificate(tmp_path, "new")
    with pytest.raises(BadInput, match=r"serve\.certificate"):
        running.Certificate(chain, tmp_path / key).into(context)
    assert greeted(context)
