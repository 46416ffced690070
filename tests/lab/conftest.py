"""Closes what a test of the lab left open, so that no test has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lab import clients

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    clients.opened.close()
