"""A secret is spent in one room only."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tools.checks.source import HOUSE, sources

if TYPE_CHECKING:
    from pathlib import Path

ALLOWED = (f"{HOUSE}/wire/", f"{HOUSE}/core/secret.py")


def faults(root: Path) -> list[str]:
    """Mentions of `.reveal` where a secret has to stay closed."""
    return [
        f"{source.at(node)}: only wire opens a secret"
        for source in sources(root, HOUSE)
        if not source.path.startswith(ALLOWED)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    ]
