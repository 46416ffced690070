"""Human sentences live in `texts`: no Chinese in the code of another room.

Docstrings and comments are for readers of the code and may name things as people call them.
The lab may too: its domains, mailboxes and messages are test data in both languages.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tools.checks.source import HOUSE, Source, sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
FREE = {"texts", "lab"}


def faults(root: Path) -> list[str]:
    """String literals with Han characters outside the rooms that may have them."""
    return [
        f"{source.at(node)}: Chinese belongs in texts"
        for source in sources(root, HOUSE)
        if source.room not in FREE
        for node in literals(source)
        if HAN.search(ast.get_source_segment(source.text, node) or "")
    ]


def literals(source: Source) -> Iterator[ast.Constant]:
    """The strings that do something: not docstrings, nor those below an attribute."""
    idle = {
        id(statement.value)
        for statement in ast.walk(source.tree)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in idle:
            yield node
