"""The tables, read fast: index.json holds what parsing and normalising the TOML files gives.

`python -m mailwright.book.replies.index` writes it anew; a test holds it against the files. A file that
has changed since is read itself, so that an old index is slow and never wrong.
"""

from __future__ import annotations

import json
import tomllib
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FILE = FOLDER / "index.json"
NO_ROWS = ("vendors",)
Table = dict[str, Any]
# What the index is made with: when the way to normalise changes, so does all of it.
_MAKERS = ("index.py", "letters.py", "saying.py", "unwrapping.py", "tables/letters.toml")


def files(folder: Path = FOLDER) -> list[Path]:
    """The files that hold rows."""
    return [path for path in sorted(folder.glob("*.toml")) if path.stem not in NO_ROWS]


def rows(path: Path) -> Table:
    """One file of rows, made ready: `match` in plain form, `words` added. Raises ValueError for bad TOML."""
    raw = path.read_bytes()
    kept = _stored().get(path.name, {}) if path.parent == FOLDER else {}
    made: Table = kept["table"] if kept.get("digest") == digest(raw) else ready(tomllib.loads(raw.decode()))
    return made


def table(name: str) -> Table:
    """A table of ours by its name below the folder (`tables/codes`, `vendors`)."""
    raw = (FOLDER / f"{name}.toml").read_bytes()
    kept = _stored().get(f"{name}.toml", {})
    made: Table = kept["table"] if kept.get("digest") == digest(raw) else tomllib.loads(raw.decode())
    return made


def ready(table: Table) -> Table:
    """The rows of a file with all that needs no text to compare with."""
    return {**table, "reply": [_ready(row) for row in table.get("reply", ())]}


def _ready(row: Table) -> Table:
    from mailwright.book.replies import letters, saying, unwrapping

    heard = saying.said(unwrapping.unwrapped(str(row["say"])))
    fragments = [saying.plain(fragment) for fragment in row.get("match", ())]
    return {**row, "match": fragments, "words": letters.words(heard.text)}


def digest(raw: bytes) -> int:
    """Tells one state of a file (and of the makers) from another."""
    return zlib.crc32(raw, _made_by())


@lru_cache(maxsize=1)
def _made_by() -> int:
    at = 0
    for name in _MAKERS:
        at = zlib.crc32((FOLDER / name).read_bytes(), at)
    return at


@lru_cache(maxsize=1)
def _stored() -> dict[str, Table]:
    try:
        stored: dict[str, Table] = json.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored


def build() -> dict[str, Table]:
    """All of it, from the files."""
    made = {path.name: {"digest": digest(path.read_bytes()), "table": _fresh(path)} for path in files()}
    others = [FOLDER / "vendors.toml", *sorted((FOLDER / "tables").rglob("*.toml"))]
    for path in others:
        name = path.relative_to(FOLDER).as_posix()
        raw = path.read_bytes()
        made[name] = {"digest": digest(raw), "table": tomllib.loads(raw.decode())}
    return made


def _fresh(path: Path) -> Table:
    return ready(tomllib.loads(path.read_text(encoding="utf-8")))


def text(built: dict[str, Table]) -> str:
    """The index as it is written: one line per file, so that a diff shows which changed."""
    lines = (f"{json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in sorted(built.items()))
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text(build()), encoding="utf-8")
