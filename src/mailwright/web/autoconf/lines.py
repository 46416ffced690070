"""Where in a TOML file a key stands, as its parser does not say: for messages, and no more than a good guess."""

from __future__ import annotations

import re

Step = str | int
_HEADER = re.compile(r"\s*\[\[?\s*([\w\s.\"'-]+?)\s*\]")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*[=.]""")


def line(text: str, path: tuple[Step, ...]) -> int:
    """The line of a key, from 1; that of the table it belongs to where the key is not there."""
    lines = text.splitlines()
    begin, end, rest = _table(lines, path)
    for at in range(begin, end):
        named = _KEY.match(lines[at])
        if rest and named is not None and (named[1] or named[2] or named[3]) == rest[0]:
            return _inside(lines, at, end, rest[1:]) + 1
    return max(begin, 1)


def shown(path: tuple[Step, ...]) -> str:
    """A key as people say it: domain[2].imap[1].port, counted from 1."""
    made = ""
    for step in path:
        made += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if made else step
    return made


def _table(lines: list[str], path: tuple[Step, ...]) -> tuple[int, int, tuple[Step, ...]]:
    """The lines of the deepest table on the way to a key, and the rest of the way."""
    counted: dict[str, int] = {}
    best: tuple[int, int, tuple[Step, ...]] = (0, len(lines), path)
    starts = [at for at, text in enumerate(lines) if _HEADER.match(text)]
    if starts:
        best = (0, starts[0], path)
    for number, at in enumerate(starts):
        header = _HEADER.match(lines[at])
        assert header is not None
        name = "".join(header[1].replace('"', "").replace("'", "").split())
        if lines[at].lstrip().startswith("[["):
            counted[name] = counted.get(name, -1) + 1
        rest = _below(path, name.split("."), counted)
        if rest is not None and len(rest) < len(best[2]):
            best = (at + 1, starts[number + 1] if number + 1 < len(starts) else len(lines), rest)
    return best


def _below(path: tuple[Step, ...], names: list[str], counted: dict[str, int]) -> tuple[Step, ...] | None:
    """What is left of the way after the table of that name, None where it does not lie on it."""
    rest = path
    for depth, name in enumerate(names, 1):
        if rest[:1] != (name,):
            return None
        rest = rest[1:]
        whole = ".".join(names[:depth])
        if whole in counted:
            if rest[:1] != (counted[whole],):
                return None
            rest = rest[1:]
    return rest


def _inside(lines: list[str], at: int, end: int, rest: tuple[Step, ...]) -> int:
    """The line of a key within a list that goes over several lines."""
    if not rest:
        return at
    key = next((step for step in rest if isinstance(step, str)), None)
    place = next((step for step in rest if isinstance(step, int)), 0)
    opened = [number for number in range(at, end) for _ in range(lines[number].count("{"))]
    here = opened[place] if place < len(opened) else at
    if key is None:
        return here
    wanted = re.compile(rf"(?:^|[\s{{,]){re.escape(key)}\s*=")
    last = opened[place + 1] if place + 1 < len(opened) else end
    return next((number for number in range(here, max(last, here + 1)) if wanted.search(lines[number])), here)
