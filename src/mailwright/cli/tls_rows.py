"""A close look as rows: verdict word, subject, facts; then what to do about it."""

from __future__ import annotations

from collections import Counter

from mailwright import diagnose, posture, texts
from mailwright.cli import found
from mailwright.cli.screen import Screen, pad
from mailwright.core import (
    ChainFault,
    ChainLink,
    Finding,
    Outcome,
    StapleState,
    TlsLook,
    VersionLook,
)

_GRADE_SIGNS = {"good": "ok", "sufficient": "ok", "phase_out": "warn", "insufficient": "bad", "unknown": "unknown"}
SUBJECT = 15
MOST_GROUPS = 6
# What does not make a certificate useless.
_MILD = (ChainFault.ORDER, ChainFault.NO_NAME)


def show(screen: Screen, look: TlsLook, told: tuple[Finding, ...]) -> None:
    """Everything, for a person."""
    if look.outcome is Outcome.OK:
        screen.data(screen.paint(_headline(look), "bold"))
        _protocol(screen, look)
        _certificates(screen, look)
        _habits(screen, look)
        _scales(screen, look)
    for finding in told:
        found.show(screen, finding)
    screen.data("")
    key = "tls.partial" if look.partial else "tls.asked"
    screen.data(screen.paint(screen.words.say(key, number=look.connections, seconds=f"{look.took:.1f}"), "dim"))


def _headline(look: TlsLook) -> str:
    address = f" ({look.address})" if look.address and look.address != look.target.host else ""
    upgrade = f"  {look.target.starttls.value.upper()} STARTTLS" if look.target.starttls else ""
    return f"{look.target}{address}{upgrade}"


def _row(screen: Screen, grade: str, subject: str, facts: str, *, word: str = "") -> None:
    said = word or screen.words.say(f"tls.grade.{grade}")
    screen.row(_GRADE_SIGNS[grade], said, f"{pad(subject, SUBJECT)}{facts}")


def _protocol(screen: Screen, look: TlsLook) -> None:
    words = screen.words
    offered = [one for one in look.versions if one.offered]
    grades = [diagnose.TLS_VERSIONS[one.version] for one in offered]
    worst = max(grades, key=list(diagnose.Grade).index, default=diagnose.Grade.INSUFFICIENT)
    open_ = [one.version for one in look.versions if one.offered is None]
    told = ", ".join(diagnose.tls_version(one.version) for one in reversed(offered))
    if open_:
        told += words.say("tls.open", versions=", ".join(map(diagnose.tls_version, open_)))
    _row(screen, "good" if worst is diagnose.Grade.SUFFICIENT else worst.value, words.say("tls.row.versions"), told)
    for one in reversed(offered):
        if one.ciphers:
            _row(screen, diagnose.tls_worst(one.ciphers).value, diagnose.tls_version(one.version), _ciphers(words, one))
    _exchange(screen, look)
    if look.negotiated.version:
        got = look.negotiated
        facts = ", ".join(filter(None, (diagnose.tls_version(got.version), got.cipher, got.group)))
        library = f" ({look.library.rpartition(', ')[2]})" if look.library else ""
        screen.row("none", "", f"{pad(words.say('tls.row.today'), SUBJECT)}{facts}{library}")


def _ciphers(words: texts.Words, one: VersionLook) -> str:
    counts = Counter(diagnose.tls_cipher(name).value for name in one.ciphers)
    graded = [grade for grade in map(str, diagnose.Grade) if counts[grade]]
    told = ", ".join(f"{counts[grade]} {words.say(f'tls.grade.{grade}')}" for grade in graded)
    chooser = {True: "tls.order.server", False: "tls.order.client", None: ""}[one.ordered]
    first = posture.openssl_name(one.ciphers[0])
    parts = [told, words.say("tls.first", cipher=first), words.say(chooser) if chooser else ""]
    return "; ".join(filter(None, [*parts, "" if one.complete else words.say("tls.incomplete")]))


def _exchange(screen: Screen, look: TlsLook) -> None:
    words, exchange = screen.words, look.exchange
    weak = bool(exchange.weak_groups) or 0 < exchange.dh_bits < 2048
    names = [*exchange.groups[:MOST_GROUPS], *exchange.weak_groups[:2]]
    more = len(exchange.groups) - MOST_GROUPS
    facts = ", ".join(names) + (f" +{more}" if more > 0 else "")
    if exchange.dh_bits:
        facts = "; ".join(filter(None, (facts, words.say("tls.dh", bits=exchange.dh_bits))))
    if facts:
        _row(screen, "phase_out" if weak else "good", words.say("tls.row.exchange"), facts)


def _certificates(screen: Screen, look: TlsLook) -> None:
    words = screen.words
    for at, link in enumerate(look.chain):
        problems = [p.fault for p in look.chain_problems if p.at == at]
        bad = [p for p in look.chain_problems if p.at == at and p.needed and p.fault not in _MILD]
        grade = "insufficient" if bad else "phase_out" if problems else "good"
        facts = _facts(words, link)
        subject = words.say("tls.row.certificate" if at == 0 else "tls.row.issuer")
        named = ", ".join(words.say(f"tls.fault.{fault.value}") for fault in problems)
        _row(screen, grade, subject, f"{named}: {facts}" if named else facts)
    _staple(screen, look)


def _facts(words: texts.Words, link: ChainLink) -> str:
    if link.certificate is None:
        return words.say("tls.certificate_unreadable")
    return words.say(
        "tls.certificate" if link.days_left >= 0 else "tls.certificate_expired",
        subject=_short(link.certificate.subject), kind=link.certificate.key, signature=link.signature,
        days=abs(link.days_left),
    )  # fmt: skip


def _short(subject: str) -> str:
    """The common name of a long one."""
    return next((part[3:] for part in subject.split(",") if part.startswith("CN=")), subject)[:48]


def _staple(screen: Screen, look: TlsLook) -> None:
    words, state = screen.words, look.staple.state
    if not look.chain:
        return
    sign = {StapleState.GOOD: "ok", StapleState.NONE: "none", StapleState.REVOKED: "bad"}.get(state, "warn")
    told = words.say(f"tls.staple.{state.value}")
    where = look.chain[0].ocsp
    screen.row(sign, "", f"{pad(words.say('tls.row.ocsp'), SUBJECT)}{told}{f'  {where}' if where else ''}")


def _habits(screen: Screen, look: TlsLook) -> None:
    words, habits = screen.words, look.habits
    good = {
        "renegotiation": habits.secure_renegotiation,
        "master_secret": habits.extended_master_secret,
        "fallback": habits.fallback_refused,
        "compression": None if habits.compression is None else not habits.compression,
    }
    known = {key: "yes" if value else "no" for key, value in good.items() if value is not None}
    told = [words.say(f"tls.habit.{key}.{answer}") for key, answer in known.items()]
    if habits.client_certificate:
        told.append(words.say("tls.habit.client_certificate"))
    if told:
        bad = good["renegotiation"] is False or good["compression"] is False
        _row(screen, "phase_out" if bad else "good", words.say("tls.row.habits"), ", ".join(told))


def _scales(screen: Screen, look: TlsLook) -> None:
    words = screen.words
    profile = words.say(f"tls.profile.{diagnose.tls_profile(look).value}")
    grade = words.say(f"tls.grade.{diagnose.tls_grade(look).value}")
    screen.row("none", "", f"{pad(words.say('tls.row.scales'), SUBJECT)}Mozilla 6.0: {profile}; internet.nl: {grade}")
