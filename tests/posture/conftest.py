"""One root for the whole run."""

from __future__ import annotations

import pytest

from tests.posture.servers import Chains


@pytest.fixture(scope="session")
def chains(tmp_path_factory: pytest.TempPathFactory) -> Chains:
    return Chains(tmp_path_factory.mktemp("chains"))
