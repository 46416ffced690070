"""Start, dispatch, and the one place where whatever went wrong becomes a sentence."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum

from mailwright import texts
from mailwright.cli.parser import Arguments, early_language, parse
from mailwright.cli.screen import Screen, give_up
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
    _open_streams()
    _stop_gently()
    if not os.environ.get("MAILWRIGHT_DEBUG"):
        sys.unraisablehook = lambda _: None  # what ^C leaves half-made may complain when it is cleared away
    typed = list(sys.argv[1:] if argv is None else argv)
    words = texts.Words(texts.language(early_language(typed), os.environ))
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
        screen.clear()
        screen.note("stopped")
        return Exit.STOPPED
    except BrokenPipeError:
        give_up(sys.stdout)  # its reader has gone (| head)
        return Exit.STOPPED
    except Exception as error:  # the one border: a person never sees a traceback
        if os.environ.get("MAILWRIGHT_DEBUG"):
            raise
        screen.problem(Problem("internal", kind=type(error).__name__))
        return Exit.UNKNOWN


def _verb(name: str) -> Callable[[Arguments, Screen], int]:
    """The function of a verb; only its own imports are paid for."""
    module = importlib.import_module(f"mailwright.cli.{name}")
    run: Callable[[Arguments, Screen], int] = module.run
    return run


def _open_streams() -> None:
    """A standard stream that was closed (`>&-`) leads nowhere, so that no socket or file gets its number."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        setattr(sys, name, os.fdopen(number, mode, encoding="utf-8"))


def _stop_gently() -> None:
    """Whoever ends us (a service manager, a closed terminal) is obeyed like ^C: what was started is taken down."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
