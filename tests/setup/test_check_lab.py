"""Real servers: each domain of the lab is found to publish what it does, and misbehaving ones are told apart."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import dns.rcode
import pytest

from mailwright import diagnose, setup, wire
from mailwright.core import Outcome, Published, Reason, Severity, Told, Way
from tests.discover.loopback import Behaviour, Street, drip, endless, hang, nonsense, page, redirect, slam, street
from tests.discover.scripted import SHELF, usual

if TYPE_CHECKING:
    from mailwright.lab import Lab

EVERYONE = {"no_srv", "no_autodiscover"}
DOMAINS: dict[str, tuple[set[Way], set[str]]] = {
    "auto.test": ({Way.AUTOCONFIG, Way.AUTOCONFIG_HTTP, Way.MTA_STS}, EVERYONE),
    "wellknown.test": ({Way.WELL_KNOWN}, EVERYONE),
    "http.test": ({Way.AUTOCONFIG_HTTP}, {"plain_http", *EVERYONE}),
    "ispdb.test": ({Way.ISPDB}, {"no_autoconfig", *EVERYONE}),
    "srv.test": ({Way.SRV}, {"no_autoconfig", "no_autodiscover", "host_refused"}),
    "pacc.test": ({Way.PACC}, {"no_autoconfig", *EVERYONE}),
    "paccbad.test": (set(), {"pacc_digest"}),
    "discover.test": ({Way.AUTODISCOVER, Way.AUTODISCOVER_HTTP}, {"no_autoconfig", "no_srv", "path_case"}),
    "discoversrv.test": ({Way.AUTODISCOVER_SRV}, {"no_autoconfig", "no_srv"}),
    "mailconf.test": ({Way.MAILCONF}, {"no_autoconfig", *EVERYONE}),
    "nothing.test": (set(), {"nothing"}),
    "nullmx.test": (set(), {"no_mail"}),
    "starttls.test": ({Way.AUTOCONFIG, Way.AUTOCONFIG_HTTP}, EVERYONE),
    "signed.test": ({Way.SRV}, {"no_autoconfig", "no_autodiscover"}),
    "bogus.test": (set(), {"unknown"}),
    "localpart.test": ({Way.AUTOCONFIG, Way.AUTOCONFIG_HTTP}, EVERYONE),
    "xn--fsqu00a.test": ({Way.AUTOCONFIG, Way.AUTOCONFIG_HTTP}, EVERYONE),
}


def ids(found: Published) -> set[str]:
    return {one.id.removeprefix("autoconfig.") for one in diagnose.published_findings(found)}


@pytest.mark.parametrize("domain", DOMAINS)
async def test_a_domain_of_the_lab(lab: Lab, domain: str) -> None:
    """The ways that are found are those the domain has; its servers are there, and what is said of it is right."""
    settings = wire.Settings(
        resolvers=(wire.Resolver.parse(lab.resolver),),
        trust_ad=True,
        ca_file=lab.ca,
        reroutes=tuple(wire.Reroute.parse(rule) for rule in lab.connect_to),
    )
    async with wire.World(settings) as world:
        found = await setup.published(setup.Check(domain, random.Random(1), lab.ispdb), world, SHELF)
    ways, said = DOMAINS[domain]
    assert {one.way for one in found.publications if one.told is Told.FOUND} == ways
    assert ids(found) == said
    broken = [probe for probe in found.probes if probe.outcome is not Outcome.OK]
    assert [str(probe.endpoint) for probe in broken] == (["spare.srv.test:993"] if domain == "srv.test" else [])
    assert all(probe.tls is not None and probe.tls.verified for probe in found.probes if probe not in broken)
    assert bool(found.probes) is bool(found.found)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Street]:
    async with street(tmp_path) as made:
        made.table["MX example.org"] = dns.rcode.NOERROR
        yield made


HOST = "autoconfig.example.org"
MISBEHAVIOUR: list[tuple[str, Behaviour, Told, set[str]]] = [
    ("hangs", hang, Told.UNKNOWN, {"unknown"}),
    ("drips", drip, Told.UNKNOWN, {"unknown"}),
    ("closes", slam, Told.UNKNOWN, {"unknown"}),
    ("speaks something else", nonsense, Told.UNKNOWN, {"unknown"}),
    ("has no end", endless, Told.STOPPED, {"unsafe"}),
    ("is huge", page(b"x" * 600_000), Told.STOPPED, {"unsafe"}),
    ("breaks off", page(b"<clientConfig"), Told.NOTHING, {"not_settings", "nothing"}),
    ("is a web shop", page(b"<html/>"), Told.NOTHING, {"not_settings", "nothing"}),
    ("has none", page(b"", status="404 Not Found"), Told.NOTHING, {"status", "nothing"}),
    ("is broken", page(b"", status="500 Oops"), Told.UNKNOWN, {"status"}),
    ("leads to HTTP", redirect(f"http://{HOST}/x"), Told.STOPPED, {"redirect"}),
    ("leads in circles", redirect(f"https://{HOST}/again"), Told.STOPPED, {"redirect"}),
]


@pytest.mark.parametrize(
    ("behaviour", "told", "said"), [row[1:] for row in MISBEHAVIOUR], ids=[r[0] for r in MISBEHAVIOUR]
)
async def test_a_server_that_misbehaves(there: Street, behaviour: Behaviour, told: Told, said: set[str]) -> None:
    """Silence and nonsense leave it open, what must not be used is a fault; all within bounded time."""
    await there.site(HOST, behaviour)
    began = time.monotonic()
    found = await check(there)
    assert found.on(Way.AUTOCONFIG).told is told
    assert ids(found) == said
    assert time.monotonic() - began < 4


async def check(there: Street) -> Published:
    async with wire.World(there.settings()) as world:
        made = setup.Check("example.org", random.Random(1), "https://ispdb.example/v1.1/")
        return await setup.published(made, world, SHELF)


async def test_a_certificate_for_another_name(there: Street) -> None:
    """A wrong certificate is a fault of the host that shows it, and its file is not read."""
    await there.site(HOST, page(usual("m.example.org")), certificate="other.example.org")
    found = await check(there)
    assert found.on(Way.AUTOCONFIG).reason is Reason.TLS_CERTIFICATE
    assert found.on(Way.AUTOCONFIG).candidate is None
    [finding] = diagnose.published_findings(found)
    assert (finding.id, finding.severity, finding.param("host")) == ("autoconfig.certificate", Severity.ERROR, HOST)


async def test_servers_that_are_silent(there: Street) -> None:
    """A server that does not answer in time is not called broken."""
    await there.site(HOST, page(usual("m.example.org")))
    there.table["A m.example.org"] = None
    found = await check(there)
    assert {one.reason for one in found.probes} == {Reason.DNS_TIMEOUT}
    assert "host_unknown" in ids(found)
    assert not ids(found) & {"host_dns", "host_refused"}


async def test_servers_without_a_name(there: Street) -> None:
    """A name that the DNS denies is a fault."""
    await there.site(HOST, page(usual("m.example.org")))
    assert "host_dns" in ids(await check(there))
