"""Fixtures of the looks' tests."""

from __future__ import annotations

import pytest

from tests.wire.peers import Pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One CA for the whole run."""
    return Pki(tmp_path_factory.mktemp("looks"))
