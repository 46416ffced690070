"""Fixtures of the wire's tests."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from mailwright.wire import tls
from tests.wire.peers import Pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """One CA for the whole run."""
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session", autouse=True)
def contexts_are_shared() -> Iterator[None]:
    """Reading the system's certificates takes 45 ms: once is enough for a few hundred worlds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tls, "verifying", functools.cache(tls.verifying))
        yield
