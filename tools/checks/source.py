"""Python files as the rules see them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUSE = "src/mailwright"


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its path below the root with `/`, its text, its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room it belongs to; a file beside the rooms belongs to none ("")."""
        inner = self.path.removeprefix(f"{HOUSE}/")
        return inner.split("/", 1)[0] if "/" in inner and inner != self.path else ""

    def at(self, node: ast.stmt | ast.expr) -> str:
        """The place of a node, as an editor wants it."""
        return f"{self.path}:{node.lineno}"


def sources(root: Path, *folders: str) -> Iterator[Source]:
    """All Python files below these folders, in the order of their paths."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield Source(path.relative_to(root).as_posix(), text, ast.parse(text))
