"""A file is named after the one thing it does; a name that could hold anything soon does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.checks.source import sources

if TYPE_CHECKING:
    from pathlib import Path

ANYTHING = re.compile(r"(utils?|helpers?|common|misc|manager\w*|\w+_manager|\w+_utils?|\w+_helpers?)\Z")


def faults(root: Path) -> list[str]:
    """Files and folders whose name says nothing."""
    found = []
    for source in sources(root, "src", "tests", "tools"):
        parts = source.path.removesuffix(".py").split("/")
        found += [f"{source.path}: the name `{part}` says nothing" for part in parts if ANYTHING.match(part)]
    return found
