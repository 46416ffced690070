"""What a port speaks that does not speak what was expected."""

from __future__ import annotations

from mailwright import wire


def spoken(flight: wire.lookhello.Flight) -> tuple[str, str]:
    """The protocol and the first line of it: imap pop3 smtp http ssh ftp tls other, "" if nothing was said."""
    if flight.accepted or flight.kind == "alert":
        return "tls", ""
    if not flight.first:
        return "", ""
    line = flight.first.split(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
    return wire.peek.spoken(flight.first), wire.peek.shown(line)
