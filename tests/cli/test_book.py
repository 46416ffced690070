"""`mailwright book show|search|lint` as a person and as a program sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mailwright import book
from tests.cli.program import HAN, LANGUAGES, Program, answered, refused


@pytest.mark.parametrize("language", LANGUAGES)
def test_show(program: Program, language: str) -> None:
    """All that is known of a provider, with the source of the facts."""
    ran = program("book", "show", "qq", "--lang", language)
    answered(ran, 0, "imap.qq.com:993", {"zh": "出处", "en": "source"}[language], {"zh": "QQ", "en": "QQ"}[language])
    assert bool(HAN.search(ran.out.partition("\n")[0] + ran.out.splitlines()[1])) == (language == "zh")


def test_show_for_programs(program: Program) -> None:
    """--json gives the entry, with the origin of each fact."""
    entry = json.loads(program("book", "show", "netease-163", "--json").out)
    assert entry["id"] == "netease-163"
    assert entry["endpoints"][0]["origin"]["sources"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_show_an_unknown_one(program: Program, language: str) -> None:
    """An id that is not in the book: exit 2, and how to find one."""
    refused(program("book", "show", "no-such-provider", "--lang", language), language, "book search")


@pytest.mark.parametrize("identifier", ["gmail", "microsoft365", "hey", "excite-jp", "icloud"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_providers_of_each_kind(program: Program, identifier: str, language: str) -> None:
    """Open, closed and retired providers, with and without OAuth, all have their page."""
    answered(program("book", "show", identifier, "--lang", language), 0, f"({identifier}, ")


@pytest.mark.parametrize("word", ["163", "imap.qq.com", "网易", "QQ.COM", "foxmail"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_search(program: Program, word: str, language: str) -> None:
    """A provider is found by domain, server, name in either language, in any case of letters."""
    ran = program("book", "search", word, "--lang", language)
    assert ran.code == 0
    assert ran.out
    rows = json.loads(program("book", "search", word, "--json").out)
    assert [row["id"] for row in rows] == [line.split()[0] for line in ran.out.splitlines()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_without_a_hit(program: Program, language: str) -> None:
    """Nothing found: exit 1, a remark on stderr, and an empty list for programs."""
    ran = program("book", "search", "no-such-word-anywhere", "--lang", language)
    assert (ran.code, ran.out) == (1, "")
    assert bool(HAN.search(ran.err)) == (language == "zh")
    assert program("book", "search", "no-such-word-anywhere", "--json").out == "[]\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_lint(program: Program, tmp_path: Path, language: str) -> None:
    """A folder of one's own: what is wrong with each file, and exit 1; without faults exit 0."""
    (tmp_path / "qq-copy.toml").write_bytes((book.FOLDER / "qq.toml").read_bytes())
    (tmp_path / "broken.toml").write_text("id = [")
    ran = program("book", "lint", str(tmp_path), "--lang", language)
    answered(ran, 1, "qq-copy.toml", "broken.toml", {"zh": "提示：", "en": "hint: "}[language])
    rows = json.loads(program("book", "lint", str(tmp_path), "--json").out)
    assert {row["id"] for row in rows} >= {"book.lint.id", "book.lint.toml"}
    (tmp_path / "broken.toml").unlink()
    (tmp_path / "qq-copy.toml").rename(tmp_path / "qq.toml")
    ran = program("book", "lint", str(tmp_path), "--lang", language)
    assert (ran.code, ran.out) == (0, "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_lint_of_no_folder(program: Program, tmp_path: Path, language: str) -> None:
    """What is no folder: exit 2."""
    refused(program("book", "lint", str(tmp_path / "none"), "--lang", language), language, "none")


def test_a_provider_of_ones_own(program: Program, tmp_path: Path) -> None:
    """A file in one's own folder is found by --book, by the environment and by the configuration folder."""
    text = (book.FOLDER / "mailbox-org.toml").read_text(encoding="utf-8")
    own = text.replace("mailbox.org", "own.example").replace("mailbox-org", "own-example")
    for folder in (tmp_path / "book", tmp_path / "elsewhere"):
        folder.mkdir()
        (folder / "own-example.toml").write_text(own, encoding="utf-8")
    show = ("book", "show", "own-example")
    assert program(*show, "--book", str(tmp_path / "elsewhere")).code == 0
    assert program(*show, env={"MAILWRIGHT_BOOK": str(tmp_path / "elsewhere")}).code == 0
    assert program(*show, env={"MAILWRIGHT_CONFIG": str(tmp_path)}).code == 0
    assert program("setup", "li@own.example", "--offline", "--book", str(tmp_path / "elsewhere")).code == 0
    assert program(*show).code == 2
