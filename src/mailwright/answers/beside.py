"""A file on its way to disk: written beside its place, then renamed. Links are followed, devices left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mailwright.core import BadInput


def place(path: Path) -> Path:
    """Where the file will stand, behind all links.

    Raises OSError, and BadInput("input.output_special") for a device, a pipe, a folder or a link to itself.
    """
    real = Path(os.path.realpath(path))
    if real.is_symlink() or (real.exists() and not real.is_file()):
        raise BadInput("input.output_special", file=str(path))
    return real


def part(path: Path, data: bytes, *, private: bool = False) -> Path:
    """`data` in a new file beside `path`; `private`: for its owner only. Raises OSError, and then nothing is left."""
    made = path.with_name(f"{path.name}.{os.getpid()}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(made, flags, 0o600 if private else 0o644), "wb") as opened:
        try:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        except OSError:
            made.unlink(missing_ok=True)
            raise
    return made


def prepare(path: Path) -> None:
    """Make sure that a file can be written there. Raises BadInput: input.output, input.output_special."""
    with _told(path):
        part(place(path), b"").unlink()


def write(path: Path, data: bytes) -> None:
    """Write the whole file or nothing. Raises BadInput: input.output, input.output_special."""
    with _told(path):
        real = place(path)
        made = part(real, data)
        try:
            made.replace(real)
        except OSError:
            made.unlink(missing_ok=True)
            raise


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise BadInput("input.output", file=str(path)) from error
