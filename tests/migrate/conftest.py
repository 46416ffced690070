"""Servers to migrate between, for as long as a test takes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from mailwright.core import Problem
from tests.migrate import servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that servers can live in."""
    with servers.place() as folder:
        yield folder


@pytest.fixture
def serve(ground: Path) -> Iterator[Callable[..., servers.Server]]:
    """serve(servers.dovecot, users={…}, …): a server until the test ends; skipped where it cannot be had."""
    with ExitStack() as stack:

        def start(kind: Callable[..., AbstractContextManager[servers.Server]], **given: Any) -> servers.Server:
            folder = ground / f"s{len(list(ground.iterdir()))}"
            try:
                return stack.enter_context(kind(folder, **given))
            except Problem as problem:
                if problem.id == "lab.start_failed":
                    raise
                pytest.skip(f"{kind.__name__}: {problem.id} {dict(problem.params)}")

        yield start
