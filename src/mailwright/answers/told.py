"""What is said about each cause: the sentence, what speaks for it, the cure, and what it may be instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import diagnose
from mailwright.answers import remedy, said
from mailwright.core import Cause, Diagnosis, Endpoint, Finding, Fixer, Severity, Source

if TYPE_CHECKING:
    from mailwright import setup, texts

SIGNS = {Severity.ERROR: "bad", Severity.UNKNOWN: "unknown", Severity.WARNING: "warn", Severity.INFO: "none"}
SURE, LIKELY = 0.8, 0.5
MOST_OTHERS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """`lines`: label (see face "label.…") and text, in the order they are read."""

    id: str
    sign: str
    title: str
    lines: tuple[tuple[str, str], ...]
    steps: tuple[str, ...]
    who: str


def told(words: texts.Words, examined: setup.Examined) -> tuple[Told, ...]:
    """One for each finding; the same cause on both sides is told once."""
    return tuple(_told(words, examined, finding) for finding in said.findings(examined.result))


def headline(words: texts.Words, examined: setup.Examined) -> str:
    """The address and what is the matter with it."""
    return _line(words, examined, "verdict")


def next_step(words: texts.Words, examined: setup.Examined) -> str:
    """The last line: what to do now."""
    return _line(words, examined, "next")


def _line(words: texts.Words, examined: setup.Examined, which: str) -> str:
    where = words.listed(
        words.say("told.place", where=endpoint.shown, security=words.say(f"security.{endpoint.security.value}"))
        for endpoint in _instead(examined)
    )
    key = f"{which}.diagnose.{_ended(examined)}"
    return words.say(key, address=str(examined.result.discovery.address), where=where)


def _ended(examined: setup.Examined) -> str:
    """The verdict; of what works: mended (not as it was typed), reserved (something else is to be said), works.

    Of what does not: instead, doubt (with what was found in place of what was typed it works).
    """
    verdict, warnings = examined.result.verdict, [f for f in examined.result.findings if f.severity is Severity.WARNING]
    if verdict is not diagnose.Verdict.WORKS and _instead(examined):
        return "instead" if verdict is diagnose.Verdict.BROKEN else "doubt"
    if verdict is not diagnose.Verdict.WORKS or not warnings:
        return verdict.value
    # It was got to work by mending what was typed: a mail program might not do so.
    return "mended" if any(finding.who is Fixer.YOU for finding in warnings) else "reserved"


def _instead(examined: setup.Examined) -> tuple[Endpoint, ...]:
    """Where it worked in place of what was typed, if reading and sending both did."""
    account, evidence = examined.result.account, examined.result.evidence
    if account is None or evidence is None:
        return ()
    own = {s.service.protocol for s in evidence.services if s.service.endpoint.provenance.source is Source.USER}
    both = (side.service.endpoint for side in (account.incoming, account.outgoing))
    return tuple(e.value for e in both if e.value.protocol in own and e.provenance.source is not Source.USER)


def _told(words: texts.Words, examined: setup.Examined, finding: Finding) -> Told:
    candidate = examined.result.discovery.candidate
    text = remedy.text(words, finding, candidate, examined.result.discovery.address)
    diagnosis = next((d for d in examined.diagnoses if any(c.id == finding.id for c in d.causes)), None)
    cause = next((c for c in diagnosis.causes if c.id == finding.id), None) if diagnosis is not None else None
    lines = [("why", text.why), *_said(finding)]
    if cause is not None and diagnosis is not None:
        lines += _reasons(words, cause, diagnosis)
    lines.append(("fix", text.fix))
    return Told(
        finding.id,
        SIGNS[finding.severity],
        text.title,
        tuple((label, line) for label, line in lines if line),
        text.steps,
        words.phrase("who.minutes", who=words.say(f"who.{finding.who.value}"), minutes=text.minutes),
    )


def _said(finding: Finding) -> list[tuple[str, str]]:
    reply, typed, meant = (str(finding.param(key) or "") for key in ("reply", "typed", "meant"))
    lines = [("typed", f"{typed} → {meant}" if meant else typed)] if typed else []
    return [*lines, *([("said", f"{finding.param('host')}: {reply}")] if reply else [])]


def _reasons(words: texts.Words, cause: Cause, diagnosis: Diagnosis) -> list[tuple[str, str]]:
    speaks = words.listed(words.sign(sign) for sign in cause.speaks_for[:4])
    sure = words.say(f"sure.{sureness(cause.confidence)}")
    lines = [("for", words.say("told.sure", what=speaks, sure=sure) if speaks else "")]
    others = [c for c in diagnosis.causes if c.id != cause.id][:MOST_OTHERS]
    if others:
        odds = (words.say("told.sure", what=words.cause(c.id), sure=f"{round(c.confidence * 100)} %") for c in others)
        lines.append(("others", words.listed(odds)))
    if diagnosis.tied > 1 and diagnosis.decider:
        lines.append(("decide", words.decider(diagnosis.decider)))
    return lines


def sureness(confidence: float) -> str:
    """In a word: sure, likely or possible."""
    return "sure" if confidence >= SURE else "likely" if confidence >= LIKELY else "possible"
