"""Both languages say everything, each in its own way, and nothing is said that nobody asks for."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import pytest

from mailwright.core import BadInput
from mailwright.texts import LANGUAGES, Words, words
from tests.texts import ids

FAMILIES = ("findings", "problems", "face")


@pytest.mark.parametrize("family", FAMILIES)
def test_both_languages_have_the_same(family: str) -> None:
    """Every id and part that one language has, the other has too, with the same placeholders."""
    zh, en = (ids.phrases(language, family) for language in ("zh", "en"))
    assert set(zh) == set(en)
    assert {key: ids.placeholders(zh[key]) for key in zh} == {key: ids.placeholders(en[key]) for key in en}


@pytest.mark.parametrize("family", FAMILIES)
def test_placeholders_are_plain_names(family: str) -> None:
    """No text reaches into what it is given ({x.y}, {x[0]}, {x!r}), so that no parameter can lead it astray."""
    for language in LANGUAGES:
        for key, text in ids.phrases(language, family).items():
            assert re.fullmatch(r"(?:[^{}]|\{[a-z_]+(?::,|:,\.0f)?\})*", text), f"{language} {key}"


@pytest.mark.parametrize("family", FAMILIES)
def test_texts_are_tidy(family: str) -> None:
    """Nothing is empty, and nothing begins with a blank or ends with one, but for the blank behind a colon."""
    for language in LANGUAGES:
        for key, text in ids.phrases(language, family).items():
            assert text.strip(), key
            tidy = text.strip() + " " * text.endswith(": ")
            assert key.startswith("ask.") or text == tidy, f"{language} {key}"


HAN = "[\u3400-\u9fff]"
HALF = re.compile(f"{HAN}[,;:!?()]|[,;:!?()]{HAN}|{HAN}\\.(?:\\s|$)|{HAN}[\"']{HAN}|[，。；：？！、]{{2}}")
ADDRESSES = re.compile(r"\S+://[^\s，。；（）]*|\[[^\s\]]*\]|主机1:端口1:主机2:端口2")


@pytest.mark.parametrize("family", FAMILIES)
def test_chinese_has_chinese_punctuation(family: str) -> None:
    """Beside a Chinese character stands a full-width mark, except inside an address that is to be typed."""
    bad = {key: text for key, text in ids.phrases("zh", family).items() if HALF.search(ADDRESSES.sub("", text))}
    assert bad == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_english_is_english(family: str) -> None:
    """English texts have no full-width marks, and no Chinese but the word people see on their provider's page."""
    for key, text in ids.phrases("en", family).items():
        assert not re.search("[，。；：？！（）、]", text), key
        assert not re.search(HAN, text.replace("授权码", "").replace("邮箱", "")), key


LIKELY = {
    "host": "imap.example.org",
    "port": 993,
    "domain": "example.org",
    "provider": "QQ 邮箱",
    "until": "2026-01-01",
    "since": "2026-01-01",
    "username": "li@example.org",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_fit_on_a_line(language: str) -> None:
    """A title takes at most 60 columns with names as long as they usually are, Chinese being two wide."""
    for id, row in words.family(language, "findings").items():
        title = row["title"].format_map(LIKELY)
        assert sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in title) <= 60, id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_title_is_no_sentence(language: str) -> None:
    """Titles end without a full stop; what is wrong and what to do are told apart."""
    for id, row in words.family(language, "findings").items():
        assert set(row) == {"title", "why", "fix"}, id
        assert not row["title"].endswith((".", "。")), id
        assert len({row["title"], row["why"], row["fix"]}) == 3, id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_server_said_has_its_own_row(language: str) -> None:
    """No sentence of a finding repeats the reply, which the face shows by itself."""
    assert {
        key for key, text in ids.phrases(language, "findings").items() if "reply" in ids.placeholders(text)
    } == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_tell_findings_apart(language: str) -> None:
    """Whoever reads two titles sees that they are two things."""
    titles = Counter(row["title"] for row in words.family(language, "findings").values())
    doubled = {title for title, count in titles.items() if count > 1}
    # A server that is broken and one that wants to know who we are look the same from outside.
    assert doubled <= {"登录成功，但邮箱打不开"}


def test_the_same_sentence_twice_is_the_same_file() -> None:
    """The texts of one language are not those of the other."""
    for family in ("findings", "problems"):
        zh, en = (ids.phrases(language, family) for language in ("zh", "en"))
        assert [key for key in zh if zh[key] == en[key]] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("nasty", ["{", "}", "{text}", "{0}", "{text.__class__}", "{self}", "%s", "\\", "{}" * 9])
def test_what_is_filled_in_is_not_read(language: str, nasty: str) -> None:
    """A parameter stands in the sentence letter by letter, braces and all."""
    said = Words(language).problem(BadInput("input.address.no_at", text=nasty))
    assert nasty in said.say
    assert Words(language).say("lab.not_up", dir=nasty).count(nasty) >= 1
