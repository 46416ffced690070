"""docs/standards.md and the code agree on which standards are followed, and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.checks.source import HOUSE
from tools.checks.table import rows

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "docs/standards.md"
CITED = re.compile(r"\bRFC (\d+)\b")
MISSPELT = re.compile(r"\b(?:RFC(?!822\\?\.SIZE)[-_]?\d{3,}|[Rr]fc[ -]\d{3,}|RFC  +\d+)\b")
ANSWERS = {"Yes", "Partial", "No"}


def faults(root: Path) -> list[str]:
    """Citations without a row, rows without a citation, and spellings a search would miss."""
    cited, found = citations(root)
    listed: dict[str, str] = {}
    for number, _title, answer, *_rooms in rows(root / TABLE):
        if number in listed:
            found.append(f"{TABLE}: {number} is there twice")
        if answer not in ANSWERS:
            found.append(f"{TABLE}: {number}: `{answer}` is none of Yes, Partial, No")
        listed[number] = answer
    found += [f"{place}: {number} is not in {TABLE}" for number, place in cited.items() if number not in listed]
    unused = [n for n, answer in listed.items() if answer == "Yes" and n.startswith("RFC ") and n not in cited]
    return found + [f"{TABLE}: {number} says Yes and no code cites it" for number in unused]


def citations(root: Path) -> tuple[dict[str, str], list[str]]:
    """Where each RFC is cited first, and citations that are spelt otherwise."""
    cited: dict[str, str] = {}
    found = []
    for path in sorted((root / HOUSE).rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            place = f"{path.relative_to(root).as_posix()}:{number}"
            for match in CITED.finditer(line):
                cited.setdefault(match[0], place)
            found += [f"{place}: write `{match[0]}` as `RFC nnnn`" for match in MISSPELT.finditer(line)]
    return cited, found
