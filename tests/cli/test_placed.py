"""Exported files on their way to disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailwright import export, texts
from mailwright.cli.placed import Place
from mailwright.cli.screen import Screen
from mailwright.core import BadInput

MADE = (export.Exported("json", (export.File("settings.json", b"{}", "application/json"),)),)


def put(place: Path) -> None:
    Place(str(place), several=False, force=True).put(Screen(texts.Words("en")), MADE, dry=False, json=False)


def test_even_by_force_only_a_file_is_overwritten(tmp_path: Path) -> None:
    """A pipe stays what it is, a link leads where it led, and the file behind it is new."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="input.output_special"):
        put(tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    put(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"{}"
    assert len(list(tmp_path.iterdir())) == 3
