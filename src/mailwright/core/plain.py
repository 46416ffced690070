"""Core values as plain JSON types, for `--json` and saved traces."""

from __future__ import annotations

import dataclasses
from datetime import date
from enum import Enum
from typing import TypeAlias

from mailwright.core.secret import Secret

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def plain(value: object) -> Json:
    """Dataclasses become objects, tuples lists, enums their values, dates ISO 8601.

    Raises TypeError for a Secret and for anything that is not a core value.
    """
    if isinstance(value, Secret):
        raise TypeError("a secret is never serialised")
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"no plain form for {type(value).__name__}")
