"""From a name to a connected stream: addresses, races, re-routes, forbidden networks."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import socket
import time
from collections.abc import AsyncIterator, Callable

import pytest

from mailwright import wire
from mailwright.core import DnsAnswer, DnsStatus, Outcome, Reason, Stage
from mailwright.wire import dial as dialing
from mailwright.wire.dns import Dns
from tests.wire import peers
from tests.wire.peers import serving, silent_port

NAMED = wire.Resolver("127.0.0.1", 9)


class Known(Dns):
    """A DNS whose answers are written down here; a number in front delays one."""

    def __init__(self, settings: wire.Settings, **answers: str | DnsStatus) -> None:
        super().__init__(settings)
        self._known = answers

    async def ask(self, name: str, rdtype: str) -> DnsAnswer:
        known = self._known.get(rdtype, "")
        if isinstance(known, DnsStatus):
            return DnsAnswer(name, rdtype, known)
        delay, _, addresses = known.rpartition(";")
        await asyncio.sleep(float(delay or 0))
        records = tuple(addresses.split())
        return DnsAnswer(name, rdtype, DnsStatus.OK if records else DnsStatus.NODATA, records)


def settings(**changes: object) -> wire.Settings:
    return wire.Settings(**{"resolvers": (NAMED,), "connect_seconds": 2.0, **changes})  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def dialled(
    dns: Dns, chosen: wire.Settings, port: int, host: str = "mail.example.org"
) -> AsyncIterator[wire.Recorder]:
    """Connect, look at the recorder, close."""
    recorder = wire.Recorder(host)
    stream = await dialing.dial(chosen, dns, (host, port), recorder)
    try:
        yield recorder
    finally:
        stream.close()


async def refusal(dns: Dns, chosen: wire.Settings, port: int, host: str = "mail.example.org") -> wire.WireError:
    """How connecting fails."""
    with pytest.raises(wire.WireError) as caught:
        async with dialled(dns, chosen, port, host):
            pass
    return caught.value


def connects(recorder: wire.Recorder) -> list[tuple[object, Outcome, object]]:
    steps = [step for step in recorder.trace().steps if step.kind == "connect"]
    return [(step.fact("address"), step.outcome, step.fact("errno")) for step in steps]


async def test_dead_first_address() -> None:
    """A first address that refuses costs nothing: the second is tried at once, and both are in the trace."""
    async with serving(peers.echo_nothing, host="127.0.0.2") as peer:
        start = time.monotonic()
        chosen = settings()
        async with dialled(Known(chosen, A="127.0.0.3 127.0.0.2"), chosen, peer.port) as recorder:
            assert time.monotonic() - start < dialing.ATTEMPT_DELAY
    assert connects(recorder) == [
        ("127.0.0.3", Outcome.FAILED, "ECONNREFUSED"),
        ("127.0.0.2", Outcome.OK, None),
    ]
    resolved = recorder.trace().last("resolve")
    assert resolved is not None
    assert resolved.fact("addresses") == "127.0.0.3 127.0.0.2"


async def test_silent_first_address() -> None:
    """A first address that never answers delays the second by a quarter of a second, and is given up then."""
    with silent_port("127.0.0.4") as port:
        async with serving(peers.echo_nothing, host="127.0.0.2", port=port):
            start = time.monotonic()
            chosen = settings()
            async with dialled(Known(chosen, A="127.0.0.4 127.0.0.2"), chosen, port) as recorder:
                assert dialing.ATTEMPT_DELAY <= time.monotonic() - start < 1
                await asyncio.sleep(0)
    assert connects(recorder) == [("127.0.0.4", Outcome.CANCELLED, None), ("127.0.0.2", Outcome.OK, None)]


class Connects:
    """Stands in for connecting: gives one end of a pair per address, when told to."""

    def __init__(self) -> None:
        self.made: dict[str, socket.socket] = {}
        self.both = asyncio.Event()
        self._owner = contextlib.ExitStack()

    def pair(self, address: str) -> socket.socket:
        self.made[address], other = socket.socketpair()
        self._owner.callback(other.close)
        return self.made[address]

    async def together(self, address: str, port: int, seconds: float) -> socket.socket:
        found = self.pair(address)
        if len(self.made) == 2:
            self.both.set()
        await self.both.wait()
        return found

    async def in_spite_of_being_cancelled(self, address: str, port: int, seconds: float) -> socket.socket:
        if self.made:
            self.both.set()
        else:
            with contextlib.suppress(asyncio.CancelledError):
                self.made[address] = self.pair(address)
                await asyncio.sleep(60)
        return self.pair(address) if self.both.is_set() and address not in self.made else self.made[address]

    def left_open(self) -> list[str]:
        self._owner.close()
        return [address for address, sock in self.made.items() if sock.fileno() >= 0]


@pytest.mark.parametrize("way", [Connects.together, Connects.in_spite_of_being_cancelled])
async def test_no_loser_keeps_its_socket(monkeypatch: pytest.MonkeyPatch, way: Callable[..., object]) -> None:
    """An address that connects in the same moment as the winner, or after it, is closed again."""
    connects, chosen = Connects(), settings()
    monkeypatch.setattr(dialing, "ATTEMPT_DELAY", 0.01)
    monkeypatch.setattr(dialing, "connect", functools.partial(way, connects))
    async with dialled(Known(chosen, A="192.0.2.1 192.0.2.2"), chosen, 993):
        await asyncio.sleep(0.01)
        assert len(connects.made) == 2
        assert len([sock for sock in connects.made.values() if sock.fileno() >= 0]) == 1
    assert connects.left_open() == []


async def test_cancelled_race_leaves_nothing() -> None:
    """Who is cancelled while connecting leaves no socket behind."""
    chosen = settings()
    recorder = wire.Recorder("test")
    with silent_port("127.0.0.4") as port:
        task = asyncio.create_task(dialing.dial(chosen, Known(chosen), ("127.0.0.4", port), recorder))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
    assert connects(recorder) == [("127.0.0.4", Outcome.CANCELLED, None)]


async def test_all_addresses_fail() -> None:
    """A clear refusal says more than a time-out, whichever came first."""
    chosen = settings(connect_seconds=0.4)
    with silent_port("127.0.0.4") as port:
        error = await refusal(Known(chosen, A="127.0.0.4 127.0.0.3"), chosen, port)
        assert (error.reason, error.stage) == (Reason.CONNECT_REFUSED, Stage.CONNECT)
        error = await refusal(Known(chosen, A="127.0.0.4"), chosen, port)
        assert (error.reason, error.outcome) == (Reason.CONNECT_TIMEOUT, Outcome.TIMEOUT)


async def addresses(dns: Dns, chosen: wire.Settings, host: str = "h") -> list[str]:
    with contextlib.closing(await dialing.resolve(chosen, dns, host)) as found:
        return found.addresses


async def test_ipv6_goes_first() -> None:
    """IPv6 and IPv4 take turns, IPv6 first."""
    chosen = settings()
    found = await addresses(Known(chosen, A="192.0.2.1 192.0.2.2 192.0.2.3", AAAA="::1 ::2"), chosen)
    assert found == ["::1", "192.0.2.1", "::2", "192.0.2.2", "192.0.2.3"]


async def test_slow_family_is_not_waited_for() -> None:
    """An answer for one family goes on after a short wait for the other."""
    chosen = settings()
    start = time.monotonic()
    assert await addresses(Known(chosen, A="192.0.2.1", AAAA="3;::1"), chosen) == ["192.0.2.1"]
    assert await addresses(Known(chosen, A="3;192.0.2.1", AAAA="::1"), chosen) == ["::1"]
    assert time.monotonic() - start < 1
    assert await addresses(Known(chosen, A="0.2;192.0.2.1"), chosen) == ["192.0.2.1"]


async def test_late_family_joins() -> None:
    """When the first family's address fails, the other family's late answer is still waited for, and tried."""
    async with serving(peers.echo_nothing) as peer:
        chosen = settings()
        async with dialled(Known(chosen, A="0.3;127.0.0.1", AAAA="::1"), chosen, peer.port) as recorder:
            pass
    assert connects(recorder) == [("::1", Outcome.FAILED, "ECONNREFUSED"), ("127.0.0.1", Outcome.OK, None)]
    resolved = [step.fact("addresses") for step in recorder.trace().steps if step.kind == "resolve"]
    assert resolved == ["::1", "127.0.0.1"]


async def test_late_family_is_tried_beside_a_silent_one() -> None:
    """A late answer does not wait for the first family's time-out."""
    with silent_port("127.0.0.4") as port:
        async with serving(peers.echo_nothing, host="127.0.0.2", port=port):
            start, chosen = time.monotonic(), settings()
            async with dialled(Known(chosen, A="0.4;127.0.0.2", AAAA="127.0.0.4"), chosen, port) as recorder:
                assert 0.4 <= time.monotonic() - start < 1.5
    assert connects(recorder)[-1] == ("127.0.0.2", Outcome.OK, None)


async def test_late_family_that_arrives_soon_keeps_its_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes while the first attempt is young does not shorten that attempt's head start."""
    tried: list[float] = []

    async def connect(address: str, port: int, seconds: float) -> socket.socket:
        tried.append(time.monotonic())
        await asyncio.sleep(0.6)
        raise ConnectionRefusedError(111, "no")

    monkeypatch.setattr(dialing, "connect", connect)
    chosen = settings()
    await refusal(Known(chosen, A="0.1;192.0.2.1", AAAA="2001:db8::1"), chosen, 993)
    assert dialing.ATTEMPT_DELAY <= tried[1] - tried[0] < 0.5


@pytest.mark.parametrize("late", ["0.2;", "0.2;127.0.0.3"])
async def test_both_families_fail(late: str) -> None:
    """Nothing has failed before both families are through."""
    chosen, start = settings(), time.monotonic()
    with peers.closed_port("127.0.0.3") as port:
        error = await refusal(Known(chosen, A=late, AAAA="127.0.0.3"), chosen, port)
    assert (error.reason, error.stage) == (Reason.CONNECT_REFUSED, Stage.CONNECT)
    assert time.monotonic() - start >= 0.2


async def test_late_answer_is_not_left_behind() -> None:
    """A connection, and a caller who gives up, end the question that is still open."""
    async with serving(peers.echo_nothing) as peer:
        chosen = settings()
        async with dialled(Known(chosen, A="127.0.0.1", AAAA="60;::1"), chosen, peer.port):
            await asyncio.sleep(0)
            assert not [task for task in asyncio.all_tasks() if "Known.ask" in repr(task)]


@pytest.mark.parametrize(("public", "private"), [("A", "AAAA"), ("AAAA", "A")])
async def test_public_only_waits_for_the_public_family(
    monkeypatch: pytest.MonkeyPatch, public: str, private: str
) -> None:
    """A forbidden address that comes first does not decide before the other family is there."""
    tried: list[str] = []

    async def connect(address: str, port: int, seconds: float) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError(111, "no")

    monkeypatch.setattr(dialing, "connect", connect)
    chosen = settings(public_only=True)
    await refusal(Known(chosen, **{public: "0.2;9.9.9.9", private: "10.0.0.1"}), chosen, 993)
    await refusal(Known(chosen, **{public: "9.9.9.9", private: "0.2;10.0.0.1"}), chosen, 993)
    assert tried == ["9.9.9.9", "9.9.9.9"]


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (DnsStatus.NXDOMAIN, Outcome.NO, Reason.DNS_NXDOMAIN),
        (DnsStatus.NODATA, Outcome.NO, Reason.DNS_NODATA),
        (DnsStatus.SERVFAIL, Outcome.FAILED, Reason.DNS_SERVFAIL),
        (DnsStatus.REFUSED, Outcome.FAILED, Reason.DNS_SERVFAIL),
        (DnsStatus.TIMEOUT, Outcome.TIMEOUT, Reason.DNS_TIMEOUT),
    ],
)
async def test_name_that_does_not_resolve(status: DnsStatus, outcome: Outcome, reason: Reason) -> None:
    """Why a name gave no address is kept apart: no, failed, could not tell."""
    chosen = settings()
    error = await refusal(Known(chosen, A=status, AAAA=status), chosen, 993)
    assert (error.outcome, error.reason, error.stage) == (outcome, reason, Stage.RESOLVE)


async def test_hosts_file_is_the_last_resort() -> None:
    """Names that only this system knows are found when no resolver was named."""
    chosen = settings(resolvers=())
    nothing = Known(chosen, A=DnsStatus.NXDOMAIN, AAAA=DnsStatus.NXDOMAIN)
    assert "127.0.0.1" in await addresses(nothing, chosen, "localhost")
    with pytest.raises(wire.WireError):
        await dialing.resolve(settings(), nothing, "localhost")


def silent(*args: object, **kinds: object) -> list[object]:
    time.sleep(1)
    return []


async def test_silent_system_resolver_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system look-up that hangs is not waited for, also not at the end of the program."""
    monkeypatch.setattr(dialing, "SYSTEM_SECONDS", 0.05)
    monkeypatch.setattr(socket, "getaddrinfo", silent)
    chosen = settings(resolvers=())
    start = time.monotonic()
    with pytest.raises(wire.WireError):
        await dialing.resolve(chosen, Known(chosen, A=DnsStatus.NXDOMAIN, AAAA=DnsStatus.NXDOMAIN), "h")
    await asyncio.get_running_loop().shutdown_default_executor()
    assert time.monotonic() - start < 0.5


async def test_machine_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no IPv6 sockets the IPv4 address is used."""
    real = socket.socket

    def no_ipv6(family: int = -1, *rest: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return real(family, *rest)

    async with serving(peers.echo_nothing) as peer:
        monkeypatch.setattr(socket, "socket", no_ipv6)
        chosen = settings()
        async with dialled(Known(chosen, A="127.0.0.1", AAAA="::1"), chosen, peer.port) as recorder:
            pass
    assert connects(recorder)[0] == ("::1", Outcome.FAILED, "EAFNOSUPPORT")


@pytest.mark.parametrize(
    ("rule", "host"),
    [
        ("mail.example.org:993:127.0.0.1:{port}", "mail.example.org"),
        ("mail.example.org::127.0.0.1:{port}", "mail.example.org"),
        (":993:127.0.0.1:{port}", "other.example.org"),
        ("::[::ffff:127.0.0.1]:{port}", "other.example.org"),
    ],
)
async def test_reroutes(rule: str, host: str) -> None:
    """A re-route leads elsewhere, by host, by port or for everything."""
    async with serving(peers.echo_nothing) as peer:
        chosen = settings(reroutes=(wire.Reroute.parse(rule.format(port=peer.port)),))
        async with dialled(Known(chosen), chosen, 993, host) as recorder:
            assert recorder.trace().last("connect") is not None


async def test_reroute_of_another_port_is_not_ours() -> None:
    """A re-route for another port changes nothing."""
    chosen = settings(reroutes=(wire.Reroute.parse("mail.example.org:995:127.0.0.1:1"),))
    assert chosen.route("mail.example.org", 993) == ("mail.example.org", 993)


PRIVATE = (
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:909:909::1", "2002:7f00:1::"),
    *("64:ff9b::10.0.0.1", "64:ff9b:1::9.9.9.9", "64:ff9b:1:ffff::1", "2001:0:7f00:1::1"),
)


@pytest.mark.parametrize("address", PRIVATE)
async def test_public_only_refuses_private_addresses(address: str) -> None:
    """A server's rule holds for literals and for what DNS answers, also for addresses within addresses."""
    chosen = settings(public_only=True)
    rdtype = "AAAA" if ":" in address else "A"
    error = await refusal(Known(chosen, **{rdtype: address}), chosen, 993)
    assert (error.reason, error.outcome) == (Reason.PRIVATE_ADDRESS, Outcome.STOPPED)
    error = await refusal(Known(chosen), chosen, 993, address)
    assert error.reason is Reason.PRIVATE_ADDRESS


async def test_public_only_connects_to_the_address_it_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a mixed answer only the public address is tried, and the name is not asked again (DNS rebinding)."""
    tried: list[str] = []

    async def connect(address: str, port: int, seconds: float) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError(111, "no")

    monkeypatch.setattr(dialing, "connect", connect)
    chosen = settings(public_only=True)
    await refusal(Known(chosen, A="10.0.0.1 9.9.9.9", AAAA="::1"), chosen, 993)
    assert tried == ["9.9.9.9"]


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "64:ff9b::9.9.9.9"])
def test_public_addresses_are_public(address: str) -> None:
    """Public addresses, also those with a public one inside, are let through."""
    assert dialing.is_public(ipaddress.ip_address(address))


async def test_no_socket_left() -> None:
    """That we may open no more files says nothing of any network."""
    resource = pytest.importorskip("resource")
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with serving(peers.echo_nothing) as peer:
        with socket.socket() as next_one:
            free = next_one.fileno()
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, most))
        try:
            error = await refusal(Known(settings(), A="127.0.0.1"), settings(), peer.port)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))
    assert (error.reason, error.outcome, error.stage) == (Reason.NO_SOCKETS, Outcome.FAILED, Stage.CONNECT)
