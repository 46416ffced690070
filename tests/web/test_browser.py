"""The pages in a real browser: the whole way, at 320 pixels, by keyboard alone, without scripts; axe finds nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mailwright import web

pytestmark = pytest.mark.slow
api = pytest.importorskip("playwright.sync_api")
uvicorn = pytest.importorskip("uvicorn")
CHROMIUM = Path("/usr/bin/chromium")
ADDRESS, PASSWORD = "anna@auto.test", "correct-horse-7"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip


@pytest.fixture
def place(before_lab: web.Options) -> Iterator[str]:
    """A running server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = web.app(replace(before_lab, logins_per_hour=100))
    server = uvicorn.Server(uvicorn.Config(made, port=port, access_log=False, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield opened
        opened.close()


def clean(page: Any) -> None:
    """Axe has nothing to say, and nothing is wider than the window."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-CN", "light", 320), ("en", "dark", 1000)])
def test_the_whole_way(browser: Any, place: str, language: str, scheme: str, width: int) -> None:
    """From an address by a refused password to a mailbox that works, keyboard only; every page is clean."""
    size = {"width": width, "height": 800}
    context = browser.new_context(viewport=size, locale=language, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(place)
    clean(page)
    assert page.evaluate("document.activeElement.id") == "address"
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Enter")
    for secret, verdict in ((PASSWORD[::-1], "bad"), (PASSWORD, "ok")):
        page.wait_for_selector("#password")
        assert page.evaluate("document.activeElement.id") == "verdict"
        clean(page)
        while page.evaluate("document.activeElement.id") != "password":
            page.keyboard.press("Tab")
        page.keyboard.type(secret)
        page.keyboard.press("Enter")
        page.wait_for_selector(
            f".verdict.{verdict} #verdict" + (":not(:has(~ form button))" if verdict == "ok" else "")
        )
    clean(page)
    assert page.locator(".qr img").evaluate("image => image.naturalWidth") > 0
    assert wrong == []


def test_the_policy_holds(browser: Any, place: str) -> None:
    """With the policy in force nothing is blocked and nothing is asked of anybody else."""
    page = browser.new_context(locale="en").new_page()
    said: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.add(request.url.split("/")[2] if "//" in request.url else "data"))
    page.goto(place)
    page.fill("#address", ADDRESS)
    page.click("button.go")
    page.wait_for_selector("#password")
    page.click("text=IMAP >> nth=0")
    page.goto(f"{place}/desk")
    page.fill("#list", f"{ADDRESS}\nnobody\nanna@nothing.test")
    page.click("button.go")
    page.wait_for_selector("tbody tr:nth-child(3)")
    assert said == []
    assert asked == {place.split("/")[2]} | (asked & {"data"})


def test_without_scripts(browser: Any, place: str) -> None:
    """The same way without scripts: the page renews itself until the report is there."""
    page = browser.new_context(locale="zh-CN", java_script_enabled=False).new_page()
    page.goto(place)
    page.fill("#address", ADDRESS)
    page.click("button.go")
    page.wait_for_selector("#password", timeout=20_000)
    page.fill("#password", PASSWORD)
    page.click(".sign-in button.go")
    page.wait_for_selector(".verdict.ok .lead", timeout=20_000)
    with page.expect_download() as saved:
        page.click("text=iPhone")
    assert saved.value.suggested_filename.endswith(".mobileconfig")
