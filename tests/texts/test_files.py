"""Both languages say everything, each in its own way, and nothing is said that nobody asks for."""

from __future__ import annotations

import re

import pytest

from mailwright.core import BadInput
from mailwright.texts import LANGUAGES, Words, words
from tests.texts import ids

EXPORT = tuple(f"export/{path.stem}" for path in sorted((words.FOLDER / "en" / "export").glob("*.toml")))
PHRASES = ("problems", "face", "causes", "signs", "diagnosis", "faults", "page", "instead", "migrate", *EXPORT)
FAMILIES = (*PHRASES, *(f"findings/{name}" for name in words.families("en")))


def test_every_file_is_looked_at() -> None:
    """No file of texts is left out below, and both languages have the same files."""
    for language in LANGUAGES:
        files = (words.FOLDER / language).rglob("*.toml")
        assert {path.relative_to(words.FOLDER / language).with_suffix("").as_posix() for path in files} == set(FAMILIES)


# How a finding is laid out may differ between languages: see test_findings.
@pytest.mark.parametrize("family", PHRASES)
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
            assert re.fullmatch(r"(?:[^{}]|\{[a-z_]+(?::,|:,\.0f|:[a-z ]+\|[a-z ]+)?\})*", text), f"{language} {key}"


@pytest.mark.parametrize("family", FAMILIES)
def test_texts_are_tidy(family: str) -> None:
    """Nothing is empty, and nothing begins with a blank or ends with one, but for the blank behind a colon."""
    for language in LANGUAGES:
        for key, text in ids.phrases(language, family).items():
            assert text.strip(), key
            tidy = text.strip() + " " * text.endswith(": ")
            # Behind a name, "lab.needs." keeps its distance by itself.
            assert key.startswith(("ask.", "lab.needs.")) or text == tidy, f"{language} {key}"


HAN = "[\u3400-\u9fff]"
HALF = re.compile(f"{HAN}[,;:!?()]|[,;:!?()]{HAN}|{HAN}\\.(?:\\s|$)|{HAN}[\"']{HAN}|[，。；：？！、]{{2}}")
ADDRESSES = re.compile(r"\S+://[^\s，。；（）]*|\[[^\s\]]*\]|主机1:端口1:主机2:端口2|--fault \S+")


@pytest.mark.parametrize("family", FAMILIES)
def test_chinese_has_chinese_punctuation(family: str) -> None:
    """Beside a Chinese character stands a full-width mark, except inside an address that is to be typed."""
    bad = {key: text for key, text in ids.phrases("zh", family).items() if HALF.search(ADDRESSES.sub("", text))}
    assert bad == {}


MENUS = re.compile("生成授权码|新增授权密码|授权码|邮箱|设置|客户端|开启")


@pytest.mark.parametrize("family", FAMILIES)
def test_english_is_english(family: str) -> None:
    """English texts have no full-width marks, and no Chinese but the words people see on their provider's page."""
    for key, text in ids.phrases("en", family).items():
        assert not re.search("[，。；：？！（）、]", text), key
        assert not re.search(HAN, MENUS.sub("", text)), key


def test_the_same_sentence_twice_is_the_same_file() -> None:
    """The texts of one language are not those of the other."""
    for family in ("problems", "causes", "signs", "diagnosis"):
        zh, en = (ids.phrases(language, family) for language in ("zh", "en"))
        assert [key for key in zh if zh[key] == en[key]] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("nasty", ["{", "}", "{text}", "{0}", "{text.__class__}", "{self}", "%s", "\\", "{}" * 9])
def test_what_is_filled_in_is_not_read(language: str, nasty: str) -> None:
    """A parameter stands in the sentence letter by letter, braces and all."""
    said = Words(language).problem(BadInput("input.address.no_at", text=nasty))
    assert nasty in said.say
    assert Words(language).say("lab.not_up", dir=nasty).count(nasty) >= 1


COUNTS = "seconds|minutes|hours|days|servers|number|count|addresses|files"
COUNTED = re.compile(rf"\{{(?:{COUNTS})\}} (?:[a-z]+ )?(?:[a-z]+s|were|are)\b")


@pytest.mark.parametrize("family", FAMILIES)
def test_one_is_no_plural(family: str) -> None:
    """Nothing is counted in a way that would say "1 seconds"."""
    for key, text in ids.phrases("en", family).items():
        assert not COUNTED.search(text), key
