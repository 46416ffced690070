"""Tables in Markdown pages, as far as the rules read them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def rows(page: Path) -> list[list[str]]:
    """The cells of every row below a table's head."""
    lines = [line.strip() for line in page.read_text(encoding="utf-8").splitlines()]
    body = []
    for above, line in pairwise(lines):
        inside = line.startswith("|") and above.startswith("|")
        if inside and not is_rule(line):
            body.append([cell.strip() for cell in line.strip("|").split("|")])
    return body


def is_rule(line: str) -> bool:
    """Whether this is the line between head and body."""
    return not set(line) - set("|-: ")
