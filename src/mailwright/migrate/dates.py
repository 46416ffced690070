"""INTERNALDATE (RFC 9051 §9, date-time): what a server said, as it may be said again.

Every date keeps its instant and its zone. What broken servers say is bounded, and the reason is told:

    migrate.date.unreadable   no date at all could be read; the destination gives its own
    migrate.date.form         not in the form of the standard, and still clear; written anew
    migrate.date.impossible   a 31st of February, an hour 27, a zone of four days; the nearest that exists
    migrate.date.range        before 1970 or after 2106, which many servers cannot store; the nearest that they can
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = {month.lower(): number for number, month in enumerate(_MONTHS, 1)}
_EXACT = re.compile(rf"[ \d]\d-(?:{'|'.join(_MONTHS)})-\d{{4}} \d\d:\d\d:\d\d [+-]\d{{4}}", re.ASCII)
# Longer than any date; a server may write what it likes.
_LONGEST = 100
_READ = re.compile(
    r'\s*"?\s*(\d{1,2})[- ]([a-z]{3})[a-z]{0,6}[- ](\d{2,6})[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d{0,9})?)?'
    r'(?:\s*(?:([+-])(\d{2}):?(\d{2})|(Z|UTC?|GMT)))?\s*(?:\([^()]*\))?\s*"?\s*',
    re.IGNORECASE | re.ASCII,
)
# Dovecot, Maildir and others keep the instant in 32 bits without a sign.
FIRST = 0
_DAY_ONE = date(1970, 1, 1).toordinal()
LAST = 2**32 - 1


class Odd(StrEnum):
    """What was wrong with a date."""

    UNREADABLE = "migrate.date.unreadable"
    FORM = "migrate.date.form"
    IMPOSSIBLE = "migrate.date.impossible"
    RANGE = "migrate.date.range"


@dataclass(frozen=True, slots=True)
class Date:
    """`text`: as APPEND takes it, between quotes; "" and no `instant` (seconds since 1970) if nothing was legible."""

    text: str
    instant: int | None
    odd: tuple[Odd, ...] = ()


def read(said: str) -> Date:
    """A date that can be stored, as near to what was `said` as it gets."""
    found = _READ.fullmatch(said) if len(said) <= _LONGEST else None
    month = _NUMBERS.get(found[2].lower()) if found else None
    if found is None or month is None:
        return Date("", None, (Odd.UNREADABLE,))
    year = _year(found[3])
    if not 1 <= year <= 9999:
        return _bounded(FIRST if year < 1 else LAST, (Odd.RANGE,))
    zone, possible = _zone(found)
    wanted = (int(found[1]), int(found[4]), int(found[5]), int(found[6] or 0))
    most = (calendar.monthrange(year, month)[1], 23, 59, 59)
    day, hour, minute, second = (min(value, limit) for value, limit in zip(wanted, most, strict=True))
    day = max(day, 1)
    odd = () if possible and (day, hour, minute, second) == wanted else (Odd.IMPOSSIBLE,)
    days = date(year, month, day).toordinal() - _DAY_ONE
    instant = ((days * 24 + hour) * 60 + minute - zone) * 60 + second
    if not FIRST <= instant <= LAST:
        return _bounded(min(max(instant, FIRST), LAST), (*odd, Odd.RANGE))
    if not odd and _EXACT.fullmatch(said):
        return Date(said, instant)
    return Date(write(instant, zone), instant, odd or (Odd.FORM,))


def write(instant: int, zone: int = 0) -> str:
    """`instant` in seconds since 1970, as a clock shows it that is `zone` minutes ahead of UTC."""
    there = datetime.fromtimestamp(instant, timezone(timedelta(minutes=zone)))
    sign, ahead = ("-", -zone) if zone < 0 else ("+", zone)
    clock = f"{there:%H:%M:%S} {sign}{ahead // 60:02}{ahead % 60:02}"
    return f"{there.day:2}-{_MONTHS[there.month - 1]}-{there.year:04} {clock}"


def same(one: str, other: str) -> bool:
    """True when both name the same instant, in whatever zone; two that nobody can read are the same only as written."""
    first, second = read(one), read(other)
    return one == other if first.instant is None else first.instant == second.instant


def _bounded(instant: int, odd: tuple[Odd, ...]) -> Date:
    return Date(write(instant), instant, odd)


def _zone(found: re.Match[str]) -> tuple[int, bool]:
    """Minutes ahead of UTC; UTC where the zone is none."""
    if not found[7]:
        return 0, True
    hours, minutes = int(found[8]), int(found[9])
    if hours > 23 or minutes > 59:
        return 0, False
    return (-1 if found[7] == "-" else 1) * (hours * 60 + minutes), True


def _year(digits: str) -> int:
    """RFC 5322 §4.3: two digits below 50 are of this century, others and three digits count from 1900."""
    year = int(digits)
    return year + (2000 if len(digits) == 2 and year < 50 else 1900 if len(digits) < 4 else 0)
