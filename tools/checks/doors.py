"""A room's front door says what it answers, takes, returns and never does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tools.checks.source import HOUSE, sources

if TYPE_CHECKING:
    from pathlib import Path

SHORTEST, LONGEST = 8, 40


def faults(root: Path) -> list[str]:
    """Rooms whose docstring is missing, too short to help or too long to be read."""
    found = []
    for source in sources(root, HOUSE):
        if source.path != f"{HOUSE}/{source.room}/__init__.py":
            continue
        lines = height(source.tree)
        if not SHORTEST <= lines <= LONGEST:
            found.append(f"{source.path}: the docstring has {lines} lines (between {SHORTEST} and {LONGEST})")
    return found


def height(tree: ast.Module) -> int:
    """Lines of a file's docstring, from quotes to quotes; 0 without one."""
    first = tree.body[0] if ast.get_docstring(tree) else None
    return (first.end_lineno or 0) - first.lineno + 1 if first else 0
