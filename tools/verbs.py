"""The verbs of ./mw, in the order a newcomer meets them.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tools import debian
from tools.environment import ROOT, NoPip, environment

if TYPE_CHECKING:
    from collections.abc import Callable

LOCKS = {
    "dev": ("--all-extras", "--group", "dev"),
    "lab": ("--extra", "lab", "--extra", "web"),
    "run": ("--extra", "web"),
}
COMPILE = ("pip", "compile", "pyproject.toml", "--quiet", "--universal", "--python-version", "3.11")
PARALLEL = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadgroup")
WRITE = ("--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links")


def become(kind: str, *args: str) -> int:
    """Go on as the environment's Python with these arguments; what it exits with is ours."""
    python = str(environment(kind))
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(python, [python, *args])


def demo(*args: str) -> int:
    """A mail service of its own on this machine, and the whole journey through it."""
    return become("lab", "-m", "mailwright.cli.demo", *args)


def run(*args: str) -> int:
    """The program itself, with its arguments."""
    program = environment("run").with_name("mailwright")
    os.execv(program, [str(program), *args])


def test(*args: str) -> int:
    """All checks and tests; --slow for the slow ones too, other words go to pytest."""
    debian.provide()
    return become("dev", "-m", "pytest", *PARALLEL, *args)


def check(*args: str) -> int:
    """Format, lint, types, import contracts, house rules."""
    return become("dev", "-m", "tools.checks", *args)


def fix(*args: str) -> int:
    """Let ruff mend what it can."""
    python = str(environment("dev"))
    subprocess.run([python, "-m", "ruff", "check", "--fix", *args], cwd=ROOT, check=False)
    return become("dev", "-m", "ruff", "format", *args)


def bench(name: str = "", *args: str) -> int:
    """Run bench/NAME.py; without a name, say which there are."""
    return one_of("bench", "dev", name, *args)


def fuzz(name: str = "", *args: str) -> int:
    """Feed imap, pop3, smtp, autoconfig or address what nobody would think of, until stopped (libFuzzer's options)."""
    return become("dev", "tests/fuzz/run.py", name, *args)


def one_of(folder: str, kind: str, name: str, *args: str) -> int:
    """Run one script of a folder."""
    names = sorted(path.stem for path in (ROOT / folder).glob("[!_]*.py"))
    if name in names:
        return become(kind, f"{folder}/{name}.py", *args)
    print(f"{folder}: {' '.join(names) or 'none yet'}")
    return 2 if name else 0


def book_index(*args: str) -> int:
    """Make the book's index of providers again."""
    return become("run", "-m", "mailwright.book.index", *args)


def pages(*args: str) -> int:
    """Make the pages of findings again (docs/findings); --check says which are old."""
    return become("dev", "-m", "tools.finding_pages", *args)


def lock(*args: str) -> int:
    """Make requirements/*.txt again from pyproject.toml; --upgrade takes newer releases."""
    uv = [str(environment("dev")), "-m", "uv", *COMPILE, *WRITE]
    for kind, what in LOCKS.items():
        same = () if kind == "dev" else ("--constraint", "requirements/dev.txt")
        upgrade = args if kind == "dev" else ()
        subprocess.run([*uv, *what, *same, *upgrade, "--output-file", f"requirements/{kind}.txt"], cwd=ROOT, check=True)
    return 0


VERBS: dict[str, Callable[..., int]] = {
    "demo": demo,
    "test": test,
    "run": run,
    "check": check,
    "fix": fix,
    "bench": bench,
    "fuzz": fuzz,
    "book-index": book_index,
    "pages": pages,
    "lock": lock,
}


def main(argv: list[str]) -> int:
    """Call one verb."""
    verb = VERBS.get(argv[0]) if argv else None
    if verb:
        try:
            return verb(*argv[1:])
        except NoPip as missing:
            print(f"mw: {missing}", file=sys.stderr)
            return 2
        except subprocess.CalledProcessError as failed:
            print(f"mw: failed: {' '.join(map(str, failed.cmd))}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
    width = max(map(len, VERBS))
    print("\n".join(f"  ./mw {name:{width}}  {verb.__doc__}" for name, verb in VERBS.items()))
    return 0 if not argv or argv[0] in {"help", "-h", "--help"} else 2
