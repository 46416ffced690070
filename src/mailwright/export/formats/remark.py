"""Words for people inside a file: each line behind the sign that makes a comment of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailwright.core import Param
    from mailwright.export.form import Choice


def remark(choice: Choice, key: str, /, sign: str = "#", **params: Param) -> str:
    """The text of a key as comment lines without an end of line."""
    return "\n".join(f"{sign} {line}".rstrip() for line in choice.say(key, **params).splitlines())
