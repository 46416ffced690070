"""`diagnose --watch`: round after round, without asking twice and without sleeping here."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from mailwright import book, setup, texts
from mailwright.cli import secrets, watch
from mailwright.cli.diagnose import Desk, DeskFace
from mailwright.cli.parser import Arguments, parse
from mailwright.cli.screen import Screen
from mailwright.core import Candidate, EmailAddress, Examination, Outcome, Protocol, Reason, Reply, Secret, Service
from tests.diagnose import made

if TYPE_CHECKING:
    from mailwright.core import ServiceEvidence

ADDRESS = "li@example.org"
SHELF = setup.Shelf(book.Book(None), book.Replies.load())
SILENT = made.stopped(made.IMAP, Reason.CONNECT_TIMEOUT)
REFUSED = made.refused(made.IMAP, made.REFUSAL)
EXPIRED = replace(REFUSED, logins=(made.login(Outcome.NO, Reply("NO", "", "no"), mechanism="XOAUTH2"),))
WORKS = made.works(made.IMAP)
# What was typed, and everything a person could be asked.
ARGUMENTS = parse(["diagnose", ADDRESS, "--watch", "--lang", "en"], texts.Words("en"))


def round_of(*seen: ServiceEvidence) -> setup.Examined:
    """One round's result."""
    evidence = made.evidence(*seen, made.works(made.SMTP))
    found = made.discovery(made.candidate())
    examination = Examination(EmailAddress.parse(ADDRESS), discovery=found, evidence=evidence, signing_in=True)
    return setup.judged(examination, SHELF)


@dataclass
class Face:
    """Nothing is lacking; counts how often a token was given up."""

    lacking: None = None
    renewed: int = 0

    def renew(self) -> None:
        self.renewed += 1

    def unanswered(self, missing: frozenset[str]) -> None:
        """Nothing."""


@dataclass
class Script:
    """A desk whose rounds are known beforehand."""

    rounds: list[setup.Examined]
    arguments: Arguments
    screen: Screen = field(default_factory=lambda: Screen(texts.Words("en")))
    face: Face = field(default_factory=Face)

    def examined(self) -> setup.Examined:
        return self.rounds.pop(0)


def watched(*seen: ServiceEvidence) -> tuple[int, list[float], Script]:
    """The exit code, the pauses, and the desk that is left."""
    assert not isinstance(ARGUMENTS, str)
    desk, pauses = Script([round_of(one) for one in seen], ARGUMENTS), list[float]()
    return watch.until_it_works(cast("Desk", desk), pauses.append), pauses, desk


def test_until_it_works(capsys: pytest.CaptureFixture[str]) -> None:
    """Pauses grow while nothing answers, a refusal is followed by a long one, and what works is told at the end."""
    code, pauses, desk = watched(SILENT, SILENT, REFUSED, SILENT, WORKS, SILENT)
    assert (code, pauses, len(desk.rounds)) == (0, [10.0, 16.0, 300.0, 10.0], 1)
    told = capsys.readouterr()
    assert ADDRESS in told.out
    assert told.err.count("next try in") == 4


def test_refusals_come_to_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    """The account is spared: after a few refusals it is left alone, and the cause is told."""
    code, pauses, _ = watched(*[REFUSED] * 9)
    assert (code, pauses) == (1, [300.0] * (watch.MOST_REFUSALS - 1))
    told = capsys.readouterr()
    assert f"{ADDRESS} does not work" in told.out
    assert "stopped after 6 refused logins" in told.err


def test_a_refused_token_is_given_up() -> None:
    """Another token is fetched after one was refused, and only then."""
    assert watched(EXPIRED, SILENT, WORKS)[2].face.renewed == 1
    assert watched(REFUSED, WORKS)[2].face.renewed == 0


def face(*more: str) -> DeskFace:
    arguments = parse(["diagnose", ADDRESS, *more], texts.Words("en"))
    assert not isinstance(arguments, str)
    return DeskFace(arguments, Screen(texts.Words("en")), EmailAddress.parse(ADDRESS))


class Person:
    """At a terminal, with answers; `asked`: how often."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.asked, self._answers = 0, list(answers)
        monkeypatch.setattr(sys, "stdin", cast("Any", type("Stdin", (), {"isatty": lambda _: True})()))
        monkeypatch.setattr(secrets, "from_person", self._say)

    def _say(self, question: str) -> str:
        self.asked += 1
        return self._answers.pop(0)


def confirmed(one: DeskFace, services: Sequence[Service]) -> bool:
    return asyncio.run(one.confirm(tuple(services)))


def test_a_yes_to_a_host_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a host may be trusted is asked once for each host; a no is none for ever."""
    person, one = Person(monkeypatch, "no", "y", "y"), face()
    other = made.service(Protocol.IMAP, host="other.example.org")
    assert not confirmed(one, [made.IMAP])
    assert confirmed(one, [made.IMAP])
    assert confirmed(one, [made.IMAP])
    assert person.asked == 2
    assert confirmed(one, [made.IMAP, other])
    assert confirmed(one, [other])
    assert person.asked == 3


def test_a_token_is_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command is run once for all rounds, and again when its token was refused; a password is kept."""
    given = iter(("first", "second"))
    monkeypatch.setattr(secrets, "from_command", lambda *_: Secret(next(given)))
    one = face("--token-command", "x")

    def secret() -> Secret:
        got = asyncio.run(one.credentials(Candidate(())))
        assert got is not None
        return got.secret

    assert (secret(), secret()) == (Secret("first"), Secret("first"))
    one.renew()
    assert (one.known, secret()) == (True, Secret("second"))
    given = iter(("word", "other"))
    one = face("--password-command", "x")
    assert secret() == Secret("word")
    one.renew()
    assert secret() == Secret("word")
