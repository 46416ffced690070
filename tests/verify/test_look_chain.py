"""Looks at certificates: what is missing, where it can be had, and what comes without a name."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from mailwright import wire
from mailwright.core import Look, LookKind, Outcome
from tests.verify import papers, seeing
from tests.verify.papers import Paper, paper
from tests.wire.peers import NAME, Handler, echo_nothing, request, says, serving
from tests.wire.peers import web_page as web

AIA = "http://ca.example.net/middle.cer"


class Office:
    """A root that is trusted, two authorities below it, and a server's certificate that leads there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = paper("Root", ca=True)
        self.middle = paper("Middle", self.root, ca=True)
        self.low = paper("Low", self.middle, ca=True, aia=AIA)
        self.leaf = paper(NAME, self.middle, aia=AIA)
        self.file = folder / "root.pem"
        self.file.write_bytes(self.root.pem)

    def bundle(self, *some: Paper) -> bytes:
        return pkcs7.serialize_certificates([one.certificate for one in some], Encoding.DER)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


@asynccontextmanager
async def beside(office: Office, tls: ssl.SSLContext, fetched: Handler | None) -> AsyncIterator[wire.Settings]:
    """A mail server, and a web server that has certificates; without one, a port that refuses."""
    async with serving(echo_nothing, tls=tls) as mail, serving(fetched or echo_nothing) as web_server:
        port = web_server.port if fetched is not None else 9
        routes = (wire.Reroute("ca.example.net", 80, "127.0.0.1", port), wire.Reroute("", 0, "127.0.0.1", mail.port))
        yield replace(seeing.to(mail.port, ca_file=office.file), reroutes=routes)


async def chain(office: Office, tls: ssl.SSLContext, fetched: Handler | None = None) -> Look:
    async with beside(office, tls, fetched) as settings:
        (look,) = await seeing.looked(settings, LookKind.CHAIN, seeing.endpoint())
    return look


@pytest.mark.parametrize("form", ["der", "pem", "bundle"])
async def test_a_missing_intermediate(office: Office, form: str) -> None:
    """A server that sends only its own: the issuer is fetched from where it says, whatever its form."""
    body = {"der": office.middle.der, "pem": office.middle.pem, "bundle": office.bundle(office.middle, office.root)}
    look = await chain(office, papers.context(office.folder, office.leaf), web(body[form]))
    assert seeing.told(look) == {"completed": True, "aia": AIA, "sni_differs": False}
    assert look.tls is not None
    assert [one.subject for one in look.tls.chain] == [f"CN={NAME}"]
    assert not look.tls.verified


async def test_two_are_missing(office: Office) -> None:
    """The one that was fetched may point further."""
    leaf = paper(NAME, office.low, aia="http://ca.example.net/low.cer")

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await request(reader)
        body = office.low.der if b"/low.cer" in asked else office.middle.der
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()

    look = await chain(office, papers.context(office.folder, leaf), both)
    assert look.fact("completed") is True


ELSEWHERE = [
    # the name on the certificate there, whether only public addresses are dialled, how the look ends
    (NAME, False, Outcome.OK),
    ("other.example.net", False, Outcome.NO),
    (NAME, True, Outcome.STOPPED),
]


@pytest.mark.parametrize(("name", "public", "outcome"), ELSEWHERE)
async def test_the_address_that_another_resolver_gives(
    office: Office, name: str, outcome: Outcome, *, public: bool
) -> None:
    """The certificate there is verified for the name, nothing is said behind it, and private addresses stay closed."""
    tls = papers.context(office.folder, paper(name, office.middle), office.middle)
    async with serving(echo_nothing, tls=tls, host="127.0.0.3") as there:
        port = wire.Reroute("", 993, "", there.port)
        nobody = (wire.Resolver("127.0.0.1", 9),)
        settings = wire.Settings(resolvers=nobody, ca_file=office.file, reroutes=(port,), public_only=public)
        (look,) = await seeing.looked(settings, LookKind.PROOF, seeing.endpoint(), "127.0.0.3")
    assert (look.outcome, look.endpoint, seeing.told(look)) == (outcome, seeing.endpoint(), {"address": "127.0.0.3"})
    assert not any(there.got)


async def test_a_host_that_is_led_elsewhere(office: Office) -> None:
    """Where the person says which machine is meant, no resolver's answer is tried."""
    assert await seeing.looked(seeing.to(9), LookKind.PROOF, seeing.endpoint(), "127.0.0.3") == ()


def impostor(office: Office) -> Paper:
    """The name of the issuer on another key."""
    return paper("Middle", office.root, ca=True)


@pytest.mark.parametrize(
    "answer", ["impostor", "stranger", "rubbish", "empty", "too large"],
)  # fmt: skip
async def test_what_is_fetched_does_not_fit(office: Office, answer: str) -> None:
    """A certificate that did not sign this one closes nothing, whatever its name; nor does rubbish."""
    body = {
        "impostor": impostor(office).der,
        "stranger": paper("Stranger", ca=True).der,
        "rubbish": b"\x30\x82\xff\xff" * 30,
        "empty": b"",
        "too large": office.middle.der + bytes(70_000),
    }[answer]
    look = await chain(office, papers.context(office.folder, office.leaf), web(body))
    assert look.fact("completed") is False


async def test_an_issuer_nobody_knows(office: Office) -> None:
    """An authority of somebody's own is fetched and stays unknown; it is not trusted for being sent."""
    own_root = paper("Own", ca=True)
    own = paper("Middle of their own", own_root, ca=True)
    leaf = paper(NAME, own, aia=AIA)
    look = await chain(office, papers.context(office.folder, leaf), web(office.bundle(own, own_root)))
    assert look.fact("completed") is False


@pytest.mark.parametrize("status", [None, b"404 Not Found", b"503 Busy"])
async def test_the_issuer_cannot_be_had(office: Office, status: bytes | None) -> None:
    """That the place does not answer is not a no."""
    fetched = web(b"", status) if status is not None else None
    look = await chain(office, papers.context(office.folder, office.leaf), fetched)
    assert (look.fact("completed"), look.fact("aia")) == (None, AIA)


async def test_nothing_is_missing(office: Office) -> None:
    """Of a whole chain nothing is fetched and nothing said, also where the name is wrong."""
    leaf = paper("other.example.org", office.middle, aia=AIA)
    look = await chain(office, papers.context(office.folder, leaf, office.middle))
    assert (look.fact("completed"), look.fact("aia")) == (None, "")


@pytest.mark.parametrize("root_sent", [True, False])
async def test_no_place_is_named(office: Office, *, root_sent: bool) -> None:
    """Where no certificate says where its issuer can be had, nothing leads to a known one."""
    own = paper("Own", ca=True)
    sent = papers.context(office.folder, paper(NAME, own), own) if root_sent else None
    look = await chain(office, sent or papers.context(office.folder, paper(NAME, office.middle)))
    assert (look.fact("completed"), look.fact("aia")) == (False, "")


async def test_another_certificate_without_a_name(office: Office) -> None:
    """A server with several certificates shows another one to a client that names no host."""
    default = papers.context(office.folder, paper("default.example.org", office.middle), office.middle)
    named = papers.context(office.folder, office.leaf, office.middle)

    def choose(sock: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        if name == NAME:
            sock.context = named

    default.set_servername_callback(choose)  # type: ignore[arg-type]
    look = await chain(office, default)
    assert look.fact("sni_differs") is True
    assert look.tls is not None
    assert look.tls.chain[0].names == (NAME,)


async def test_no_handshake_no_chain() -> None:
    """Where TLS is not spoken, nothing is said of certificates."""
    async with serving(says(b"* OK ready\r\n")) as peer:
        (look,) = await seeing.looked(seeing.to(peer.port), LookKind.CHAIN, seeing.endpoint())
    assert look.outcome is Outcome.FAILED
    assert look.facts == ()
