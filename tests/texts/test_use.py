"""What the code raises and says has texts with everything they need; what has texts is raised or said."""

from __future__ import annotations

from typing import get_args

import pytest

from mailwright.core import BadInput, Finding, Fixer, LookKind, Problem, Severity, Sign
from mailwright.core.problem import Param
from mailwright.diagnose import causes
from mailwright.lab import standins
from mailwright.texts import LANGUAGES, Words, language, words
from tests.texts import ids

RAISED = sorted(ids.raised())
LINTED = sorted(ids.linted())
# Chosen at run time from a table of RFC 6749 codes, or named by the standard: the parameters are the host's alone.
BY_TABLE = {"oauth.denied": {"host"}, "oauth.expired": {"host"}, "oauth.unreachable": {"host", "reason"}}


def needed(id: str) -> set[str]:
    row = words.family("en", "problems")[id]
    return ids.placeholders(row["say"]) | ids.placeholders(row["next"])


def test_the_scan_sees_something() -> None:
    """The scan below finds the problems that are surely there."""
    seen = {id for _, id, _ in RAISED}
    assert {"input.address.no_at", "book.file", "oauth.metadata", "lab.start_failed"} <= seen
    assert len(LINTED) > 10


@pytest.mark.parametrize(("place", "id", "given"), RAISED, ids=[f"{row[0]}-{row[1]}" for row in RAISED])
def test_problems_have_what_their_texts_need(place: str, id: str, given: set[str]) -> None:
    """Wherever a problem is raised, its texts exist and find all they mention."""
    assert id in words.family("en", "problems"), f"no texts for {id}, raised at {place}"
    assert needed(id) <= given, f"{place} gives too little"


@pytest.mark.parametrize(("id", "given"), LINTED, ids=[row[0] for row in LINTED])
def test_complaints_have_what_their_texts_need(id: str, given: set[str]) -> None:
    """The linter's complaints are sentences too."""
    assert needed(id) <= given


@pytest.mark.parametrize("id", sorted(words.family("en", "problems")))
def test_problems_are_raised_somewhere(id: str) -> None:
    """No text waits for a problem that nobody raises."""
    assert id in {raised for _, raised, _ in RAISED} | {linted for linted, _ in LINTED} | set(BY_TABLE)
    assert ids.used(id)


@pytest.mark.parametrize(("id", "given"), BY_TABLE.items())
def test_problems_from_a_table(id: str, given: set[str]) -> None:
    """Problems whose id comes from a table get by with what all of them are given."""
    assert needed(id) <= given


PHRASES = words.family("en", "face")
# "None" stands for parameters given as **more: which they are is not written there.
SAID = sorted(row for row in ids.said() if row[1] in PHRASES and "None" not in row[2])


@pytest.mark.parametrize(("place", "key", "given"), SAID, ids=[f"{row[0]}-{row[1]}" for row in SAID])
def test_phrases_have_what_they_need(place: str, key: str, given: set[str]) -> None:
    """Wherever a phrase is said, it gets all it mentions."""
    assert ids.placeholders(PHRASES[key]) <= given, place


@pytest.mark.parametrize("key", sorted(words.family("en", "face")))
def test_phrases_are_said_somewhere(key: str) -> None:
    """No phrase is kept that nobody says."""
    assert ids.used(key)


@pytest.mark.parametrize("id", sorted(words.finding_ids()))
def test_findings_are_found_somewhere(id: str) -> None:
    """No text waits for a finding that no rule concludes."""
    assert ids.used(id)


@pytest.mark.parametrize("key", sorted(words.family("en", "diagnosis")))
def test_phrases_of_a_diagnosis_are_said_somewhere(key: str) -> None:
    """No phrase is kept that nobody says."""
    looks = {f"seen.{kind.value}." for kind in LookKind}
    deciders = {f"decide.{way}" for entry in causes.TABLE for way in entry.decided_by}
    deciders |= {f"decide.{kind.value}" for kind in LookKind}
    assert ids.used(key) or key in deciders or any(key.startswith(look) for look in looks) or key.startswith("page.")


def test_whatever_decides_has_a_question() -> None:
    """Each question or look that can decide between causes can be put to a person."""
    for tongue in LANGUAGES:
        for entry in causes.TABLE:
            assert all(Words(tongue).decider(way) for way in entry.decided_by)


SIGNS = sorted(words.family("en", "signs"))


@pytest.mark.parametrize("id", [id for id in SIGNS if not id.endswith("*")])
def test_signs_are_seen_somewhere(id: str) -> None:
    """No phrase waits for a sign that no reader yields."""
    assert ids.used(id)


def test_signs_that_weigh_have_phrases() -> None:
    """Whatever speaks for or against a cause can be told."""
    weighing = {id for entry in causes.TABLE for id in (*entry.supports, *entry.against, *entry.excludes)}
    for tongue in LANGUAGES:
        for id in weighing:
            assert Words(tongue).sign(Sign(id))
        # One that has a phrase of its kind only says little: all that weigh have their own.
        kinds = ("code", "status", "reason", "bytes")
        assert {id for id in weighing if id not in SIGNS and id.partition(".")[0] not in kinds} == set()


def test_the_lab_has_words_for_its_remarks() -> None:
    """Each remark on what stands in for what can be shown."""
    for tongue in LANGUAGES:
        for note in ("lab.note.no_ipv6", *standins.NOTES.values()):
            assert Words(tongue).say(note)


def test_unknown_keys() -> None:
    """A key without a text is a mistake of ours and says so."""
    with pytest.raises(KeyError):
        Words("en").say("no.such.key")
    with pytest.raises(KeyError):
        Words("en").problem(Problem("no.such.problem"))


def test_a_finding_is_told_in_three_parts() -> None:
    """Title, why and fix are filled from the finding's parameters; the caller may add or replace some."""
    found = Finding("domain.nxdomain", Severity.ERROR, Fixer.YOU, (("domain", "a.test"),))
    text = Words("en").finding(found)
    assert text.title == "The domain a.test does not exist"
    assert text.why.startswith("The DNS says there is no such name, so it has no mailboxes either. ")
    assert text.fix == "Check the part after the @ for typing mistakes."
    assert len(text.steps) == 2
    assert text.minutes == 1
    assert Words("zh").finding(found, domain="例子.test").title == "域名 例子.test 不存在"


def test_problems_in_both_languages() -> None:
    """The same problem gives each reader their own sentence."""
    problem = BadInput("input.port", port=70_000)
    assert Words("en").problem(problem).say == "70000 is not a port"
    assert Words("zh").problem(problem).say == "70000 不是端口号"


def test_every_kind_of_parameter_can_be_said() -> None:
    """Texts, numbers and truth values are all there is, and all can stand in a sentence."""
    values: dict[type, Param] = {str: "x", int: 1, float: 0.5, bool: True}
    assert set(values) == set(get_args(Param))
    for value in values.values():
        assert str(value) in Words("en").say("lab.not_up", dir=value)


@pytest.mark.parametrize(
    ("chosen", "environment", "spoken"),
    [
        (None, {}, "en"),
        ("zh", {}, "zh"),
        ("en", {"LANG": "zh_CN.UTF-8"}, "en"),
        ("de", {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"MAILWRIGHT_LANG": "zh"}, "zh"),
        (None, {"MAILWRIGHT_LANG": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        (None, {"MAILWRIGHT_LANG": "", "LANG": "zh_CN"}, "zh"),
        (None, {"MAILWRIGHT_LANG": "fr", "LANG": "zh_CN"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "zh_TW.Big5"}, "zh"),
        (None, {"LANG": "zh-Hans-CN"}, "zh"),
        (None, {"LANG": "ZH"}, "zh"),
        (None, {"LANG": "zh.UTF-8"}, "zh"),
        (None, {"LANG": "en_US.UTF-8"}, "en"),
        (None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, {"LANG": "C"}, "en"),
        (None, {"LANG": "zhuang"}, "en"),
        (None, {"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LC_ALL": "", "LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        (None, {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_which_language_is_spoken(chosen: str | None, environment: dict[str, str], spoken: str) -> None:
    """What was chosen wins, then MAILWRIGHT_LANG, then the locale in POSIX order; a language we lack is English."""
    assert language(chosen, environment) == spoken
