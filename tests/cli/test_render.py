"""Rows and findings as a person reads them, made from what was seen and judged."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mailwright import answers, diagnose, setup, texts
from mailwright.cli import render
from mailwright.cli.screen import Screen
from mailwright.core import (
    Evidence,
    Examination,
    Finding,
    Fixer,
    Outcome,
    Reason,
    Reply,
    ServiceEvidence,
    Severity,
    Stage,
)
from mailwright.texts import words
from tests.cli.program import ESCAPE
from tests.diagnose import made

SAID = {"en": "said", "zh": "回复"}


def told(capsys: pytest.CaptureFixture[str], language: str, *seen: ServiceEvidence) -> list[str]:
    """The lines of the answer on this evidence."""
    found, evidence = made.discovery(made.candidate()), Evidence(seen)
    findings = diagnose.findings(found, evidence)
    verdict = diagnose.verdict(findings, evidence, has_settings=True)
    screen = Screen(texts.Words(language))
    render.conclusion(screen, setup.Result(found, evidence, findings, verdict), trace=False)
    return capsys.readouterr().out.splitlines()


def said(lines: list[str], language: str) -> list[str]:
    return [line for line in lines if line.startswith(f"  {SAID[language]} ")]


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_what_the_server_said(capsys: pytest.CaptureFixture[str], language: str) -> None:
    """Its words stand in a row of their own between why and fix, with its name, letter by letter."""
    reply = Reply("NO", "AUTHENTICATIONFAILED", "{host} 100% wrong, see https://example.org/?a={b}")
    lines = told(capsys, language, made.refused(made.IMAP, reply), made.stopped(made.SMTP, Reason.NOT_TRIED))
    (row,) = said(lines, language)
    assert row.split(maxsplit=1)[1] == f"imap.example.org: {reply}"
    before, after = lines[lines.index(row) - 1], lines[lines.index(row) + 1]
    assert before.startswith({"en": "  why   ", "zh": "  原因  "}[language])
    assert after.startswith({"en": "  fix   ", "zh": "  办法  "}[language])


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("reason", [Reason.CONNECT_REFUSED, Reason.CLOSED, Reason.NOT_CONFIRMED, Reason.PLAINTEXT])
def test_nothing_was_said(capsys: pytest.CaptureFixture[str], language: str, reason: Reason) -> None:
    """Where the server said nothing there is no empty row."""
    assert said(told(capsys, language, made.stopped(made.IMAP, reason), made.works(made.SMTP)), language) == []


def test_a_hostile_server(capsys: pytest.CaptureFixture[str]) -> None:
    """What a server says can neither colour the terminal nor move its cursor."""
    reply = Reply("NO", "", "\x1b[2J\x9b1A\u202eevil\x07")
    lines = told(capsys, "en", made.refused(made.IMAP, reply), made.stopped(made.SMTP, Reason.NOT_TRIED))
    (row,) = said(lines, "en")
    assert "\\x1b[2J" in row
    assert "\\u202eevil" in row
    assert not ESCAPE.search("\n".join(lines))


def test_one_cause_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """When both sides are refused alike the answer says so once; the document has both."""
    both = (made.refused(made.IMAP, made.REFUSAL), made.refused(made.SMTP, Reply("535", "5.7.8", "no")))
    assert "\n".join(told(capsys, "en", *both)).count("id: auth.bad_credentials") == 1


def test_findings_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    """What is worst is told first, however often it was found."""
    found = [Finding(id, Severity.ERROR, Fixer.YOU) for id in ("net.timeout", "dns.servfail", "net.timeout", "net.mtu")]
    result = setup.Result(made.discovery(made.candidate()), None, tuple(found), diagnose.Verdict.BROKEN)
    render.conclusion(Screen(texts.Words("en")), result, trace=False)
    told = re.findall(r"id: (\S+)", capsys.readouterr().out)
    assert told == ["net.timeout", "dns.servfail", "net.mtu"]
    page = answers.told.told(texts.Words("en"), setup.Examined(result, Examination(), ()))
    assert [one.id for one in page] == told


def test_two_user_names(capsys: pytest.CaptureFixture[str]) -> None:
    """Every user name that was tried is named."""
    tries = tuple(made.login(Outcome.NO, made.REFUSAL, name=name) for name in ("li@example.org", "li"))
    seen = replace(made.refused(made.IMAP, made.REFUSAL), logins=tries)
    lines = told(capsys, "en", seen, made.stopped(made.SMTP, Reason.NOT_TRIED))
    assert any("User name tried: li@example.org, li" in line for line in lines)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_word(reason: Reason) -> None:
    """A row can be made of whatever stopped us."""
    for language in texts.LANGUAGES:
        assert words.family(language, "face")[f"reason.{reason.value}"]


@pytest.mark.parametrize(
    ("outcome", "reason", "sign", "word"),
    [
        (Outcome.CANCELLED, Reason.NOT_TRIED, "–", "not tried"),
        (Outcome.TIMEOUT, Reason.READ_TIMEOUT, "?", "stopped answering"),
        (Outcome.FAILED, Reason.CLOSED, "✗", "hung up"),
        (Outcome.STOPPED, Reason.PLAINTEXT, "✗", "no encryption"),
    ],
)
def test_rows(capsys: pytest.CaptureFixture[str], outcome: Outcome, reason: Reason, sign: str, word: str) -> None:
    """The sign tells a no from silence and from what was left alone."""
    seen = ServiceEvidence(made.SMTP, Stage.LOGIN, outcome, reason=reason)
    render.seen(Screen(texts.Words("en")), seen, before=True)
    (row,) = capsys.readouterr().out.splitlines()
    assert re.match(f"{re.escape(sign)} Send +smtp.example.org:993 .*{word}", row), row
