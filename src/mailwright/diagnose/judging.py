"""From an examination to diagnoses: one for each protocol that fails, and one for what concerns the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mailwright import book
from mailwright.core import (
    Cause,
    Diagnosis,
    Examination,
    Protocol,
    Reason,
    ServiceEvidence,
    Severity,
    Source,
)
from mailwright.diagnose import causes, signs, weighing
from mailwright.diagnose.case import Case, Replies, decisive

_ORDER = (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)
# What is said of the one word that is wrong, not of a guess among several: each stands for itself.
_REPAIRS = ("input.fullwidth", "input.blank", "input.percent", "auth.username_form")
_GOT_ROUND = (*_REPAIRS, "input.paste", "net.ipv6_broken", "net.slow")
_HELPED = "helped."
# What was got round without anybody's doing.
_BESIDE = ("addresses.ipv6_broken", "time.slow")
# What the person has typed into a field, if the examination got on without it.
_FIELD = "typed."


@dataclass(frozen=True, slots=True)
class Judgement:
    """The cases of one examination, ready to be weighed."""

    examination: Examination
    replies: Replies | None = None
    shelf: book.Book | None = None

    def cases(self) -> list[Case]:
        """One for each protocol that was tried, incoming first."""
        chosen = decisive(self.examination)
        return [self._case(chosen[p], chosen) for p in _ORDER if p in chosen]

    def whole(self) -> Case:
        """What concerns no single server."""
        return Case(self.examination, replies=self.replies, shelf=self.shelf)

    def _case(self, seen: ServiceEvidence, chosen: dict[Protocol, ServiceEvidence]) -> Case:
        protocol = seen.service.protocol
        every = self.examination.evidence.services if self.examination.evidence is not None else ()
        return Case(
            self.examination,
            seen,
            tuple(chosen[p] for p in _ORDER if p in chosen and p is not protocol),
            tuple(one for one in every if one.service.protocol is protocol and one is not seen),
            self.replies,
            self.shelf,
        )


def judge(examination: Examination, replies: Replies | None, shelf: book.Book | None) -> tuple[Diagnosis, ...]:
    """What is wrong, the whole first, then each protocol, incoming first. Empty: nothing is."""
    judgement = Judgement(examination, replies, shelf)
    cases = judgement.cases()
    failing = [weighing.diagnosis(case) for case in cases if fails(case)]
    repaired = [one for case in cases if works(case) for one in repairs(case)]
    whole, rest = _merged(failing), _apart(failing)
    whole += [one for one in _of_the_whole(judgement.whole(), [*failing, *repaired]) if one.causes]
    told = [*whole, *rest, *_once(repaired)]
    return tuple(sorted(told, key=_place))


def fails(case: Case) -> bool:
    """True for a protocol that was tried and does not work."""
    seen = case.seen
    assert seen is not None
    # Looked at only, or left alone because of what was found out about the other protocol.
    return not seen.works and seen.reason not in (Reason.NOT_TRIED, Reason.NONE)


def works(case: Case) -> bool:
    """True for a protocol that was proved."""
    return case.seen is not None and case.seen.works


def repairs(case: Case) -> list[Diagnosis]:
    """What had to be repaired, or was got round, before it worked: one for each, for each is sure."""
    seen = {id: sign for id, sign in signs.read(case).items() if id.startswith(_HELPED) or id in _BESIDE}
    weighed = [one for one in weighing.ranked(seen) if one.entry.id in _GOT_ROUND]
    logins = case.seen.logins if case.seen is not None else ()
    order = {f"{_HELPED}{repair.value}": at for at, repair in enumerate(logins[-1].repairs if logins else ())}
    weighed.sort(key=lambda one: min(order.get(sign.id, len(order)) for sign in one.speaks_for))
    return [
        weighing.as_warning(
            Diagnosis(case.protocol, (weighing.cause(case, one, weighing.confidences([one.score])[0]),))
        )
        for one in weighed
    ]


def _of_the_whole(case: Case, told: list[Diagnosis]) -> list[Diagnosis]:
    """What the search told, and typed words that are wrong though no server was asked with them as they are."""
    seen = signs.read(case)
    already = {d.causes[0].id for d in told if d.causes}
    explained = {sign.id for d in told for c in d.causes[:1] for sign in c.speaks_for}
    failing = any(c.severity is not Severity.WARNING for d in told for c in d.causes[:1])
    weighed = [
        one
        for one in weighing.ranked(seen)
        if one.entry.id not in already and not {sign.id for sign in one.speaks_for} <= explained
    ]
    if not weighed or not _worth_telling(case, weighed[0]):
        return []
    sure = weighing.confidences([one.score for one in weighed])
    shown = [weighing.cause(case, one, sure[at]) for at, one in enumerate(weighed) if not at or sure[at] >= 0.05]
    diagnosis = Diagnosis(case.examination.typed.protocol if _typed(weighed[0]) else None, tuple(shown))
    got_on = failing or (_proved(case) and not _elsewhere(case))
    return [weighing.as_warning(diagnosis) if _typed(weighed[0]) and got_on else diagnosis]


def _typed(weighed: weighing.Weighed) -> bool:
    return all(sign.id.startswith(_FIELD) and sign.id != "typed.domain.near" for sign in weighed.speaks_for)


def _proved(case: Case) -> bool:
    """True when a server was reached in spite of it."""
    evidence = case.examination.evidence
    return evidence is not None and any(one.works for one in evidence.services)


def _elsewhere(case: Case) -> bool:
    """True when what works is not what the person typed: then their own program does not."""
    evidence = case.examination.evidence
    own = [
        one
        for one in (evidence.services if evidence is not None else ())
        if one.service.endpoint.provenance.source is Source.USER
    ]
    return case.examination.typed.host is not None and not any(one.works for one in own)


def _worth_telling(case: Case, first: weighing.Weighed) -> bool:
    """A pair of port and encryption, or another kind of server, is nothing where it was tried and works."""
    protocols = decisive(case.examination)
    own = protocols.get(case.examination.typed.protocol) if case.examination.typed.protocol else None
    tried = own is not None and (own.works or own.reason not in (Reason.NONE, Reason.NOT_TRIED))
    flaws = ("input.", "domain.", "settings.", "provider.", "dns.", "auth.")
    return not (tried and _typed(first) and not first.entry.id.startswith(flaws))


def _merged(failing: list[Diagnosis]) -> list[Diagnosis]:
    """One diagnosis for all protocols, where the same cause lies behind all of them."""
    firsts = {d.causes[0].id for d in failing if d.causes}
    if len(failing) < 2 or len(firsts) != 1 or not causes.entry(next(iter(firsts))).whole:
        return []
    best = max(failing, key=lambda d: d.causes[0].confidence)
    return [_without_protocol(best)]


def _apart(failing: list[Diagnosis]) -> list[Diagnosis]:
    return [] if _merged(failing) else failing


def _once(repaired: list[Diagnosis]) -> list[Diagnosis]:
    """A repair that both protocols needed is told once."""
    told: dict[str, Diagnosis] = {}
    for one in repaired:
        id = one.causes[0].id
        told[id] = _without_protocol(told[id]) if id in told else one
    return list(told.values())


def _without_protocol(diagnosis: Diagnosis) -> Diagnosis:
    whole: Callable[[Cause], Cause] = lambda c: replace(c, protocol=None)  # noqa: E731  # said twice below
    return replace(
        diagnosis,
        protocol=None,
        causes=tuple(map(whole, diagnosis.causes)),
        ruled_out=tuple(replace(out, protocol=None) for out in diagnosis.ruled_out),
    )


def _place(diagnosis: Diagnosis) -> tuple[int, bool]:
    """The whole first, then by protocol; what is only a warning after what keeps it from working."""
    warning = bool(diagnosis.causes) and diagnosis.causes[0].severity is Severity.WARNING
    return _ORDER.index(diagnosis.protocol) + 1 if diagnosis.protocol is not None else 0, warning
