"""Reports are kept only with consent, without the address unless that is wanted, and go by themselves."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailwright import web
from mailwright.core import BadInput, EmailAddress, Examination, Typed
from mailwright.web import kept as store_room
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


async def test_kept_once(before_lab: web.Options) -> None:
    """A report is kept once however often that is asked for, and anew when it was deleted; each asking counts."""
    assert before_lab.keep is not None
    async with Site(replace(before_lab, client_per_minute=6)) as site:
        place = await examined(site)
        both = await asyncio.gather(*(site.form(f"{place}/keep", {"consent": "yes"}) for _ in range(2)))
        links = re.findall(r"http://localhost(/r/[^<\"]+)<", both[0].text)
        assert links == re.findall(r"http://localhost(/r/[^<\"]+)<", both[1].text)
        assert count(before_lab.keep) == 1
        assert (await site.form(links[1], {})).status == 200
        anew = await site.form(f"{place}/keep", {"consent": "yes"})
        assert links[0] not in anew.text
        assert count(before_lab.keep) == 1
        statuses = [(await site.form(f"{place}/keep", {"consent": "yes"})).status for _ in range(4)]
        assert statuses[-1] == 429


def count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as store:
        return int(store.execute("SELECT count(*) FROM report").fetchone()[0])


async def test_under_the_configured_name(before_lab: web.Options) -> None:
    """Links lead to the name the operator gave, whatever name a proxy asks by."""
    async with Site(replace(before_lab, base_url=lambda: "https://settings.example.org")) as site:
        place = await examined(site)
        kept = await site.form(f"{place}/keep", {"consent": "yes"}, host="127.0.0.1:8080")
    assert re.search(r"https://settings\.example\.org/r/[\w-]+/delete/", kept.text)
    assert "127.0.0.1" not in kept.text


async def test_a_store_that_breaks(before_lab: web.Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the file is locked others are served, then it is said that reports cannot be had; later they can."""
    assert before_lab.keep is not None
    monkeypatch.setattr(store_room, "PATIENCE_SECONDS", 0.5)
    async with Site(before_lab) as site:
        place = await examined(site)
        with closing(sqlite3.connect(before_lab.keep)) as other:
            other.execute("BEGIN EXCLUSIVE")
            waiting = asyncio.ensure_future(site.form(f"{place}/keep", {"consent": "yes"}))
            await asyncio.sleep(0.1)
            begun = time.monotonic()
            assert (await site.get("/healthz")).status == 200
            assert time.monotonic() - begun < 0.3
            refused = await waiting
            assert (refused.status, "retry-after" in refused.headers) == (503, True)
            assert "cannot be reached" in refused.text
            assert (await site.get("/r/x")).status == 503
        assert (await site.form(f"{place}/keep", {"consent": "yes"})).status == 200


def test_what_cannot_hold_reports(tmp_path: Path) -> None:
    """A folder, another kind of file and another program's database are refused at the start, and not touched."""
    (tmp_path / "text").write_text("no database, but long enough to be looked at" * 40, encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "other")) as other, other:
        other.execute("CREATE TABLE report (id, place)")
    before = (tmp_path / "other").read_bytes()
    for name in (".", "text", "other", "none/kept"):
        with pytest.raises(BadInput, match=r"serve\.store"):
            Kept(tmp_path / name, 30, Clock())
    assert (tmp_path / "other").read_bytes() == before


async def test_where_nothing_is_kept(before_lab: web.Options) -> None:
    """Without the operator's choice there is no such form, no such page, and the privacy page says so."""
    async with Site(replace(before_lab, keep=None)) as site:
        place = await examined(site)
        assert "/keep" not in (await site.get(place)).text
        assert (await site.form(f"{place}/keep", {"consent": "yes"})).status == 404
        assert "keeps no reports" in (await site.get("/privacy")).text


def test_reports_go_by_themselves(tmp_path: Path) -> None:
    """An expired report is not shown, and swept away with the next one, or when a server starts."""
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
    clock.now = NOW + timedelta(days=90)
    Kept(tmp_path / "kept", 30, clock)
    assert count(tmp_path / "kept") == 0


async def test_reports_go_while_nobody_comes(
    alone: web.Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that runs sweeps now and then, whether or not anybody keeps anything, and goes on after a trouble."""
    monkeypatch.setattr(store_room, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(store_room, "PATIENCE_SECONDS", 0.05)
    clock, path = Clock(), tmp_path / "kept"
    Kept(path, 30, clock).add(Examination(address=EmailAddress("li", "example.org")), consent="yes", whole=True)
    async with Site(replace(alone, keep=path, clock=clock)):
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await asyncio.sleep(0.3)
            clock.now = NOW + timedelta(days=31)
        for _ in range(200):
            if count(path) == 0:
                break
            await asyncio.sleep(0.05)
    assert count(path) == 0


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
