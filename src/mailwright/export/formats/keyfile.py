"""How values stand in the key files of GLib."""

from __future__ import annotations

import re


def value(text: str) -> str:
    r"""Desktop Entry Specification, "Possible value types": \\ is a backslash, and \s a blank at an end."""
    made = text.replace("\\", "\\\\")
    return re.sub("^ | $", r"\\s", made)
