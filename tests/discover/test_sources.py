"""Where each source looks, in which order, and what it makes of what is there."""

from __future__ import annotations

import pytest

from mailwright.core import Channel, DnsStatus, EmailAddress, HttpAnswer, Mx, Outcome, Reason, Source, Srv, Told, Trust
from mailwright.discover import Options, exchangers
from mailwright.discover.sources import (
    autoconfig,
    autoconfig_http,
    autodiscover,
    guess,
    hint,
    ispdb,
    mailconf,
    mx_autoconfig,
    mx_book,
    mx_ispdb,
)
from tests.discover.scripted import ANNA, alias, broken, hosts, ok, query, timed_out, usual, world

FIRST = "https://autoconfig.example.org/mail/config-v1.1.xml"
SECOND = "https://example.org/.well-known/autoconfig/mail/config-v1.1.xml"


async def test_autoconfig_asks_both_places_and_prefers_the_first() -> None:
    """The autoconfig host outranks the well-known path even when it is slower."""
    made = world(pages={FIRST: usual("first.example.org"), SECOND: usual("second.example.org")})
    made.http.slow[FIRST] = 0.02
    answer = await autoconfig.ask(query(made))
    assert hosts(answer.candidate)[0] == "imap first.example.org:993"
    assert made.http.asked == [("GET", FIRST), ("GET", SECOND)]
    assert answer.candidate is not None
    assert answer.candidate.services[0].trust is Trust.TRUSTED
    assert answer.candidate.services[0].endpoint.provenance.channel is Channel.HTTPS


async def test_autoconfig_at_the_well_known_place() -> None:
    """A missing first place leaves the second."""
    answer = await autoconfig.ask(query(world(pages={SECOND: usual("m.example.org")})))
    assert (answer.told, answer.where) == (Told.FOUND, SECOND)


async def test_the_address_is_sent_only_when_allowed() -> None:
    """By default servers learn the domain only; if allowed, the dots of the address stay dots."""
    made = world()
    await autoconfig.ask(query(made, EmailAddress.parse("anna.b+c@example.org"), options=Options(send_address=True)))
    await autoconfig_http.ask(query(made, options=Options(send_address=True)))
    assert made.http.urls()[0] == f"{FIRST}?emailaddress=anna.b%2Bc%40example.org"
    assert made.http.urls()[2] == "http://autoconfig.example.org/mail/config-v1.1.xml"


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (HttpAnswer(FIRST, FIRST, Outcome.OK, status=404), Told.NOTHING),
        (HttpAnswer(FIRST, FIRST, Outcome.OK, status=503), Told.UNKNOWN),
        (ok(FIRST, b"<html>shop</html>"), Told.NOTHING),
        (timed_out(FIRST), Told.UNKNOWN),
        (HttpAnswer(FIRST, FIRST, Outcome.FAILED, Reason.DNS_SERVFAIL), Told.UNKNOWN),
        (HttpAnswer(FIRST, FIRST, Outcome.FAILED, Reason.CONNECT_UNREACHABLE), Told.UNKNOWN),
        (HttpAnswer(FIRST, FIRST, Outcome.FAILED, Reason.CONNECT_REFUSED), Told.NOTHING),
        (HttpAnswer(FIRST, FIRST, Outcome.FAILED, Reason.TLS_CERTIFICATE), Told.STOPPED),
        (HttpAnswer(FIRST, FIRST, Outcome.STOPPED, Reason.REDIRECT, 302), Told.STOPPED),
        (HttpAnswer(FIRST, FIRST, Outcome.STOPPED, Reason.TOO_MUCH), Told.STOPPED),
        (ok(FIRST, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), Told.STOPPED),
    ],
)
async def test_what_an_answer_means(page: HttpAnswer, told: Told) -> None:
    """ "No", "could not tell" and "must not be used" stay apart."""
    assert (await autoconfig.ask(query(world(pages={FIRST: page})))).told is told


async def test_the_ispdb_is_told_the_domain_only() -> None:
    """The database of the options is asked, by A-labels."""
    made = world(pages={"https://db.example/v1/xn--fsqu00a.test": usual("m.example.net")})
    options = Options(isp_database="https://db.example/v1")
    answer = await ispdb.ask(query(made, EmailAddress.parse("anna@\u4f8b\u5b50.test"), options=options))
    assert answer.candidate is not None
    assert answer.candidate.services[0].trust is Trust.TRUSTED


@pytest.mark.parametrize(
    ("record", "told", "trust"),
    [
        ("mailconf=https://x.example.org/a.xml", Told.FOUND, Trust.TRUSTED),
        ("MAILCONF= https://x.example.org/a.xml", Told.FOUND, Trust.TRUSTED),
        ("mailconf=https://evil.example.net/a.xml", Told.FOUND, Trust.CONFIRM),
        ("mailconf=HTTPS://x.example.org/a.xml", Told.FOUND, Trust.TRUSTED),
        ("mailconf=http://x.example.org/a.xml", Told.STOPPED, None),
        ("mailconf=file:///etc/passwd", Told.STOPPED, None),
        ("v=spf1 -all", Told.NOTHING, None),
    ],
)
async def test_mailconf(record: str, told: Told, trust: Trust | None) -> None:
    """A URL in the DNS is followed over HTTPS only; outside the domain it has to be confirmed."""
    url = record.partition("=")[2].strip().replace("HTTPS", "https")
    answer = await mailconf.ask(query(world({"TXT example.org": ["other", record]}, {url: usual("m.example.net")})))
    assert answer.told is told
    assert (answer.candidate.services[0].trust if answer.candidate else None) is trust


@pytest.mark.parametrize(
    ("host", "domain", "bases"),
    [
        ("mx1.hoster.example", "example.org", ("hoster.example",)),
        ("mx.eu.hoster.example", "example.org", ("eu.hoster.example", "hoster.example")),
        ("d.mail.protection.outlook.com", "d.example", ("mail.protection.outlook.com", "outlook.com")),
        ("d.olc.protection.outlook.com", "d.example", ("olc.protection.outlook.com", "outlook.com")),
        ("hoster.example", "example.org", ("hoster.example",)),
        ("example.com.pl", "kunde.pl", ("example.com.pl",)),
        ("mx.example.com.pl", "kunde.pl", ("example.com.pl",)),
        ("mx.example.org", "example.org", ()),
        ("mx.example.org", "sub.example.org", ("example.org",)),
        ("mx.sub.example.org", "sub.example.org", ("example.org",)),
        ("com.pl", "kunde.pl", ()),
        ("pl", "kunde.pl", ()),
    ],
)
def test_bases_of_an_exchanger(host: str, domain: str, bases: tuple[str, ...]) -> None:
    """The host without its first label, then its registrable domain; never above that."""
    assert exchangers.bases(host, domain) == bases


async def test_only_the_best_exchanger_counts() -> None:
    """A backup exchanger of somebody else proves nothing."""
    made = world({"MX example.org": [Mx(20, "mx1.qq.com"), Mx(10, "mx.hoster.example")]})
    assert (await mx_book.ask(query(made))).told is Told.NOTHING
    made = world({"MX example.org": [Mx(10, "mxbiz1.qq.com"), Mx(20, "mx.hoster.example")]})
    answer = await mx_book.ask(query(made))
    assert answer.candidate is not None
    assert (answer.candidate.provider, answer.where) == ("tencent-exmail", "MX mxbiz1.qq.com")
    assert answer.candidate.services[0].endpoint.provenance.source is Source.MX_BOOK


@pytest.mark.parametrize(
    ("source", "page"),
    [
        (mx_autoconfig, "https://autoconfig.hoster.example/mail/config-v1.1.xml"),
        (mx_ispdb, "https://live.thunderbird.net/autoconfig/v1.1/hoster.example"),
    ],
)
async def test_the_domain_of_the_exchanger(source: type, page: str) -> None:
    """The hoster's settings are found by its domain, over HTTPS only, and without the address."""
    made = world({"MX example.org": [Mx(10, "mx.eu.hoster.example")]}, {page: usual("m.hoster.example")})
    answer = await source.ask(query(made, options=Options(send_address=True)))  # type: ignore[attr-defined]
    assert answer.candidate is not None
    assert answer.candidate.services[0].trust is Trust.CONFIRM
    assert len(made.http.asked) == 2
    assert all(url.startswith("https://") and "anna" not in url for url in made.http.urls())


@pytest.mark.parametrize("source", [mx_book, mx_autoconfig, mx_ispdb])
async def test_exchangers_that_could_not_be_asked_for(source: type) -> None:
    """A DNS that fails leaves the MX sources unknown."""
    made = world()
    broken(made, "MX example.org", DnsStatus.SERVFAIL)
    answer = await source.ask(query(made))  # type: ignore[attr-defined]
    assert (answer.told, answer.reason) == (Told.UNKNOWN, Reason.DNS_SERVFAIL)


@pytest.mark.parametrize(
    ("name", "target", "provider"),
    [
        ("imap.example.org", "imap.exmail.qq.com", "tencent-exmail"),
        ("mail.example.org", "imap.qiye.aliyun.com", "aliyun-qiye"),
        ("autodiscover.example.org", "autodiscover.outlook.com", "microsoft365"),
        ("autodiscover.example.org", "autodiscover.partner.outlook.cn", "m365-cn"),
        ("autodiscover.example.org", "autodiscover.hoster.example", None),
    ],
)
async def test_aliases_hint_at_a_provider(name: str, target: str, provider: str | None) -> None:
    """An alias of a host in the book hints at its provider."""
    made = world()
    alias(made, name, target)
    answer = await hint.ask(query(made))
    assert (answer.candidate.provider if answer.candidate else None) == provider


@pytest.mark.parametrize(
    ("record", "provider"),
    [
        ("v=spf1 include:spf.protection.outlook.com -all", "microsoft365"),
        ("V=SPF1 +include:spf.exmail.qq.com ~all", "tencent-exmail"),
        ("v=spf1 include:spf.qiye.aliyun.com -all", "aliyun-qiye"),
        ("v=spf1 include:spf.qiye.163.com -all", "netease-qiye"),
        ("v=spf1 include:_netblocks.m.feishu.cn ~all", "feishu"),
        ("v=spf1 include:_spf.google.com include:spf.protection.outlook.com ~all", None),
        ("v=spf1 include:spf.mimecast.example include:sendgrid.net -all", None),
        ("not spf include:_spf.google.com", None),
    ],
)
async def test_senders_hint_at_a_provider(record: str, provider: str | None) -> None:
    """The SPF record hints at who keeps the mailboxes; two of them, or gateways, prove nothing."""
    answer = await hint.ask(query(world({"TXT example.org": [record]})))
    assert (answer.candidate.provider if answer.candidate else None) == provider
    services = answer.candidate.services if answer.candidate else ()
    assert {service.trust for service in services} <= {Trust.CONFIRM}


async def test_an_alias_says_more_than_a_sender() -> None:
    """An SPF record alone leaves the hosts to be confirmed; where an alias names the provider too, the book vouches."""
    made = world({"TXT example.org": ["v=spf1 include:spf.exmail.qq.com -all"]})
    alias(made, "imap.example.org", "imap.exmail.qq.com")
    answer = await hint.ask(query(made))
    assert answer.candidate is not None
    assert {service.trust for service in answer.candidate.services} == {Trust.TRUSTED}


async def test_aliases_of_unknown_hosts_are_looked_at() -> None:
    """If imap. and smtp. both are aliases, their targets are what certificates are for; to be confirmed."""
    made = world(probes=["in.hoster.example:993/tls", "out.hoster.example:587/starttls"])
    alias(made, "imap.example.org", "in.hoster.example")
    alias(made, "smtp.example.org", "out.hoster.example")
    answer = await hint.ask(query(made))
    assert hosts(answer.candidate) == ["imap in.hoster.example:993", "smtp out.hoster.example:587"]
    assert answer.candidate is not None
    assert answer.candidate.services[0].trust is Trust.CONFIRM


async def test_guessing_prefers_implicit_tls_and_imap() -> None:
    """Any host with implicit TLS comes before STARTTLS, IMAP before POP3; port 25 and plaintext never."""
    names = {f"A {label}.example.org": ["192.0.2.1"] for label in ("imap", "mail", "pop", "smtp")}
    made = world(
        names,
        probes=["imap.example.org:143/starttls", "mail.example.org:993/tls", "pop.example.org:995/tls",
                "smtp.example.org:587/starttls"],
    )  # fmt: skip
    answer = await guess.ask(query(made))
    assert hosts(answer.candidate) == ["imap mail.example.org:993", "smtp smtp.example.org:587"]
    assert answer.candidate is not None
    assert answer.candidate.services[0].endpoint.provenance.channel is Channel.PROBE
    assert answer.candidate.services[0].trust is Trust.TRUSTED
    assert not any(key.endswith(("/none", ":25/starttls")) for key in made.probed)


async def test_guessing_looks_only_at_hosts_that_exist() -> None:
    """Names without an address are not connected to."""
    made = world({"AAAA imap.example.org": ["2001:db8::1"]}, probes=["imap.example.org:993/tls"])
    answer = await guess.ask(query(made))
    assert hosts(answer.candidate) == ["imap imap.example.org:993"]
    assert set(made.probed) == {"imap.example.org:993/tls"}


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({"_imaps": "."}, ["pop3 mail.example.org:995", "smtp mail.example.org:465"]),
        ({"_imap": "."}, ["pop3 mail.example.org:995", "smtp mail.example.org:465"]),
        ({"_imap": ".", "_imaps": "x.example.org"}, ["imap mail.example.org:993", "smtp mail.example.org:465"]),
        ({"_imaps": ".", "_pop3s": "."}, ["smtp mail.example.org:465"]),
        ({"_submission": "."}, ["imap mail.example.org:993"]),
        ({}, ["imap mail.example.org:993", "smtp mail.example.org:465"]),
    ],
)
async def test_guessing_leaves_out_what_the_domain_denies(records: dict[str, str], found: list[str]) -> None:
    """A protocol that SRV records say is not there is not guessed, however well its port answers."""
    table = {f"SRV {label}._tcp.example.org": [Srv(0, 0, 0, target)] for label, target in records.items()}
    made = world(
        {**table, "A mail.example.org": ["192.0.2.1"]},
        probes=[f"mail.example.org:{port}/tls" for port in (993, 995, 465)],
    )
    assert hosts((await guess.ask(query(made))).candidate) == found


async def test_guessing_at_nothing() -> None:
    """A domain with a web site only refuses all: nothing. One whose DNS fails: unknown."""
    made = world({"A example.org": ["192.0.2.1"]})
    assert (await guess.ask(query(made))).told is Told.NOTHING
    broken(made, "A mail.example.org", DnsStatus.TIMEOUT)
    broken(made, "AAAA mail.example.org", DnsStatus.TIMEOUT)
    assert (await guess.ask(query(made))).told is Told.UNKNOWN


async def test_a_public_suffix_is_asked_for_itself_only() -> None:
    """Below a public suffix live strangers: only the very name is asked for."""
    address = EmailAddress("info", "com.pl")
    made = world()
    for source in (autoconfig, autoconfig_http, autodiscover, hint, guess):
        assert (await source.ask(query(made, address))).told is Told.NOTHING
    assert {name for name, _ in made.dns.asked} == {"com.pl"}
    assert set(made.http.urls()) == {
        "https://com.pl/.well-known/autoconfig/mail/config-v1.1.xml",
        "https://com.pl/autodiscover/autodiscover.xml",
    }
    assert query(made, address).inside("com.pl")
    assert not query(made, address).inside("autoconfig.com.pl")


def test_inside_means_the_registrable_domain() -> None:
    """Hosts of the same registrable domain lie inside, numbers and look-alikes do not."""
    asked = query(world(), EmailAddress("a", "mail.example.co.uk"))
    assert [asked.inside(h) for h in ("example.co.uk", "x.example.co.uk", "other.co.uk", "xexample.co.uk")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert not asked.vouched("127.0.0.1")
    assert query(world(), ANNA).vouched("imap.qq.com")
