"""What the pages say is there in both languages, and nothing is there that no page says."""

from __future__ import annotations

import re

import pytest

from mailwright.texts import LANGUAGES, Words, words
from mailwright.web import glossary, templating
from tests.texts import ids

TEMPLATES = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((templating.FOLDER / "templates").glob("*.html"))
)
QUOTED = set(re.findall(r'"([a-z][a-z0-9_.]+)"', TEMPLATES))
KEYS = sorted(words.family("en", "page"))


@pytest.mark.parametrize("key", KEYS)
def test_every_phrase_is_said(key: str) -> None:
    """A template or the code names each key, or the beginning it is made from."""
    made = any(key.startswith(begin) for begin in QUOTED if begin.endswith("."))
    assert key in QUOTED or made or ids.used(key)


def test_every_phrase_exists() -> None:
    """Each key that a template says is there."""
    page, face = words.family("en", "page"), words.family("en", "face")
    for call, family in (("t", page), ("say", face)):
        said = {key for key in re.findall(rf'\b{call}\("([^"]+)"', TEMPLATES) if not key.endswith(".")}
        assert said - set(family) == set()


def test_no_sentence_in_a_template() -> None:
    """Templates hold marks and names, no words that would need the other language."""
    bare = re.sub(r"\{[%{#].*?[%}#]\}|<[^>]*>", " ", TEMPLATES, flags=re.DOTALL)
    assert re.findall(r"[A-Za-z]{4,}", bare) == []
    assert set(re.findall("[\u3400-\u9fff]+", TEMPLATES)) == {"中文"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_terms_are_explained(language: str) -> None:
    """The first of each term becomes a button; host names and longer words are left alone, foreign text is escaped."""
    said = Words(language)
    for term in glossary.TERMS:
        assert said.page(f"term.{term}.means")
    text = str(glossary.marked(said, "IMAP <b> imap.example.org STARTTLS IMAP SMTPS"))
    assert text.count("<button") == 2
    assert "&lt;b&gt; imap.example.org" in text
    assert "SMTPS" in text
