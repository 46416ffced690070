"""Plain JSON back into core values: the other half of plain(), for saved examinations."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")
Bound = Mapping[Any, Any]
_PLAIN = (bool, int, float, str)
_FREE: Bound = {}


def restored(kind: type[T], value: object, names: Mapping[str, Any]) -> T:
    """The value of that dataclass that plain() made `value` of; `names`: where its annotations are looked up.

    Raises ValueError for anything that plain() would not have made.
    """
    try:
        made = _Reader({**names, "date": date, "datetime": datetime}).read(kind, value, _FREE)
    except (TypeError, KeyError, AttributeError, NameError, RecursionError) as error:
        raise ValueError(kind.__name__) from error
    assert isinstance(made, kind)
    return made


# Fields that files of the same form may lack: they came later.
_YOUNGER = frozenset({"port_text"})


class _Reader:
    """Reads values by their types; `bound`: what the type variables of a generic dataclass stand for."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._hints: dict[Any, dict[str, Any]] = {}

    def read(self, kind: Any, value: object, bound: Bound) -> Any:  # noqa: ANN401  # any type there is
        if isinstance(kind, TypeVar):
            kind = bound[kind]
        origin = typing.get_origin(kind)
        if origin in (typing.Union, types.UnionType):
            return self._of_union(typing.get_args(kind), value, bound)
        if origin is tuple:
            return self._tuple(typing.get_args(kind), value, bound)
        if origin is dict:
            return {key: self.read(typing.get_args(kind)[1], item, bound) for key, item in _table(value).items()}
        if origin is not None and dataclasses.is_dataclass(origin):
            parameters = getattr(origin, "__parameters__", ())
            return self._object(origin, value, dict(zip(parameters, typing.get_args(kind), strict=True)))
        return self._object(kind, value, _FREE) if dataclasses.is_dataclass(kind) else _single(kind, value)

    def _of_union(self, kinds: tuple[Any, ...], value: object, bound: Bound) -> Any:  # noqa: ANN401  # any type there is
        exact = [kind for kind in kinds if kind is type(value)]
        for kind in (*exact, *kinds):
            try:
                return self.read(kind, value, bound)
            except (ValueError, TypeError, KeyError):
                continue
        raise ValueError("union")

    def _tuple(self, kinds: tuple[Any, ...], value: object, bound: Bound) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise TypeError("list")
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return tuple(self.read(kinds[0], item, bound) for item in value)
        return tuple(self.read(kind, item, bound) for kind, item in zip(kinds, value, strict=True))

    def _object(self, kind: Any, value: object, bound: Bound) -> Any:  # noqa: ANN401  # any type there is
        if kind not in self._hints:
            self._hints[kind] = typing.get_type_hints(kind, localns=self._names)
        table, hints = _table(value), self._hints[kind]
        fields = [f for f in dataclasses.fields(kind) if f.name in table or f.name not in _YOUNGER]
        return kind(**{f.name: self.read(hints[f.name], table[f.name], bound) for f in fields})


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("object")
    return value


def _single(kind: Any, value: object) -> Any:  # noqa: ANN401  # any type there is
    if kind is type(None):
        if value is not None:
            raise ValueError("null")
        return None
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    if typing.get_origin(kind) is typing.Literal:
        if value not in typing.get_args(kind):
            raise ValueError("literal")
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind not in _PLAIN or type(value) is not kind:
        raise ValueError(str(kind))
    return value
