"""Fixtures for everyone: one lab of real servers for the whole run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailwright import lab as room

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def lab() -> Iterator[room.Lab]:
    """A running lab on loopback: .dir .resolver .ca .connect_to .ispdb .accounts .account(address)."""
    # Not pytest's tmp_path: its folders are closed to the users that servers change to,
    # and too long for the servers' sockets.
    with tempfile.TemporaryDirectory(prefix="mw-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with room.running(Path(folder) / "lab") as found:
            yield found
