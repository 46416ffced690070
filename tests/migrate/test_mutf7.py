"""Names as servers spell them, and back."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.migrate.mutf7 import Decoded, decode, encode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(TEXT)
def test_every_name_comes_back(text: str) -> None:
    """What is encoded is printable ASCII and decodes to the same, in either spelling."""
    raw = encode(text)
    assert raw.isascii()
    assert all(0x20 <= byte < 0x7F for byte in raw)
    assert decode(raw) == Decoded(text)
    assert decode(encode(text, utf8=True), utf8=True) == Decoded(text)


@given(st.binary(max_size=60) | st.text("&-,/+aAbB019 é", max_size=20).map(str.encode))
def test_any_bytes_are_read(raw: bytes) -> None:
    """Nothing fails, and a name is exact only where encoding gives the same bytes."""
    for utf8 in (False, True):
        found = decode(raw, utf8=utf8)
        assert found.exact == (encode(found.text, utf8=utf8) == raw) or (not utf8 and not found.exact)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),  # RFC 3501 §5.1.3
        (b"Fish &- Chips", "Fish & Chips"),
        (b"Entw&APw-rfe", "Entwürfe"),
        (b"&2D3eAA-", "😀"),
        (b"&AAk-", "\t"),
        (b"", ""),
    ],
)
def test_known_names(raw: bytes, text: str) -> None:
    """Spellings that are known from elsewhere."""
    assert decode(raw) == Decoded(text)
    assert encode(text) == raw


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"Fish & Chips", "Fish & Chips"),  # a bare sign
        (b"&AOk", "&AOk"),  # no end
        (b"&AGE-", "&AGE-"),  # an "a" has no need of it
        (b"&AOk-&AOk-", "&AOk-&AOk-"),  # two runs where one does
        (b"&AOl-", "&AOl-"),  # bits left over
        (b"&2D0-", "&2D0-"),  # half a pair
        (b"&/////-", "&/////-"),  # a letter of plain base64
        ("Entwürfe".encode(), "Entwürfe"),  # 8-bit: RFC 3501 §5.1
        (b"Entw\xfcrfe", "Entwürfe"),
        (b"a\tb", "a\tb"),
    ],
)
def test_broken_names_stay_as_they_are(raw: bytes, shown: str) -> None:
    """A name against the rules is shown by its bytes, and that is told."""
    assert decode(raw) == Decoded(shown, exact=False)


def test_half_a_pair_is_replaced() -> None:
    """What is no character, as it may come from a command line, has no spelling."""
    assert decode(encode("a\udcfcb")).text == "a\ufffdb"


def test_a_long_name_takes_no_time() -> None:
    """64 kB, plain, coded or broken, are read in a moment."""
    began = time.process_time()
    for raw in (b"&" * 65536, b"&AOk-" * 13000, b"a" * 65536, encode("é&" * 10000), b"&" + b"A" * 65536):
        encode(decode(raw).text)
    assert time.process_time() - began < 1
