"""The tests of mail and names again, with packages that are only unpacked, not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mailwright.lab import Options, packages, status
from tests.lab import variants
from tests.lab.test_mail import *  # noqa: F403  # the same tests, another `lab`
from tests.lab.test_names import *  # noqa: F403  # the same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Lab

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(packages.find("apt-get") is None, reason="packages come by apt-get"),
]


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with variants.made(Options(servers="unpacked", cache=variants.CACHE)) as found:
        yield found


def test_the_stand_in_for_postfix_is_named(lab: Lab) -> None:
    found = status(lab.dir)
    assert "lab.note.embedded_submission" in found.notes
    assert {server.kind for server in found.servers if server.name == "submission"} == {"embedded"}
    assert {server.kind for server in found.servers if server.name.startswith(("dovecot", "ns", "unbound"))} == {"real"}
