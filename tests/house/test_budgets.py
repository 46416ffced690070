"""The budgets fail what is too long, too wide or too deep, and nothing else."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tools.checks import budgets

if TYPE_CHECKING:
    from tests.house.conftest import House


def nesting(body: str) -> int:
    return budgets.nesting(ast.parse(body).body)


def test_long_file_fails(house: House) -> None:
    """A file of 401 lines is one too many."""
    root = house({"src/a.py": "\n" * 401, "src/b.py": "\n" * 400})
    assert budgets.faults(root) == ["src/a.py: 401 lines (at most 400)"]


def test_long_function_fails(house: House) -> None:
    """A function of 51 lines is one too many; methods and async functions count too."""
    body = "    pass\n"
    root = house({"src/a.py": "def f():\n" + body * 49 + "async def g():\n" + body * 50})
    assert budgets.faults(root) == ["src/a.py:51: g has 51 lines (at most 50)"]


@pytest.mark.parametrize(
    ("head", "count"),
    [
        ("f(a, b, c, d, e)", 5),
        ("f(self, a, b, c, d)", 4),
        ("f(a, /, b, *c, d, e=1, f=2)", 2),
        ("f(cls)", 0),
        ("test_f(a, b, c, d, e)", 0),
    ],
)
def test_positional_parameters(head: str, count: int) -> None:
    """What can be given without its name counts, except self and cls."""
    function = ast.parse(f"def {head}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert budgets.positional(function) == count


@pytest.mark.parametrize(
    ("code", "levels"),
    [
        ("a = 1", 0),
        ("if a:\n b", 1),
        ("if a:\n b\nelif c:\n d\nelif e:\n f\nelse:\n g", 1),
        ("if a:\n b\nelse:\n for c in d:\n  e", 2),
        ("for a in b:\n with c:\n  try:\n   d\n  except E:\n   if f:\n    g", 4),
        ("match a:\n case 1:\n  while b:\n   c", 2),
        ("if a:\n def f():\n  if b:\n   c", 1),
        ("if a:\n b\nelif c:\n for d in e:\n  f", 2),
    ],
)
def test_nesting(code: str, levels: int) -> None:
    """A block in a block is one deeper; elif is not, an inner function begins anew."""
    assert nesting(code) == levels


def test_an_excuse_is_heard(house: House) -> None:
    """A function whose shape is dictated from outside says so on its line."""
    head = "def f(a, b, c, d, e): ..."
    root = house({"src/a.py": f"{head}\n{head}  # budget: the signature is httpcore2's\n"})
    assert budgets.faults(root) == ["src/a.py:1: f has 5 positional parameters (at most 4)"]


def test_the_largest_are_shown(house: House) -> None:
    """Five files and five functions at most, the largest first."""
    root = house({f"src/f{size}.py": "def f(): ...\n" + "\n" * size for size in range(7)})
    lines = budgets.largest(root).splitlines()
    assert len(lines) == 11
    assert lines[1] == "     7 src/f6.py"


def test_a_large_file_is_warned_of(house: House) -> None:
    """Above 300 lines it is time to split, before it fails."""
    root = house({"src/a.py": "\n" * 301, "src/b.py": "\n" * 300})
    assert budgets.faults(root) == []
    assert [line for line in budgets.largest(root).splitlines() if "warning" in line] == [
        "warning: src/a.py has more than 300 lines"
    ]
