"""What a port speaks that does not speak what was expected."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailwright import wire

_BEGINNINGS = (
    ("imap", re.compile(rb"\* (OK|PREAUTH|BYE)\b", re.IGNORECASE)),
    ("pop3", re.compile(rb"(\+OK|-ERR)\b", re.IGNORECASE)),
    ("http", re.compile(rb"HTTP/\d|<!DOCTYPE|<html", re.IGNORECASE)),
    ("ssh", re.compile(rb"SSH-")),
    ("ftp", re.compile(rb"220[ -].*\bftp", re.IGNORECASE)),
    ("smtp", re.compile(rb"(220|421|554)[ -]")),
)


def spoken(flight: wire.lookhello.Flight) -> tuple[str, str]:
    """The protocol and the first line of it: imap pop3 smtp http ssh ftp tls other, "" if nothing was said."""
    if flight.accepted or flight.kind == "alert":
        return "tls", ""
    if not flight.first:
        return "", ""
    line = flight.first.split(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return next((kind for kind, begins in _BEGINNINGS if begins.match(flight.first)), "other"), shown
