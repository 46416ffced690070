"""Reads the house's own code: which problems it raises with what, and which phrases it says."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import mailwright
from mailwright.texts import words

HOUSE = Path(mailwright.__file__).parent
ID = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_-]+)+\Z")


@lru_cache(maxsize=1)
def trees() -> tuple[tuple[str, ast.Module], ...]:
    """Every file of the house, parsed."""
    return tuple(
        (str(path.relative_to(HOUSE)), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(HOUSE.rglob("*.py"))
    )


def raised() -> Iterator[tuple[str, str, set[str]]]:
    """Place, id and names of the parameters of each Problem that is made with its id written out."""
    for place, tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in ("Problem", "BadInput") and node.args and isinstance(node.args[0], ast.Constant):
                yield f"{place}:{node.lineno}", str(node.args[0].value), {str(word.arg) for word in node.keywords}


def said() -> Iterator[tuple[str, str, set[str]]]:
    """The same for each phrase that is said or noted with its key and all its parameters written out."""
    for place, tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="say" | "note"), args=[ast.Constant(value=str(key)), *_], keywords=words_
                ):
                    yield f"{place}:{node.lineno}", key, {str(word.arg) for word in words_}


def linted() -> Iterator[tuple[str, set[str]]]:
    """Id and parameters of each complaint of the linter, which yields them as pairs and adds the file."""
    tree = next(tree for place, tree in trees() if place == "book/lint.py")
    for node in ast.walk(tree):
        match node:
            case ast.Yield(value=ast.Tuple(elts=[ast.Constant(value=str(id)), ast.Dict(keys=keys)])):
                yield id, {"file", *(str(key.value) for key in keys if isinstance(key, ast.Constant))}


@lru_cache(maxsize=1)
def spoken() -> tuple[frozenset[str], frozenset[str]]:
    """All texts in the code, and what f-strings begin with."""
    whole, beginnings = set(), set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
            if isinstance(node, ast.JoinedStr) and len(node.values) > 1 and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
    return frozenset(whole), frozenset(text for text in beginnings if ID.match(f"{text}x"))


def used(key: str) -> bool:
    """True when the code names the key, or makes it from a beginning."""
    whole, beginnings = spoken()
    return key in whole or any(key.startswith(text) and len(key) > len(text) for text in beginnings)


def phrases(language: str, family: str) -> dict[str, str]:
    """All texts of one file, by id, part and place."""
    return dict(_flat("", words.family(language, family)))


def _flat(key: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for part, below in value.items():
            yield from _flat(f"{key}/{part}" if key else part, below)
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from _flat(f"{key}/{place}", below)


def placeholders(text: str) -> set[str]:
    """Names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
