"""One word for the whole: the first line of every answer and the exit code."""

from __future__ import annotations

from enum import StrEnum

from mailwright.core import Evidence, Finding, Protocol, Severity


class Verdict(StrEnum):
    """WORKS: proved by a login. FOUND: settings known, nobody signed in. UNKNOWN: could not tell."""

    WORKS = "works"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    FOUND = "found"


def verdict(found: tuple[Finding, ...], evidence: Evidence | None, *, has_settings: bool) -> Verdict:
    """The verdict on findings and evidence; `evidence` None: nobody tried to sign in."""
    severities = {finding.severity for finding in found}
    if Severity.ERROR in severities:
        return Verdict.BROKEN
    if Severity.UNKNOWN in severities:
        return Verdict.UNKNOWN
    if evidence is None:
        return Verdict.FOUND if has_settings else Verdict.UNKNOWN
    working = {seen.service.protocol for seen in evidence.services if seen.works}
    reads = bool(working & {Protocol.IMAP, Protocol.POP3})
    return Verdict.WORKS if reads and Protocol.SMTP in working else Verdict.UNKNOWN
