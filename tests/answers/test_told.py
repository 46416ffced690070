"""What a face says of the whole, and which words it calls the person's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright import book, setup
from mailwright.answers import branches, told
from mailwright.core import Examination, Outcome, Reason, Repair, ServiceEvidence, Stage, Trace, Typed
from mailwright.texts import LANGUAGES, Words
from tests.diagnose.examined import IMAP, SHELF, at, examined, let_in, refused, seen, step
from tests.diagnose.situations import FOUND, HERE, OUT, SEND, stopped

OWN = let_in(at(IMAP, "imap.example.org", typed=True))
V6_GAVE_UP = (
    step("connect", outcome=Outcome.TIMEOUT, address="2001:db8::1", errno="ETIMEDOUT"),
    step("connect", address="192.0.2.1"),
)
ENDS = [
    # what was typed, what was seen of it, how it ended
    (Typed(IMAP, "imap.example.org"), OWN, "works"),
    (Typed(IMAP, "IMAP.example.org"), OWN, "works"),
    (Typed(IMAP, " imap.example.org "), OWN, "mended"),
    (Typed(IMAP, "imap.example.org:993"), OWN, "mended"),
    (Typed(IMAP, "imap.example.org"), let_in(OWN.service, Repair.FULL_WIDTH), "mended"),
    (Typed(IMAP, "imap.example.org", username="li"), let_in(OWN.service, Repair.DOMAIN_ADDED), "mended"),
]


def shown(examination: Examination) -> setup.Examined:
    return setup.judged(examination, setup.Shelf(SHELF, book.Replies.load()))


@pytest.mark.parametrize(("typed", "own", "ended"), ENDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_works_only_once_it_was_mended(typed: Typed, own: ServiceEvidence, ended: str, language: str) -> None:
    """Where mending what was typed helped, first and last line say so, and the server is not called as typed."""
    words, found = Words(language), shown(examined(own, let_in(OUT), found=FOUND, typed=typed))
    address = str(found.result.discovery.address)
    assert told.headline(words, found) == words.say(f"verdict.diagnose.{ended}", address=address)
    assert told.next_step(words, found) == words.say(f"next.diagnose.{ended}", address=address)
    reading = branches.grown(words, found)[1]
    mark = {"works": "tree.typed", "mended": "tree.mended"}[ended]
    assert reading.text == words.say(
        mark, where=words.say("tree.endpoint", where="imap.example.org:993", security=words.say("security.tls"))
    )


def with_token(seen: ServiceEvidence) -> ServiceEvidence:
    return replace(seen, logins=tuple(replace(login, mechanism="XOAUTH2") for login in seen.logins))


WORDS = [
    # what was seen, in the reasons or sentences of its cause, and not in them
    (
        examined(
            seen(at(IMAP, "imap.stranger.test", typed=True), Reason.NOT_CONFIRMED, Stage.RESOLVE), SEND, found=FOUND
        ),
        "nobody else names this server",
        "unsigned DNS answer",
    ),
    (stopped(Reason.NOT_CONFIRMED, Stage.RESOLVE), "unsigned DNS answer", "nobody else names"),
    (stopped(Reason.NOT_THE_PROTOCOL, Stage.GREETING), "another service answers", "not a mail service"),
    (
        examined(let_in(HERE), refused(OUT, "535 5.7.139 x SmtpClientAuthentication is disabled for the Tenant")),
        "the same name and password",
        "token (",
    ),
    (
        examined(
            with_token(let_in(HERE)),
            refused(OUT, "535 5.7.139 SmtpClientAuthentication is disabled for the Tenant", mechanism="XOAUTH2"),
        ),
        "the same name and token (XOAUTH2)",
        "the same name and password",
    ),
]


@pytest.mark.parametrize(("examination", "says", "never"), WORDS)
def test_reasons_are_true(examination: Examination, says: str, never: str) -> None:
    """What is said of a typed server, of a greeting of another kind and of a token is said of no other."""
    one, *_ = told.told(Words("en"), shown(examination))
    lines = " ".join(text for _, text in one.lines)
    assert says in lines
    assert never not in lines


def test_what_works_with_a_reservation() -> None:
    """Where something is the matter beside what works, the last line does not say that all is well."""
    slow = replace(OWN, trace=Trace("", V6_GAVE_UP))
    words, found = Words("en"), shown(examined(slow, let_in(OUT), found=FOUND, typed=Typed(IMAP, "imap.example.org")))
    assert [finding.id for finding in found.result.findings] == ["net.ipv6_broken"]
    assert told.headline(words, found).endswith("works, with a reservation")
    assert "nothing to mend" not in told.next_step(words, found)


INSTEAD = [
    # how the typed server ended, and what the headline says
    (Reason.CONNECT_REFUSED, Stage.CONNECT, "instead"),
    (Reason.CONNECT_TIMEOUT, Stage.CONNECT, "doubt"),
    (Reason.NOT_CONFIRMED, Stage.RESOLVE, "doubt"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("reason", "stage", "ended"), INSTEAD)
def test_what_works_in_place_of_what_was_typed(reason: Reason, stage: Stage, ended: str, language: str) -> None:
    """Where the published servers let us in, the first and the last line name them; not where sending fails."""
    words, host = Words(language), "mx.example.org"
    own = seen(at(IMAP, host, typed=True), reason, stage)
    found = shown(examined(own, let_in(HERE), let_in(OUT), found=FOUND, typed=Typed(IMAP, host)))
    where = words.say("told.place", where="imap.example.org:993", security=words.say("security.tls"))
    address = str(found.result.discovery.address)
    assert told.headline(words, found) == words.say(f"verdict.diagnose.{ended}", address=address, where=where)
    assert told.next_step(words, found) == words.say(f"next.diagnose.{ended}", address=address, where=where)
    alone = shown(examined(own, let_in(HERE), seen(OUT, reason), found=FOUND, typed=Typed(IMAP, host)))
    verdict = alone.result.verdict.value
    assert told.headline(words, alone) == words.say(f"verdict.diagnose.{verdict}", address=address)
