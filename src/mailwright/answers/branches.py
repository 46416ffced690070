"""What was seen as a tree of joints: those that held, the first that broke, and what hangs below it."""

from __future__ import annotations

from dataclasses import dataclass

from mailwright import setup, texts
from mailwright.answers import said
from mailwright.core import (
    Discovery,
    Examination,
    Look,
    LookKind,
    Outcome,
    Protocol,
    Reason,
    Security,
    ServiceEvidence,
    Source,
    Stage,
    Step,
    Typed,
)

# Where each stage belongs, in the order of the joints.
_JOINT = {
    Stage.RESOLVE: "connect",
    Stage.CONNECT: "connect",
    Stage.PROXY: "connect",
    Stage.TLS: "tls",
    Stage.STARTTLS: "tls",
    Stage.GREETING: "greeting",
    Stage.CAPABILITY: "greeting",
    Stage.LOGIN: "login",
    Stage.ID: "mailbox",
    Stage.SELECT: "mailbox",
    Stage.LIST: "mailbox",
    Stage.STAT: "mailbox",
    Stage.MAIL_FROM: "mailbox",
}
_TLS_FIRST = ("connect", "tls", "greeting", "login", "mailbox")
_TLS_LATER = ("connect", "greeting", "tls", "login", "mailbox")
_LOOKED_AT = (Reason.NOT_TRIED, Reason.NONE)


@dataclass(frozen=True, slots=True)
class Branch:
    """One line: its sign (ok, bad, unknown, none), a label, what was seen, and what hangs on it."""

    sign: str
    label: str
    text: str = ""
    below: tuple[Branch, ...] = ()


def grown(words: texts.Words, examined: setup.Examined) -> tuple[Branch, ...]:
    """Settings, then each service that was tried."""
    result = examined.result
    evidence = result.evidence.services if result.evidence is not None else ()
    looks = examined.examination.looks
    served = tuple(_service(words, seen, examined.examination) for seen in evidence)
    loose = tuple(_look(words, look) for look in looks if look.endpoint is None)
    rest = (Branch("none", words.say("tree.looks"), "", loose),) if loose else ()
    tried = {seen.service.protocol for seen in evidence}
    return (_settings(words, result.discovery), *served, *_not_tried(words, result.discovery, tried), *rest)


def _settings(words: texts.Words, discovery: Discovery) -> Branch:
    candidate = discovery.candidate
    if candidate is None or not candidate.services:
        if candidate is None and discovery.silent:
            return Branch("unknown", words.say("row.settings"), words.say("row.silent"))
        key = "row.closed" if candidate is not None else "row.none"
        return Branch("bad", words.say("row.settings"), words.say(key))
    origin = candidate.services[0].endpoint.provenance
    source = words.say(f"source.{origin.source.value}")
    checked = words.say("row.checked", date=origin.checked.isoformat()) if origin.checked is not None else ""
    between = " " if words.language == "en" else ""
    return Branch("ok", words.say("row.settings"), between.join(filter(None, (source, checked))))


def _service(words: texts.Words, seen: ServiceEvidence, examination: Examination) -> Branch:
    endpoint = seen.service.endpoint.value
    where = words.say("tree.endpoint", where=endpoint.shown, security=words.say(f"security.{endpoint.security.value}"))
    if seen.service.endpoint.provenance.source is Source.USER:
        where = words.say("tree.typed" if _as_typed(seen, examination.typed) else "tree.mended", where=where)
    label = words.say(f"row.{seen.service.protocol.value}")
    if seen.stage is Stage.LOGIN and seen.reason is Reason.NOT_TRIED:
        return Branch("none", label, words.say("tree.same_password", where=where))
    order = _TLS_FIRST if endpoint.security is Security.TLS else _TLS_LATER
    reached = _reached(seen, order)
    joints = tuple(_joint(words, seen, name, at - reached) for at, name in enumerate(order) if _has(endpoint, name))
    extra = tuple(_look(words, look) for look in examination.looks if look.endpoint == endpoint)
    return Branch(_whole(seen), label, where, (*joints, *extra))


def _as_typed(seen: ServiceEvidence, typed: Typed) -> bool:
    """True when the server was asked with the very words that were typed."""
    verbatim = typed.host is None or typed.host.lower() == seen.service.endpoint.value.host
    return verbatim and not (seen.works and seen.logins[-1].repairs)


def _whole(seen: ServiceEvidence) -> str:
    if seen.works:
        return "ok"
    looked = seen.outcome is Outcome.OK and seen.reason in _LOOKED_AT
    return "none" if looked else "unknown" if seen.outcome is Outcome.TIMEOUT else "bad"


def _has(endpoint: object, name: str) -> bool:
    return not (name == "tls" and getattr(endpoint, "security", None) is Security.NONE)


def _reached(seen: ServiceEvidence, order: tuple[str, ...]) -> int:
    """The joint it stopped at; one behind the last that held when nothing broke."""
    if seen.works:
        return len(order)
    at = order.index(_JOINT.get(seen.stage, "connect"))
    return order.index("login") if seen.outcome is Outcome.OK else at


def _joint(words: texts.Words, seen: ServiceEvidence, name: str, beyond: int) -> Branch:
    sending = name == "mailbox" and seen.service.protocol is Protocol.SMTP
    label = words.say("tree.sender" if sending else f"tree.{name}")
    if beyond > 0 or (beyond == 0 and seen.outcome is Outcome.OK):
        return Branch("none", label, words.say("tree.not_checked"))
    if beyond == 0:
        sign = "unknown" if seen.outcome is Outcome.TIMEOUT else "bad"
        return Branch(sign, label, _broken(words, seen))
    held = {"connect": _connected, "tls": _secured, "greeting": _greeted, "login": _signed_in, "mailbox": _opened}
    return Branch("ok", label, held[name](words, seen))


def _broken(words: texts.Words, seen: ServiceEvidence) -> str:
    if seen.reply is not None:
        return words.say("tree.server", reply=str(seen.reply))
    return words.say(f"reason.{seen.reason.value}")


def _connected(words: texts.Words, seen: ServiceEvidence) -> str:
    step = seen.trace.last("connect") or seen.trace.last("proxy")
    address = str(_fact(step, "address") or "")
    took = round(step.took * 1000) if step is not None else 0
    if not address:
        return words.say("tree.took", took=took)
    return words.say("tree.connected", took=took, address=address, family="IPv6" if ":" in address else "IPv4")


def _fact(step: Step | None, key: str) -> object:
    return step.fact(key) if step is not None else None


def _secured(words: texts.Words, seen: ServiceEvidence) -> str:
    return said.tls_text(words, seen.tls)


def _greeted(words: texts.Words, seen: ServiceEvidence) -> str:
    return str(_fact(seen.trace.last("greeting"), "banner") or "")[:100]


def _signed_in(words: texts.Words, seen: ServiceEvidence) -> str:
    tried = seen.logins[-1] if seen.logins else None
    return words.say("tree.signed_in", user=tried.username, mechanism=tried.mechanism) if tried is not None else ""


def _opened(words: texts.Words, seen: ServiceEvidence) -> str:
    boxes = seen.mailboxes
    if boxes is None or boxes.messages is None:
        return words.say("row.accepted") if seen.service.protocol is Protocol.SMTP else ""
    key = "row.messages" if boxes.folders is None else "row.messages_folders"
    return words.say(key, messages=boxes.messages, folders=boxes.folders or 0)


def _look(words: texts.Words, look: Look) -> Branch:
    signs = {Outcome.OK: "ok", Outcome.NO: "bad", Outcome.TIMEOUT: "unknown"}
    if look.kind is LookKind.BLOCKLIST:
        signs |= {Outcome.OK: "bad", Outcome.NO: "ok"}  # to be listed is no good
    elif look.kind is LookKind.NAMES and not look.fact("addresses"):
        signs |= {Outcome.OK: "bad"}  # an answer, but not the one that is needed
    return Branch(signs.get(look.outcome, "unknown"), words.say(f"look.{look.kind.value}"), words.look(look))


def _not_tried(words: texts.Words, discovery: Discovery, tried: set[Protocol]) -> tuple[Branch, ...]:
    """Services that are known and were never come to."""
    services = discovery.candidate.services if discovery.candidate is not None else ()
    known = dict.fromkeys(s.protocol for s in services if s.protocol not in tried)
    rest = [p for p in known if p is Protocol.SMTP or not any(t.incoming for t in tried)]
    shown = rest[:1] if not tried else [p for p in rest if p is Protocol.SMTP]
    return tuple(Branch("none", words.say(f"row.{p.value}"), words.say("tree.not_checked")) for p in shown)
