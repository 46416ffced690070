"""A secret is spent in one room only."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tools.checks.source import HOUSE, sources

if TYPE_CHECKING:
    from pathlib import Path

# export/placing.py: where a person asked for a file that holds the secret.
ALLOWED = (f"{HOUSE}/wire/", f"{HOUSE}/core/secret.py", f"{HOUSE}/export/placing.py")


def faults(root: Path) -> list[str]:
    """Mentions of `.reveal` where a secret has to stay closed."""
    return [
        f"{source.at(node)}: only wire opens a secret, and export/placing.py where a person wants it in a file"
        for source in sources(root, HOUSE)
        if not source.path.startswith(ALLOWED)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    ]
