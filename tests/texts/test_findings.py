"""Each finding is told whole in both languages, whatever of it is known."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import pytest

from mailwright.core import Finding, Fixer, Param, Protocol, Severity
from mailwright.diagnose import causes
from mailwright.texts import LANGUAGES, FindingText, Words, words
from tests.texts import pieces

PARTS = {"title", "why", "fix", "steps", "minutes"}
OPTIONAL = {"wait", "ask"}
# What a hole leaves behind: two blanks, an empty pair of quotation marks, two marks in a row.
HOLES = re.compile(r"  |“”|（）|\(\)|[：，、；:,;] *[。，、]|[:,;] *\.(?:\s|$)|：$|^[，。、]|[{}]")


def told(language: str, id: str, params: dict[str, Param], protocol: Protocol | None = None) -> FindingText:
    finding = Finding(id, Severity.ERROR, Fixer.YOU, tuple(params.items()), protocol)
    return Words(language).finding(finding)


def lines(text: FindingText) -> list[str]:
    return [line for line in (text.title, text.why, text.fix, *text.steps, text.wait, text.ask) if line]


def full(id: str) -> dict[str, Param]:
    return {name: pieces.FULL[name] for name in pieces.given(id) if name != "protocol"}


def test_every_cause_has_texts() -> None:
    """Whatever can be concluded can be told, in full and in a few words."""
    ids = {entry.id for entry in causes.TABLE}
    assert ids <= set(pieces.own())
    for language in LANGUAGES:
        assert ids <= set(words.family(language, "causes"))


def test_a_file_holds_what_its_name_says() -> None:
    """An id begins with the name of its file, so that only that one is read."""
    for language in LANGUAGES:
        assert words.families(language) == words.families("en")
        for name in words.families(language):
            assert all(id.startswith(f"{name}.") for id in words.family(language, f"findings/{name}"))


@pytest.mark.parametrize("id", pieces.own())
def test_both_languages_have_the_same_parts(id: str) -> None:
    """Title, why, fix, steps and minutes are there; what one language mentions, the other mentions too."""
    zh, en = (words.entry(language, id) for language in ("zh", "en"))
    assert set(zh) == set(en)
    assert PARTS <= set(zh) <= PARTS | OPTIONAL
    assert zh["minutes"] == en["minutes"]
    assert 1 <= en["minutes"] <= 60
    for part in set(zh) - {"minutes"}:
        texts = [pieces.mentioned(pieces.of(language, id)[part]) for language in ("zh", "en")]
        assert texts[0] == texts[1], part


@pytest.mark.parametrize("id", pieces.own())
def test_texts_mention_what_is_there(id: str) -> None:
    """A text mentions only what its finding is told with, and not the reply, which has a row of its own."""
    mentioned = {name for texts in pieces.of("en", id).values() for name in pieces.mentioned(texts)}
    assert mentioned <= pieces.given(id)
    assert "reply" not in mentioned


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", pieces.own())
def test_no_sentence_has_a_hole(language: str, id: str) -> None:
    """With everything known, with nothing, and with each thing missing alone, sentences read well."""
    everything = full(id)
    trials: list[dict[str, Param]] = [
        everything,
        {},
        dict.fromkeys(everything, ""),
        *({**everything, name: ""} for name in everything),
    ]
    for params in trials:
        text = told(language, id, params, Protocol.IMAP if params is everything else None)
        assert all((text.title, text.why, text.fix, text.steps))
        for line in lines(text):
            assert not HOLES.search(line), line
            assert line == line.strip()


@pytest.mark.parametrize("id", pieces.own())
def test_what_is_known_is_told(id: str) -> None:
    """Each parameter that a text mentions changes what is said."""
    everything = full(id)
    mentioned = {name for texts in pieces.of("en", id).values() for name in pieces.mentioned(texts)}
    for name in mentioned - {"protocol"}:
        assert told("en", id, everything) != told("en", id, {**everything, name: ""}), name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", pieces.own())
def test_marks_at_the_end(language: str, id: str) -> None:
    """Sentences end with a mark, titles and steps with none."""
    text = told(language, id, full(id))
    stop = {"zh": ("。", "？"), "en": (".", "?", ")")}[language]
    assert not text.title.endswith((".", "。"))
    assert text.why.endswith(stop)
    assert text.fix.endswith(stop)
    assert all(not step.endswith(("。", ".")) for step in text.steps)
    assert not text.wait or text.wait.endswith(stop)
    assert not text.ask or text.ask.endswith(("?", "？"))


def wide(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_fit_on_a_line(language: str) -> None:
    """A title takes at most 60 columns with names as long as they usually are, 50 without, Chinese being two wide."""
    for id in pieces.own():
        assert wide(told(language, id, full(id)).title) <= 62, id
        assert wide(told(language, id, {}).title) <= 50, id


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_tell_findings_apart(language: str) -> None:
    """Whoever reads two titles sees that they are two things; so with two causes in a few words."""
    for known in (True, False):
        titles = Counter(told(language, id, full(id) if known else {}).title for id in pieces.own())
        assert {title for title, count in titles.items() if count > 1} == set()
    assert max(Counter(words.family(language, "causes").values()).values()) == 1


@pytest.mark.parametrize("id", pieces.own())
def test_steps_are_worth_a_list(id: str) -> None:
    """Nobody reads more than six steps; title, fix and steps say different things."""
    for language in LANGUAGES:
        text = told(language, id, full(id))
        assert len(text.steps) <= 6
        assert len({text.title, text.fix, *text.steps}) == 2 + len(text.steps)


def test_each_language_has_its_own_words() -> None:
    """The texts of one language are not those of the other."""
    for id in pieces.own():
        for part, zh in pieces.of("zh", id).items():
            assert not set(zh) & set(pieces.of("en", id)[part])
