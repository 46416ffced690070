"""The application, alone and in front of the lab."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright import book, discover, setup, web, wire
from mailwright.lab import Lab
from tests.web.asking import Site


@pytest.fixture(scope="session")
def shelf() -> setup.Shelf:
    return setup.Shelf(book.Book(), book.Replies.load())


@pytest.fixture
def alone(shelf: setup.Shelf) -> web.Options:
    """A server that reaches nobody: its resolver is deaf."""
    return web.Options(
        wire.Settings(resolvers=(wire.Resolver("127.0.0.1", 9),), dns_seconds=0.2, connect_seconds=0.2), shelf
    )


@pytest.fixture
def before_lab(lab: Lab, shelf: setup.Shelf, tmp_path: Path) -> web.Options:
    """A server in front of the lab, which lies on private addresses; it keeps reports."""
    return web.Options(
        wire.Settings(
            resolvers=(wire.Resolver.parse(lab.resolver),),
            ca_file=lab.ca,
            reroutes=tuple(wire.Reroute.parse(rule) for rule in lab.connect_to),
        ),
        shelf,
        discovery=discover.Options(isp_database=lab.ispdb),
        private_targets=True,
        client_per_minute=1000,
        target_per_minute=1000,
        keep=tmp_path / "kept.sqlite",
    )


@pytest.fixture
def site() -> type[Site]:
    """How a test opens one: `async with site(options) as asked`."""
    return Site
