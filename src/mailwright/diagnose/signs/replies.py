"""What the words of a reply mean, here and at the other protocol."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import replace

from mailwright.core import Meaning, Reason, Reply, ServiceEvidence, Sign
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs import logins
from mailwright.diagnose.signs.making import sign

# How far each way to a meaning is to be believed. A code alone is read as a sign of its own.
_BELIEF = {"row": 1.0, "near": 0.85, "vendor": 0.7, "words": 0.6, "code": 0.3}
_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:)\]]")
_VAGUE = frozenset({"auth.bad_credentials", "auth.username_form", "auth.protocol_off_user"})
_CLEAR = 0.6
# Signs that say only at which point and with which code it was refused.
_GENERIC = ("code.", "status.", "sender.", "greeting.refused", "select.refused", "look.refused", "login.temporary")
_EXPLAINED = 0.85
"""How much of them is explained by words that are known."""
_BARE = 0.3
"""What is left of a bare refusal beside words that mean something else."""


def read(case: Case) -> Iterator[Sign]:
    """Meanings of what this server said, and of what the other one said to the same account."""
    if case.seen is None:
        return
    yield from _here(case, case.seen)
    if not logins.refused(case.seen) or case.replies is None:
        return
    for other in case.others:
        if logins.refused(other) and other.reply is not None:
            yield from _meant(case, _meaning(case, other, other.reply), "sister")


def _here(case: Case, seen: ServiceEvidence) -> Iterator[Sign]:
    reply = seen.reply
    if reply is None or seen.reason in (Reason.NOT_TRIED, Reason.NONE):
        return
    address = _address(text(reply), seen)
    if address:
        yield sign(case, "reply.address", address=address)
    if case.replies is None:
        return
    meaning = _meaning(case, seen, reply)
    yield from _meant(case, meaning, "reply")
    if meaning.causes and meaning.how != "code":
        yield sign(case, "reply.known", _BELIEF.get(meaning.how, 0.0))
    if meaning.how in ("row", "near") and meaning.causes:
        first, share = meaning.causes[0]
        if share >= _CLEAR and first not in _VAGUE:
            yield sign(case, "login.explicit")


def explained(found: dict[str, Sign]) -> dict[str, Sign]:
    """The signs, codes and stage weakened where words are known: providers reuse codes, and words say more."""
    known = found["reply.known"].strength if "reply.known" in found else 0.0
    if not known:
        return found
    wrong = found["reply.auth.bad_credentials"].strength if "reply.auth.bad_credentials" in found else 0.0
    bare = 1 - known * (1 - _BARE) * (1 - min(1.0, 1.5 * wrong))
    left = {id: 1 - known * _EXPLAINED for id in found if id.startswith(_GENERIC) and id != "code.WEBALERT"}
    left["login.refused"] = bare
    return {id: replace(one, strength=one.strength * left.get(id, 1.0)) for id, one in found.items()}


def _meant(case: Case, meaning: Meaning, where: str) -> Iterator[Sign]:
    belief = _BELIEF.get(meaning.how, 0.0)
    for cause, share in meaning.causes:
        if belief * share > 0:
            yield sign(case, f"{where}.{cause}", belief * share, **dict(meaning.params))


def _meaning(case: Case, seen: ServiceEvidence, reply: Reply) -> Meaning:
    assert case.replies is not None
    endpoint = seen.service.endpoint.value
    vendor = case.replies.vendor_of(
        host=endpoint.host, provider=case.provider, banner=greeting(seen), capabilities=seen.capabilities
    )
    return case.replies.meaning(text(reply), protocol=endpoint.protocol, vendor=vendor)


def text(reply: Reply) -> str:
    """The whole reply, what had to be shown before it first."""
    return " ".join((*reply.alerts, str(reply)))


def link(reply: Reply) -> str:
    """The first address of a web page in it, "" if there is none."""
    found = _LINK.search(f"{text(reply)} {reply.code}")
    return found[0] if found else ""


def greeting(seen: ServiceEvidence) -> str:
    """The first line the server sent, "" if none was kept."""
    step = seen.trace.last("greeting")
    return next((line.text for line in step.lines if line.who == "S"), "") if step is not None else ""


def _address(words: str, seen: ServiceEvidence) -> str:
    """The first address that is none of the server itself: it is ours."""
    told = {str(step.fact(key) or "") for step in seen.trace.steps for key in ("address", "addresses")}
    theirs = {address for some in told for address in some.split()}
    for found in _ADDRESS.findall(words):
        try:
            address = ipaddress.ip_address(found)
        except ValueError:
            continue
        if not address.is_loopback and found not in theirs:
            return str(address)
    return ""
