"""`./mw demo`: the main job, shown against a lab of real servers; ends what it started."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from mailwright import lab, texts
from mailwright.cli.lab import teller
from mailwright.cli.main import Exit, guarded
from mailwright.cli.screen import Screen

ADDRESSES = ("anna@auto.test", "anna@srv.test")
REAL = "li@qq.com"
WRONG = "wrong-password"


def main() -> int:
    """Three lab addresses proved by a login, one with a wrong password, and a real provider offline."""
    screen = Screen(texts.Words(texts.language(None, os.environ)))
    return guarded(screen, lambda: _demo(screen))


def _demo(screen: Screen) -> int:
    screen.data(screen.words.say("demo.title"))
    # Not inside a private folder: the servers change to other users and must reach it.
    folder = Path(tempfile.gettempdir()) / f"mailwright-demo-{os.getpid()}"
    with lab.running(folder, progress=teller(screen)) as running:
        screen.clear()
        accounts = _accounts(running)
        codes = [_setup(screen, running, account) for account in accounts]
        refused = _setup(screen, running, replace(accounts[0], password=WRONG))
    codes.append(_shown(screen, ["setup", REAL, "--offline"], {}))
    screen.data("")
    screen.data(screen.words.say("demo.end"))
    return max(*codes, abs(refused - Exit.BROKEN))  # a wrong password has to be told as one


def _accounts(running: lab.Lab) -> list[lab.Account]:
    """Two by their address, and one whose local part is not ASCII."""
    chosen = [account for account in running.accounts if account.address in ADDRESSES]
    return [*chosen, next(account for account in running.accounts if not account.local.isascii())]


def _setup(screen: Screen, running: lab.Lab, account: lab.Account) -> int:
    arguments = ["setup", account.address, "--password-stdin"]
    return _shown(screen, arguments, lab.environment(running), account.password)


def _shown(screen: Screen, arguments: list[str], environment: dict[str, str], password: str = "") -> int:
    screen.data("")
    typed = f"mailwright {' '.join(arguments)}" + (" < password" if password else "")
    screen.data(screen.paint(screen.words.say("demo.command", command=typed), "bold"))
    command = [sys.executable, "-m", "mailwright", *arguments]
    done = subprocess.run(  # ourselves
        command, env={**os.environ, **environment}, input=password.encode(), check=False
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
