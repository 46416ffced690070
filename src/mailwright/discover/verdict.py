"""From what the network did to what the source told: "no" and "could not tell" stay apart."""

from __future__ import annotations

from collections.abc import Sequence

from mailwright.core import DnsAnswer, DnsStatus, HttpAnswer, Outcome, Probe, Reason, Source, SourceAnswer, Told

_NOT_THERE = frozenset({Reason.DNS_NXDOMAIN, Reason.DNS_NODATA, Reason.CONNECT_REFUSED})
_MUST_NOT_BE_USED = frozenset({
    Reason.TLS_CERTIFICATE, Reason.TOO_MUCH, Reason.PRIVATE_ADDRESS, Reason.PORT_NOT_ALLOWED, Reason.REDIRECT,
})  # fmt: skip
_DNS_REASONS = {
    DnsStatus.NXDOMAIN: Reason.DNS_NXDOMAIN,
    DnsStatus.NODATA: Reason.DNS_NODATA,
    DnsStatus.TIMEOUT: Reason.DNS_TIMEOUT,
    DnsStatus.FAILED: Reason.DNS_TIMEOUT,
    DnsStatus.SERVFAIL: Reason.DNS_SERVFAIL,
    DnsStatus.REFUSED: Reason.DNS_SERVFAIL,
}
# A later URL that answers must not hide that an earlier one must not be used, or could not be asked.
_WEIGHT = {Told.FOUND: 0, Told.STOPPED: 1, Told.UNKNOWN: 2, Told.NOTHING: 3, Told.SKIPPED: 4}


def network(outcome: Outcome, reason: Reason) -> Told:
    """What it means that a host could not be used."""
    if reason in _NOT_THERE:
        return Told.NOTHING
    if outcome is Outcome.STOPPED or reason in _MUST_NOT_BE_USED:
        return Told.STOPPED
    return Told.UNKNOWN


def http(source: Source, answer: HttpAnswer) -> SourceAnswer:
    """An HTTP answer that brought no settings."""
    if answer.outcome is Outcome.OK:
        told = Told.NOTHING if answer.told else Told.UNKNOWN
        return SourceAnswer(source, told, answer.asked)
    return SourceAnswer(source, network(answer.outcome, answer.reason), answer.asked, reason=answer.reason)


def dns(source: Source, answer: DnsAnswer) -> SourceAnswer:
    """A DNS answer that brought no settings."""
    told = Told.NOTHING if answer.status.told else Told.UNKNOWN
    reason = _DNS_REASONS.get(answer.status, Reason.NONE)
    return SourceAnswer(source, told, f"{answer.rdtype} {answer.name}", reason=reason)


def probe(source: Source, failed: Probe) -> SourceAnswer:
    """A probe that did not show a server to use."""
    told = network(failed.outcome, failed.reason)
    return SourceAnswer(source, told, str(failed.endpoint), reason=failed.reason)


def combined(source: Source, answers: Sequence[SourceAnswer]) -> SourceAnswer:
    """The first answer that found something, else the one that says most."""
    return min(answers, key=lambda answer: _WEIGHT[answer.told], default=SourceAnswer(source, Told.NOTHING))
