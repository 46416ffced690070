"""A program on a screen of its own: what it shows, and keys for it."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.export.conftest import Desk

SECONDS = 20


@dataclass(frozen=True)
class Screen:
    """A terminal of 160 columns."""

    socket: Path

    def keys(self, *names: str) -> None:
        """Type: each is a key of tmux ("Enter") or the text itself."""
        self._tmux("send-keys", *names)

    def text(self) -> str:
        """What is shown now."""
        return self._tmux("capture-pane", "-p")

    def until(self, part: str) -> str:
        """What is shown once that part is."""
        deadline = time.monotonic() + SECONDS
        while part not in (text := self.text()):
            assert time.monotonic() < deadline, f"no {part!r} in:\n{text}"
            time.sleep(0.05)
        return text

    def _tmux(self, *command: str) -> str:
        ran = subprocess.run(
            ["tmux", "-S", self.socket, *command], capture_output=True, text=True, timeout=10, check=False
        )
        return ran.stdout


@contextlib.contextmanager
def showing(desk: Desk, command: str) -> Iterator[Screen]:
    """The command on a screen. Whatever runs there is ended with it."""
    socket = desk.home / "screen"
    start = ["tmux", "-S", str(socket), "-f", "/dev/null", "new-session", "-d", "-x", "160", "-y", "40", command]
    subprocess.run(desk.inside(*start), env=desk.environment(), cwd=desk.home, check=True, timeout=10)
    try:
        yield Screen(socket)
    finally:
        subprocess.run(["tmux", "-S", socket, "kill-server"], capture_output=True, check=False, timeout=10)
