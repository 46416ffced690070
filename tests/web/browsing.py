"""A real browser before a running server: Debian's Chromium by Playwright; without one of them tests are skipped."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mailwright import web

CHROMIUM = Path("/usr/bin/chromium")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP mail.example 127.0.0.1")  # fmt: skip
PATIENCE = 30_000
"""Milliseconds."""


@contextmanager
def serving(options: web.Options) -> Iterator[str]:
    """A server in a thread; its address."""
    uvicorn = pytest.importorskip("uvicorn")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(web.app(options), port=port, access_log=False, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser."""
    api = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed")
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        try:
            yield opened
        finally:
            opened.close()


def opened(browser: Any, language: str, width: int = 1000, scheme: str = "light", **more: Any) -> Any:
    """A fresh page; mistakes of its scripts are gathered in `page.mistakes`."""
    size = {"width": width, "height": 800}
    # Axe is put into the page, which the policy would forbid.
    context = browser.new_context(viewport=size, locale=language, color_scheme=scheme, bypass_csp=True, **more)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.mistakes = []
    page.on("pageerror", lambda error: page.mistakes.append(str(error)))
    return page


def clean(page: Any) -> None:
    """Axe has nothing to say, nothing is wider than the window, no script went wrong, no text has a hole."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.mistakes == []
    assert not re.search(r"\{\w+\}|\bNone\b|mailwright ", page.inner_text("main"))
    assert not re.search(r"--[a-z]", " ".join(page.locator(".cause").all_inner_texts()))


def judged(page: Any) -> str:
    """Wait for the report; what its verdict says."""
    page.wait_for_selector("#verdict")
    assert page.evaluate("document.activeElement.id") == "verdict"
    said: str = page.inner_text("#verdict")
    return said


def signed_in(page: Any, secret: str) -> str:
    """Type the password and send it; what the next verdict says."""
    place = page.url
    page.fill("#password", secret)
    page.click(".sign-in button.go")
    page.wait_for_url(lambda url: url != place)
    return judged(page)
