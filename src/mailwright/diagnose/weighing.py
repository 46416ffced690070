"""Signs and the cause model in, one Diagnosis out: scores, confidence, what is ruled out, what would decide."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mailwright.core import Cause, Diagnosis, Fixer, Param, Reason, RuledOut, Severity, Sign
from mailwright.diagnose import causes, signs
from mailwright.diagnose.case import Case, published
from mailwright.diagnose.causes import Entry
from mailwright.diagnose.signs.making import pair

Signs = dict[str, Sign]
TIE = 2.0
"""Decibans within which the first causes are level."""
MOST_SHOWN = 6
LEAST_SHOWN = 0.01
MOST_RULED_OUT = 6
_DEAF = (Reason.CONNECT_REFUSED, Reason.CONNECT_TIMEOUT)
_SOMETHING_ELSE = 0.0
"""The score of a cause that is not in the table."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A cause with its score in decibans and the signs behind it, the weightiest first."""

    entry: Entry
    score: float
    speaks_for: tuple[Sign, ...]
    speaks_against: tuple[Sign, ...]


def diagnosis(case: Case) -> Diagnosis:
    """What is behind the failure of this case; without causes when nothing of the table fits."""
    seen = signs.read(case)
    weighed = ranked(seen)
    if not weighed:
        weighed = ranked(seen, everything=True)
    return Diagnosis(case.protocol, _causes(case, weighed), _ruled_out(case, seen), *_tied(case, weighed))


def ranked(seen: Signs, *, everything: bool = False) -> list[Weighed]:
    """All causes that come into question, the likeliest first. `everything`: also those that a sign rules out."""
    fitting = [
        entry
        for entry in causes.TABLE
        if any(entry.counts(id) for id in seen) and (everything or excluded_by(entry, seen) is None)
    ]
    weighed = [_weighed(entry, seen) for entry in fitting]
    return sorted(weighed, key=lambda one: (-one.score, one.entry.id))


def excluded_by(entry: Entry, seen: Signs) -> Sign | None:
    """The sign that rules a cause out. How far we came says nothing against a server's own words."""
    kept = ("login.same_elsewhere", "login.token", "login.password_worked") if f"reply.{entry.id}" in seen else None
    return next((seen[id] for id in entry.excludes if id in seen and (kept is None or id in kept)), None)


def _weighed(entry: Entry, seen: Signs) -> Weighed:
    parts = [(entry.weight(id) * sign.strength, sign) for id, sign in seen.items() if entry.weight(id)]
    parts.sort(key=lambda part: (-abs(part[0]), part[1].id))
    score = entry.prior + sum(weight for weight, _ in parts)
    return Weighed(
        entry,
        round(score, 3),
        tuple(sign for weight, sign in parts if weight > 0),
        tuple(sign for weight, sign in parts if weight < 0),
    )


def confidences(scores: list[float]) -> list[float]:
    """Shares of 1 that the scores make, beside something that is not in the table."""
    top = max([*scores, _SOMETHING_ELSE])
    shares = [10 ** ((score - top) / 10) for score in scores]
    whole = sum(shares) + 10 ** ((_SOMETHING_ELSE - top) / 10)
    # Rounded down, so that they never add up to more than 1.
    return [int(share / whole * 10_000) / 10_000 for share in shares]


def _causes(case: Case, weighed: list[Weighed]) -> tuple[Cause, ...]:
    sure = confidences([one.score for one in weighed])
    shown = [
        cause(case, one, confidence)
        for place, (one, confidence) in enumerate(zip(weighed, sure, strict=True))
        if place == 0 or confidence >= LEAST_SHOWN
    ]
    return tuple(shown[:MOST_SHOWN])


def cause(case: Case, weighed: Weighed, confidence: float) -> Cause:
    """A weighed cause as it is told."""
    entry = weighed.entry
    return Cause(
        entry.id,
        _who(case, weighed),
        entry.severity,
        confidence,
        case.protocol,
        params(case, entry, weighed.speaks_for),
        weighed.speaks_for,
        weighed.speaks_against,
    )


def _who(case: Case, weighed: Weighed) -> Fixer:
    said = next((v for sign in weighed.speaks_for for key, v in sign.params if key == "who"), None)
    if isinstance(said, str):
        return Fixer(said)
    published = None if case.own_settings else weighed.entry.published
    return published or weighed.entry.who


def params(case: Case, entry: Entry, speaking: tuple[Sign, ...]) -> tuple[tuple[str, Param], ...]:
    """All parameters of a cause: what the signs say, the weightiest first, then what is known of the service."""
    known: dict[str, Param] = {"provider": case.provider}
    if case.seen is not None and case.endpoint is not None:
        known |= {
            "host": case.endpoint.host,
            "port": case.endpoint.port,
            "deaf": case.endpoint.host if case.seen.reason in _DEAF else "",
            "reply": str(case.seen.reply) if case.seen.reply else "",
            "link": signs.replies.link(case.seen.reply) if case.seen.reply else "",
            "username": ", ".join(dict.fromkeys(login.username for login in case.seen.logins)),
        }
    for sign in reversed(speaking):
        known |= dict(sign.params)
    if "right_host" in entry.params:
        known |= _proved(case, str(known.get("right_host", "")))
    return tuple((name, known.get(name, "")) for name in entry.all_params)


def _proved(case: Case, advised: str) -> dict[str, Param]:
    """A published server that let us in, in place of the typed one: that name stays when servers move."""
    there = next((s.service.endpoint.value for s in case.siblings if s.works and published(s)), None)
    here = case.endpoint.host if case.endpoint is not None else ""
    if there is None or there.host == here or advised not in ("", here):
        return {}
    return pair(there) | {"meant": f"{there.host} {there.port} {there.security.value}"}


def _ruled_out(case: Case, seen: Signs) -> tuple[RuledOut, ...]:
    found = []
    for entry in causes.TABLE:
        by = excluded_by(entry, seen)
        if by is not None and (entry.usual or any(entry.counts(id) for id in seen)):
            found.append((not any(entry.counts(id) for id in seen), RuledOut(entry.id, by, case.protocol)))
    return tuple(out for _, out in sorted(found, key=lambda pair: pair[0]))[:MOST_RULED_OUT]


def _tied(case: Case, weighed: list[Weighed]) -> tuple[int, str]:
    """How many of the first are level, and what would tell them apart."""
    if not weighed:
        return 1, ""
    level = [one for one in weighed if weighed[0].score - one.score <= TIE][:MOST_SHOWN]
    if len(level) < 2:
        return 1, ""
    done = {look.kind.value for look in case.examination.looks}
    ways = [way for one in level for way in one.entry.decided_by if way not in done]
    return len(level), next(iter(ways), "")


def as_warning(diagnosis: Diagnosis) -> Diagnosis:
    """The same, of something that works nevertheless."""
    return replace(diagnosis, causes=tuple(replace(c, severity=Severity.WARNING) for c in diagnosis.causes))
