"""Real servers that misbehave: each ends in a told answer, in bounded time, and the next source is used."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import dns.rcode
import pytest

from mailwright import discover, wire
from mailwright.core import Discovery, Reason, Source, SourceAnswer, Told, Trust
from tests.discover.loopback import (
    Behaviour,
    Street,
    drip,
    endless,
    hang,
    nonsense,
    page,
    redirect,
    slam,
    street,
)
from tests.discover.scripted import ANNA, SHELF, hosts, usual

AUTOCONFIG, DATABASE = "autoconfig.example.org", "ispdb.example"
OPTIONS = discover.Options(isp_database=f"https://{DATABASE}/v1.1/", seed=1)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Street]:
    async with street(tmp_path) as made:
        made.table["MX example.org"] = dns.rcode.NOERROR
        await made.site(DATABASE, page(usual("m.example.org")))
        yield made


async def find(there: Street, *, public_only: bool = False) -> Discovery:
    async with wire.World(there.settings(public_only=public_only)) as world:
        return await discover.find(ANNA, world, SHELF, options=OPTIONS)


def answer(result: Discovery, source: Source) -> SourceAnswer:
    return next(answer for answer in result.answers if answer.source is source)


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        pytest.param(hang, Told.UNKNOWN, id="hangs"),
        pytest.param(drip, Told.UNKNOWN, id="drips"),
        pytest.param(endless, Told.STOPPED, id="has no end"),
        pytest.param(nonsense, Told.UNKNOWN, id="speaks something else"),
        pytest.param(slam, Told.UNKNOWN, id="closes"),
        pytest.param(page(b"<clientConfig", extra="X: y\r\n"), Told.NOTHING, id="breaks off"),
        pytest.param(page(b"x" * 600_000), Told.STOPPED, id="is huge"),
        pytest.param(page(b"<html/>"), Told.NOTHING, id="is a web shop"),
        pytest.param(page(b"", status="404 Not Found"), Told.NOTHING, id="has none"),
        pytest.param(page(b"", status="500 Oops"), Told.UNKNOWN, id="is broken"),
        pytest.param(redirect(f"http://{AUTOCONFIG}/x"), Told.STOPPED, id="leads to HTTP"),
        pytest.param(redirect("file:///etc/passwd"), Told.STOPPED, id="leads to a file"),
        pytest.param(redirect(f"https://{AUTOCONFIG}/again"), Told.STOPPED, id="leads in circles"),
        pytest.param(redirect("https://[bad"), Told.STOPPED, id="leads nowhere"),
        pytest.param(redirect("https://user:pw@evil.example/"), Told.STOPPED, id="leads to a URL with a user"),
    ],
)
async def test_autoconfig_that_misbehaves(there: Street, behaviour: Behaviour, told: Told) -> None:
    """The source is told apart for what it did, within its time, and the database is used instead."""
    await there.site(AUTOCONFIG, behaviour)
    began = time.monotonic()
    result = await find(there)
    assert answer(result, Source.AUTOCONFIG).told is told
    assert hosts(result.candidate)[0] == "imap m.example.org:993"
    assert time.monotonic() - began < 3


async def test_a_certificate_for_another_name(there: Street) -> None:
    """Settings behind a wrong certificate are not read."""
    await there.site(AUTOCONFIG, page(usual("evil.example")), certificate="other.example.org")
    result = await find(there)
    assert (answer(result, Source.AUTOCONFIG).told, answer(result, Source.AUTOCONFIG).reason) == (
        Told.STOPPED,
        Reason.TLS_CERTIFICATE,
    )
    assert hosts(result.candidate)[0] == "imap m.example.org:993"


async def test_a_certificate_nobody_knows(there: Street, tmp_path: Path) -> None:
    """A certificate of an unknown authority is as bad."""
    other = tmp_path / "other"
    other.mkdir()
    async with street(other) as stranger:
        await stranger.site(AUTOCONFIG, page(usual("evil.example")))
        there.reroutes += stranger.reroutes
        there.table[f"A {AUTOCONFIG}"] = ["127.0.0.1"]
        result = await find(there)
    assert answer(result, Source.AUTOCONFIG).reason is Reason.TLS_CERTIFICATE


async def test_https_that_is_dropped_to_force_http(there: Street) -> None:
    """With HTTPS closed by someone on the way, HTTP is used with low trust, and only if nobody else knows."""
    await there.site(AUTOCONFIG, hang)
    await there.site(AUTOCONFIG, page(usual("evil.example")), tls=False)
    result = await find(there)
    assert hosts(result.candidate)[0] == "imap m.example.org:993"
    await there.site(DATABASE, page(b"", status="404 Not Found"))
    there.reroutes.reverse()
    result = await find(there)
    assert hosts(result.candidate)[0] == "imap evil.example:993"
    assert result.candidate is not None
    assert result.candidate.services[0].trust is Trust.LOW
    assert answer(result, Source.AUTOCONFIG).told is Told.UNKNOWN


async def test_http_that_leads_to_https_stays_low(there: Street) -> None:
    """A redirect that came over HTTP could have been written by anyone: where it leads is not trusted."""
    await there.site("evil.example", page(usual("evil.example")))
    await there.site(AUTOCONFIG, redirect("https://evil.example/mail/config-v1.1.xml"), tls=False)
    await there.site(DATABASE, page(b"", status="404 Not Found"))
    there.reroutes.reverse()
    result = await find(there)
    assert result.candidate is not None
    assert result.candidate.services[0].trust is Trust.LOW


async def test_private_addresses(there: Street) -> None:
    """As a server nothing is fetched from private addresses: each source says that it was stopped."""
    await there.site(AUTOCONFIG, page(usual("m.example.org")))
    result = await find(there, public_only=True)
    assert result.candidate is None
    assert answer(result, Source.AUTOCONFIG).reason is Reason.PRIVATE_ADDRESS
    assert answer(result, Source.ISPDB).told is Told.STOPPED


async def test_a_resolver_that_is_silent_about_one_name(there: Street) -> None:
    """A time-out for the autoconfig host is unknown; other names that do not exist are nothing."""
    there.table[f"A {AUTOCONFIG}"] = None
    there.table[f"AAAA {AUTOCONFIG}"] = None
    result = await find(there)
    assert answer(result, Source.AUTOCONFIG).told is Told.UNKNOWN
    assert answer(result, Source.PACC).told is Told.NOTHING


async def test_a_resolver_that_is_silent(tmp_path: Path) -> None:
    """Without any DNS nothing is known, and that is what is said: unknown, everywhere."""
    async with street(tmp_path) as dark:
        dark.table.update({})
        dark.resolver = wire.Resolver("127.0.0.1", 9)
        began = time.monotonic()
        result = await find(dark)
    assert result.candidate is None
    assert result.domain.exists is None
    assert {a.told for a in result.answers} == {Told.NOTHING, Told.UNKNOWN}
    assert [a.source for a in result.answers if a.told is Told.NOTHING] == [Source.BOOK]
    assert time.monotonic() - began < 5
