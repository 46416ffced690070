"""How long, wide and deep code may grow before a reader loses it.

A function that cannot keep to it (another package dictates its parameters) says so on its `def`
line: `# budget: why`.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tools.checks.source import Source, sources

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOLDERS = ("src", "tests", "tools", "bench")
FILE_LINES = 400
LARGE_FILE = 300
FUNCTION_LINES = 50
POSITIONAL = 4
NESTING = 3
SHOWN = 5
EXCUSED = "# budget: "

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)


def faults(root: Path) -> list[str]:
    """Every file and function beyond its budget."""
    found = []
    for source in sources(root, *FOLDERS):
        if (lines := file_lines(source)) > FILE_LINES:
            found.append(f"{source.path}: {lines} lines (at most {FILE_LINES})")
        for function in functions(source):
            if EXCUSED in source.text.splitlines()[function.lineno - 1]:
                continue
            found += [f"{source.at(function)}: {function.name} has {fault}" for fault in function_faults(function)]
    return found


def function_faults(function: Function) -> Iterator[str]:
    """What is too much in one function."""
    measures = (
        (function_lines(function), FUNCTION_LINES, "lines"),
        (positional(function), POSITIONAL, "positional parameters"),
        (nesting(function.body), NESTING, "levels of nesting"),
    )
    return (f"{value} {what} (at most {limit})" for value, limit, what in measures if value > limit)


def file_lines(source: Source) -> int:
    """Lines of a file, blank ones and comments too: all are read."""
    return len(source.text.splitlines())


def functions(source: Source) -> Iterator[Function]:
    """Every function and method of a file."""
    return (node for node in ast.walk(source.tree) if isinstance(node, Function))


def function_lines(function: Function) -> int:
    """From `def` to its last line."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def positional(function: Function) -> int:
    """Parameters that can be given without their name; `self` and `cls` do not count, nor what pytest gives by name."""
    names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
    return 0 if function.name.startswith("test_") else len(names) - (names[:1] in (["self"], ["cls"]))


def nesting(body: list[ast.stmt]) -> int:
    """The deepest block within a block; `elif` is no deeper than its `if`, an inner function begins anew."""
    return max((depth(statement) for statement in body), default=0)


def depth(statement: ast.stmt) -> int:
    """Levels of one statement."""
    if not isinstance(statement, BLOCKS):
        return 0
    inner = [nesting(body) for body in bodies(statement)]
    match statement:
        case ast.If(orelse=[ast.If() as other]):
            return max(1 + inner[0], depth(other))
        case _:
            return 1 + max(inner, default=0)


def bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The lists of statements that hang below a block."""
    for _, value in ast.iter_fields(statement):
        for part in value if isinstance(value, list) else []:
            if isinstance(part, ast.ExceptHandler | ast.match_case):
                yield part.body
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            yield value


def largest(root: Path) -> str:
    """The five largest files and functions, to be seen before they are too large."""
    all_sources = list(sources(root, *FOLDERS))
    files = ((file_lines(source), source.path) for source in all_sources)
    parts = (
        (function_lines(part), f"{source.at(part)} {part.name}") for source in all_sources for part in functions(source)
    )
    lines = ["largest files and functions, in lines:"]
    for ranking in (files, parts):
        lines += [f"  {size:4} {name}" for size, name in sorted(ranking, reverse=True)[:SHOWN]]
    large = [source.path for source in all_sources if file_lines(source) > LARGE_FILE]
    return "\n".join(lines + [f"warning: {path} has more than {LARGE_FILE} lines" for path in large])
