"""A domain that publishes everything well has nothing said about it; each thing that is spoilt is said, and alone."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from mailwright import diagnose, posture, setup
from mailwright.core import BadInput, DnsStatus, EmailAddress, Finding, Fixer, Mx, Protocol, Reason, Severity, Told, Way
from tests.discover import scripted
from tests.setup import domain as made
from tests.setup.domain import Domain, answer, good, ids, seen
from tests.setup.spoilt import SPOILT, SRV, config, drop, page, shut


async def test_everything_is_well() -> None:
    """All ways are found, all say the same, and there is nothing to tell."""
    found = await seen(good())
    assert {one.way: one.told for one in found.publications if one.told is not Told.FOUND} == {
        Way.AUTODISCOVER_V2: Told.NOTHING
    }
    assert [one.way for one in found.publications] == list(Way)
    assert diagnose.published_findings(found) == ()
    assert all(found.on(way).alike for way in (Way.AUTOCONFIG, Way.WELL_KNOWN, Way.AUTODISCOVER))
    assert len(found.probes) == 4


@pytest.mark.parametrize("name", SPOILT)
async def test_one_thing_spoilt(name: str) -> None:
    """What is wrong is found, and nothing else is."""
    spoil, expected = SPOILT[name]
    domain = good()
    spoil(domain)
    assert await ids(domain) == expected


async def test_a_scheme_in_capital_letters() -> None:
    """`mailconf=HTTPS://…` is HTTPS, and followed."""
    domain = good()
    domain.dns[f"TXT {made.DOMAIN}"] = [f"mailconf={made.MAILCONF.replace('https', 'HTTPS')}"]
    found = await seen(domain)
    assert found.on(Way.MAILCONF).told is Told.FOUND
    assert diagnose.published_findings(found) == ()


async def test_nothing_is_left_running() -> None:
    """An error in whoever hears of the answers ends all questions, that for mail exchangers too."""
    world = good().world()
    world.dns.slow[made.DOMAIN] = 60

    def deaf(_: object) -> None:
        raise RuntimeError

    stranger = EmailAddress("nobody", made.DOMAIN)
    posing = posture.Posing(stranger, made.DATABASE, lambda _: (b"", "text/xml"))
    with pytest.raises(RuntimeError):
        await posture.published(posing, world.wire, deaf)
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def told(domain: Domain) -> dict[str, Finding]:
    return {one.id.removeprefix("autoconfig."): one for one in diagnose.published_findings(await seen(domain))}


async def test_a_target_that_is_an_alias() -> None:
    """The target of an SRV record must be a host's own name (RFC 2782): the alias is named with where it leads."""
    world = good().world()
    scripted.alias(world, made.IMAP, "real.example.net")
    check = setup.Check(made.DOMAIN, random.Random(made.SEED), made.DATABASE)
    found = diagnose.published_findings(await setup.published(check, world.wire, scripted.SHELF))
    assert {one.param("found") for one in found} == {f"{made.IMAP} → real.example.net"}


async def test_disagreements_name_the_field_and_who_says_what() -> None:
    """Each field that differs is one finding, with all values and the ways that say them."""
    domain = good()
    config("%EMAILADDRESS%", "%EMAILLOCALPART%", everywhere=False)(domain)
    finding = (await told(domain))["disagree"]
    assert (finding.param("differs"), finding.severity) == ("username", Severity.ERROR)
    said = str(finding.param("said"))
    assert said.startswith("%EMAILLOCALPART% (autoconfig); %EMAILADDRESS% (well-known")
    assert finding.protocol in (Protocol.IMAP, Protocol.SMTP)


async def test_the_record_to_publish() -> None:
    """What has to be published stands there whole, however long it is."""
    domain = good()
    page(made.PACC, body=made.FILE + " " * 3)(domain)
    record = str((await told(domain))["pacc_digest"].param("record"))
    assert record == f'_ua-auto-config.{made.DOMAIN}. TXT "{made.digest(made.FILE + "   ")}"'
    drop(*(f"SRV {label}.{SRV}" for label in made.SRVS))(domain)
    assert (await told(domain))["no_srv"].param("imap_record") == f"_imaps._tcp.{made.DOMAIN}. SRV 0 1 993 {made.IMAP}."


async def test_one_bad_certificate_is_one_finding() -> None:
    """A host that is asked in several ways is told once, with all of them."""
    domain = good()
    for url in (made.POX, made.POX_CASE):
        page(url, reason=Reason.TLS_CERTIFICATE)(domain)
    found = [one for one in diagnose.published_findings(await seen(domain)) if one.id == "autoconfig.certificate"]
    assert [(one.severity, one.param("host")) for one in found] == [(Severity.ERROR, f"autodiscover.{made.DOMAIN}")]
    assert str(found[0].param("ways")).split()[:2] == ["autodiscover", "autodiscover-case"]


async def test_microsofts_way() -> None:
    """Where HTTP leads to another host, that autodiscover.D has no certificate of its own is as it should be."""
    domain = good()
    elsewhere = "https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml"
    for url in (made.POX, made.POX_CASE):
        page(url, reason=Reason.TLS_CERTIFICATE)(domain)
    domain.pages[made.POX_HTTP] = answer(made.POX_HTTP, final=elsewhere)
    domain.pages[elsewhere] = answer(elsewhere, status=401)
    domain.dns.pop(f"SRV _autodiscover.{SRV}")
    assert await ids(domain) == {"sign_in"}


async def test_a_backup_that_is_down_is_a_warning() -> None:
    """Only what stands first anywhere has to work; what comes after it is a warning."""
    domain = good()
    shut(f"{made.IMAP}:143/starttls")(domain)
    assert (await told(domain))["host_refused"].severity is Severity.WARNING
    shut(f"{made.IMAP}:993/tls")(domain)
    found = [one for one in diagnose.published_findings(await seen(domain)) if one.id == "autoconfig.host_refused"]
    assert [one.severity for one in found] == [Severity.ERROR, Severity.WARNING]


async def test_the_database_is_its_keepers() -> None:
    """What is wrong in the ISPDB is not for the administrator of the domain to mend."""
    domain = good()
    domain.file(made.ISPDB, made.CONFIG.replace("%EMAILADDRESS%", "%EMAILADDRESS"))
    assert (await told(domain))["placeholder"].who is Fixer.PROVIDER


async def test_nothing_at_all() -> None:
    """A domain that publishes nothing is told what to publish, one without mail is left alone."""
    bare = Domain(dns={f"MX {made.DOMAIN}": [Mx(10, "mx.example.net")]})
    assert await ids(bare) == {"nothing"}
    bare.dns[f"MX {made.DOMAIN}"] = [Mx(0, ".")]
    assert await ids(bare) == {"no_mail"}
    assert await ids(Domain()) == {"domain.nxdomain"}


async def test_a_silent_network_is_not_a_fault() -> None:
    """Where nothing answers, one finding says that nothing can be told; nothing is called missing or broken."""
    silent = good()
    silent.pages = {url: answer(url, reason=Reason.READ_TIMEOUT) for url in silent.pages}
    silent.silent = dict.fromkeys(silent.dns, DnsStatus.TIMEOUT)
    found = diagnose.published_findings(await seen(silent))
    assert [(one.id, one.severity) for one in found] == [("autoconfig.unknown", Severity.UNKNOWN)]


async def test_who_is_asked_for() -> None:
    """Nobody's address is sent: one that nobody has, over HTTPS alone, and the postmaster's to Autodiscover."""
    domain = good()
    world = domain.world()
    check = setup.Check(made.DOMAIN, random.Random(made.SEED), made.DATABASE)
    await setup.published(check, world.wire, scripted.SHELF)
    assert not any("emailaddress" in url for url in world.http.urls() if url.startswith("http:"))
    assert not any("emailaddress" in url for url in world.http.urls() if "ispdb" in url)
    asked = {body.partition(b"<EMailAddress>")[2].partition(b"<")[0].decode() for body in world.http.bodies}
    assert asked == {made.STRANGER, f"postmaster@{made.DOMAIN}"}
    assert not any(header for headers in world.http.headers for header in headers if header != "Content-Type")


async def test_a_public_suffix() -> None:
    """Below a public suffix live strangers: they are not asked."""
    world = Domain().world()
    with pytest.raises(BadInput, match=r"input\.suffix"):
        await setup.published(setup.Check("com.pl", random.Random(1)), world.wire, scripted.SHELF)
    assert not world.http.asked


async def test_few_servers_are_looked_at() -> None:
    """A domain that names very many servers does not make us knock at all of them; how many were left out is said."""
    many = "".join(made.INCOMING.replace(made.IMAP, f"h{number}.{made.DOMAIN}") for number in range(31))
    domain = good()
    domain.file(made.AUTOCONFIG, made.CONFIG.replace(made.INCOMING, many))
    found = await seen(domain)
    assert len(found.probes) == setup.check.MAX_SERVERS
    assert found.unseen > 0


@pytest.mark.parametrize("body", ["", "{", "<", "\0" * 9, "[" * 10_000, "{" * 10_000, "<a>" * 9_000, "é", '{"Url": 1}'])
async def test_whatever_stands_there(body: str) -> None:
    """No content of any file ends in anything but an answer."""
    domain = good()
    domain.pages = {url: replace(page, body=body.encode()) for url, page in domain.pages.items()}
    domain.pages[made.POX.replace(".xml", ".json")] = answer(made.POX, body)
    found = await seen(domain)
    assert all(one.told in (Told.FOUND, Told.NOTHING, Told.STOPPED) for one in found.publications)
    assert all(one.candidate is None for one in found.publications if one.way is not Way.SRV)
