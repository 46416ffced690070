"""The security pitfalls of automatic configuration, one test or more for each (facts, discovery §2.4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright import discover
from mailwright.core import (
    Auth,
    Channel,
    Discovery,
    DnsStatus,
    EmailAddress,
    Endpoint,
    HttpAnswer,
    Mx,
    Outcome,
    Probe,
    Protocol,
    Reason,
    Security,
    Source,
    Srv,
    TlsFacts,
    Told,
    Trust,
    registrable_domain,
)
from mailwright.discover import clientconfig
from mailwright.discover.saying import Saying
from tests.discover.scripted import (
    ANNA,
    SHELF,
    World,
    alias,
    broken,
    config,
    hosts,
    query,
    server,
    timed_out,
    usual,
    world,
)

FIRST = "https://autoconfig.example.org/mail/config-v1.1.xml"
HTTP = "http://autoconfig.example.org/mail/config-v1.1.xml"
IMAPS, SUBMISSIONS = "SRV _imaps._tcp.example.org", "SRV _submissions._tcp.example.org"


async def find(made: World, address: EmailAddress = ANNA) -> Discovery:
    return await discover.find(address, made.wire, SHELF, options=discover.Options(seed=1))


def told(result: Discovery, source: Source) -> Told:
    return next(answer.told for answer in result.answers if answer.source is source)


async def test_1_nothing_signs_in() -> None:
    """1: discovery has no password to send, and no request carries credentials of any form."""
    made = world({"MX example.org": [Mx(10, "mx.hoster.example")]})
    await find(made)
    assert made.http.asked
    for headers in made.http.headers:
        assert not {name.lower() for name in headers} & {"authorization", "cookie", "proxy-authorization"}
    source = "".join(path.read_text() for path in Path(discover.__file__).parent.rglob("*.py"))
    assert "Authorization" not in source
    assert "Secret(" not in source


@pytest.mark.parametrize("domain", ["a.b.example.com.pl", "example.com.pl", "com.pl", "x.kasserver.com"])
async def test_1_never_above_the_registrable_domain(domain: str) -> None:
    """1: no name above the registrable domain is asked for: autodiscover.com.pl belongs to anybody."""
    made = world({f"MX {domain}": [Mx(10, f"mx.{domain}")]})
    await find(made, EmailAddress("anna", domain))
    base = registrable_domain(domain) or domain
    names = {name for name, _ in made.dns.asked}
    names |= {url.split("/")[2] for url in made.http.urls()} - {"live.thunderbird.net"}
    assert names
    assert all(name == base or name.endswith(f".{base}") for name in names if name != f"mx.{domain}")
    if base == "com.pl":
        assert not names & {f"{label}.com.pl" for label in ("autoconfig", "autodiscover", "ua-auto-config", "imap")}


async def test_2_the_exchanger_without_its_first_label() -> None:
    """2: an exchanger example.com.pl does not lead to autoconfig.com.pl."""
    made = world({"MX example.org": [Mx(10, "example.com.pl")]})
    await find(made)
    assert "https://autoconfig.example.com.pl/mail/config-v1.1.xml" in made.http.urls()
    assert not any("//autoconfig.com.pl/" in url or url.endswith("/com.pl") for url in made.http.urls())


async def test_3_http_is_a_source_of_its_own_with_low_trust() -> None:
    """3: settings over HTTP are found, have low trust, and lose to everything but a guess."""
    made = world(pages={HTTP: usual("m.example.org")})
    result = await find(made)
    assert result.candidate is not None
    assert result.candidate.services[0].trust is Trust.LOW
    made = world({IMAPS: [Srv(0, 1, 993, "s.example.org")]}, {HTTP: usual("m.example.org")})
    result = await find(made)
    assert hosts(result.candidate) == ["imap s.example.org:993", "smtp m.example.org:465"]
    assert result.candidate is not None
    assert [s.trust for s in result.candidate.services] == [Trust.TRUSTED, Trust.LOW]


async def test_3_a_time_out_is_not_a_no() -> None:
    """3: a time-out of the domain's own source stays visible; nothing falls through silently to a guess."""
    made = world({"A imap.example.org": ["192.0.2.1"]}, {FIRST: timed_out(FIRST)}, ["imap.example.org:993/tls"])
    result = await find(made)
    assert told(result, Source.AUTOCONFIG) is Told.UNKNOWN
    assert told(result, Source.ISPDB) is Told.NOTHING
    made = world()
    for kind in ("MX", "TXT", "A", "AAAA"):
        broken(made, f"{kind} example.org", DnsStatus.TIMEOUT)
    result = await find(made)
    assert result.domain.exists is None
    assert told(result, Source.MX_BOOK) is Told.UNKNOWN


@pytest.mark.parametrize(
    ("target", "signed", "trust"),
    [
        ("in.example.org", False, Trust.TRUSTED),
        ("in.evil.example", False, Trust.CONFIRM),
        ("in.evil.example", True, Trust.TRUSTED),
        ("imap.fastmail.com", False, Trust.TRUSTED),
        ("imap.fastmail.com.evil.example", False, Trust.CONFIRM),
        ("127.0.0.1", False, Trust.CONFIRM),
    ],
)
async def test_4_spoofed_srv(target: str, signed: bool, trust: Trust) -> None:  # noqa: FBT001  # from the table
    """4: a host outside the domain needs DNSSEC, the book, or a person's yes."""
    records = {IMAPS: [Srv(0, 1, 993, target)], SUBMISSIONS: [Srv(0, 1, 465, target)]}
    result = await find(world(records, signed=[IMAPS, SUBMISSIONS] if signed else []))
    assert result.candidate is not None
    service = result.candidate.services[0]
    assert service.trust is trust
    assert service.endpoint.provenance.channel is (Channel.DNSSEC if signed else Channel.DNS)


@pytest.mark.parametrize(
    ("host", "signed", "trust"),
    [
        ("m.hoster.example", False, Trust.CONFIRM),
        ("m.hoster.example", True, Trust.TRUSTED),
        ("m.example.org", False, Trust.TRUSTED),
        ("imap.fastmail.com", False, Trust.TRUSTED),
    ],
)
async def test_4_spoofed_mx(host: str, signed: bool, trust: Trust) -> None:  # noqa: FBT001  # from the table
    """4: what the domain of an unsigned exchanger says has to be confirmed, unless the host needs no word of it."""
    made = world(
        {"MX example.org": [Mx(10, "mx.hoster.example")]},
        {"https://autoconfig.hoster.example/mail/config-v1.1.xml": usual(host)},
        signed=["MX example.org"] if signed else [],
    )
    result = await find(made)
    assert result.candidate is not None
    assert result.candidate.services[0].endpoint.provenance.source is Source.MX_AUTOCONFIG
    assert result.candidate.services[0].trust is trust


async def test_4_hints_to_strangers() -> None:
    """4: aliases to hosts of strangers have to be confirmed."""
    made = world(probes=["in.evil.example:993/tls", "out.evil.example:465/tls"])
    alias(made, "imap.example.org", "in.evil.example")
    alias(made, "smtp.example.org", "out.evil.example")
    result = await find(made)
    assert result.candidate is not None
    assert {service.trust for service in result.candidate.services} == {Trust.CONFIRM}


@pytest.mark.parametrize("reason", [Reason.REDIRECT, Reason.TOO_MUCH, Reason.PRIVATE_ADDRESS, Reason.PORT_NOT_ALLOWED])
async def test_5_answers_that_must_not_be_used(reason: Reason) -> None:
    """5: redirects to HTTP, huge bodies and private addresses stop the source, not the search."""
    made = world(
        pages={
            FIRST: HttpAnswer(FIRST, FIRST, Outcome.STOPPED, reason),
            "https://live.thunderbird.net/autoconfig/v1.1/example.org": usual("m.example.org"),
        }
    )
    result = await find(made)
    assert told(result, Source.AUTOCONFIG) is Told.STOPPED
    assert hosts(result.candidate)[0] == "imap m.example.org:993"


@pytest.mark.parametrize(
    "server_xml",
    [
        server("imap", "m%0aevil.example.org", 993),
        server("imap", "m&#10;.example.org", 993),
        server("imap", "m.example.org", 993, extra="<username>a&#13;&#10;b</username>"),
    ],
)
async def test_5_injection(server_xml: str) -> None:
    """5: hosts with percent signs or line ends and user names with line ends do not get in."""
    result = await find(world(pages={FIRST: config(server_xml)}))
    assert result.candidate is None


async def test_5_passwords_in_files() -> None:
    """5: a <password> in a settings file is never read."""
    extra = "<username>u</username><password>hunter2</password>"
    result = await find(world(pages={FIRST: config(server("imap", "m.example.org", 993, extra=extra))}))
    assert result.candidate is not None
    assert "hunter2" not in repr(result)


async def test_6_starttls_strip() -> None:
    """6: a server that lacks STARTTLS, or has a bad certificate, is no guess; plaintext is not tried."""
    made = world({"A imap.example.org": ["192.0.2.1"], "A smtp.example.org": ["192.0.2.1"]})
    tls = Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS)
    upgrade = Endpoint(Protocol.IMAP, "imap.example.org", 143, Security.STARTTLS)
    made.open["imap.example.org:993/tls"] = Probe(tls, Outcome.FAILED, Reason.TLS_CERTIFICATE, TlsFacts())
    made.open["imap.example.org:143/starttls"] = Probe(upgrade, Outcome.STOPPED, Reason.STARTTLS_MISSING)
    made.open["smtp.example.org:587/starttls"] = Probe(upgrade, Outcome.OK, tls=TlsFacts(verified=False))
    result = await find(made)
    assert result.candidate is None
    assert told(result, Source.GUESS) is Told.STOPPED
    assert not any(key.endswith("/none") for key in made.probed)


async def test_6_plaintext_in_a_file() -> None:
    """6: `plain` stands in published files: it is kept, behind everything that has TLS."""
    made = world(
        {IMAPS: [Srv(0, 1, 993, "s.example.org")]},
        {FIRST: config(server("imap", "p.example.org", 143, "plain"), server("smtp", "m.example.org", 465))},
    )
    result = await find(made)
    assert hosts(result.candidate) == ["smtp m.example.org:465", "imap s.example.org:993", "imap p.example.org:143"]


async def test_7_priority_counts() -> None:
    """7: SRV records are ordered by priority first, not by weight."""
    result = await find(world({IMAPS: [Srv(10, 1, 993, "second.example.org"), Srv(5, 0, 993, "first.example.org")]}))
    assert hosts(result.candidate) == ["imap first.example.org:993", "imap second.example.org:993"]


async def test_8_three_kinds_of_no() -> None:
    """8: "has none", "could not be asked" and "must not be used" are told apart."""
    second = "https://live.thunderbird.net/autoconfig/v1.1/example.org"
    made = world(
        pages={FIRST: HttpAnswer(FIRST, FIRST, Outcome.FAILED, Reason.TLS_CERTIFICATE), second: timed_out(second)}
    )
    result = await find(made)
    kinds = [told(result, source) for source in (Source.AUTOCONFIG, Source.ISPDB, Source.SRV)]
    assert kinds == [Told.STOPPED, Told.UNKNOWN, Told.NOTHING]


async def test_9_issuers() -> None:
    """9: an issuer in a settings file is not taken; one in PACC is, and the book's outranks it."""
    file = usual("m.example.org").replace(
        b"</clientConfig>", b"<oAuth2><issuer>https://evil.example</issuer></oAuth2></clientConfig>"
    )
    result = await find(world(pages={FIRST: file}))
    assert result.candidate is not None
    assert result.candidate.oauth is None
    result = await find(world(pages={FIRST: usual("imap.gmail.com")}))
    assert result.candidate is not None
    assert result.candidate.oauth is not None
    assert result.candidate.oauth.provenance.source is Source.BOOK


OFFICE = """<clientConfig version="1.2"><emailProvider id="office365.com">
<domain purpose="mx">mail.protection.outlook.com</domain>
<displayName>Microsoft Office365</displayName>
<incomingServer type="ews"><url>https://outlook.office365.com/EWS/Exchange.asmx</url>
 <username>%EMAILADDRESS</username><authentication>OAuth2</authentication></incomingServer>
<incomingServer type="graph"><url>https://graph.microsoft.com/v1.0</url><authentication>OAuth</authentication></incomingServer>
<incomingServer type="owa"><hostname>outlook.office365.com</hostname><username>%EMAILADDRESS</username></incomingServer>
<incomingServer type="imap"><hostname>outlook.office365.com</hostname><port>993</port><socketType>SSL</socketType>
 <authentication>OAuth2</authentication><username>%EMAILADDRESS</username></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.office365.com</hostname><port>587</port><socketType>STARTTLS</socketType>
 <authentication>OAuth</authentication><username>%EMAILADDRESS%</username></outgoingServer>
</emailProvider></clientConfig>"""


def test_10_quirks_of_published_files() -> None:
    """10: unknown server types, a placeholder without its end, OAuth in both spellings, format 1.2."""
    saying = Saying(query(world()), Source.ISPDB, "https://x", Channel.HTTPS, own=True)
    candidate = clientconfig.parse(OFFICE.encode(), saying)
    assert candidate is not None
    assert hosts(candidate) == ["imap outlook.office365.com:993", "smtp smtp.office365.com:587"]
    assert {service.username.value for service in candidate.services} == {"%EMAILADDRESS%"}
    assert {service.auth.value for service in candidate.services} == {(Auth.OAUTH2,)}
