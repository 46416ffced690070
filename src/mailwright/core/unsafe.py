"""What must not reach a terminal or a page as it is, in text that others wrote."""

from __future__ import annotations

import re

# What moves the cursor, colours, turns the reading direction, or is no text at all.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufddf]"
)
