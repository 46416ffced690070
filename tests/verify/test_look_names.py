"""Looks at names, addresses, block lists and other ports."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import pytest

from mailwright import verify, wire
from mailwright.core import Endpoint, Look, LookKind, Outcome, Wanted
from mailwright.verify import look_network
from mailwright.wire import peek
from tests.verify import seeing
from tests.verify.resolving import resolver
from tests.wire.peers import NAME, Pki, closed_port, echo_nothing, imap_greeting, says, serving, silent_port

GOOD = {(NAME, "A"): ("192.0.2.1", "192.0.2.2"), (NAME, "AAAA"): ("2001:db8::1",)}


async def names(table: Mapping[tuple[str, str], str | tuple[str, ...]], about: str = "") -> tuple[Look, ...]:
    """What a broken resolver and a good one say of NAME."""
    async with resolver(table) as mine, resolver(GOOD) as other:
        settings = wire.Settings(resolvers=(mine,))
        return await seeing.looked(settings, LookKind.NAMES, seeing.endpoint(), about, second=(other,))


STATUSES = [
    ({}, "nodata", "nodata", Outcome.OK),
    ({(NAME, "A"): "nxdomain", (NAME, "AAAA"): "nxdomain"}, "nxdomain", "nxdomain", Outcome.OK),
    ({(NAME, "A"): "servfail", (NAME, "AAAA"): "servfail"}, "servfail", "servfail", Outcome.FAILED),
    ({(NAME, "A"): "refused", (NAME, "AAAA"): "refused"}, "refused", "refused", Outcome.FAILED),
    ({(NAME, "A"): "silent", (NAME, "AAAA"): "silent"}, "timeout", "timeout", Outcome.TIMEOUT),
    ({(NAME, "A"): ("192.0.2.9",), (NAME, "AAAA"): "silent"}, "ok", "timeout", Outcome.OK),
]


@pytest.mark.parametrize(("table", "a", "aaaa", "outcome"), STATUSES, ids=[f"{a} {b}" for _, a, b, _ in STATUSES])
async def test_two_resolvers(
    monkeypatch: pytest.MonkeyPatch, table: dict[tuple[str, str], str], a: str, aaaa: str, outcome: Outcome
) -> None:
    """What each resolver says of each family stands for itself; a time-out is not a no, and spoils nothing else."""
    monkeypatch.setattr(look_network, "NAME_SECONDS", 0.5)
    mine, other = await names(table)
    assert (mine.fact("resolver"), mine.fact("a"), mine.fact("aaaa"), mine.outcome) == ("system", a, aaaa, outcome)
    assert str(other.fact("resolver")).startswith("127.0.0.1:")
    assert (other.fact("a"), other.fact("aaaa"), other.outcome) == ("ok", "ok", Outcome.OK)
    assert sorted(str(other.fact("addresses")).split()) == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
    assert {mine.subject, other.subject} == {NAME}


@pytest.mark.parametrize(("about", "asked"), [("system", ["system"]), ("second", ["127.0.0.1"])])
async def test_one_resolver(about: str, asked: list[str]) -> None:
    """Only the one that was meant is asked."""
    assert [str(look.fact("resolver")).partition(":")[0] for look in await names(GOOD, about)] == asked


@pytest.mark.parametrize("host", ["mail.corp", "imap.auto.test", "nas.local", "mx.home.arpa"])
async def test_public_resolvers_do_not_know_private_names(host: str) -> None:
    """A name of a private network is not told to a public resolver; one beside us may know it."""
    async with resolver({(host, "A"): ("192.0.2.7",)}) as mine:
        settings = wire.Settings(resolvers=(mine,))
        second = (*wire.SECOND_RESOLVERS, mine)
        looks = await seeing.looked(settings, LookKind.NAMES, seeing.endpoint(host=host), second=second)
    assert [look.fact("resolver") for look in looks] == ["system", f"127.0.0.1:{mine.port}"]


async def test_a_name_without_a_server() -> None:
    """A bare name is looked up too; an address is not."""
    async with resolver({("example.org", "A"): ("192.0.2.7",)}) as mine:
        settings = wire.Settings(resolvers=(mine,))
        (look,) = await seeing.looked(settings, LookKind.NAMES, about="example.org")
        assert (look.subject, look.fact("addresses")) == ("example.org", "192.0.2.7")
        assert await seeing.looked(settings, LookKind.NAMES, seeing.endpoint(host="192.0.2.1")) == ()


async def addresses(port: int, *records: str, **changes: object) -> dict[str, Look]:
    """Each address of NAME, dialled at `port`."""
    table = {
        (NAME, "A"): tuple(r for r in records if ":" not in r),
        (NAME, "AAAA"): tuple(r for r in records if ":" in r),
    }
    async with resolver(table) as mine:
        settings = wire.Settings(resolvers=(mine,), **changes)  # type: ignore[arg-type]
        looks = await seeing.looked(settings, LookKind.ADDRESS, seeing.endpoint(port))
    return {look.subject: look for look in looks}


async def test_every_address() -> None:
    """Each address is dialled, not only those before the first that works, and says how it ended."""
    async with serving(echo_nothing, host="127.0.0.2") as peer:
        looks = await addresses(peer.port, "127.0.0.2", "127.0.0.3", "::1")
    facts = {address: (look.outcome, look.fact("family"), look.fact("errno")) for address, look in looks.items()}
    assert facts == {
        "127.0.0.2": (Outcome.OK, 4, ""), "127.0.0.3": (Outcome.NO, 4, "ECONNREFUSED"),
        "::1": (Outcome.NO, 6, "ECONNREFUSED"),
    }  # fmt: skip
    assert {(look.fact("host"), look.fact("port")) for look in looks.values()} == {(NAME, peer.port)}


async def test_a_port_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that never answers has timed out, which is no refusal."""
    monkeypatch.setattr(look_network, "ADDRESS_SECONDS", 0.4)
    with silent_port() as port:
        looks = await addresses(port, "127.0.0.1")
    assert (looks["127.0.0.1"].outcome, looks["127.0.0.1"].fact("errno")) == (Outcome.TIMEOUT, "")


async def test_only_public_addresses() -> None:
    """Where private addresses are forbidden none is dialled, nor by any other look."""
    async with serving(says(b"* OK ready\r\n")) as peer:
        assert await addresses(peer.port, "127.0.0.1", public_only=True) == {}
        table = {(NAME, "A"): ("127.0.0.1",)}
        async with resolver(table) as mine:
            settings = wire.Settings(resolvers=(mine,), public_only=True)
            kinds = [kind for kind in LookKind if kind not in (LookKind.NAMES, LookKind.BLOCKLIST, LookKind.OWNER)]
            async with wire.World(settings) as world:
                wanted = [Wanted(kind, seeing.endpoint(peer.port)) for kind in kinds]
                await verify.looks(wanted, world)
    assert peer.got == []


async def test_behind_a_proxy_there_are_no_addresses() -> None:
    """A proxy looks names up by itself: what we would see is not what it sees."""
    by = wire.Proxy.parse("socks5://127.0.0.1:9")
    assert await addresses(993, "127.0.0.1", proxy=by) == {}
    assert await seeing.looked(seeing.to(9, proxy=by), LookKind.SMALL, seeing.endpoint()) == ()


async def test_an_address_that_was_typed() -> None:
    """A host that is an address is dialled without a question."""
    async with serving(echo_nothing) as peer:
        settings = wire.Settings(resolvers=(wire.Resolver("127.0.0.1", 9),))
        looks = await seeing.looked(settings, LookKind.ADDRESS, seeing.endpoint(peer.port, host="127.0.0.1"))
    assert [(look.subject, look.outcome) for look in looks] == [("127.0.0.1", Outcome.OK)]


LISTED = "1.2.0.192.list.example"
LISTINGS = [
    (("127.0.0.2",), Outcome.OK), (("127.0.0.4", "127.0.0.11"), Outcome.OK), ("nxdomain", Outcome.NO),
    ((), Outcome.NO), (("127.255.255.254",), Outcome.FAILED), (("127.0.0.2", "127.255.255.255"), Outcome.FAILED),
    (("203.0.113.80",), Outcome.FAILED), ("servfail", Outcome.FAILED), ("refused", Outcome.FAILED),
]  # fmt: skip


@pytest.mark.parametrize(("records", "outcome"), LISTINGS)
async def test_block_lists(records: tuple[str, ...] | str, outcome: Outcome) -> None:
    """Listed, not listed, and "will not tell you" are three answers; a stranger's address is none of them."""
    asked: list[tuple[str, str]] = []
    table = {(LISTED, "A"): records, (LISTED, "TXT"): ('"https://list.example/why?192.0.2.1"',)}
    async with resolver(table, asked) as mine:
        settings = wire.Settings(resolvers=(mine,), blocklists=("list.example",))
        (look,) = await seeing.looked(settings, LookKind.BLOCKLIST, about="192.0.2.1")
    assert (look.subject, look.outcome, look.fact("list")) == ("192.0.2.1", outcome, "list.example")
    codes = records if isinstance(records, tuple) else ()
    assert look.fact("codes") == " ".join(sorted(codes))
    assert look.fact("text") == ("https://list.example/why?192.0.2.1" if codes else "")
    assert ((LISTED, "TXT") in asked) is bool(codes)


async def test_block_lists_of_version_six() -> None:
    """RFC 5782 §2.4: an IPv6 address is asked for by its digits, backwards."""
    asked: list[tuple[str, str]] = []
    async with resolver({}, asked) as mine:
        settings = wire.Settings(resolvers=(mine,), blocklists=("list.example",))
        await seeing.looked(settings, LookKind.BLOCKLIST, about="2001:db8::1")
    assert asked[0][0] == "1." + "0." * 23 + "8.b.d.0.1.0.0.2.list.example"


@pytest.mark.parametrize("about", ["10.1.2.3", "192.168.1.1", "127.0.0.1", "169.254.169.254", "fd00::1"])
@pytest.mark.parametrize("kind", [LookKind.BLOCKLIST, LookKind.OWNER])
async def test_nobody_outside_is_asked_about_a_private_address(kind: LookKind, about: str) -> None:
    """A server may name any address; lists and registries of the whole world are asked about its addresses only."""
    assert await seeing.looked(wire.Settings(resolvers=(wire.Resolver("9.9.9.9"),)), kind, about=about) == ()
    assert await seeing.looked(wire.Settings(), kind, about=about) == ()


@pytest.mark.parametrize("about", ["", "example.org", "192.0.2.1/../x", "999.1.1.1"])
@pytest.mark.parametrize("kind", [LookKind.BLOCKLIST, LookKind.OWNER])
async def test_only_addresses_are_asked_for(kind: LookKind, about: str) -> None:
    """Nothing that is no address is put into a question."""
    assert await seeing.looked(wire.Settings(resolvers=(wire.Resolver("127.0.0.1", 9),)), kind, about=about) == ()


@contextlib.asynccontextmanager
async def served(pki: Pki) -> AsyncIterator[wire.Settings]:
    """NAME with IMAP over TLS at 993 and POP3 in the clear at 110; nothing else."""
    async with (
        serving(imap_greeting, tls=pki.server()) as imap,
        serving(says(b"+OK ready\r\n", b"-ERR no\r\n", b"+OK bye\r\n")) as pop3,
    ):
        with closed_port() as closed:
            ports = {993: imap.port, 110: pop3.port}
            routes = [wire.Reroute("", port, "127.0.0.1", to) for port, to in ports.items()]
            yield seeing.to(closed, ca_file=pki.file, reroutes=(*routes, wire.Reroute("", 0, "127.0.0.1", closed)))


PORTS = [
    (143, "starttls", "imap", "", {"993 tls": Outcome.OK, "143 tls": Outcome.FAILED}),
    (143, "none", "imap", "", {"993 tls": Outcome.OK, "143 starttls": Outcome.FAILED, "143 tls": Outcome.FAILED}),
    (993, "tls", "imap", "", {"143 starttls": Outcome.FAILED, "993 starttls": Outcome.TIMEOUT}),
    (995, "tls", "pop3", "", {"110 starttls": Outcome.STOPPED, "995 starttls": Outcome.FAILED}),
    (587, "starttls", "smtp", "25", {"25 tls": Outcome.FAILED, "25 starttls": Outcome.FAILED}),
    (587, "starttls", "smtp", "services", {
        "465 tls": Outcome.FAILED, "993 tls": Outcome.OK, "143 starttls": Outcome.FAILED,
        "995 tls": Outcome.FAILED, "110 starttls": Outcome.STOPPED,
    }),
]  # fmt: skip


@pytest.mark.parametrize(("port", "security", "protocol", "about", "expected"), PORTS)
async def test_other_ports(
    pki: Pki, monkeypatch: pytest.MonkeyPatch, port: int, security: str, protocol: str, about: str,
    expected: dict[str, Outcome],
) -> None:  # fmt: skip
    """The other ports and modes are tried, over good TLS or not at all; those of other protocols only on request."""
    monkeypatch.setattr(peek, "ANSWER_SECONDS", 1.0)
    async with served(pki) as settings:
        here = seeing.endpoint(port, security, protocol)
        looks = await seeing.looked(settings, LookKind.PORT, here, about)
    assert {_pair(look.endpoint): look.outcome for look in looks} == expected
    for look in looks:
        assert look.endpoint is not None
        assert look.fact("security") == look.endpoint.security.value
        assert look.fact("speaks") == (look.endpoint.protocol.value if look.outcome is Outcome.OK else "")
        assert (look.tls is not None and look.tls.verified) is (look.outcome is Outcome.OK)


def _pair(endpoint: Endpoint | None) -> str:
    assert endpoint is not None
    return f"{endpoint.port} {endpoint.security.value}"


async def test_no_connection_is_left_open(pki: Pki) -> None:
    """A port that was tried is left politely: nothing waits there that would count against a sign-in."""
    ended = asyncio.Event()

    async def noting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await imap_greeting(reader, writer)
        ended.set()

    async with serving(noting, tls=pki.server()) as peer:
        settings = seeing.to(peer.port, ca_file=pki.file, reply_seconds=1.0)
        async with wire.World(settings) as world:
            await verify.looks([Wanted(LookKind.PORT, seeing.endpoint(143, "starttls"))], world, seconds=3.0)
            await asyncio.wait_for(ended.wait(), 2.0)
    assert b"LOGOUT" in peer.everything
    assert b"LOGIN" not in peer.everything
