"""Labs of other kinds than the usual one, for test modules that run the same tests against them."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright import lab as room

if TYPE_CHECKING:
    from collections.abc import Iterator

CACHE = Path("/var/cache/mailwright/lab-tests")
"""Kept between runs: packages are large, and fetching them is not what is tested."""


@contextmanager
def made(options: room.Options) -> Iterator[room.Lab]:
    """A lab in a fresh folder that servers can walk to; nothing is left of it afterwards."""
    with tempfile.TemporaryDirectory(prefix="mw-") as folder:
        Path(folder).chmod(0o755)
        place = Path(folder) / "lab"
        with room.running(place, options=options) as lab:
            yield lab
        assert not place.exists()
        assert not [server for server in lab.servers if Path(f"/proc/{server.pid}/exe").exists()]
