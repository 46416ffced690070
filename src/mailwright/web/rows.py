"""What has been seen so far, as the three rows of a page: settings, receiving, sending; and what is waited for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright import answers
from mailwright.core import Discovery, Outcome, Protocol, ServiceEvidence, SourceAnswer, Stage
from mailwright.web.face import Event, Looking, Probed

if TYPE_CHECKING:
    from mailwright import texts

_SIGNS = {Outcome.OK: "ok", Outcome.TIMEOUT: "unknown", Outcome.CANCELLED: "none", Outcome.STOPPED: "none"}


@dataclass(frozen=True, slots=True)
class Row:
    """`id`: settings, incoming or outgoing; `sign`: wait until something is known."""

    id: str
    sign: str
    label: str
    where: str = ""
    text: str = ""


def blank(words: texts.Words) -> dict[str, Row]:
    """Before anything is known."""
    labels = {"settings": "row.settings", "incoming": "row.imap", "outgoing": "row.smtp"}
    return {id: Row(id, "wait", words.say(key)) for id, key in labels.items()}


def rows(words: texts.Words, events: Iterable[Event]) -> tuple[Row, ...]:
    """All three as they stand."""
    made = blank(words)
    for event in events:
        row = of(words, event)
        if row is not None:
            made[row.id] = row
    return tuple(made.values())


def of(words: texts.Words, event: Event) -> Row | None:
    """The row that an event changes, if it changes one."""
    if isinstance(event, Discovery):
        return _settings(words, event)
    if isinstance(event, Probed):
        label = words.say(f"row.{event.service.protocol.value}")
        good = event.probe.outcome is Outcome.OK
        text = (
            answers.said.tls_text(words, event.probe.tls) if good else words.say(f"reason.{event.probe.reason.value}")
        )
        id = _id(event.service.protocol)
        return Row(id, _sign(event.probe.outcome), label, event.service.endpoint.value.shown, text)
    return _seen(words, event) if isinstance(event, ServiceEvidence) else None


def progress(words: texts.Words, event: Event) -> str:
    """What is waited for now, "" if the event says nothing of that."""
    if isinstance(event, SourceAnswer):
        return words.say("progress.source", source=event.source.value)
    if isinstance(event, Discovery):
        return words.page("progress.servers")
    if isinstance(event, Looking):
        return words.say("progress.looking", count=len(event.wanted))
    return ""


def _settings(words: texts.Words, found: Discovery) -> Row:
    label, candidate = words.say("row.settings"), found.candidate
    if candidate is None or not candidate.services:
        closed = candidate is not None
        return Row("settings", "bad" if closed else "unknown", label, "", words.say(f"row.{_absent(closed=closed)}"))
    origin = candidate.services[0].endpoint.provenance
    return Row("settings", "ok", label, "", words.say(f"source.{origin.source.value}"))


def _absent(*, closed: bool) -> str:
    return "closed" if closed else "none"


def _seen(words: texts.Words, seen: ServiceEvidence) -> Row:
    label, where = words.say(f"row.{seen.service.protocol.value}"), seen.service.endpoint.value.shown
    id = _id(seen.service.protocol)
    if seen.stage is Stage.CAPABILITY and seen.outcome is Outcome.OK:
        return Row(id, "wait", label, where, answers.said.tls_text(words, seen.tls))
    if seen.works:
        return Row(
            id, "ok", label, where, words.say("row.signed_in" if seen.service.protocol.incoming else "row.accepted")
        )
    text = str(seen.reply) if seen.reply is not None else words.say(f"reason.{seen.reason.value}")
    return Row(id, _sign(seen.outcome), label, where, text)


def _id(protocol: Protocol) -> str:
    return "incoming" if protocol.incoming else "outgoing"


def _sign(outcome: Outcome) -> str:
    return _SIGNS.get(outcome, "bad")
