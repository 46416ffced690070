"""DNS against a responder on loopback: yes, no and "could not tell" stay apart."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import socket
import time
import weakref
from collections.abc import AsyncIterator, Callable
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import wire
from mailwright.core import DnsAnswer, DnsStatus, Mx, Srv
from mailwright.wire import dns as asking

Answer = Callable[[dns.message.Message], "dns.message.Message | bytes | None"]


class Responder(asyncio.DatagramProtocol):
    """Answers over UDP and TCP. `asked`: how often, and over what."""

    def __init__(self, over_udp: Answer, over_tcp: Answer) -> None:
        self._udp, self._tcp = over_udp, over_tcp
        self.asked: list[str] = []
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append("udp")
        answer = self._udp(dns.message.from_wire(data))
        if answer is not None:
            self.transport.sendto(answer if isinstance(answer, bytes) else answer.to_wire(), addr)

    async def stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            data = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
            self.asked.append("tcp")
            answer = self._tcp(dns.message.from_wire(data))
            if answer is not None:
                writer.write(
                    answer if isinstance(answer, bytes) else answer.to_wire(prepend_length=True, max_size=65535)
                )
                await writer.drain()
            await reader.read()
        writer.transport.abort()


@contextlib.asynccontextmanager
async def responding(over_udp: Answer, over_tcp: Answer | None = None) -> AsyncIterator[Responder]:
    """A responder on one port for both, until the end of the block."""
    responder = Responder(over_udp, over_tcp or over_udp)
    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(responder.stream, "127.0.0.1", 0)
    responder.port = server.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(lambda: responder, local_addr=("127.0.0.1", responder.port))
    try:
        yield responder
    finally:
        transport.close()
        server.close()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def opened(*ports: int, seconds: float = 5.0, trust_ad: bool = False) -> AsyncIterator[asking.Dns]:
    resolvers = tuple(wire.Resolver("127.0.0.1", port) for port in ports)
    found = asking.Dns(wire.Settings(resolvers=resolvers, trust_ad=trust_ad, dns_seconds=seconds))
    try:
        yield found
    finally:
        await found.close()


async def asked(over_udp: Answer, name: str = "example.org", rdtype: str = "A", *, trust_ad: bool = False) -> DnsAnswer:
    async with responding(over_udp) as responder, opened(responder.port, trust_ad=trust_ad) as found:
        return await found.ask(name, rdtype)


def gives(*lines: str, rcode: str = "NOERROR", flags: str = "") -> Answer:
    """Answers every question with these records."""

    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.from_text(rcode))
        response.flags |= dns.flags.from_text(flags)
        response.answer += [record(line) for line in lines]
        return response

    return answer


def record(line: str) -> dns.rrset.RRset:
    name, ttl, rdclass, rdtype, data = line.split(" ", 4)
    return dns.rrset.from_text(name, int(ttl), rdclass, rdtype, data)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (gives("example.org. 60 IN A 192.0.2.1"), DnsStatus.OK),
        (gives(rcode="NXDOMAIN"), DnsStatus.NXDOMAIN),
        (gives(), DnsStatus.NODATA),
        (gives("example.org. 60 IN AAAA ::1"), DnsStatus.NODATA),
        (gives(rcode="SERVFAIL"), DnsStatus.SERVFAIL),
        (gives(rcode="REFUSED"), DnsStatus.REFUSED),
        (gives(rcode="NOTIMP"), DnsStatus.REFUSED),
    ],
)
async def test_how_a_question_ends(answer: Answer, status: DnsStatus) -> None:
    """Each way to answer has its own status."""
    found = await asked(answer)
    assert (found.status, found.server) == (status, "127.0.0.1")


async def test_records() -> None:
    """MX, SRV, TXT and CNAME become values; the strings of one TXT record are joined."""
    found = await asked(
        gives("example.org. 60 IN MX 20 B.Example.", "example.org. 60 IN MX 10 a.example."), rdtype="MX"
    )
    assert found.mx() == (Mx(10, "a.example"), Mx(20, "b.example"))
    found = await asked(gives("_imaps._tcp.example.org. 60 IN SRV 0 1 993 ."), "_imaps._tcp.example.org", "SRV")
    assert found.srv() == (Srv(0, 1, 993, "."),)
    found = await asked(gives('example.org. 60 IN TXT "v=spf1 " "-all" "\\200"'), rdtype="TXT")
    assert found.text() == ("v=spf1 -all\ufffd",)
    found = await asked(gives("example.org. 60 IN MX 0 ."), rdtype="MX")
    assert found.mx() == (Mx(0, "."),)


async def test_cname_chain() -> None:
    """A chain of aliases is followed to its end, which is told."""
    lines = (
        "www.example.org. 60 IN CNAME a.example.",
        "a.example. 60 IN CNAME b.example.",
        "b.example. 60 IN A 192.0.2.9",
    )
    found = await asked(gives(*lines), "www.example.org")
    assert (found.text(), found.canonical) == (("192.0.2.9",), "b.example")


async def test_cname_loop() -> None:
    """Aliases that lead in a circle are the resolver's failure, as they are for others."""
    found = await asked(gives("example.org. 60 IN CNAME a.example.", "a.example. 60 IN CNAME example.org."))
    assert found.status is DnsStatus.SERVFAIL


@pytest.mark.parametrize("rcode", ["FORMERR", "NOTIMP"])
async def test_resolver_of_before_edns(rcode: str) -> None:
    """A resolver that does not understand EDNS is asked once more without."""
    seen: list[int] = []

    def old(query: dns.message.Message) -> dns.message.Message:
        seen.append(query.edns)
        good = gives("example.org. 60 IN A 192.0.2.1", flags="AD" if query.flags & dns.flags.AD else "")
        return cast("dns.message.Message", (gives(rcode=rcode) if query.edns >= 0 else good)(query))

    found = await asked(old, trust_ad=True)
    assert (found.text(), found.signed, seen) == (("192.0.2.1",), True, [0, -1])


async def test_refusals_are_not_asked_again_without_edns() -> None:
    """Other answers have nothing to do with EDNS, and a second FORMERR is an answer."""
    async with responding(gives(rcode="REFUSED")) as responder, opened(responder.port) as found:
        await found.ask("example.org", "A")
    assert len(responder.asked) == 2  # each resolver twice around
    async with responding(gives(rcode="FORMERR")) as responder, opened(responder.port) as found:
        assert (await found.ask("example.org", "A")).status is DnsStatus.REFUSED
    assert len(responder.asked) == 4


async def test_timeout() -> None:
    """A silent resolver is a time-out within the time allowed, also when there are several."""
    start = time.monotonic()
    async with responding(lambda query: None) as silent, opened(silent.port, silent.port, seconds=0.3) as found:
        answer = await found.ask("example.org", "A")
    assert answer.status is DnsStatus.TIMEOUT
    assert not answer.status.told
    assert time.monotonic() - start < 1


async def test_second_resolver_helps() -> None:
    """A resolver that fails is followed by the next, which may know."""
    good = gives("example.org. 60 IN A 192.0.2.1")
    async with (
        responding(gives(rcode="SERVFAIL")) as bad,
        responding(good) as fine,
        opened(bad.port, fine.port) as found,
    ):
        assert (await found.ask("example.org", "A")).text() == ("192.0.2.1",)


async def test_truncated_answer_goes_over_tcp() -> None:
    """An answer that does not fit is asked for again over TCP, and bounded."""
    many = gives(*(f"example.org. 60 IN A 192.0.2.{number}" for number in range(200)))
    async with responding(gives(flags="TC"), many) as responder, opened(responder.port) as found:
        answer = await found.ask("example.org", "A")
    assert responder.asked == ["udp", "tcp"]
    assert len(answer.records) == asking.MAX_RECORDS


async def test_tcp_that_stalls() -> None:
    """A TCP answer that announces more than it sends is a time-out."""
    stalling = responding(gives(flags="TC"), lambda query: b"\xff\xff\x00")
    async with stalling as responder, opened(responder.port, seconds=0.3) as found:
        assert (await found.ask("example.org", "A")).status is DnsStatus.TIMEOUT


async def test_huge_text_is_bounded() -> None:
    """A TXT record of any size is cut."""
    strings = " ".join(['"' + "x" * 255 + '"'] * 100)
    huge = responding(gives(flags="TC"), gives(f"example.org. 60 IN TXT {strings}"))
    async with huge as responder, opened(responder.port) as found:
        assert len((await found.ask("example.org", "TXT")).text()[0]) == asking.MAX_TXT


async def test_wrong_id_is_ignored() -> None:
    """A forged answer with another number does not stop the real one."""
    async with responding(lambda query: None) as responder:

        def forging(data: bytes, addr: tuple[str, int]) -> None:
            forged, real = two_answers(data)
            forged.id ^= 1
            for packet in (forged.to_wire(), b"\x00", real.to_wire()):
                responder.transport.sendto(packet, addr)

        responder.datagram_received = forging  # type: ignore[method-assign]
        async with opened(responder.port) as found:
            assert (await found.ask("example.org", "A")).text() == ("192.0.2.1",)


def two_answers(data: bytes) -> tuple[dns.message.Message, dns.message.Message]:
    """A forged answer and the real one."""
    query = dns.message.from_wire(data)
    forged, real = (gives(f"example.org. 60 IN A {ip}")(query) for ip in ("203.0.113.66", "192.0.2.1"))
    assert isinstance(forged, dns.message.Message)
    assert isinstance(real, dns.message.Message)
    return forged, real


async def test_wrong_source_is_ignored() -> None:
    """An answer from another port does not count."""
    async with responding(lambda query: None) as responder:

        def forging(data: bytes, addr: tuple[str, int]) -> None:
            forged, real = two_answers(data)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(forged.to_wire(), addr)
            responder.transport.sendto(real.to_wire(), addr)

        responder.datagram_received = forging  # type: ignore[method-assign]
        async with opened(responder.port) as found:
            assert (await found.ask("example.org", "A")).text() == ("192.0.2.1",)


@pytest.mark.parametrize("trust_ad", [True, False])
@pytest.mark.parametrize("flags", ["AD", ""])
async def test_ad_of_a_named_resolver(flags: str, *, trust_ad: bool) -> None:
    """The AD bit of a resolver the person named counts when they vouch for it: anyone can set it on the way."""
    found = await asked(gives("example.org. 60 IN A 192.0.2.1", flags=flags), trust_ad=trust_ad)
    assert found.signed is (flags == "AD" and trust_ad)


@pytest.mark.parametrize("server", ["192.0.2.53", "127.0.0.53", "::1"])
@pytest.mark.parametrize("vouched", [True, False])
@pytest.mark.parametrize("trust_ad", [True, False])
async def test_ad_of_a_system_resolver(
    monkeypatch: pytest.MonkeyPatch, server: str, *, vouched: bool, trust_ad: bool
) -> None:
    """Of the system's resolvers it counts if resolv.conf has trust-ad or the person vouches; loopback is no reason."""
    counted: list[bool] = []

    async def one_try(query: dns.message.Message, asked: wire.Resolver, *, signed_counts: bool) -> DnsAnswer:
        counted.append(signed_counts)
        return DnsAnswer("example.org", "A", DnsStatus.NODATA)

    monkeypatch.setattr(asking, "system_resolvers", lambda: ((wire.Resolver(server),), vouched))
    monkeypatch.setattr(asking, "_one_try", one_try)
    async with opened(trust_ad=trust_ad) as found:
        await found.ask("example.org", "A")
    assert counted == [vouched or trust_ad]


async def test_one_question_for_many_who_ask() -> None:
    """The same question is asked once, however many wait for it, in whatever spelling."""
    async with responding(gives("example.org. 60 IN A 192.0.2.1")) as responder, opened(responder.port) as found:
        await asyncio.gather(*(found.ask(name, "A") for name in ("example.org", "Example.ORG.", "example.org")))
        await found.ask("example.org", "A")
    assert responder.asked == ["udp"]


async def test_who_stops_waiting_takes_nothing_from_others() -> None:
    """One caller's cancellation leaves the answer to the others."""
    async with responding(gives("example.org. 60 IN A 192.0.2.1")) as responder, opened(responder.port) as found:
        hasty = asyncio.create_task(found.ask("example.org", "A"))
        patient = asyncio.create_task(found.ask("example.org", "A"))
        await asyncio.sleep(0)
        hasty.cancel()
        assert (await patient).status is DnsStatus.OK


async def test_closing_ends_open_questions() -> None:
    """Closing while a question is open leaves no task behind."""
    async with responding(lambda query: None) as responder, opened(responder.port) as found:
        waiting = asyncio.create_task(found.ask("example.org", "A"))
        await asyncio.sleep(0.05)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many answers are remembered, and what is forgotten is ended at the close too."""
    monkeypatch.setattr(asking, "REMEMBERED", 8)
    async with responding(gives(rcode="NXDOMAIN")) as responder, opened(responder.port) as found:
        for number in range(30):
            await found.ask(f"n{number}.example.org", "A")
        assert len(found._answers) <= 8


async def test_whoever_asks_is_not_kept() -> None:
    """An answer that is remembered does not keep alive what was around when it was asked for."""

    class Thing:
        """Something large."""

    variable: contextvars.ContextVar[Thing] = contextvars.ContextVar("thing")

    async def asking_with_a_thing(found: asking.Dns) -> weakref.ref[Thing]:
        thing = Thing()
        variable.set(thing)
        await found.ask("example.org", "A")
        return weakref.ref(thing)

    async with responding(gives(rcode="NXDOMAIN")) as responder, opened(responder.port) as found:
        kept = await asyncio.create_task(asking_with_a_thing(found))
        await asyncio.sleep(0)  # the loop lets go of the task
        gc.collect()
        assert kept() is None


async def test_names_dns_cannot_hold() -> None:
    """A name that is no name does not exist, and nobody is asked."""
    async with responding(gives()) as responder, opened(responder.port) as found:
        for name in ("a..b", "x" * 64 + ".org", ".".join(["x" * 60] * 5)):
            assert (await found.ask(name, "A")).status is DnsStatus.NXDOMAIN
    assert responder.asked == []


async def test_unreachable_resolver() -> None:
    """A resolver nobody listens at is a failure of ours to tell, not a no."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    async with opened(port, seconds=0.3) as found:
        assert not (await found.ask("example.org", "A")).status.told


@settings(max_examples=100)
@given(st.binary(max_size=80), st.integers(0, 15))
def test_any_answer_is_an_answer(noise: bytes, rcode: int) -> None:
    """Whatever a resolver sends behind the right number raises nothing."""
    query = dns.message.make_query("example.org", "TXT")
    head = query.id.to_bytes(2) + bytes((0x81, 0x80 | rcode)) + b"\x00\x01\x00\x01\x00\x00\x00\x00"
    question = query.to_wire()[12:]
    with contextlib.suppress(dns.exception.DNSException):
        response = dns.message.from_wire(head + question + b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c" + noise)
        assert asking._read(response, "example.org", "TXT", signed_counts=True).name == "example.org"
