"""What servers that are published did, and what that means; every finding about publications in both languages."""

from __future__ import annotations

import re

import pytest

from mailwright import diagnose
from mailwright.core import (
    Candidate,
    Channel,
    DomainFacts,
    Endpoint,
    Finding,
    Outcome,
    Probe,
    Protocol,
    Provenance,
    Publication,
    Published,
    Reason,
    Security,
    Service,
    Severity,
    Source,
    Sourced,
    Told,
    Trust,
    Way,
)
from mailwright.texts import LANGUAGES, Words, words
from tests.setup.domain import good, seen
from tests.setup.spoilt import SPOILT

HOLES = re.compile(r"  |“”|（）|\(\)|[{}]|^[，。、]")
MEANS: list[tuple[Reason, Outcome, str, Severity]] = [
    (Reason.DNS_NXDOMAIN, Outcome.NO, "host_dns", Severity.ERROR),
    (Reason.DNS_NODATA, Outcome.NO, "host_dns", Severity.ERROR),
    (Reason.DNS_SERVFAIL, Outcome.FAILED, "host_unknown", Severity.UNKNOWN),
    (Reason.DNS_TIMEOUT, Outcome.TIMEOUT, "host_unknown", Severity.UNKNOWN),
    (Reason.CONNECT_REFUSED, Outcome.FAILED, "host_refused", Severity.ERROR),
    (Reason.CONNECT_TIMEOUT, Outcome.TIMEOUT, "host_unknown", Severity.UNKNOWN),
    (Reason.CONNECT_UNREACHABLE, Outcome.FAILED, "host_unknown", Severity.UNKNOWN),
    (Reason.CONNECT_RESET, Outcome.FAILED, "host_unknown", Severity.UNKNOWN),
    (Reason.CLOSED, Outcome.FAILED, "host_unknown", Severity.UNKNOWN),
    (Reason.READ_TIMEOUT, Outcome.TIMEOUT, "host_unknown", Severity.UNKNOWN),
    (Reason.PRIVATE_ADDRESS, Outcome.STOPPED, "host_unknown", Severity.UNKNOWN),
    (Reason.PROXY_UNREACHABLE, Outcome.FAILED, "host_unknown", Severity.UNKNOWN),
    (Reason.TLS_CERTIFICATE, Outcome.FAILED, "host_certificate", Severity.ERROR),
    (Reason.TLS_HANDSHAKE, Outcome.FAILED, "host_no_tls", Severity.ERROR),
    (Reason.TLS_HANDSHAKE, Outcome.TIMEOUT, "host_unknown", Severity.UNKNOWN),
    (Reason.TLS_NOT_SPOKEN, Outcome.FAILED, "host_no_tls", Severity.ERROR),
    (Reason.STARTTLS_MISSING, Outcome.STOPPED, "host_no_tls", Severity.ERROR),
    (Reason.STARTTLS_REFUSED, Outcome.STOPPED, "host_no_tls", Severity.ERROR),
    (Reason.NOT_THE_PROTOCOL, Outcome.FAILED, "host_no_tls", Severity.ERROR),
]
IMAP = Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS)
SMTP = Endpoint(Protocol.SMTP, "smtp.example.org", 465, Security.TLS)


def published(*probes: Probe) -> Published:
    origin = Provenance(Source.AUTOCONFIG, "", Channel.HTTPS, Trust.TRUSTED)
    services = tuple(Service(Sourced(e, origin), Sourced("", origin), Sourced((), origin)) for e in (IMAP, SMTP))
    one = Publication(Way.AUTOCONFIG, "https://autoconfig.example.org/", Told.FOUND, candidate=Candidate(services))
    others = (Publication(way, "", Told.SKIPPED) for way in Way if way is not Way.AUTOCONFIG)
    return Published("example.org", (one, *others), probes, DomainFacts(exists=True))


@pytest.mark.parametrize(("reason", "outcome", "id", "severity"), MEANS)
def test_servers(reason: Reason, outcome: Outcome, id: str, severity: Severity) -> None:
    """What a server itself said or lacks is a fault; what only did not arrive is not."""
    found = diagnose.published_findings(published(Probe(IMAP, outcome, reason), Probe(SMTP, Outcome.OK)))
    assert [(one.id, one.severity) for one in found] == [(f"autoconfig.{id}", severity)]
    for language in LANGUAGES:
        whole(language, found[0])


def whole(language: str, finding: Finding) -> None:
    """Title, reason, advice and steps are there, without a hole in them."""
    text = Words(language).finding(finding)
    assert all((text.title, text.why, text.fix, text.steps)), finding.id
    for line in (text.title, text.why, text.fix, *text.steps):
        assert not HOLES.search(line), line
    assert text.why.endswith(("。", "."))
    assert not text.title.endswith(("。", "."))


async def test_every_finding_can_be_told() -> None:
    """Whatever is said of a domain has its sentences in both languages, filled with what was seen."""
    met = set()
    for spoil, _ in SPOILT.values():
        domain = good()
        spoil(domain)
        for finding in diagnose.published_findings(await seen(domain)):
            met.add(finding.id)
            for language in LANGUAGES:
                whole(language, finding)
    servers = {f"autoconfig.{row[2]}" for row in MEANS}
    assert {*words.family("en", "findings/autoconfig")} - met - servers == {
        "autoconfig.nothing",
        "autoconfig.no_mail",
        "autoconfig.srv_target",
    } - met


def test_both_languages_say_the_same() -> None:
    """Each finding has the same parts, steps and parameters in both languages."""
    zh, en = (words.family(language, "findings/autoconfig") for language in ("zh", "en"))
    assert list(zh) == list(en)
    for id, row in en.items():
        assert set(row) == set(zh[id])
        assert row["minutes"] == zh[id]["minutes"]
        for part in ("title", "fix"):
            assert fields(row[part]) == fields(zh[id][part]), id
        assert len(row["steps"]) == len(zh[id]["steps"]) <= 6
        for mine, theirs in zip(row["steps"], zh[id]["steps"], strict=True):
            assert fields(mine) == fields(theirs), id


def fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))
