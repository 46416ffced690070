"""A close look at real and at made-up servers: what is offered is found, and what is not is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from mailwright import diagnose, posture
from mailwright.core import ChainFault, Outcome, Protocol, Reason, TlsLook, TlsVersion
from tests.posture.servers import NAME, Byhand, Chains, Made, look, make, s_server, serving, trusted
from tests.wire import peers

GOOD_12 = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-SHA"


def offered(seen: TlsLook) -> set[str]:
    return {one.version.value for one in seen.versions if one.offered}


def ids(seen: TlsLook) -> set[str]:
    return {finding.id for finding in diagnose.tls_findings(seen)}


async def test_a_good_server(chains: Chains) -> None:
    """Versions, ciphers in the server's order, groups, chain and habits of a server that is set well."""
    with s_server(*chains.good(), "-cipher", GOOD_12, "-serverpref") as port:
        seen = await look(chains, port)
    assert seen.outcome is Outcome.OK
    assert not seen.partial
    assert offered(seen) == {"TLSv1.2", "TLSv1.3"}
    older = seen.version(TlsVersion.TLS12)
    assert [posture.openssl_name(name) for name in older.ciphers] == GOOD_12.split(":")
    assert older.ordered is True
    assert older.complete
    assert set(seen.version(TlsVersion.TLS13).ciphers) == {
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256",
    }
    assert {"x25519", "secp256r1", "ffdhe2048"} <= set(seen.exchange.groups)
    assert trusted(seen)
    assert [link.certificate.key for link in seen.chain if link.certificate] == ["RSA 2048", "EC secp256r1"]
    assert seen.habits.secure_renegotiation
    assert seen.habits.extended_master_secret
    assert seen.habits.fallback_refused
    assert not seen.habits.compression
    assert not seen.habits.client_certificate
    assert seen.negotiated.version == "TLSv1.3"
    assert "OpenSSL" in seen.library
    assert ids(seen) <= {"tls.look.no_pqc", "tls.look.sha1"}


async def test_it_takes_less_than_a_second(chains: Chains) -> None:
    """On loopback the whole look is done within a second, with at most four connections at once."""
    server = Byhand((0x303,), posture.suites.lists(newer=True)[0][:20], (chains.leaf().der,))
    async with serving(server) as port:
        began = time.monotonic()
        seen = await look(chains, port)
    assert len(seen.version(TlsVersion.TLS12).ciphers) == 20
    assert time.monotonic() - began < 1.0
    assert server.accepted < 50
    assert server.most_open <= 4


async def test_one_at_a_time(chains: Chains) -> None:
    """A server that serves one connection after another is not blocked by those that only stand ready."""
    for _ in range(6):
        with s_server(*chains.good(), "-cipher", "ECDHE+AESGCM") as port:
            seen = await look(chains, port)
        assert not seen.partial
        assert seen.took < 6


async def test_client_chooses(chains: Chains) -> None:
    """A server that follows the client's order is told apart from one with its own."""
    with s_server(*chains.good(), "-cipher", GOOD_12) as port:
        seen = await look(chains, port)
    assert seen.version(TlsVersion.TLS12).ordered is False


async def test_old_versions(chains: Chains) -> None:
    """TLS 1.0 to 1.2 without 1.3, each with its ciphers, and what that means."""
    with s_server(*chains.good(), "-no_tls1_3", "-cipher", "ALL:@SECLEVEL=0") as port:
        seen = await look(chains, port)
    assert offered(seen) == {"TLSv1", "TLSv1.1", "TLSv1.2"}
    assert "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA" in seen.version(TlsVersion.TLS10).ciphers
    assert not any("GCM" in name for name in seen.version(TlsVersion.TLS11).ciphers)
    assert seen.exchange.groups
    assert seen.exchange.sha1
    assert {"tls.look.old_version", "tls.look.no_tls13", "tls.look.weak_cipher"} <= ids(seen)


async def test_only_tls_1_0(chains: Chains) -> None:
    """A server whose only version no current library speaks is seen all the same, chain included."""
    with s_server(*chains.good(), "-tls1", "-cipher", "ALL:@SECLEVEL=0") as port:
        seen = await look(chains, port)
    assert offered(seen) == {"TLSv1"}
    assert seen.chain
    assert trusted(seen)
    assert "tls.look.only_old" in ids(seen)


async def test_only_static_keys(chains: Chains) -> None:
    """A server with RSA key exchange alone has nothing in common with a client of today."""
    with s_server(*chains.good(), "-tls1_2", "-cipher", "kRSA:@SECLEVEL=0") as port:
        seen = await look(chains, port)
    assert all(name.startswith("TLS_RSA_") for name in seen.version(TlsVersion.TLS12).ciphers)
    assert "tls.look.only_static" in ids(seen)


async def test_anonymous_ciphers(chains: Chains) -> None:
    """Ciphers that ask nobody who they are belong to the broken ones."""
    with s_server(*chains.good(), "-tls1_2", "-cipher", "ALL:aNULL:eNULL:@SECLEVEL=0") as port:
        seen = await look(chains, port)
    names = seen.version(TlsVersion.TLS12).ciphers
    assert any("anon" in name for name in names)
    assert any("NULL" in name for name in names)
    assert "tls.look.broken_cipher" in ids(seen)


async def test_client_certificate_is_asked_for(chains: Chains) -> None:
    """In TLS 1.2 it is in the clear, in 1.3 only the whole handshake shows it."""
    for version in ("-tls1_2", "-tls1_3"):
        with s_server(*chains.good(), version, "-verify", "1") as port:
            seen = await look(chains, port)
        assert seen.habits.client_certificate, version
        assert "tls.look.client_certificate" in ids(seen)


@pytest.mark.parametrize(
    ("fault", "at"),
    [("expired", 0), ("name", 0), ("self_signed", 0), ("intermediate", 0), ("unknown_ca", 1), ("weak_key", 0)],
)
async def test_chain_faults(chains: Chains, fault: str, at: int) -> None:
    """Each fault of the certificates is found alone, at the certificate that has it."""
    stranger = make("Stranger", ca=True)
    made: dict[str, Callable[[], tuple[Made, tuple[Made, ...]]]] = {
        "expired": lambda: (chains.leaf(days=(-50, -2)), (chains.middle,)),
        "name": lambda: (chains.leaf(names=("other.example.org",)), (chains.middle,)),
        "self_signed": lambda: (make(NAME, names=(NAME,)), ()),
        "intermediate": lambda: (chains.leaf(), ()),
        "unknown_ca": lambda: (make(NAME, stranger, names=(NAME,)), (stranger,)),
        "weak_key": lambda: (chains.leaf(key=rsa.generate_private_key(65537, 1024)), (chains.middle,)),
    }
    leaf, others = made[fault]()
    with s_server(*chains.files(leaf, *others), "-cipher", "ALL:@SECLEVEL=0") as port:
        seen = await look(chains, port)
    assert [(p.fault, p.at) for p in seen.chain_problems] == [(ChainFault(fault), at)]
    assert f"tls.{fault}" in ids(seen)


async def test_broken_things_by_hand(chains: Chains) -> None:
    """SSL 2 and 3, 3DES and RC4, compression and old renegotiation are seen, though no library has them any more."""
    leaf = chains.leaf()
    ciphers = (0x0005, 0x000A, 0x002F)
    server = Byhand((0x300, 0x301), ciphers, (leaf.der, chains.middle.der), compression=True, extensions=b"", ssl2=True)
    async with serving(server) as port:
        seen = await look(chains, port)
    assert offered(seen) == {"SSLv2", "SSLv3", "TLSv1"}
    assert seen.version(TlsVersion.SSL3).ciphers == (
        "TLS_RSA_WITH_RC4_128_SHA",
        "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        "TLS_RSA_WITH_AES_128_CBC_SHA",
    )
    assert seen.version(TlsVersion.SSL3).ordered
    assert seen.habits.compression
    assert seen.habits.secure_renegotiation is False
    assert trusted(seen)
    assert {
        "tls.look.broken_version",
        "tls.look.only_old",
        "tls.look.broken_cipher",
        "tls.look.weak_cipher",
        "tls.look.compression",
        "tls.look.renegotiation",
    } <= ids(seen)
    assert server.most_open <= 4


async def test_order_across_lists(chains: Chains) -> None:
    """The server's order holds also between what is asked for in different lists."""
    ciphers = (0xC02F, 0x0034, 0xC013, 0x009C, 0xC018, 0x0041, 0xC019, 0x000A)  # anonymous ones in between
    async with serving(Byhand((0x303,), ciphers, (chains.leaf().der,))) as port:
        seen = await look(chains, port)
    assert seen.version(TlsVersion.TLS12).ciphers == tuple(map(posture.suites.name, ciphers))


async def test_from_all_sides(chains: Chains) -> None:
    """Where the client chooses nothing is missed and little asked twice, whatever kinds of ciphers there are."""
    first, odd = posture.suites.lists(newer=True)
    ciphers = (*first[:40:3], *first[-3:], *odd[40:60:4])
    server = Byhand((0x303,), ciphers, (chains.leaf().der,), client_chooses=True)
    async with serving(server) as port:
        seen = await look(chains, port)
    older = seen.version(TlsVersion.TLS12)
    assert older.ciphers == tuple(map(posture.suites.name, ciphers))
    assert (older.ordered, older.complete, seen.partial) == (False, True, False)
    assert server.accepted < len(ciphers) + 40
    assert server.most_open <= 4


async def test_over_a_long_way(chains: Chains, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that takes too long leaves open what it can do without, and says so; versions and ciphers are whole."""
    monkeypatch.setattr(posture.pool, "FAR", -1.0)
    monkeypatch.setattr(posture.pool, "LEISURE", 0.0)
    with s_server(*chains.good(), "-cipher", GOOD_12) as port:
        seen = await look(chains, port)
    assert seen.partial
    assert all(one.complete for one in seen.versions)
    assert len(seen.version(TlsVersion.TLS12).ciphers) == 3
    assert len(seen.version(TlsVersion.TLS13).ciphers) == 3
    assert not seen.exchange.complete
    assert trusted(seen)


async def test_hanging_up_is_a_no(chains: Chains) -> None:
    """A server that refuses without an alert is understood, and not asked everything twice."""
    server = Byhand((0x303,), (0xC02F, 0xC030), (chains.leaf().der,), refuse=b"", hangs_up=True)
    async with serving(server) as port:
        seen = await look(chains, port)
    assert offered(seen) == {"TLSv1.2"}
    assert not seen.partial
    assert seen.version(TlsVersion.TLS13).offered is False
    assert len(seen.version(TlsVersion.TLS12).ciphers) == 2
    assert server.accepted < 25


@pytest.mark.parametrize(
    ("greeting", "speaks", "id"),
    [
        (b"* OK Dovecot ready.\r\n", "imap", "tls.look.starttls_wanted"),
        (b"+OK ready\r\n", "pop3", "tls.look.starttls_wanted"),
        (b"220 mx ESMTP\r\n", "smtp", "tls.look.starttls_wanted"),
        (b"220 FTP server\r\n", "ftp", "tls.look.other_service"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "ssh", "tls.look.other_service"),
        (b"HTTP/1.1 302 Found\r\n", "http", "tls.look.other_service"),
        (b"\x00\x01hm", "other", "tls.look.other_service"),
    ],
)
async def test_no_tls_there(chains: Chains, greeting: bytes, speaks: str, id: str) -> None:
    """A port that speaks something else is told by its first bytes."""
    async with peers.serving(peers.says(greeting)) as peer:
        seen = await look(chains, peer.port)
    assert (seen.outcome, seen.speaks) == (Outcome.FAILED, speaks)
    assert seen.banner == greeting.decode("latin-1").splitlines()[0].replace("\x00", "�").replace("\x01", "�")
    assert ids(seen) == {id}


async def test_starttls_where_tls_begins_at_once(chains: Chains) -> None:
    """--starttls on a port with TLS from the first byte is told apart from silence."""
    with s_server(*chains.good()) as port:
        seen = await look(chains, port, Protocol.IMAP, reply_seconds=1.0)
    assert (seen.speaks, seen.reason) == ("tls", Reason.NOT_THE_PROTOCOL)
    assert ids(seen) == {"tls.look.begins_with_tls"}


async def test_starttls_missing(chains: Chains) -> None:
    """A server that offers no STARTTLS offers no encryption."""
    hello = b"* OK [CAPABILITY IMAP4rev1] hi\r\n"
    async with peers.serving(peers.says(hello)) as peer:
        seen = await look(chains, peer.port, Protocol.IMAP)
    assert ids(seen) == {"tls.starttls_missing"}


async def test_nobody_there(chains: Chains) -> None:
    """A refused connection is no verdict about TLS."""
    with peers.closed_port() as port:
        seen = await look(chains, port)
    assert seen.reason is Reason.CONNECT_REFUSED
    assert ids(seen) == {"net.refused"}
    assert all(f.severity == "unknown" for f in diagnose.tls_findings(seen))


async def test_a_silent_server_ends(chains: Chains) -> None:
    """A server that takes every hello and never answers ends within the limit, and nothing is claimed."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await peers.echo_nothing(reader, writer)

    async with peers.serving(silent) as peer:
        began = time.monotonic()
        seen = await look(chains, peer.port, seconds=2.0, reply_seconds=0.5)
    assert time.monotonic() - began < 4
    assert seen.outcome is not Outcome.OK
    assert not offered(seen)


async def test_partial_is_marked(chains: Chains) -> None:
    """When time runs out what was found stays, and the look says that it is not all."""
    ciphers = tuple(posture.suites.lists(newer=True)[0][:40])
    async with serving(Byhand((0x303,), ciphers, (chains.leaf().der,), pause=0.1)) as port:
        seen = await look(chains, port, seconds=1.5)
    older = seen.version(TlsVersion.TLS12)
    assert seen.partial
    assert seen.took < 3
    assert older.offered
    assert not older.complete
    assert 0 < len(older.ciphers) < 40


async def test_through_a_reroute_every_question_goes_the_same_way(chains: Chains) -> None:
    """The address found first is the one for all questions."""
    with s_server(*chains.good()) as port:
        seen = await look(chains, port)
    assert seen.address == "127.0.0.1"
