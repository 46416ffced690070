"""Maildir++ as files: names that carry flags and sizes, folders that are dots, and the servers' own lists."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LETTERS = {"D": "\\Draft", "F": "\\Flagged", "R": "\\Answered", "S": "\\Seen", "T": "\\Deleted"}


@dataclass(frozen=True, slots=True)
class File:
    """A message on disk; `date` in Unix seconds, `flags` and keywords as IMAP has them."""

    path: Path
    flags: tuple[str, ...]
    date: int


def folder(root: Path, name: str = "") -> Path:
    """Make a folder, "" for INBOX; levels are parted by slashes and written in modified UTF-7."""
    made = root / ("." + ".".join(map(encoded, name.split("/"))) if name else "")
    for part in ("cur", "new", "tmp"):
        (made / part).mkdir(parents=True, exist_ok=True)
    return made


def encoded(name: str) -> str:
    """Modified UTF-7 (RFC 3501 §5.1.3); a dot would be a level, so it is written in Base64, too."""
    found, run = [], ""
    for char in name + "\0":
        if char.isascii() and char != ".":
            found += [_shifted(run), "&-" if char == "&" else char]
            run = ""
        else:
            run += char
    return "".join(found).removesuffix("\0")


def decoded(name: str) -> str:
    """What encoded() was given, a level's dot apart."""
    return re.sub(r"&([^-]*)-", lambda found: _plain(found[1]) if found[1] else "&", name)


def _plain(run: str) -> str:
    return base64.b64decode(run.replace(",", "/") + "=" * (-len(run) % 4)).decode("utf-16-be")


def _shifted(run: str) -> str:
    if not run:
        return ""
    text = base64.b64encode(run.encode("utf-16-be")).decode("ascii")
    return f"&{text.rstrip('=').replace('/', ',')}-"


def write(folder: Path, name: str, body: bytes, date: float | None = None) -> None:
    """A message under a name; `date` becomes its date of arrival."""
    path = folder / "cur" / name
    path.write_bytes(body)
    if date is not None:
        os.utime(path, (date, date))


def sizes(body: bytes) -> str:
    """What Dovecot adds to a name: the size on disk, and with CRLF at the end of each line."""
    bare = body.count(b"\n") - body.count(b"\r\n")
    return f",S={len(body)},W={len(body) + bare}"


def keywords(folder: Path, names: Sequence[str]) -> None:
    """What the letters a, b, c … in the names of files mean, for Dovecot."""
    lines = "".join(f"{at} {name}\n" for at, name in enumerate(names))
    (folder / "dovecot-keywords").write_text(lines, encoding="utf-8")


def subscriptions(root: Path, names: Sequence[str]) -> None:
    """The folders that are shown, for Dovecot."""
    lines = "".join("\t".join(map(encoded, name.split("/"))) + "\n" for name in names)
    (root / "subscriptions").write_text(f"V\t2\n\n{lines}", encoding="utf-8")


def folders(root: Path) -> Iterator[tuple[str, Path]]:
    """Each folder with its name as on disk, INBOX first, then in their order."""
    yield "INBOX", root
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") and (path / "cur").is_dir():
            yield path.name[1:], path


def files(folder: Path) -> Iterator[File]:
    """The messages of a folder in the order in which Dovecot numbers them: by name."""
    known = [line.partition(" ")[2] for line in _lines(folder / "dovecot-keywords")]
    for path in sorted((folder / "cur").iterdir(), key=lambda path: path.name):
        letters = path.name.partition(":2,")[2]
        flags = [_LETTERS[letter] for letter in letters if letter in _LETTERS]
        flags += [known[ord(letter) - ord("a")] for letter in letters if "a" <= letter <= "z"]
        yield File(path, tuple(flags), int(path.stat().st_mtime))


def to_courier(root: Path) -> None:
    """Say what Dovecot's names and files say in the way that Courier has them, which is UTF-8."""
    shown = [decoded(line.replace("\t", ".")) for line in _lines(root / "subscriptions")[2:]]
    (root / "courierimapsubscribed").write_text("".join(f"INBOX.{name}\n" for name in shown), "utf-8")
    for name, path in list(folders(root)):
        if name != "INBOX":
            path = path.rename(root / f".{decoded(name)}")
            (path / "maildirfolder").touch()
        rows = [(file, [flag for flag in file.flags if not flag.startswith("\\")]) for file in files(path)]
        known = sorted({word for _, words in rows for word in words})
        (path / "courierimapkeywords").mkdir(exist_ok=True)
        lines = [f"{word}\n" for word in known] + ["\n"]
        lines += [
            f"{file.path.name.partition(':2,')[0]}:{' '.join(str(known.index(word)) for word in words)}\n"
            for file, words in rows
            if words
        ]
        (path / "courierimapkeywords/:list").write_text("".join(lines), encoding="utf-8")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
