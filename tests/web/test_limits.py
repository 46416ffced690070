"""How much anyone may ask."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_network

import pytest

from mailwright import web, wire
from mailwright.web import client, face, stream
from mailwright.web.limits import HOUR, Buckets, Places, SignIns
from tests.web.asking import Site


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_fills_again() -> None:
    """A bucket gives its tokens at once, then one at a time as it fills; each key has its own."""
    clock = Clock()
    buckets = Buckets(6, clock)
    assert [buckets.take("a") for _ in range(6)] == [0.0] * 6
    assert buckets.take("a") == pytest.approx(10.0)
    assert buckets.take("b") == 0.0
    clock.now = 10.0
    assert buckets.take("a") == 0.0
    assert buckets.take("a") > 0


def test_a_mailbox_is_spared() -> None:
    """Attempts are set aside before they are made; what failed counts for an hour, and nothing else does."""
    clock = Clock()
    sign_ins = SignIns(4, clock)
    assert sign_ins.begin(["li", "li host"]) == 0.0
    assert sign_ins.begin(["li"]) == 0.0
    assert 0 < sign_ins.begin(["li"]) < HOUR
    sign_ins.end(["li", "li host"], 2)
    assert sign_ins.begin(["li"]) > 0
    sign_ins.end(["li"], 1)
    assert sign_ins.begin(["li"]) == pytest.approx(HOUR)
    assert sign_ins.begin(["li host"]) == 0.0
    clock.now = HOUR + 1
    assert sign_ins.begin(["li"]) == 0.0


def test_sign_ins_that_went_well() -> None:
    """However many attempts succeed, none of them counts; only what runs at the same time has its place."""
    sign_ins = SignIns(4, Clock())
    for _ in range(20):
        assert sign_ins.begin(["li"]) == 0.0
        sign_ins.end(["li"], 0)
    assert [sign_ins.begin(["li"]) > 0 for _ in range(3)] == [False, False, True]


def test_all_or_none() -> None:
    """Where one of several buckets is empty, the others keep what they have."""
    buckets = Buckets(2, Clock())
    assert buckets.take_all({"a": 1, "b": 1}) == 0.0
    assert buckets.take("a") == 0.0
    assert buckets.take_all({"a": 1, "b": 1, "c": 1}) > 0
    assert [buckets.take("b"), buckets.take("b") > 0] == [0.0, True]
    assert buckets.take_all({"c": 2}) == 0.0
    assert buckets.take("c") > 0


def test_places() -> None:
    """Under each key so many at a time; where one has no place, none is taken, and what is left is free again."""
    places = Places()
    first = places.take({"list": 2, "client": 3})
    second = places.take({"list": 2, "client": 3})
    assert first is not None
    assert second is not None
    assert places.take({"client": 3, "list": 2}) is None
    third = places.take({"other": 1, "client": 3})
    assert third is not None
    with third:
        assert places.take({"client": 3}) is None
    first.close()
    assert places.take({"list": 2}) is not None


async def test_a_client_that_asks_too_often(alone: web.Options) -> None:
    """More than a minute's worth is refused with the time after which it may go on; others are served."""
    async with Site(replace(alone, client_per_minute=2)) as site:
        first = [(await site.form("/check", {"address": f"a@b{n}.test"})).status for n in range(3)]
        assert first == [303, 303, 429]
        refused = await site.json("/api/v1/setup", {"address": "a@b9.test"})
        assert (refused.status, refused.json()["problem"]) == (429, "web.too_many")
        assert (
            int(refused.headers["Retry-After"] if "Retry-After" in refused.headers else refused.headers["retry-after"])
            > 0
        )
        other = await site.ask("POST", "/check", b"address=a@c.test", {}, peer=("192.0.2.9", 1))
        assert other.status == 303


async def test_a_target_that_is_asked_too_often(alone: web.Options) -> None:
    """Whoever asks, one domain is looked at so many times a minute and no more."""
    async with Site(replace(alone, target_per_minute=2)) as site:
        peers = [(f"192.0.2.{n}", 1) for n in range(3)]
        sent = [await site.ask("POST", "/check", b"address=a@one.test", {}, peer=peer) for peer in peers]
        assert [answer.status for answer in sent] == [303, 303, 429]


LIST = b"text=a%40one.test%0Ab%40one.test%0Ac%40mail.one.test%0Aa%40two.test"


async def listed(site: Site, peer: str, body: bytes = LIST) -> int:
    form = {"content-type": "application/x-www-form-urlencoded"}
    return (await site.ask("POST", "/desk", body, form, peer=(peer, 1))).status


async def test_targets_of_a_list(alone: web.Options) -> None:
    """A list counts for each domain in it, those below one as one's, and is refused whole where one had its share."""
    async with Site(replace(alone, target_per_minute=4)) as site:
        assert [await listed(site, f"192.0.2.{n}") for n in range(3)] == [303, 303, 429]
        assert (await site.form("/check", {"address": "a@one.test"})).status == 429
        assert (
            await listed(site, "192.0.2.9", b"text=a%40two.test%0Aa%40b.two.test%0Aa%40c.two.test%0Aa%40three.test")
            == 429
        )
        four = b"text=a%40three.test%0Aa%40b.three.test%0Aa%40c.three.test%0Aa%40d.three.test"
        assert await listed(site, "192.0.2.8", four) == 303


async def test_a_list_of_subdomains(alone: web.Options) -> None:
    """More domains below one than are looked up in a minute are refused, with the number that is taken."""
    many = "%0A".join(f"a%40d{n}.one.test%0Ab%40d{n}.one.test" for n in range(61)).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with Site(alone) as site:
        refused = await site.ask("POST", "/desk", b"text=" + many, form)
        assert refused.status == 400
        assert "61 domains below one.test; at most 60" in refused.text
        assert (await site.form("/check", {"address": "a@one.test"})).status == 303
        many = many.replace(b"%0Aa%40d60.one.test%0Ab%40d60.one.test", b"")
        assert await listed(site, "192.0.2.9", b"text=" + many) == 429
        assert await listed(site, "192.0.2.9", b"text=" + many.replace(b"one", b"two")) == 303


async def test_what_was_found_is_not_read_for_nothing(alone: web.Options) -> None:
    """To look at a report, a file or a list costs a part of what it costs to find it."""
    async with Site(replace(alone, client_per_minute=10)) as site:
        checked = (await site.form("/check", {"address": "li@qq.com"})).headers["location"]
        await site.get(f"{checked}/events")
        table = (await site.form("/desk", {"text": "li@qq.com"})).headers["location"]
        await site.get(f"{table}/events")
        places = (checked, f"{checked}/file/qr", f"/api/v1{checked}", f"{checked}/report.html", table)
        statuses = {place: [(await site.get(place)).status for _ in range(6)] for place in places}
        assert {status for some in statuses.values() for status in some} <= {200, 400, 429}
        assert [some[0] == 200 for some in statuses.values()] == [True] * 4 + [False]
        for place in (f"{table}/events", f"{table}/settings.csv", f"{checked}/events", *places):
            refused = await site.get(place)
            assert (refused.status, "retry-after" in refused.headers) == (429, True), place


async def test_streams_at_once(alone: web.Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one list so many streams are open at a time, and so many for one client; who hangs up leaves a place."""
    monkeypatch.setattr(stream, "MOST_OF_CLIENT", 10)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        settings = replace(alone.settings, resolvers=(wire.Resolver(*deaf.getsockname()),), dns_seconds=3.0)
        async with Site(replace(alone, settings=settings, client_per_minute=100)) as site, AsyncExitStack() as held:
            lists = [(await site.form("/desk", {"text": f"a@{name}.test"})).headers["location"] for name in "ab"]

            async def opened(place: str) -> None:
                pieces = await held.enter_async_context(site.stream("GET", f"{place}/events"))
                assert (await anext(pieces)).startswith(b"retry")

            for _ in range(8):
                await opened(lists[0])
            refused = await site.get(f"{lists[0]}/events")
            assert (refused.status, "retry-after" in refused.headers) == (429, True)
            assert refused.headers["connection"] == "close"
            for _ in range(2):
                await opened(lists[1])
            assert (await site.get(f"{lists[1]}/events")).status == 429
            other = await site.ask("GET", f"{lists[1]}/events", b"", {}, peer=("192.0.2.7", 1))
            assert other.status == 200
            await held.aclose()
            await opened(lists[1])


async def test_lists_at_once(alone: web.Options) -> None:
    """Of one client two lists are worked on at a time; others are served, and so is the client when one is done."""
    async with Site(replace(alone, client_per_minute=100)) as site:
        assert [await listed(site, "192.0.2.1") for _ in range(3)] == [303, 303, 429]
        assert await listed(site, "192.0.2.2") == 303
        for _ in range(200):
            if await listed(site, "192.0.2.1", b"text=a%40one.test") == 303:
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError


async def test_a_full_house(alone: web.Options) -> None:
    """When all places and the queue are taken, more is refused with 503 and nothing breaks."""
    async with Site(replace(alone, concurrent=1, waiting=1, client_per_minute=100)) as site:
        statuses = [(await site.form("/check", {"address": f"a@b{n}.test"})).status for n in range(4)]
        assert statuses == [303, 303, 503, 503]
        assert (await site.get("/healthz")).status == 200


@pytest.mark.parametrize(
    "user", ["LI", "li@example.org", "l.i", "li+news", "WORK\\li", " \uff4c\uff49 ", "WORK\\L.I+x@example.org"]
)
def test_other_spellings(user: str) -> None:
    """A mailbox is the same one in every spelling; another name is another one."""
    assert face._folded(user) == face._folded("li") != face._folded("lin")


async def test_a_pasted_error_costs_a_whole_token(alone: web.Options) -> None:
    """Texts to explain are cut and cost as much as a check, documents to export a part of it."""
    async with Site(replace(alone, client_per_minute=2)) as site:
        long = await site.json("/api/v1/explain", {"text": "535 Login Fail. " * 3000})
        assert len(long.json()["text"]) <= 4096
        assert (await site.form("/explain", {"text": "535 no"})).status == 200
        assert (await site.form("/explain", {"text": "535 no"})).status == 429
        export = await site.json("/api/v1/export", {"format": "json", "setup": {}})
        assert export.status == 429


@pytest.mark.parametrize(
    ("peer", "forwarded", "key"),
    [
        (("::ffff:10.0.0.1", 1), "192.0.2.7", "192.0.2.7"),
        (("10.0.0.1", 1), "192.0.2.7:4711", "192.0.2.7"),
        (("10.0.0.1", 1), "[2001:db8::7]:4711, ::ffff:10.0.0.2", "2001:db8::/64"),
        (None, "192.0.2.7", "192.0.2.7"),
        (("192.0.2.8", 1), "192.0.2.7", "192.0.2.8"),
    ],
)
def test_behind_a_proxy(alone: web.Options, peer: tuple[str, int] | None, forwarded: str, key: str) -> None:
    """A trusted proxy is known in every form of its address and by its Unix socket; a stranger is not."""
    options = replace(alone, trusted_proxies=(ip_network("10.0.0.0/8"),))
    scope = {
        "client": peer,
        "server": ("x", 80 if peer else None),
        "headers": [(b"x-forwarded-for", forwarded.encode())],
    }
    assert client.client(scope, options).key == key
