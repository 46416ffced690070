"""A page as PDF, by the browser that is there."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path, PurePosixPath

from mailwright import export
from mailwright.core import BadInput

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
    "chrome",
)
SECONDS = 60


def printed(file: export.File) -> export.File:
    """The page as PDF. Raises BadInput: export.no_browser, export.pdf."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise BadInput("export.no_browser")
    # What the browser's helpers still write while they are ended must not hide what went wrong.
    with tempfile.TemporaryDirectory(prefix="mailwright-", ignore_cleanup_errors=True) as folder:
        page, result = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_bytes(file.data)
        command = [browser, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer",
                   "--disable-background-networking", f"--user-data-dir={folder}/profile",
                   f"--print-to-pdf={result}", page.as_uri()]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses to start as root otherwise
        try:
            _run(command)
            data = result.read_bytes()
        except (OSError, subprocess.SubprocessError) as error:
            raise BadInput("export.pdf", browser=Path(browser).name) from error
    name = str(PurePosixPath(file.name).with_suffix(".pdf"))
    return export.File(name, data, "application/pdf", private=file.private)


def _run(command: list[str]) -> None:
    """To its end, and whatever it started ends with it. Raises OSError, subprocess.SubprocessError."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        status = process.wait(SECONDS)
    finally:
        if hasattr(os, "killpg"):
            # A group that has ended with its leader is no longer there.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
    if status:
        raise subprocess.CalledProcessError(status, command)
