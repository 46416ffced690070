"""INTERNALDATE, read and written."""

from __future__ import annotations

import calendar
import re
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.migrate.dates import FIRST, LAST, Odd, read, same, write

INSTANT = st.integers(FIRST, LAST)
ZONE = st.integers(-1439, 1439)
FORM = re.compile(r"( \d|\d\d)-(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{4} \d\d:\d\d:\d\d [+-]\d{4}")


@given(INSTANT, ZONE)
def test_a_date_comes_back(instant: int, zone: int) -> None:
    """What is written is in the form of the standard, reads as it was, and names the instant that Python finds."""
    text = write(instant, zone)
    found = read(text)
    assert FORM.fullmatch(text)
    assert (found.text, found.instant, found.odd) == (text, instant, ())
    assert datetime.strptime(text.strip(), "%d-%b-%Y %H:%M:%S %z").timestamp() == instant


@given(INSTANT, ZONE, ZONE)
def test_one_instant_in_two_zones_is_the_same(instant: int, one: int, other: int) -> None:
    """Servers write a date in a zone of their own."""
    assert same(write(instant, one), write(instant, other))
    assert same(write(instant, one), write(instant + 1, other)) is (instant == LAST)


@given(
    st.text(max_size=40) | st.from_regex(r" ?\d{1,2}-[A-Za-z]{3}-\d{1,6} \d\d:\d\d:\d\d( [+-]\d{4})?", fullmatch=True)
)
def test_whatever_is_said_can_be_stored(said: str) -> None:
    """Any text gives a date in the form of the standard and within 32 bits, or none and a reason."""
    found = read(said)
    if found.instant is None:
        assert (found.text, found.odd) == ("", (Odd.UNREADABLE,))
    else:
        assert FORM.fullmatch(found.text)
        assert FIRST <= found.instant <= LAST
        again = read(found.text)
        assert (again.text, again.instant, again.odd) == (found.text, found.instant, ())


@pytest.mark.parametrize(
    "said", ["17-Jul-1996 02:44:25 -0700", " 7-Jul-1996 02:44:25 +0530", "07-Jul-1996 02:44:25 -0000"]
)
def test_a_good_date_keeps_its_letters(said: str) -> None:
    """A day below ten has a space or a nought before it, and both are right."""
    assert read(said).text == said
    assert not read(said).odd


@pytest.mark.parametrize(
    ("said", "text", "odd"),
    [
        ("7-jul-1996 02:44:25 +0000", " 7-Jul-1996 02:44:25 +0000", [Odd.FORM]),
        ("17-Jul-1996 02:44:25", "17-Jul-1996 02:44:25 +0000", [Odd.FORM]),
        ("17-Jul-96 02:44:25 GMT", "17-Jul-1996 02:44:25 +0000", [Odd.FORM]),
        ("17-Jul-102 02:44 +0200 (CEST)", "17-Jul-2002 02:44:00 +0200", [Odd.FORM]),
        ("30-Feb-2023 02:44:25 +0100", "28-Feb-2023 02:44:25 +0100", [Odd.IMPOSSIBLE]),
        ("00-Jan-2023 25:00:60 +0100", " 1-Jan-2023 23:00:59 +0100", [Odd.IMPOSSIBLE]),
        ("01-Jan-2023 00:00:00 +9900", " 1-Jan-2023 00:00:00 +0000", [Odd.IMPOSSIBLE]),
        ("01-Jan-1601 00:00:00 +0000", " 1-Jan-1970 00:00:00 +0000", [Odd.RANGE]),
        ("01-Jan-0000 00:00:00 +0000", " 1-Jan-1970 00:00:00 +0000", [Odd.RANGE]),
        ("01-Jan-1970 00:00:00 +0100", " 1-Jan-1970 00:00:00 +0000", [Odd.RANGE]),
        ("07-Feb-2106 06:28:16 +0000", " 7-Feb-2106 06:28:15 +0000", [Odd.RANGE]),
        ("31-Dec-99999 00:00:00 +0000", " 7-Feb-2106 06:28:15 +0000", [Odd.RANGE]),
        ("", "", [Odd.UNREADABLE]),
        ("01-Foo-2023 00:00:00 +0000", "", [Odd.UNREADABLE]),
        ("1-Jan-2023 00:00:00 +0000" + " " * 100, "", [Odd.UNREADABLE]),
    ],
)
def test_nonsense_is_bounded_and_told(said: str, text: str, odd: list[Odd]) -> None:
    """Broken servers send all of these."""
    assert (read(said).text, list(read(said).odd)) == (text, odd)


def test_dates_that_nobody_reads_are_the_same_as_written() -> None:
    """Two pieces of nonsense are no proof that the dates agree."""
    assert same("?", "?")
    assert not same("?", "!")
    assert not same("?", "17-Jul-1996 02:44:25 -0700")
    assert not same("17-Jul-1996 02:44:25 -0700", "?")


def test_an_instant_is_counted_as_time_does() -> None:
    """A leap day, in a zone ahead."""
    assert read("29-Feb-2024 00:30:00 +0100").instant == calendar.timegm(
        time.strptime("2024-02-28 23:30", "%Y-%m-%d %H:%M")
    )
