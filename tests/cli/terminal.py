"""A pseudo-terminal with a person at it: reads what is shown, types, presses ^C and ^D."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import threading
import time
from typing import TYPE_CHECKING, Self

from tests.cli.program import command

if TYPE_CHECKING:
    from types import TracebackType

SECONDS = 30
CTRL_C, CTRL_D = "\x03", "\x04"
CODES = re.compile("\x1b\\[[0-9;?]*[A-Za-z]")


def _take_terminal() -> None:
    """In the child: the terminal on stdin is the one that ^C comes from."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """The program with all three streams on one terminal, except those that are told to go elsewhere."""

    def __init__(
        self, env: dict[str, str], *arguments: str, stdout: int | None = None, stderr: int | None = None
    ) -> None:
        self.shown = ""
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            command(*arguments),
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs if stderr is None else stderr,
            env={"TERM": "xterm-256color", **env},
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509  # one system call, which a child before exec may do
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)

    def wait_for(self, text: str) -> str:
        """Read until `text` has been shown; returns what was shown before it."""
        end = time.monotonic() + SECONDS
        while text not in self.shown:
            if not self._read(end):
                raise AssertionError(f"{text!r} was not shown: {self.shown!r}")
        return self.shown.partition(text)[0]

    def wait_for_silence(self) -> None:
        """Wait until the terminal shows nothing of what is typed: the prompt is ready."""
        end = time.monotonic() + SECONDS
        while termios.tcgetattr(self._ours)[3] & termios.ECHO:
            assert time.monotonic() < end, "the terminal still shows what is typed"
            time.sleep(0.01)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())
        if text == CTRL_C:
            # One that comes in the instant before a read begins is only seen after it: a person types it again.
            again = threading.Timer(2.0, self._again)
            again.daemon = True
            again.start()

    def _again(self) -> None:
        with contextlib.suppress(OSError):
            if self.process.poll() is None:
                os.write(self._ours, CTRL_C.encode())

    def end(self) -> int:
        """Read to the end; returns the exit code."""
        end = time.monotonic() + SECONDS
        while self._read(end):
            pass
        return self.process.wait(SECONDS)

    @property
    def text(self) -> str:
        """What was shown, without colours and cursor movements."""
        return CODES.sub("", self.shown).replace("\r\n", "\n")

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0.0, end - time.monotonic()))
        data = b""
        with contextlib.suppress(OSError):  # the other side has been closed
            data = os.read(self._ours, 65536) if ready else b""
        self.shown += data.decode(errors="replace")
        return bool(data)
