"""`mailwright lab up|down|status|run`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from mailwright import lab
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import BadInput
from mailwright.core.problem import Param


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises Problem("lab.…")."""
    folder = Path(arguments.dir) if arguments.dir else lab.default_dir()
    actions = {"up": _up, "down": _down, "status": _status, "run": _run}
    return actions[arguments.action](arguments, screen, folder)


def _options(arguments: Arguments) -> lab.Options:
    return lab.Options(
        network=arguments.network,
        delay_ms=arguments.delay_ms,
        loss_percent=arguments.loss_percent,
        servers="unpacked" if arguments.unpack else "auto",
        dovecot="2.4" if arguments.dovecot == "2.4" else "",
    )


def _started(arguments: Arguments, screen: Screen, folder: Path) -> lab.Lab:
    def tell(event: str, **facts: Param) -> None:
        shown = " ".join(str(value) for value in facts.values())
        screen.progress(screen.words.say("lab.progress", event=event, facts=shown))

    try:
        return lab.up(folder, progress=tell, options=_options(arguments))
    finally:
        screen.clear()


def _up(arguments: Arguments, screen: Screen, folder: Path) -> int:
    _started(arguments, screen, folder)
    screen.note("lab.up", dir=str(folder))
    return _status(arguments, screen, folder)


def _down(arguments: Arguments, screen: Screen, folder: Path) -> int:
    del arguments
    screen.note("lab.down" if lab.down(folder) else "lab.not_up", dir=str(folder))
    return Exit.WORKS


def _status(arguments: Arguments, screen: Screen, folder: Path) -> int:
    seen = lab.status(folder)
    if arguments.json:
        screen.data(json.dumps(_as_plain(seen), ensure_ascii=False, indent=2))
    elif seen.lab is None:
        screen.note("lab.not_up", dir=str(folder))
    else:
        for server in seen.servers:
            text = screen.words.say(
                "lab.server", name=server.name, kind=server.kind, version=server.version, pid=server.pid
            )
            screen.row("ok" if server.running else "bad", "", text)
        for account in seen.lab.accounts:
            screen.data("  " + screen.words.say("lab.account", **_account(account)))
        for note in seen.notes:
            screen.data("  " + screen.words.say(note))
        for key, value in lab.environment(seen.lab).items():
            screen.data(f"  {key}={value}")
    return Exit.WORKS if seen.up else Exit.BROKEN


def _account(account: lab.Account) -> dict[str, str]:
    return {"address": account.address, "password": account.password, "how": account.how}


def _as_plain(seen: lab.LabStatus) -> dict[str, object]:
    servers = [
        {"name": s.name, "pid": s.pid, "running": s.running, "version": s.version, "kind": s.kind} for s in seen.servers
    ]
    environment = lab.environment(seen.lab) if seen.lab else {}
    accounts = [_account(a) for a in seen.lab.accounts] if seen.lab else []
    return {
        "dir": str(seen.dir),
        "up": seen.up,
        "servers": servers,
        "notes": list(seen.notes),
        "environment": environment,
        "accounts": accounts,
    }


def _run(arguments: Arguments, screen: Screen, folder: Path) -> int:
    """Run a command with the lab's variables; the exit code is the command's."""
    typed = [word for at, word in enumerate(arguments.command) if (at, word) != (0, "--")]
    if not typed:
        raise BadInput("input.usage", detail=screen.words.say("lab.no_command"), verb="lab run")
    was_up = lab.status(folder).up
    running = _started(arguments, screen, folder)
    try:
        command = lab.command(running, typed)
        environment = {**os.environ, **lab.environment(running)}
        return subprocess.run(command, env=environment, check=False, stdin=sys.stdin).returncode  # noqa: S603  # theirs
    except FileNotFoundError as error:
        raise BadInput("input.file", file=typed[0]) from error
    finally:
        if not was_up:
            lab.down(folder)
