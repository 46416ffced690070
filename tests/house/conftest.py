"""A small house to try the rules on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from pathlib import Path


class House(Protocol):
    """Puts files into an otherwise empty repository and gives its root."""

    def __call__(self, files: dict[str, str]) -> Path: ...


@pytest.fixture
def house(tmp_path: Path) -> House:
    def build(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return build
