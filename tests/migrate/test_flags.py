"""Flags, keywords and labels: what can be stored, and what is told of the rest."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.migrate import mutf7
from mailwright.migrate.flags import LONGEST, Drop, Kept, Labels, Storable, keyword, label, labels, many

ALL = frozenset({"\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"})
OPEN = Storable(ALL | {"\\*"})
# RFC 9051 §9: flag = "\" and a word, or flag-keyword = atom.
FLAG = re.compile(r'\\?[^\x00-\x20\x7f-\U0010ffff(){%*"\\\]]+')
SOME = st.sampled_from(
    ["\\Seen", "\\SEEN", "\\Recent", "\\Flagged", "\\Foo", "\\*", "$Junk", "$junk", "NonJunk", "a b", "é", ""]
)
SAID = st.lists(SOME | st.text(max_size=6), max_size=12)


@given(SAID, st.none() | st.frozensets(SOME, max_size=6))
def test_only_what_can_be_stored_is_sent(said: list[str], permanent: frozenset[str] | None) -> None:
    """Legal, each once, no \\Recent; and whatever else was there is told with its reason."""
    kept = Storable(permanent).keep(said)
    low = [flag.lower() for flag in kept.flags]
    assert all(FLAG.fullmatch(flag) for flag in kept.flags)
    assert len(set(low)) == len(low)
    assert "\\recent" not in low
    told = {flag.lower() for flag, _ in kept.dropped}
    assert {flag.lower() for flag in said} - {"\\recent"} == set(low) | told
    if permanent is not None and "\\*" not in permanent:
        assert set(low) <= {flag.lower() for flag in permanent}


@given(SAID, st.randoms())
def test_the_order_of_flags_says_nothing(said: list[str], random: object) -> None:
    """The same flags are the same, and what was kept is kept again."""
    kept = OPEN.keep(said)
    assert OPEN.keep(sorted(said, reverse=True)) == kept
    assert OPEN.keep(kept.flags) == Kept(kept.flags)


@pytest.mark.parametrize(
    ("storable", "said", "kept"),
    [
        (OPEN, ["\\SEEN", "\\seen", "\\Recent"], Kept(("\\Seen",))),
        (OPEN, ["$Forwarded", "$MDNSent", "$Junk", "NonJunk"], Kept(("$Forwarded", "$Junk", "$MDNSent", "NonJunk"))),
        (OPEN, ["\\Foo"], Kept((), (("\\Foo", Drop.UNKNOWN),))),
        (
            OPEN,
            ["a b", "\\a b", "x]", "é"],
            Kept((), (("\\a b", Drop.UNKNOWN), ("a b", Drop.ILLEGAL), ("x]", Drop.ILLEGAL), ("é", Drop.ILLEGAL))),
        ),
        (OPEN, ["x" * LONGEST, "y" * (LONGEST + 1)], Kept(("x" * LONGEST,), (("y" * (LONGEST + 1), Drop.LONG),))),
        (Storable(ALL), ["\\Seen", "$Junk"], Kept(("\\Seen",), (("$Junk", Drop.CLOSED),))),
        (Storable(ALL | {"$JUNK"}), ["$junk"], Kept(("$JUNK",))),
        (Storable(frozenset({"\\Seen"})), ["\\Seen", "\\Draft"], Kept(("\\Seen",), (("\\Draft", Drop.UNKNOWN),))),
        (Storable(frozenset()), ["\\Seen"], Kept((), (("\\Seen", Drop.UNKNOWN),))),
        (Storable(None), ["\\Draft", "Work", "\\Foo"], Kept(("\\Draft", "Work"), (("\\Foo", Drop.UNKNOWN),))),
    ],
)
def test_by_what_the_folder_says(storable: Storable, said: list[str], kept: Kept) -> None:
    """PERMANENTFLAGS with and without a star, with keywords of its own, empty and missing."""
    assert storable.keep(said) == kept


def test_a_maildir_names_26_keywords() -> None:
    """Those beyond are told; flags and other spellings do not count."""
    words = [f"k{number:02}" for number in range(28)]
    assert many([*words, "K00", "\\Seen"]) == (("k26", Drop.MANY), ("k27", Drop.MANY))
    assert not many(words[:26])


def test_labels_of_gmail() -> None:
    """A label becomes a keyword or a folder; Gmail's own say what IMAP says by flags, or where the message lies."""
    said = [b"\\Inbox", b"\\Sent", b"\\Starred", b"\\Important", b"Muy Importante", b"&XfJT0ZAB-", b"Work/2024", b""]
    assert labels(said) == Labels(
        flags=("$Important", "\\Flagged"),
        keywords=("&XfJT0ZAB-", "Muy=20Importante", "Work/2024"),
        folders=("&XfJT0ZAB-", "Muy Importante", "Work/2024"),
        uses=("\\Inbox", "\\Sent"),
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_a_label_comes_back_from_its_keyword(text: str) -> None:
    """No two labels become one keyword, and a keyword is an atom."""
    made = keyword(mutf7.encode(text))
    assert FLAG.fullmatch(made)
    assert not made.startswith("\\")
    assert label(made) == text
