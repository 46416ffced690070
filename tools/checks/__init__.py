"""The checks of the house: the tools we call, and the rules of STYLE.md that no tool knows.

A rule is one file with `faults(root)`, which gives one line for each thing that is wrong.
`./mw check` runs them all; so does `./mw test`, as tests.
"""

from tools.checks import budgets, doors, imports, names, quirks, secrets, standards, words

COMMANDS = {
    "format": ("ruff", "format", "--check", "--quiet"),
    "lint": ("ruff", "check", "--quiet"),
    "types": ("mypy",),
    "floors": ("lint-imports", "--no-cache", "--no-logo"),
}
RULES = {
    "budgets": budgets.faults,
    "doors": doors.faults,
    "imports": imports.faults,
    "names": names.faults,
    "quirks": quirks.faults,
    "secrets": secrets.faults,
    "standards": standards.faults,
    "words": words.faults,
}

__all__ = ["COMMANDS", "RULES"]
