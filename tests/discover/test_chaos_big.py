"""Whatever the world answers, discovery ends with a Discovery whose promises hold."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import discover, wire
from mailwright.core import (
    Channel,
    DnsAnswer,
    DnsStatus,
    EmailAddress,
    Endpoint,
    HttpAnswer,
    Mx,
    Outcome,
    Probe,
    Reason,
    Security,
    Source,
    Srv,
    TlsFacts,
    Told,
    Trust,
    expand,
    plain,
)
from mailwright.discover import Options, query, registry
from tests.discover.scripted import SHELF, Names, Pages, World, config, server, usual
from tests.discover.test_pox import answer as pox
from tests.discover.test_pox import protocol

DOMAINS = ("example.org", "a.b.example.com.pl", "com.pl", "xn--fsqu00a.test", "x" * 60 + "." + "y" * 60 + ".example")
HOSTS = st.sampled_from(
    [
        "m.example.org",
        "evil.example",
        "imap.qq.com",
        "127.0.0.1",
        ".",
        "",
        "a\\032b.example",
        "localhost",
        "com.pl",
        "a" * 64 + ".example",
        "%0d.example",
        "x" * 250 + ".y",
        "outlook.office365.com",
    ]
)
NUMBERS = st.integers(0, 65535)
TEXTS = st.one_of(
    HOSTS.map(lambda host: f"mailconf=https://{host}/x"),
    HOSTS.map(lambda host: f"v=spf1 include:{host} -all"),
    st.sampled_from(["v=UAAC1; a=sha256; d=AAAA", "v=spf1 include:_spf.google.com -all", "mailconf=https://[", "="]),
    st.text(max_size=30),
)
RECORDS: dict[str, st.SearchStrategy[Mx | Srv | str]] = {
    "MX": st.builds(Mx, NUMBERS, HOSTS),
    "SRV": st.builds(Srv, NUMBERS, NUMBERS, NUMBERS, HOSTS),
    "TXT": TEXTS,
    "A": st.just("192.0.2.1"),
    "AAAA": st.just("2001:db8::1"),
}
BODIES = st.one_of(
    st.binary(max_size=60),
    HOSTS.map(usual),
    HOSTS.map(lambda host: config(server("imap", host, 143, "plain"), server("smtp", host, 587, "STARTTLS"))),
    HOSTS.map(lambda host: pox(protocol("IMAP", "993").replace("m.example.org", host))),
    HOSTS.map(lambda host: pox(f"<Action>redirectAddr</Action><RedirectAddr>a@{host}</RedirectAddr>")),
    HOSTS.map(lambda host: pox(f"<Action>redirectUrl</Action><RedirectUrl>https://{host}/</RedirectUrl>")),
    HOSTS.map(lambda host: f'{{"Url": "https://{host}/x", "protocols": {{"imap": {{"host": "{host}"}}}}}}'.encode()),
)
FAILURES = [
    (Outcome.TIMEOUT, Reason.READ_TIMEOUT),
    (Outcome.NO, Reason.DNS_NXDOMAIN),
    (Outcome.STOPPED, Reason.REDIRECT),
    (Outcome.FAILED, Reason.TLS_CERTIFICATE),
]


class ChaosNames(Names):
    """Draws each answer when it is asked for, and remembers it."""

    def __init__(self, data: st.DataObject) -> None:
        super().__init__()
        self.data = data

    async def ask(self, name: str, rdtype: str) -> DnsAnswer:
        key = (name, rdtype)
        if key not in self.records:
            status = self.data.draw(st.sampled_from([DnsStatus.OK, *DnsStatus]))
            records = self.data.draw(st.lists(RECORDS[rdtype], max_size=2)) if status is DnsStatus.OK else []
            alias, signed = self.data.draw(HOSTS), self.data.draw(st.booleans())
            self.records[key] = DnsAnswer(name, rdtype, status, tuple(records), alias, signed)
        return self.records[key]


class ChaosPages(Pages):
    """Draws each page when it is asked for."""

    def __init__(self, data: st.DataObject) -> None:
        super().__init__()
        self.data = data

    async def _answer(self, method: str, url: str, headers: dict[str, str] | None) -> HttpAnswer:
        if self.data.draw(st.booleans()):
            outcome, reason = self.data.draw(st.sampled_from(FAILURES))
            return HttpAnswer(url, url, outcome, reason)
        final = self.data.draw(st.sampled_from([url, url, "https://evil.example/x", "https://["]))
        status = self.data.draw(st.sampled_from([200, 200, 200, 404, 500]))
        secure = url.startswith("https:")
        return HttpAnswer(url, final, Outcome.OK, Reason.NONE, status, "text/xml", self.data.draw(BODIES), secure)


class Chaos(World):
    """A world of chance."""

    def __init__(self, data: st.DataObject) -> None:
        super().__init__(ChaosNames(data), ChaosPages(data))
        self.data = data

    async def probe(self, endpoint: Endpoint, recorder: wire.Recorder) -> Probe:
        good = self.data.draw(st.booleans())
        return Probe(endpoint, Outcome.OK if good else Outcome.FAILED, tls=TlsFacts(verified=good))


@settings(max_examples=2500, deadline=None)
@given(st.data(), st.sampled_from(DOMAINS), st.sampled_from(["anna", "%EMAILDOMAIN%", "\u674e", '"a b"']))
def test_promises_hold(data: st.DataObject, domain: str, local: str) -> None:
    """No error, every source listed, no plaintext first, no unvouched stranger trusted by DNS alone."""
    made = Chaos(data)
    address = EmailAddress(local, domain)
    with patch.object(query, "PATIENCE_SECONDS", 0), patch("mailwright.discover.probing.STAGGER_SECONDS", 0):
        result = asyncio.run(discover.find(address, made.wire, SHELF, options=Options(seed=1)))
    assert {answer.source for answer in result.answers} == set(registry.SOURCES)
    assert plain(result)
    if result.candidate is None:
        assert all(answer.told is not Told.FOUND for answer in result.answers)
        return
    kinds = [service.endpoint.value.security is Security.NONE for service in result.candidate.services]
    assert kinds == sorted(kinds)
    asked = query.Query(address, made.wire, SHELF, Options(), None, None)  # type: ignore[arg-type]
    for service in result.candidate.services:
        origin, host = service.endpoint.provenance, service.endpoint.value.host
        assert service.username.value
        assert service.auth.value
        assert expand(service.username.value, address).isprintable()
        if origin.channel is Channel.HTTP:
            assert origin.trust is Trust.LOW
        if origin.channel is Channel.DNS and not asked.vouched(host):
            assert origin.trust is Trust.CONFIRM
        if origin.source is Source.GUESS:
            assert host == domain or host.endswith(f".{domain}")
