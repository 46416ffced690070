"""The tree of what was seen: which sign stands before a further look."""

from __future__ import annotations

import pytest

from mailwright.answers import branches
from mailwright.core import Look, LookKind, Outcome
from mailwright.texts import Words
from tests.answers.test_told import shown
from tests.diagnose.examined import examined, let_in, look
from tests.diagnose.situations import FOUND, HERE, OUT

LOOKS = [
    (look(LookKind.BLOCKLIST, "198.51.100.7", Outcome.OK, list="zen.example", codes="127.0.0.2"), "bad"),
    (look(LookKind.BLOCKLIST, "198.51.100.7", Outcome.NO, list="zen.example"), "ok"),
    (look(LookKind.BLOCKLIST, "198.51.100.7", Outcome.TIMEOUT, list="zen.example"), "unknown"),
    (look(LookKind.NAMES, "a.test", Outcome.OK, resolver="system", a="ok", addresses="192.0.2.1"), "ok"),
    (look(LookKind.NAMES, "a.test", Outcome.OK, resolver="system", a="nxdomain", addresses=""), "bad"),
    (look(LookKind.NAMES, "a.test", Outcome.TIMEOUT, resolver="system"), "unknown"),
]


@pytest.mark.parametrize(("taken", "sign"), LOOKS)
def test_the_sign_of_a_look(taken: Look, sign: str) -> None:
    """To be on no block list is good, and an answer without an address is not."""
    tree = branches.grown(Words("en"), shown(examined(let_in(HERE), let_in(OUT), found=FOUND, looks=(taken,))))
    assert [branch.sign for branch in tree[-1].below] == [sign]
