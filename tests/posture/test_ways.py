"""Ways around: a proxy in between, and a certificate fetched from elsewhere."""

from __future__ import annotations

import asyncio

import pytest
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from mailwright import wire
from mailwright.core import ChainFault, Outcome
from tests.posture.servers import NAME, Chains, look, make, s_server, trusted
from tests.wire import peers


async def _head(reader: asyncio.StreamReader) -> bytes:
    """The first line of a request; the rest of its head is read."""
    first = (await reader.readline()).rstrip()
    while (await reader.readline()).rstrip():
        pass
    return first


@pytest.mark.parametrize("there", [True, False])
async def test_a_fetched_issuer_tells_what_is_missing(chains: Chains, *, there: bool) -> None:
    """Whether an authority is unknown or its certificate only missing is told by fetching it where the chain says."""
    where = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("http://ca.example.org/issuer.der")
    )
    lower = make("Lower", chains.middle, ca=True, more=[x509.AuthorityInformationAccess([where])])
    leaf = make(NAME, lower, names=(NAME,))
    body = chains.middle.der if there else b"gone"
    head = f"HTTP/1.1 {200 if there else 404} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"

    async def web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _head(reader)
        writer.write(head.encode() + body)
        await writer.drain()

    async with peers.serving(web) as site:
        with s_server(*chains.files(leaf, lower)) as port:
            routes = (
                wire.Reroute("ca.example.org", 80, "127.0.0.1", site.port),
                wire.Reroute("", 0, "127.0.0.1", port),
            )
            seen = await look(chains, port, reroutes=routes)
    wanted = ChainFault.INTERMEDIATE if there else ChainFault.UNKNOWN_CA
    assert [problem.fault for problem in seen.chain_problems] == [wanted]


async def test_through_a_proxy(chains: Chains) -> None:
    """Every question goes through the proxy, by name."""
    asked: list[bytes] = []
    with s_server(*chains.good()) as port:

        async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await _head(reader))
            there, back = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            # Whoever gives a connection up resets it.
            try:
                await asyncio.gather(_pump(reader, back), _pump(there, writer), return_exceptions=True)
            finally:
                back.close()

        async with peers.serving(proxy) as peer:
            way = wire.Proxy("http", "127.0.0.1", peer.port)
            seen = await look(chains, port, proxy=way, reroutes=())
    assert seen.outcome is Outcome.OK
    assert trusted(seen)
    assert set(asked) == {f"CONNECT {NAME}:{port} HTTP/1.1".encode()}
    assert len(asked) == seen.connections


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
