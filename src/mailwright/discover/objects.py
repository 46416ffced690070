"""JSON from strangers: an object, bounded in size and depth."""

from __future__ import annotations

import json
from typing import TypeAlias

from mailwright.discover.markup import MAX_BYTES, HostileError

Object: TypeAlias = "dict[str, object]"
MAX_DEPTH = 16


def parse(body: bytes) -> Object | None:
    """The object, or None when the body is something else. Raises markup.HostileError."""
    if len(body) > MAX_BYTES:
        raise HostileError
    try:
        found = json.loads(body)
    except RecursionError as error:
        raise HostileError from error
    except (ValueError, UnicodeError):
        return None
    if not isinstance(found, dict):
        return None
    if _deeper(found, MAX_DEPTH):
        raise HostileError
    return found


def _deeper(value: object, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_deeper(item, levels - 1) for item in inner)


def child(parent: Object, *path: str) -> Object:
    """The object down a path of keys; empty where there is none."""
    for key in path:
        found = parent.get(key)
        parent = found if isinstance(found, dict) else {}
    return parent


def text(parent: Object, key: str) -> str:
    """A string, "" where there is none."""
    found = parent.get(key)
    return found if isinstance(found, str) else ""
