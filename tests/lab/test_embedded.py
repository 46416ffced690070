"""The tests of mail and names again, with Python stand-ins for every server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mailwright.lab import Options, status
from tests.lab import variants
from tests.lab.test_mail import *  # noqa: F403  # the same tests, another `lab`
from tests.lab.test_names import *  # noqa: F403  # the same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Lab

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with variants.made(Options(servers="embedded")) as found:
        yield found


def test_status_says_what_stands_in(lab: Lab) -> None:
    found = status(lab.dir)
    assert {server.kind for server in found.servers} == {"embedded", "part"}
    assert {note.rpartition("_")[2] for note in found.notes} >= {"imap", "pop3", "submission", "responder", "website"}
