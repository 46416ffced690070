"""A file is written whole or not at all, behind its links, and never in place of what is no file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailwright.answers import beside
from mailwright.core import BadInput


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file behind a link gets the content, whether it is there yet or not."""
    for name in ("there", "new"):
        link = tmp_path / f"{name}.link"
        link.symlink_to(tmp_path / name)
    (tmp_path / "there").write_bytes(b"old")
    for name in ("there", "new"):
        beside.prepare(tmp_path / f"{name}.link")
        beside.write(tmp_path / f"{name}.link", b"page")
        assert (tmp_path / f"{name}.link").is_symlink()
        assert (tmp_path / name).read_bytes() == b"page"
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("kind", ["pipe", "folder", "loop", "link to a pipe"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    """Pipes, folders, links to themselves and links to such things are refused, before and at the end."""
    place = tmp_path / "place"
    if kind == "folder":
        place.mkdir()
    elif kind == "loop":
        place.symlink_to(place)
    else:
        os.mkfifo(tmp_path / "pipe")
        place = tmp_path / "pipe"
    if kind == "link to a pipe":
        place = tmp_path / "link"
        place.symlink_to(tmp_path / "pipe")
    before = sorted(path.lstat().st_ino for path in tmp_path.iterdir())
    with pytest.raises(BadInput, match="input.output_special"):
        beside.prepare(place)
    with pytest.raises(BadInput, match="input.output_special"):
        beside.write(place, b"page")
    assert sorted(path.lstat().st_ino for path in tmp_path.iterdir()) == before


def test_what_stands_beside_is_not_touched(tmp_path: Path) -> None:
    """A file of somebody's own that is named like ours stays, and so does what a link planted there leads to."""
    (tmp_path / "other").write_bytes(b"mine")
    (tmp_path / f"page.{os.getpid()}.part").symlink_to(tmp_path / "other")
    with pytest.raises(BadInput, match="input.output"):
        beside.prepare(tmp_path / "page")
    with pytest.raises(BadInput, match="input.output"):
        beside.write(tmp_path / "page", b"x")
    assert (tmp_path / "other").read_bytes() == b"mine"
    assert not (tmp_path / "page").exists()
    with pytest.raises(BadInput, match="input.output"):
        beside.prepare(tmp_path / "none" / "page")
