"""A file that only one run writes at a time, and no planted link leads elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from mailwright.core import BadInput


def opened(path: Path) -> IO[bytes]:
    """The file, made if needed, locked for this process until it is closed; at its beginning.

    Raises BadInput("input.output_busy") when another run has it, OSError when it cannot be opened.
    """
    # O_NOFOLLOW (not on Windows): a link somebody put there would lead our writing to another file.
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags, 0o666), "rb+")
    try:
        _lock(file.fileno())
    except OSError as error:
        file.close()
        raise BadInput("input.output_busy", file=str(path)) from error
    return file


if sys.platform == "win32":
    import msvcrt

    # A byte far behind the end: Windows would keep others from reading the locked part.
    FAR = 1 << 40

    def _lock(number: int) -> None:
        os.lseek(number, FAR, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        os.lseek(number, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
