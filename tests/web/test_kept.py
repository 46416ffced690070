"""Reports are kept only with consent, without the address unless that is wanted, and go by themselves."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailwright import web
from mailwright.core import EmailAddress, Examination, Typed
from mailwright.web.kept import Kept
from tests.web.asking import Site

ADDRESS = "anna@auto.test"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def examined(site: Site) -> str:
    place = (await site.form("/check", {"address": ADDRESS, "password": "correct-horse-7"})).headers["location"]
    await site.finished(place)
    return place


async def test_consent_first(before_lab: web.Options) -> None:
    """Nothing is kept without the tick; with it, its words and its time are recorded beside the report."""
    async with Site(before_lab) as site:
        place = await examined(site)
        assert (await site.form(f"{place}/keep", {})).status == 400
        kept = await site.form(f"{place}/keep", {"consent": "yes"})
        links = re.findall(r"http://localhost(/r/[^<\"]+)<", kept.text)
        report = await site.get(links[0])
        assert report.status == 200
        assert "anna" not in report.text.lower()
        assert "someone@auto.test" in report.text
        assert before_lab.keep is not None
        with closing(sqlite3.connect(before_lab.keep)) as store:
            row = store.execute("SELECT consent, consented, examination FROM report").fetchone()
        assert "30" in row[0]
        assert datetime.fromisoformat(row[1]).tzinfo is not None
        assert "anna" not in row[2].lower()
        assert "correct-horse" not in row[2]
        asked = await site.get(links[1])
        assert "<form" in asked.text
        assert (await site.get(links[0])).status == 200
        assert (await site.form(f"{links[0]}/delete/wrong", {})).status == 404
        assert (await site.form(links[1], {})).status == 200
        assert (await site.get(links[0])).status == 404


async def test_where_nothing_is_kept(before_lab: web.Options) -> None:
    """Without the operator's choice there is no such form, no such page, and the privacy page says so."""
    async with Site(replace(before_lab, keep=None)) as site:
        place = await examined(site)
        assert "/keep" not in (await site.get(place)).text
        assert (await site.form(f"{place}/keep", {"consent": "yes"})).status == 404
        assert "keeps no reports" in (await site.get("/privacy")).text


def test_reports_go_by_themselves(tmp_path: Path) -> None:
    """An expired report is not shown, and swept away with the next one."""
    clock = Clock()
    kept = Kept(tmp_path / "kept", 30, clock)
    examination = Examination(address=EmailAddress("li", "example.org"))
    id, _ = kept.add(examination, consent="yes", whole=True)
    found = kept.get(id)
    assert found is not None
    assert found.examination == examination
    clock.now = NOW + timedelta(days=30)
    assert kept.get(id) is None
    kept.add(examination, consent="yes", whole=True)
    with closing(sqlite3.connect(tmp_path / "kept")) as store:
        assert store.execute("SELECT count(*) FROM report").fetchone() == (1,)


def test_names_that_are_words(tmp_path: Path) -> None:
    """A local part that is one of our own words, or the name of a server, breaks nothing."""
    kept = Kept(tmp_path / "kept", 30, Clock())
    for local in ("imap", "tls", "ok", "password", "li", "example"):
        examination = Examination(
            address=EmailAddress(local, "example.org"),
            typed=Typed(host="imap.example.org", username=f"{local}@example.org"),
        )
        id, _ = kept.add(examination, consent="yes", whole=False)
        found = kept.get(id)
        assert found is not None
        assert str(found.examination.address) == "someone@example.org"
        assert found.examination.typed.username == "someone@example.org"
        assert found.examination.typed.host == "imap.example.org"


def test_an_address_typed_as_a_host(tmp_path: Path) -> None:
    """An address that was typed where a server belongs is hidden; a server's name stays."""
    kept = Kept(tmp_path / "kept", 30, Clock())
    for typed, stays in (
        ("li@example.org", "someone@example.org"),
        ("wang@a.test", "someone@a.test"),
        ("a.test", "a.test"),
    ):
        examination = Examination(address=EmailAddress("li", "example.org"), typed=Typed(host=typed))
        id, _ = kept.add(examination, consent="yes", whole=False)
        found = kept.get(id)
        assert found is not None
        assert found.examination.typed.host == stays
