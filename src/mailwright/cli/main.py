"""Start, dispatch, and the one place where whatever went wrong becomes a sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum

from mailwright import texts
from mailwright.cli.parser import Arguments, parse
from mailwright.cli.screen import Screen
from mailwright.core import BadInput, Problem


class Exit(IntEnum):
    """What the exit code says."""

    WORKS = 0
    BROKEN = 1
    USAGE = 2
    UNKNOWN = 3
    STOPPED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code and never shows a traceback."""
    typed = list(sys.argv[1:] if argv is None else argv)
    words = texts.Words(texts.language(_early_language(typed), os.environ))
    return guarded(Screen(words), lambda: _run(typed, words))


def _run(typed: list[str], words: texts.Words) -> int:
    arguments = parse(typed, words)
    if isinstance(arguments, str):
        Screen(words).data(arguments)
        return Exit.WORKS
    return _verb(arguments.verb)(arguments, Screen(words, color=arguments.color, quiet=arguments.quiet))


def guarded(screen: Screen, doing: Callable[[], int]) -> int:
    """What `doing` returns; whatever goes wrong in it becomes a sentence and an exit code."""
    try:
        return doing()
    except BadInput as problem:
        screen.problem(problem)
        return Exit.USAGE
    except Problem as problem:
        screen.problem(problem)
        return Exit.UNKNOWN
    except KeyboardInterrupt:
        screen.note("stopped")
        return Exit.STOPPED
    except BrokenPipeError:
        _drop_stdout()
        return Exit.STOPPED
    except Exception as error:  # noqa: BLE001  # the one border: a person never sees a traceback
        if os.environ.get("MAILWRIGHT_DEBUG"):
            raise
        screen.problem(Problem("internal", kind=type(error).__name__))
        return Exit.UNKNOWN


def _early_language(typed: list[str]) -> str | None:
    """--lang must count for the help and for errors in the other options."""
    for at, word in enumerate(typed):
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and at + 1 < len(typed):
            return typed[at + 1]
    return None


def _verb(name: str) -> Callable[[Arguments, Screen], int]:
    """The function of a verb; only its own imports are paid for."""
    if name == "setup":
        from mailwright.cli.setup import run as setup

        return setup
    if name == "book":
        from mailwright.cli.book import run as book

        return book
    from mailwright.cli.lab import run as lab

    return lab


def _drop_stdout() -> None:
    # The reader of our output has gone (| head): nothing more can be said there, not even at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
