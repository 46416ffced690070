"""Every page as people have it: narrow and wide, light and dark, by keyboard alone, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mailwright import web
from tests.web.browsing import chromium, clean, judged, opened, serving, signed_in

pytestmark = pytest.mark.slow
ADDRESS, PASSWORD = "anna@auto.test", "correct-horse-7"
LOOKS = pytest.mark.parametrize(
    ("language", "scheme", "width"), [("zh-CN", "light", 320), ("en", "dark", 320), ("zh-CN", "dark", 1000)]
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as driven:
        yield driven


@pytest.fixture
def place(before_lab: web.Options) -> Iterator[str]:
    with serving(replace(before_lab, logins_per_hour=100)) as found:
        yield found


@LOOKS
def test_a_refused_password_to_its_cure(browser: Any, place: str, language: str, scheme: str, width: int) -> None:
    """From an address by a refused password to a mailbox that works, with the keyboard alone."""
    page = opened(browser, language, width, scheme)
    page.goto(place)
    clean(page)
    assert page.evaluate("document.activeElement.id") == "address"
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Enter")
    for secret, mark in ((PASSWORD[::-1], "bad"), (PASSWORD, "ok")):
        page.wait_for_selector("#password")
        judged(page)
        clean(page)
        before = page.url
        _tab(page, "document.activeElement.id === 'password'")
        page.keyboard.type(secret)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, before=before: url != before)
        judged(page)
        assert page.locator(f".verdict.{mark}").count() == 1
    _tab(page, "document.activeElement.closest('.pick') !== null")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('img.qr').naturalWidth > 0")
    assert page.locator(".pick[open] ol").is_visible()
    clean(page)


def _tab(page: Any, there: str) -> None:
    """Press Tab until it is true. Raises AssertionError when it never is."""
    for _ in range(80):
        if page.evaluate(there):
            return
        page.keyboard.press("Tab")
    raise AssertionError(there)


@LOOKS
def test_every_other_page(browser: Any, place: str, language: str, scheme: str, width: int) -> None:
    """A pasted error, the list, privacy, what is refused, a kept report and its end: all of them are clean."""
    page = opened(browser, language, width, scheme)
    for path in ("/explain", "/desk", "/privacy", "/no/such", "/jobs/nothing"):
        page.goto(place + path)
        clean(page)
    page.goto(f"{place}/explain")
    page.fill("#text", "535 Login Fail. Please enter your authorization code to login")
    page.click("button.go")
    page.wait_for_selector(".verdict .cause")
    clean(page)
    page.goto(f"{place}/desk")
    page.fill("#list", f"{ADDRESS}\nnobody\nanna@nothing.test")
    page.click("button.go")
    page.wait_for_selector("tbody tr:nth-child(3)")
    clean(page)
    page.goto(place)
    page.fill("#address", "anna at nowhere")
    page.click("form.ask button.go")
    page.wait_for_selector("[role=alert]")
    clean(page)
    _kept(page, place)


def _kept(page: Any, place: str) -> None:
    page.goto(place)
    page.fill("#address", ADDRESS)
    page.click("form.ask button.go")
    judged(page)
    page.check("[name=consent]")
    page.click("section.side button")
    page.wait_for_selector("#share")
    clean(page)
    share, gone = page.inner_text("#share"), page.inner_text("#gone")
    page.goto(share)
    clean(page)
    assert ADDRESS not in page.content()
    page.goto(gone)
    clean(page)
    page.click("button.go")
    page.wait_for_selector("h1")
    clean(page)
    assert page.goto(share).status == 404


def test_how_everything_is_put_to_use(browser: Any, place: str) -> None:
    """Each format of each group can be had, and each says where the person stands how it is put to use."""
    page = opened(browser, "zh-CN")
    page.goto(place)
    page.fill("#address", ADDRESS)
    page.click("form.ask button.go")
    judged(page)
    signed_in(page, PASSWORD)
    for group in page.locator(".groups > details").all():
        group.locator("> summary").click()
        for offer in group.locator(".offers > li").all():
            link = offer.locator("> a")
            if not link.count():
                assert offer.locator(".dim").is_visible()
                continue
            assert page.request.get(place + link.get_attribute("href")).status == 200
            offer.locator(".use-steps summary").click()
            assert offer.locator(".use-steps li").first.is_visible()
    clean(page)


def test_over_plain_http(browser: Any, place: str) -> None:
    """Where browsers do not say Sec-Fetch-Site, forms without scripts say whose they are; a sandbox is refused."""
    place = place.replace("127.0.0.1", "mail.example")
    page = opened(browser, "en", java_script_enabled=False)
    page.goto(f"{place}/explain")
    page.fill("#text", "535 Login Fail. Please enter your authorization code to login")
    with page.expect_response(f"{place}/explain") as own:
        page.click("button.go")
    page.wait_for_selector(".verdict .cause")
    headers = own.value.request.all_headers()
    assert headers.get("origin") == place
    assert "sec-fetch-site" not in headers
    form = f'<form action="{place}/explain" method="post"><input name="text" value="535"><button>b</button></form>'
    page.set_content(f"<iframe sandbox='allow-forms' srcdoc='{form}'></iframe>")
    with page.expect_response(f"{place}/explain") as boxed:
        page.frame_locator("iframe").locator("button").click()
    assert boxed.value.request.all_headers().get("origin") == "null"
    assert boxed.value.status == 403


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_without_scripts(browser: Any, place: str, language: str) -> None:
    """The same way without scripts: the page renews itself until the report is there."""
    page = opened(browser, language, 320, java_script_enabled=False)
    page.goto(place)
    page.fill("#address", ADDRESS)
    page.click("form.ask button.go")
    for secret, mark in ((PASSWORD[::-1], "bad"), (PASSWORD, "ok")):
        page.wait_for_selector("#password")
        page.fill("#password", secret)
        page.click(".sign-in button.go")
        page.wait_for_selector(f".verdict.{mark}")
    page.wait_for_selector(".picks")
    page.locator(".pick summary").first.click()
    with page.expect_download() as saved:
        page.locator(".pick a[download]").click()
    assert saved.value.suggested_filename.endswith(".mobileconfig")
