"""A small issuer, and a World that reaches it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import trustme

from mailwright import wire
from tests.oauth import small_issuer
from tests.oauth.small_issuer import SmallIssuer


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def issuer(authority: trustme.CA) -> Iterator[SmallIssuer]:
    with small_issuer.serving(authority) as running:
        yield running


@pytest.fixture
async def world(issuer: SmallIssuer, authority: trustme.CA, tmp_path: Path) -> AsyncIterator[wire.World]:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    async with wire.World(small_issuer.settings(issuer, ca_file)) as opened:
        yield opened


@pytest.fixture
def recorder() -> wire.Recorder:
    return wire.Recorder("issuer")
