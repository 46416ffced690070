"""The book alone: at once, and without the network's libraries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailwright import discover
from mailwright.core import EmailAddress, Source, Told
from tests.discover.scripted import ANNA, SHELF, hosts


def test_a_known_domain() -> None:
    """Settings, secret and the need for an ID are there without any network."""
    found = discover.offline(EmailAddress.parse("a@163.com"), SHELF)
    assert not found.online
    assert hosts(found.candidate)[0] == "imap imap.163.com:993"
    assert found.candidate is not None
    assert found.candidate.needs_id is not None
    assert [a.source for a in found.answers] == [Source.BOOK]


def test_an_unknown_domain() -> None:
    """Nothing is made up."""
    found = discover.offline(ANNA, SHELF)
    assert found.candidate is None
    assert found.answers[0].told is Told.NOTHING


@pytest.mark.parametrize("address", ["a@tuta.com", "a@excite.co.jp"])
def test_closed_and_retired_providers_are_named(address: str) -> None:
    """A provider without services is named, so that the person hears why."""
    found = discover.offline(EmailAddress.parse(address), SHELF)
    assert found.candidate is not None
    assert found.candidate.provider is not None
    assert found.candidate.services == ()


def test_it_loads_nothing_of_the_network() -> None:
    """The whole program has a quarter of a second: asyncio, ssl and DNS are not loaded for this."""
    heavy = ("asyncio", "ssl", "socket", "dns", "httpcore2", "defusedxml", "mailwright.wire", "xml.etree.ElementTree")
    code = (
        "import sys; from mailwright import book, core, discover;"
        "discover.offline(core.EmailAddress.parse('a@qq.com'), book.Book());"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    source = Path(discover.__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
