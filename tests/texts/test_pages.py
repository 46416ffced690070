"""The pages of findings are what their generator makes, and hold what they promise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailwright.diagnose import causes
from mailwright.texts import words
from tools import finding_pages

FOLDER = finding_pages.ROOT / finding_pages.FOLDER
LINK = re.compile(r"\]\(([^)#]+)\)")
MOST = 1_500_000
"""Bytes of all pages together."""


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return finding_pages.pages()


def test_the_pages_are_up_to_date() -> None:
    """What is in the folder is what the generator makes; if not: `./mw pages`."""
    assert finding_pages.stale(FOLDER) == []


def test_a_page_for_each(pages: dict[str, str]) -> None:
    """Every finding has a page, and the index names them all."""
    assert set(pages) == {"README.md", *(f"{id}.md" for id in words.finding_ids())}
    assert all(f"[{id}]({id}.md)" in pages["README.md"] for id in words.finding_ids())


def test_the_same_twice(pages: dict[str, str]) -> None:
    """Made again, the pages are the same, byte by byte."""
    assert finding_pages.pages() == pages
    assert sum(len(text.encode()) for text in pages.values()) < MOST


def test_links_lead_somewhere(pages: dict[str, str]) -> None:
    """Each link inside the repository leads to a page or a file that is there."""
    for text in pages.values():
        for target in set(LINK.findall(text)) - set(re.findall(r"https?://\S+", text)):
            assert target in pages or (FOLDER / target).resolve().is_file(), target


def test_both_languages_stand_on_a_page(pages: dict[str, str]) -> None:
    """Each page says it in Chinese and in English, who mends it, and step by step how."""
    for id in (entry.id for entry in causes.TABLE):
        page = pages[f"{id}.md"]
        assert page.index("\n## 中文\n") < page.index("### 谁来修") < page.index("### 一步一步")
        assert page.index("\n## English\n") < page.index("### Who mends it") < page.index("### Step by step")
        assert "{" not in re.sub("`[^`]*`", "", page)


def test_providers_and_replies(pages: dict[str, str]) -> None:
    """Where it differs from provider to provider they are listed; known replies are quoted."""
    page = pages["auth.authcode.md"]
    assert "(../../src/mailwright/book/providers/qq.toml)" in page
    assert "Please using authorized code to login." in page
    assert "`imap.exmail.qq.com` → `imap.qq.com`" in pages["host.wrong_cluster.md"]


def test_a_page_that_is_not_what_it_would_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed, a missing and a surplus page are named; writing mends all three."""
    made = {"README.md": "# a\n", "a.md": "b\n"}
    monkeypatch.setattr(finding_pages, "pages", lambda: made)
    (tmp_path / "README.md").write_text("# old\n", encoding="utf-8")
    (tmp_path / "gone.md").write_text("", encoding="utf-8")
    assert finding_pages.stale(tmp_path) == ["README.md", "a.md", "gone.md"]
    finding_pages.write(tmp_path)
    assert finding_pages.stale(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "a.md"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a <b> | c_d*", "a \\<b> \\| c\\_d\\*"),
        ("`a_b <c>` d_e", "`a_b <c>` d\\_e"),
        ("plain", "plain"),
    ],
)
def test_markdown_leaves_text_alone(text: str, shown: str) -> None:
    """Signs that Markdown reads are escaped, but for code."""
    assert finding_pages.plain(text) == shown


def test_code_in_a_table() -> None:
    """A bar in code does not end the cell, a backquote not the code."""
    assert finding_pages.code("a|b") == "`a\\|b`"
    assert finding_pages.code("a`b") == "``a`b``"
