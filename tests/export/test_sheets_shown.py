"""Sheets as a browser shows and prints them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from mailwright import export
from mailwright.core import Endpoint, Login, Protocol, Security
from mailwright.export.formats import sheet_page
from mailwright.texts import LANGUAGES
from tests.export.sheet_cases import FULL, SHEETS, chosen, made

Browse = Callable[..., str]


@pytest.fixture
def browse(program: Callable[[str], str], tmp_path: Path) -> Browse:
    """Chromium without a screen, with a profile of its own."""
    chromium = program("chromium")

    def run(*words: str) -> str:
        home = tmp_path / "chromium"
        command = (chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", f"--user-data-dir={home}")
        # Its script looks at the machine and stumbles on some; that is on stderr.
        return subprocess.run([*command, *words], capture_output=True, text=True, check=True, timeout=60).stdout

    return run


def printed(browse: Browse, page: Path) -> tuple[int, str]:
    """How many pages it takes on paper, and the text there."""
    pdf = page.with_suffix(".pdf")
    browse("--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri())
    about = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True, timeout=20).stdout
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True, timeout=20)
    found = re.search(r"Pages:\s+(\d+)", about)
    assert found is not None
    assert "A4" in about
    return int(found[1]), text.stdout


def check_paper(browse: Browse, tmp_path: Path, id: str, language: str) -> None:
    proxy = export.Proxy("http", "proxy.example.org", 3128)
    choice = replace(chosen(language, "kuku-ruku-17"), proxy=proxy, ca_file="/etc/ssl/house.pem")
    page = tmp_path / f"{id}.html"
    page.write_text(made(id, FULL, choice), encoding="utf-8")
    pages, text = printed(browse, page)
    assert pages == 1
    for wanted in ("lilei@example.org", "imap.example.org:993", "smtp.example.org:587", "kuku-ruku-17", "3128"):
        assert wanted in text


# Each browser takes seconds: one language for each program here, the other one below.
HERE = tuple(zip(SHEETS, ("zh", "en", "zh", "en", "zh", "en", "zh"), strict=True))


@pytest.mark.parametrize(("id", "language"), HERE)
def test_one_page_of_paper(
    browse: Browse, program: Callable[[str], str], tmp_path: Path, id: str, language: str
) -> None:
    """With all that can be told a sheet prints to exactly one A4 page, and its text can be read there."""
    program("pdftotext")
    check_paper(browse, tmp_path, id, language)


@pytest.mark.slow
@pytest.mark.parametrize(("id", "language"), sorted({(id, lang) for id in SHEETS for lang in LANGUAGES} - set(HERE)))
def test_one_page_of_paper_too(
    browse: Browse, program: Callable[[str], str], tmp_path: Path, id: str, language: str
) -> None:
    """The same in the other language."""
    program("pdftotext")
    check_paper(browse, tmp_path, id, language)


# A browser without a screen is never narrower than 500 pixels; a frame in it is. The measuring script is ours: on the
# real page the policy would not let it run.
FRAME = '<body><iframe width="320" height="900" style="border:0" srcdoc="{page}"></iframe></body>'
MEASURE = "<script>parent.document.body.dataset.wide = document.documentElement.scrollWidth</script></body>"


@pytest.mark.parametrize("id", ["sheet-groupwise", "sheet"])
def test_on_a_small_screen(browse: Browse, tmp_path: Path, id: str) -> None:
    """On 320 pixels nothing is wider than the screen, however long a name is."""
    long = Login(Endpoint(Protocol.IMAP, f"{'very-long-name.' * 8}example.org", 993, Security.TLS), "x" * 120)
    text = made(id, replace(FULL, incoming=long, name="N" * 90), chosen())
    assert sheet_page.POLICY in text
    small = text.replace(sheet_page.POLICY, "").replace("</body>", MEASURE)
    page = tmp_path / "small.html"
    page.write_text(FRAME.format(page=escape(small)), encoding="utf-8")
    wide = re.search('data-wide="([0-9]+)"', browse("--dump-dom", page.as_uri()))
    assert wide is not None
    assert 200 < int(wide[1]) <= 320
