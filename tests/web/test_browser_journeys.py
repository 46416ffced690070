"""Three people at the page, each in Chinese and in English: one whose mailbox works, one at QQ, one who mistyped."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailwright import discover, setup, web, wire
from mailwright import lab as room
from tests.web.browsing import chromium, clean, judged, opened, serving, signed_in

pytestmark = pytest.mark.xdist_group("browser")
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])
ADDRESS, PASSWORD = "anna@auto.test", "correct-horse-7"
QQ, MISTYPED = "auth.authcode-qq", "proto.wrong_service-smtp"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as driven:
        yield driven


@pytest.fixture(scope="module")
def faulty() -> Iterator[room.Lab]:
    """A lab in which a provider wants its code, and one in which a server answers what it should not be asked."""
    with tempfile.TemporaryDirectory(prefix="mw-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with room.running(Path(folder) / "lab", options=room.Options(faults=(QQ, MISTYPED))) as made:
            yield made


def before(faulty: room.Lab, fault: str, shelf: setup.Shelf) -> web.Options:
    """A server that is led to a fault as the command line is, by the same settings."""
    led = room.environment(faulty, fault)
    return web.Options(
        wire.Settings(
            resolvers=tuple(map(wire.Resolver.parse, led["MAILWRIGHT_RESOLVER"].split())),
            ca_file=Path(led["MAILWRIGHT_CA"]),
            reroutes=tuple(map(wire.Reroute.parse, led["MAILWRIGHT_CONNECT_TO"].split())),
        ),
        shelf,
        discovery=discover.Options(isp_database=led["MAILWRIGHT_ISPDB"]),
        private_targets=True,
    )


def asked(page: Any, place: str, address: str) -> None:
    """The form on the first page, filled in and sent."""
    page.goto(place)
    page.fill("#address", address)
    page.click("form.ask button.go")


@LANGUAGES
def test_a_mailbox_that_works(browser: Any, before_lab: web.Options, language: str) -> None:
    """An address, a password, and the profile for the phone is there; how it is put to use stands beside it."""
    works = {"zh-CN": "能用", "en": "works"}[language]
    with serving(before_lab) as place:
        page = opened(browser, language)
        asked(page, place, ADDRESS)
        assert works not in judged(page)
        assert works in signed_in(page, PASSWORD)
        assert page.locator(".pick > summary").count() == 6
        for at in range(6):
            pick = page.locator(".pick").nth(at)
            pick.locator("summary").click()
            assert pick.locator("ol li").count() >= 2
            assert pick.locator("ol li").first.is_visible()
        clean(page)
        page.locator(".pick summary").first.click()
        with page.expect_download() as saved:
            page.locator(".pick a[download]").click()
        assert saved.value.suggested_filename == "anna@auto.test.mobileconfig"
        profile = Path(saved.value.path()).read_text(encoding="utf-8")
        assert "imap.auto.test" in profile
        assert PASSWORD not in profile


@LANGUAGES
def test_the_password_of_the_web_page_at_qq(browser: Any, faulty: room.Lab, shelf: setup.Shelf, language: str) -> None:
    """Who types it is told that a code is wanted, that they get it themselves, and step by step how."""
    wanted, who = {"zh-CN": ("要用授权码", "谁来修：你自己"), "en": ("authorization code", "who can mend it: you")}[
        language
    ]
    staged = faulty.fault(QQ)
    with serving(before(faulty, QQ, shelf)) as place:
        page = opened(browser, language)
        asked(page, place, staged.address)
        assert staged.address in judged(page)
        refused = signed_in(page, staged.password)
        assert {"zh-CN": "不能用", "en": "does not work"}[language] in refused
        assert wanted in page.inner_text(".cause h2")
        assert re.match(rf"{who}[，,].*5", page.inner_text(".cause .tag"))
        steps = page.locator(".cause ol.steps li")
        assert steps.count() >= 5
        assert "生成授权码" in page.inner_text(".cause ol.steps")
        assert page.locator(".cause ol.steps a[href='https://mail.qq.com']").is_visible()
        assert "authorization code to login" in page.inner_text(".tree")
        assert "授权码" in page.inner_text("label[for=password]")
        assert staged.password not in page.content()
        clean(page)


@LANGUAGES
def test_the_server_for_sending_typed_for_receiving(
    browser: Any, faulty: room.Lab, shelf: setup.Shelf, language: str
) -> None:
    """What was typed stands there beside what belongs there; with that the mailbox works."""
    staged = faulty.fault(MISTYPED)
    domain = staged.address.rpartition("@")[2]
    typed = {"host": f"smtp.{domain}", "port": "465"}
    with serving(before(faulty, MISTYPED, shelf)) as place:
        page = opened(browser, language)
        page.goto(place)
        page.fill("#address", staged.address)
        page.click("form.ask summary")
        page.select_option("#protocol", "imap")
        page.select_option("#security", "tls")
        for name, value in typed.items():
            page.fill(f"#{name}", value)
        page.click("form.ask button.go")
        assert {"zh-CN": "不能用", "en": "does not work"}[language] in judged(page)
        clean(page)
        rows = [row.inner_text() for row in page.locator(".typed tbody tr").all()]
        assert typed["host"] in rows[0]
        assert f"imap.{domain}" in rows[0]
        assert re.search(r"465\s+993", rows[1])
        assert f"imap.{domain}" in page.inner_text(".cause ol.steps")
        page.click(".mended button")
        page.wait_for_selector(".sign-in")
        page.wait_for_selector(".verdict.ok")
        assert {"zh-CN": "能用", "en": "works"}[language] in signed_in(page, staged.password)
        assert page.locator(".pick").count() == 6


def test_nothing_is_asked_of_others(browser: Any, before_lab: web.Options) -> None:
    """With the policy in force nothing is blocked, and nobody else is asked for anything."""
    with serving(replace(before_lab, keep=None)) as place:
        page = browser.new_context(locale="en").new_page()
        said: list[str] = []
        asked_of: set[str] = set()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("request", lambda one: asked_of.add(one.url.split("/")[2] if "//" in one.url else "data"))
        asked(page, place, ADDRESS)
        page.wait_for_selector("#password")
        page.click("button.term >> nth=0")
        assert page.locator(".pop:popover-open").count() == 1
        page.goto(f"{place}/desk")
        page.fill("#list", f"{ADDRESS}\nnobody\nanna@nothing.test")
        page.click("button.go")
        page.wait_for_selector("tbody tr:nth-child(3)")
    assert said == []
    assert asked_of == {place.split("/")[2]} | (asked_of & {"data"})
