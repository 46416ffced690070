"""Between rooms: `from mailwright import wire`, then `wire.…`. Only core's nouns come by name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tools.checks.source import HOUSE, Source, sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADVICE = "import another room by its door: `from mailwright import {room}`"


def faults(root: Path) -> list[str]:
    """Imports that reach past another room's door."""
    return [fault for source in sources(root, HOUSE) for fault in source_faults(source)]


def source_faults(source: Source) -> Iterator[str]:
    """Those of one file."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        for module in imported(node):
            room = module.split(".")[1]
            if room != source.room and module != "mailwright.core":
                yield f"{source.at(node)}: {module}: {ADVICE.format(room=room)}"


def imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules inside `mailwright` that a statement names."""
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return [name for name in names if name.startswith("mailwright.")]
