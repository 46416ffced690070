"""The tests of mail again, with Dovecot 2.4 from a Debian 13 folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mailwright.lab import Options, status
from tests.lab import variants
from tests.lab.test_mail import *  # noqa: F403  # the same tests, another `lab`

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Lab

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with variants.made(Options(dovecot="2.4", cache=variants.CACHE)) as found:
        yield found


def test_it_is_dovecot_24(lab: Lab) -> None:
    found = {server.name: server for server in status(lab.dir).servers}
    assert found["dovecot-main"].version.startswith("2.4.")
    assert found["dovecot-main"].kind == "real"
