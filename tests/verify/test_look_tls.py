"""Looks at handshakes: what an older client, a laxer one, or one that comes another way would get."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from mailwright import verify, wire
from mailwright.core import Endpoint, Look, LookKind, Outcome, Wanted
from mailwright.wire import rungs
from tests.verify import seeing
from tests.wire.peers import NAME, Handler, Peer, Pki, imap_greeting, request, says, serving, starttls


async def ladder(peer: Peer, here: Endpoint | None = None, about: str = "") -> dict[str, Look]:
    looks = await seeing.looked(seeing.to(peer.port), LookKind.LADDER, here or seeing.endpoint(), about)
    return {str(look.fact("with")): look for look in looks}


def works(looks: dict[str, Look]) -> set[str]:
    return {name for name, look in looks.items() if look.outcome is Outcome.OK}


def version(context: ssl.SSLContext, number: ssl.TLSVersion) -> ssl.SSLContext:
    """The same for one version only."""
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = number
    return context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
@pytest.mark.parametrize("by_hand", [False, True])
async def test_a_server_of_long_ago(pki: Pki, monkeypatch: pytest.MonkeyPatch, *, by_hand: bool) -> None:
    """TLS 1.0 is found by our OpenSSL, and by hand where that was built without it."""
    monkeypatch.setattr(ssl, "HAS_TLSv1", not by_hand)
    async with serving(imap_greeting, tls=version(pki.server(), ssl.TLSVersion.TLSv1)) as peer:
        looks = await ladder(peer)
    assert set(looks) == set(rungs.NAMES)
    assert works(looks) == {"tls1.0"}
    assert looks["tls1.0"].fact("version") == "TLSv1"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1")
async def test_by_hand_behind_starttls(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hand goes behind STARTTLS as well."""
    monkeypatch.setattr(ssl, "HAS_TLSv1_1", False)
    context = version(pki.server(), ssl.TLSVersion.TLSv1_1)
    async with serving(starttls(context, b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n")) as peer:
        looks = await ladder(peer, seeing.endpoint(143, "starttls"), "tls1.1")
    assert works(looks) == {"tls1.1"} == set(looks)


async def test_a_server_of_today(pki: Pki) -> None:
    """A server of today takes all of today's handshakes, and none of yesterday's."""
    async with serving(imap_greeting, tls=pki.server()) as peer:
        looks = await ladder(peer)
    assert works(looks) == {"tls1.2_max", "seclevel0", "legacy", "no_sni"}
    assert (looks["tls1.2_max"].fact("version"), looks["legacy"].fact("version")) == ("TLSv1.2", "TLSv1.3")


async def test_weak_ciphers(pki: Pki) -> None:
    """Key exchange by RSA alone is refused by a client of today and found when it is let."""
    context = pki.server()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-CCM8:NULL-SHA256:@SECLEVEL=0")
    context.load_cert_chain(_rsa(pki))
    async with serving(imap_greeting, tls=context) as peer:
        looks = await ladder(peer)
    assert works(looks) == {"seclevel0"}
    assert looks["seclevel0"].fact("cipher") in ("AES128-CCM8", "NULL-SHA256")


def _rsa(pki: Pki) -> Path:
    file = pki.file.parent / "rsa.pem"
    pki.ca.issue_cert(NAME, key_type=trustme.KeyType.RSA).private_key_and_cert_chain_pem.write_to_path(file)
    return file


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_client_certificate_is_wanted(pki: Pki, newest: ssl.TLSVersion) -> None:
    """TLS 1.3 says behind the handshake that it wants a certificate of ours: that handshake did not succeed."""
    context = pki.server()
    context.maximum_version = newest
    context.verify_mode = ssl.CERT_REQUIRED
    async with serving(imap_greeting, tls=context) as peer:
        looks = await ladder(peer)
    assert works(looks) == set()


async def test_a_name_is_wanted(pki: Pki) -> None:
    """A server that refuses the host's name and takes clients without one is told apart."""
    context = pki.server()

    def choose(sock: ssl.SSLObject, name: str | None, own: ssl.SSLContext) -> int | None:
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if name == NAME else None

    context.set_servername_callback(choose)  # type: ignore[arg-type]
    async with serving(imap_greeting, tls=context) as peer:
        looks = await ladder(peer)
    assert works(looks) == {"no_sni"}


async def test_one_rung(pki: Pki) -> None:
    """Only what was asked for is tried."""
    async with serving(imap_greeting, tls=pki.server()) as peer:
        looks = await ladder(peer, about="legacy")
    assert set(looks) == {"legacy"}


@pytest.mark.parametrize("kind", [LookKind.CHAIN, LookKind.LADDER, LookKind.SMALL, LookKind.PATH])
async def test_no_tls_no_handshake(kind: LookKind) -> None:
    """An endpoint without encryption has no handshake to look at."""
    async with serving(says(b"* OK ready\r\n")) as peer:
        assert await seeing.looked(seeing.to(peer.port), kind, seeing.endpoint(security="none")) == ()


async def test_small_segments(pki: Pki) -> None:
    """A good way lets small segments through too."""
    async with serving(imap_greeting, tls=pki.server()) as peer:
        (look,) = await seeing.looked(seeing.to(peer.port), LookKind.SMALL, seeing.endpoint())
    assert (look.outcome, look.fact("mss")) == (Outcome.OK, 536)


def proxy(port: int) -> Handler:
    """An HTTP proxy that leads to `port` of this machine, whatever it is asked for."""

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(4096):
            sink.write(data)
            await sink.drain()
        sink.close()

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        there = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        try:
            await asyncio.gather(pump(reader, there[1]), pump(there[0], writer), return_exceptions=True)
        finally:
            there[1].transport.abort()

    return handler


@pytest.mark.parametrize("intercepted", [True, False])
async def test_another_way(pki: Pki, *, intercepted: bool) -> None:
    """Through a proxy comes the same certificate, unless somebody sits on the usual way."""
    own = pki.server()
    near = pki.server(fault="self-signed") if intercepted else own
    async with (
        serving(imap_greeting, tls=own) as real,
        serving(imap_greeting, tls=near) as usual,
        serving(proxy(real.port)) as between,
    ):
        # On the usual way another port is dialled than the one the proxy leads to, which is not re-routed.
        routes = (wire.Reroute(NAME, 993, "127.0.0.1", usual.port),)
        settings = replace(seeing.to(usual.port), reroutes=routes)
        via = f"http://127.0.0.1:{between.port}"
        (look,) = await seeing.looked(settings, LookKind.PATH, seeing.endpoint(), via)
    assert (look.outcome, look.fact("via"), look.fact("speaks")) == (Outcome.OK, via, "imap")
    assert look.fact("same") is not intercepted


async def test_never_around_the_proxy(pki: Pki) -> None:
    """Whoever names a proxy has all looks go through it: none connects to the server by itself."""
    reached: list[str] = []

    async def noted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append("directly")

    async with (
        serving(noted) as real,
        serving(imap_greeting, tls=pki.server(fault="self-signed")) as false,
        serving(proxy(false.port)) as between,
    ):
        by = wire.Proxy.parse(f"http://me:hidden-7@127.0.0.1:{between.port}")
        routes = (wire.Reroute(NAME, 993, "127.0.0.1", real.port),)
        settings = replace(seeing.to(real.port), proxy=by, reroutes=routes)
        assert await seeing.looked(settings, LookKind.PATH, seeing.endpoint()) == ()
        about = [Wanted(kind, seeing.endpoint()) for kind in LookKind if kind not in (LookKind.NAMES, LookKind.CLOCK)]
        async with wire.World(settings) as world:
            looks = await verify.looks(about, world, seconds=20.0)
    assert looks
    assert reached == []
    assert "hidden-7" not in repr(looks)


async def test_there_is_no_other_way(pki: Pki) -> None:
    """Without a proxy there is one way only."""
    async with serving(imap_greeting, tls=pki.server()) as peer:
        assert await seeing.looked(seeing.to(peer.port), LookKind.PATH, seeing.endpoint()) == ()
        assert await seeing.looked(seeing.to(peer.port), LookKind.PATH, seeing.endpoint(), "gopher://x") == ()
