"""docs/quirks.md and the code name each other: no row without its branch, no branch without its row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.checks.source import HOUSE, sources
from tools.checks.table import rows

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "docs/quirks.md"
NAMED = re.compile(r'docs/quirks\.md "([^"]+)"')
DAY = re.compile(r"20\d\d-\d\d-\d\d\Z")
PLACE = re.compile(r"`(src/[^`]+)`")
CELLS = 5


def faults(root: Path) -> list[str]:
    """Rows and branches that cannot be followed."""
    named = {(name, source.path) for source in sources(root, HOUSE) for name in NAMED.findall(source.text)}
    found, listed = [], set()
    for row in rows(root / TABLE):
        name = row[0]
        listed.add(name)
        if len(row) != CELLS or not all(row):
            found.append(f"{TABLE}: `{name}`: wants {CELLS} cells: name, what happens, seen, evidence, handled in")
            continue
        seen, handled = row[2], row[4]
        if not DAY.match(seen):
            found.append(f"{TABLE}: `{name}`: `{seen}` is not a day like 2026-01-31")
        if not any((name, place) in named for place in PLACE.findall(handled)):
            found.append(f"{TABLE}: `{name}`: no file in its last cell names it")
    return found + [
        f"{path}: the quirk `{name}` is not in {TABLE}" for name, path in sorted(named) if name not in listed
    ]
