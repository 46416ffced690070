"""A secret shows itself to nobody, and is repaired the way keyboards and clipboards break it."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core import Credentials, EmailAddress, Repair, Secret, plain, repaired_secret, repaired_username

CANARY = "canary-Q7x!"
SECRET = Secret(CANARY)
CREDENTIALS = Credentials(EmailAddress("li", "example.org"), SECRET)

SHOWN: list[Callable[[], object]] = [
    lambda: repr(SECRET),
    lambda: str(SECRET),
    lambda: f"{SECRET}",
    lambda: f"{SECRET!r:>40}",
    lambda: f"{SECRET:>40}",
    lambda: f"{SECRET!a}",
    lambda: "{}".format(SECRET),  # noqa: UP032  # another way in than an f-string
    lambda: "%s %r" % (SECRET, SECRET),  # noqa: UP031  # the same
    lambda: repr([SECRET]),
    lambda: repr({"password": SECRET}),
    lambda: repr(CREDENTIALS),
    lambda: logging.Formatter().format(logging.LogRecord("x", 10, "x", 1, "%s", (SECRET,), None)),
]


@pytest.mark.parametrize("show", SHOWN)
def test_nothing_shows_it(show: Callable[[], object]) -> None:
    """However it is turned into text, alone or inside something, the text does not hold it."""
    assert CANARY not in str(show())


REFUSED: list[Callable[[], object]] = [
    lambda: json.dumps({"password": SECRET}),
    lambda: pickle.dumps(SECRET),
    lambda: pickle.dumps(CREDENTIALS),
    lambda: copy.copy(SECRET),
    lambda: copy.deepcopy(CREDENTIALS),
    lambda: dataclasses.asdict(CREDENTIALS),
    lambda: hash(SECRET),
    lambda: {SECRET: 1},
    lambda: vars(SECRET),
    lambda: SECRET + "x",  # type: ignore[operator]  # what a careless line would do
    lambda: list(SECRET),  # type: ignore[call-overload]  # the same
    lambda: plain(SECRET),
    lambda: plain(CREDENTIALS),
    lambda: plain([{"deep": (SECRET,)}]),
]


@pytest.mark.parametrize("use", REFUSED)
def test_nothing_takes_it_along(use: Callable[[], object]) -> None:
    """Whatever would copy or store it fails, and the failure does not quote it."""
    with pytest.raises(TypeError) as raised:
        use()
    assert CANARY not in "".join(traceback.format_exception(raised.value)) + repr(raised.value)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (Secret("a"), Secret("a"), True),
        (Secret("a"), Secret("b"), False),
        (Secret("é"), Secret("e\u0301"), False),
        (Secret("\ud800"), Secret("\ud800"), True),
        (Secret("a"), "a", False),
    ],
)
def test_comparing(left: Secret, right: object, *, same: bool) -> None:
    """Secrets are compared with secrets only, whatever characters they hold."""
    assert (left == right) is same


def test_empty_or_not() -> None:
    """An empty secret counts as none."""
    assert not Secret("")
    assert Secret(" ")


F, B, S, P = Repair.FULL_WIDTH, Repair.BLANKS, Repair.INNER_SPACES, Repair.PERCENT
SECRETS = [
    # typed, meant, what was repaired
    ("plain-7", "plain-7", ()),
    ("ＡＢｃ１２３！", "ABc123!", (F,)),
    ("mail。pass", "mail.pass", (F,)),
    ("pässwort 春天", "pässwort 春天", ()),
    ("ﬁne", "ﬁne", ()),
    (" a1", "a1", (B,)),
    ("a1\r\n", "a1", (B,)),
    ("a1\t", "a1", (B,)),
    ("\u00a0a1\u00a0", "a1", (B,)),
    ("a1\u3000", "a1", (B,)),
    ("\u200ba1\ufeff", "a1", (B,)),
    (" \u200b \ufeff a1 \u2060 ", "a1", (B,)),
    ("ａ１ ", "a1", (F, B)),
    ("abcd efgh ijkl mnop", "abcdefghijklmnop", (S,)),
    ("abcd\u00a0efgh\u00a0ijkl\u00a0mnop", "abcdefghijklmnop", (S,)),
    ("abcd\u3000efgh", "abcdefgh", (S,)),
    (" abcd efgh ijkl mnop\n", "abcdefghijklmnop", (B, S)),
    ("ａｂｃｄ ｅｆｇｈ", "abcdefgh", (F, S)),
    ("abcd-efgh-ijkl-mnop", "abcd-efgh-ijkl-mnop", ()),
    ("my pass", "my pass", ()),
    ("correct horse, battery", "correct horse, battery", ()),
    ("abcd  efgh", "abcd  efgh", ()),
    ("abcdefghi jklm", "abcdefghi jklm", ()),
    ("a%40b", "a@b", (Repair.PERCENT,)),
    ("100%", "100%", ()),
    ("a\u200bb", "a\u200bb", ()),
    ("", "", ()),
    ("   ", "   ", ()),
]


@pytest.mark.parametrize(("typed", "meant", "repairs"), SECRETS, ids=[ascii(row[0]) for row in SECRETS])
def test_repaired_secrets(typed: str, meant: str, repairs: tuple[Repair, ...]) -> None:
    """Only what a keyboard or clipboard adds is undone; blanks that belong to a password stay."""
    assert repaired_secret(Secret(typed)) == (Secret(meant), repairs)


A, R = Repair.DOMAIN_ADDED, Repair.DOMAIN_REMOVED
NAMES = [
    # typed, toggle, meant, what was repaired
    ("li", True, "li@xn--fsqu00a.test", (A,)),
    ("li", False, "li", ()),
    ("li@xn--fsqu00a.test", True, "li", (R,)),
    ("LI@XN--FSQU00A.TEST", True, "li", (R,)),
    ("li@例子.test", True, "li", (R,)),
    ("li@xn--fsqu00a.test", False, "li@xn--fsqu00a.test", ()),
    ("li@other.test", True, "li@other.test", ()),
    ("ming@xn--fsqu00a.test", True, "ming@xn--fsqu00a.test", ()),
    ("ｌｉ＠ｑｑ。ｃｏｍ", True, "li@qq.com", (F,)),
    (" li ", True, "li", (B,)),
    ("li%40other.test", True, "li@other.test", (P,)),
    ("li%2btag@other.test", False, "li+tag@other.test", (P,)),
    (" ｌi%40other.test", True, "li@other.test", (F, B, P)),
    ("100%", True, "100%@xn--fsqu00a.test", (A,)),
    ("li%0d%0aQUIT", False, "li%0d%0aQUIT", ()),
    ("li%00", False, "li%00", ()),
    ("li%ff", False, "li%ff", ()),
    (" ", False, " ", ()),
    ("", True, "", ()),
]


@pytest.mark.parametrize(("typed", "toggle", "meant", "repairs"), NAMES, ids=[f"{row[0]!a}-{row[1]}" for row in NAMES])
def test_repaired_names(typed: str, meant: str, repairs: tuple[Repair, ...], *, toggle: bool) -> None:
    """One mistake is undone at a time: the domain part is touched only when nothing else is wrong."""
    assert repaired_username(typed, "li", "xn--fsqu00a.test", toggle=toggle) == (meant, repairs)


@given(st.text(st.characters(codec=None), max_size=40))
def test_any_secret(typed: str) -> None:
    """A repair always changes something, never leaves nothing, and repairing again changes no more blanks or widths."""
    secret, repairs = repaired_secret(Secret(typed))
    assert bool(repairs) == (secret != Secret(typed))
    assert bool(secret) == bool(typed)
    assert not {F, B} & set(repaired_secret(secret)[1])
