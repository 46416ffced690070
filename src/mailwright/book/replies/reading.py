"""What is read out of a reply for the person: how long to wait, where to look, which address was meant."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from mailwright.book.replies.row import Row
from mailwright.core import Param

if TYPE_CHECKING:
    from mailwright.book.replies.saying import Said

_SECONDS = {
    "millisecond": 0.001,
    "ms": 0.001,
    "second": 1,
    "sec": 1,
    "minute": 60,
    "min": 60,
    "hour": 3600,
    "day": 86400,
}
_WAIT = re.compile(r"(\d{1,9}) ?(milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?|days?)\b")
_IP = re.compile(
    r"(?<![\w.:])((?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-f]{1,4}:){2,7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}:[0-9a-f]{1,4})(?![\w.:])"
)
_LINK = re.compile(r"https?://\S{1,2000}", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![\w.-])(?:[^\s@:/\"'<>()\[\],;=]{1,64}(@))?((?:[a-z0-9-]{1,63}\.){1,6}[a-z][a-z0-9-]{1,62})(?![\w@-])",
    re.IGNORECASE,
)


def places(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that may be servers, and those behind the @ of an address (some programs write user@server)."""
    found = [(bool(one[1]), one[2].lower()) for one in _NAME.finditer(_LINK.sub(" ", text))]
    return tuple(dict.fromkeys(name for _, name in found)), tuple(dict.fromkeys(name for at, name in found if at))


def read_out(said: Said, row: Row | None) -> tuple[tuple[str, Param], ...]:
    """Parameters of a meaning: `wait` in seconds, `link`, `address`."""
    made: dict[str, Param] = {}
    found = _WAIT.search(said.plain)
    if row is not None and (named := row.waits(said.plain)):
        made["wait"] = round(sum(_span(unit, value) for unit, value in named.items()))
    elif found is not None:
        made["wait"] = round(_span(found[2], found[1]))
    if said.links:
        made["link"] = said.links[0]
    address = next(filter(_is_address, _IP.findall(said.plain)), "")
    if address:
        made["address"] = address
    return tuple(made.items())


def _is_address(text: str) -> bool:
    """False for what only looks like one: a time of day, a version."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _span(unit: str, value: str) -> float:
    name = unit.lower()
    size = _SECONDS.get(name, _SECONDS.get(name.rstrip("s"), 1))
    return float(value) * size if value.isdigit() else 0.0
