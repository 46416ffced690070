"""One word for the whole, the same each time, whatever was seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import diagnose, texts
from mailwright.core import (
    Candidate,
    Evidence,
    Finding,
    Fixer,
    LoginTry,
    Outcome,
    Protocol,
    Reason,
    Repair,
    Reply,
    SecretKind,
    ServiceEvidence,
    Severity,
    Stage,
    TlsFacts,
)
from mailwright.diagnose import Verdict
from tests.diagnose import made
from tests.diagnose.made import IMAP, POP3, SMTP, candidate, discovery, evidence, stopped, works


def finding(severity: Severity) -> Finding:
    return Finding("x", severity, Fixer.YOU)


BOTH = evidence(works(IMAP), works(SMTP))
TABLE = [
    # severities, evidence, settings known, verdict
    ((), BOTH, True, Verdict.WORKS),
    ((), evidence(works(POP3), works(SMTP)), True, Verdict.WORKS),
    ((Severity.WARNING, Severity.INFO), BOTH, True, Verdict.WORKS),
    ((Severity.ERROR,), BOTH, True, Verdict.BROKEN),
    ((Severity.ERROR, Severity.UNKNOWN), BOTH, True, Verdict.BROKEN),
    ((Severity.UNKNOWN, Severity.WARNING), BOTH, True, Verdict.UNKNOWN),
    ((), evidence(works(IMAP)), True, Verdict.UNKNOWN),
    ((), evidence(works(SMTP)), True, Verdict.UNKNOWN),
    ((), evidence(works(IMAP), works(POP3)), True, Verdict.UNKNOWN),
    ((), evidence(works(IMAP), stopped(SMTP, Reason.NONE)), True, Verdict.UNKNOWN),
    ((), evidence(works(IMAP), stopped(SMTP, Reason.NOT_TRIED)), True, Verdict.UNKNOWN),
    ((Severity.ERROR,), evidence(stopped(IMAP, Reason.CLOSED), stopped(SMTP, Reason.NOT_TRIED)), True, Verdict.BROKEN),
    ((Severity.INFO,), evidence(stopped(IMAP, Reason.NONE), stopped(SMTP, Reason.NONE)), True, Verdict.UNKNOWN),
    ((), evidence(), True, Verdict.UNKNOWN),
    ((), None, True, Verdict.FOUND),
    ((Severity.INFO,), None, True, Verdict.FOUND),
    ((), None, False, Verdict.UNKNOWN),
    ((Severity.ERROR,), None, False, Verdict.BROKEN),
    ((Severity.UNKNOWN,), None, True, Verdict.UNKNOWN),
]


@pytest.mark.parametrize(("severities", "seen", "known", "expected"), TABLE)
def test_verdicts(severities: tuple[Severity, ...], seen: Evidence | None, expected: Verdict, *, known: bool) -> None:
    """An error breaks it, not knowing leaves it open, and only two proved sides make it work."""
    found = tuple(finding(severity) for severity in severities)
    assert diagnose.verdict(found, seen, has_settings=known) is expected
    assert diagnose.verdict(found[::-1], seen, has_settings=known) is expected


REPLIES = st.builds(
    Reply,
    st.sampled_from(["OK", "NO", "BAD", "BYE", "+OK", "-ERR", "235", "421", "454", "535", "550", "", "9"]),
    st.sampled_from(["", "AUTHENTICATIONFAILED", "UNAVAILABLE", "EXPIRED", "5.7.8", "4.7.0", "AUTH", "{x}"]),
    st.text(max_size=20),
)
LOGINS = st.builds(
    LoginTry,
    st.text(max_size=10),
    st.sampled_from(["PLAIN", "XOAUTH2", "USER"]),
    st.lists(st.sampled_from(Repair), max_size=3).map(tuple),
    st.sampled_from(Outcome),
    st.none() | REPLIES,
)
CERTIFICATES = st.builds(made.certificate, self_signed=st.booleans())
HANDSHAKES = st.builds(TlsFacts, verify_code=st.integers(0, 100), chain=st.lists(CERTIFICATES, max_size=3).map(tuple))
SEEN = st.builds(
    ServiceEvidence,
    service=st.sampled_from([IMAP, POP3, SMTP]),
    stage=st.sampled_from(Stage),
    outcome=st.sampled_from(Outcome),
    reply=st.none() | REPLIES,
    logins=st.lists(LOGINS, max_size=2).map(tuple),
    tls=st.none() | HANDSHAKES,
    reason=st.sampled_from(Reason),
)
CANDIDATES = st.builds(
    candidate,
    st.none() | st.sampled_from(SecretKind),
    when=st.sampled_from(["always", "two_factor", "optional"]),
    needs_id=st.booleans(),
    services=st.booleans(),
)
ORDER = [Severity.ERROR, Severity.UNKNOWN, Severity.WARNING, Severity.INFO]


@given(CANDIDATES, st.lists(SEEN, max_size=5).map(tuple).map(Evidence))
def test_any_evidence(found: Candidate, seen: Evidence) -> None:
    """Whatever was seen is judged, told in both languages and judged the same again; it works only if both sides do."""
    results = diagnose.findings(discovery(found), seen, replies=made.Silent())
    assert results == diagnose.findings(discovery(found), seen, replies=made.Silent())
    assert [ORDER.index(result.severity) for result in results] == sorted(
        ORDER.index(result.severity) for result in results
    )
    for language in texts.LANGUAGES:
        for result in results:
            assert all((told := texts.Words(language).finding(result), told.title, told.why, told.fix))
    working = {service.service.protocol for service in seen.services if service.works}
    proved = Protocol.SMTP in working and len(working) > 1
    if diagnose.verdict(results, seen, has_settings=True) is Verdict.WORKS:
        assert proved
    # Nothing is said of what was only looked at, or left alone after the other side's refusals.
    if not proved and not {service.reason for service in seen.services} & {Reason.NONE, Reason.NOT_TRIED}:
        assert {result.severity for result in results} & {Severity.ERROR, Severity.UNKNOWN}
