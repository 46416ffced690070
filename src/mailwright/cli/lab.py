"""`mailwright lab up|down|status|run|faults`."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mailwright import lab
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen, pad
from mailwright.core import BadInput, Param

GRACE_SECONDS = 1.0
_TOLD = ("package", "server", "version", "dir")


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises Problem("lab.…")."""
    if arguments.action == "faults":
        return _faults(arguments, screen)
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
        faults=(arguments.fault,) if arguments.fault else (),
    )


def _faults(arguments: Arguments, screen: Screen) -> int:
    """What can be made to go wrong, its true cause, and what it takes."""
    if arguments.json:
        rows = [{"id": f.id, "cause": f.cause, "address": f.address, "needs": f.needs,
                 "what": screen.words.fault(f.id)} for f in lab.FAULTS]  # fmt: skip
        screen.document(json.dumps(rows, ensure_ascii=False, indent=2))
        return Exit.WORKS
    wide = max(len(fault.id) for fault in lab.FAULTS) + 2
    for fault in lab.FAULTS:
        needs = screen.words.say(f"lab.needs.{fault.needs}") if fault.needs else ""
        screen.data(f"{pad(fault.id, wide)}{screen.words.fault(fault.id)}{needs}")
    screen.note("lab.faults.replies")
    return Exit.WORKS


def _started(arguments: Arguments, screen: Screen, folder: Path) -> lab.Lab:
    try:
        return lab.up(folder, progress=teller(screen), options=_options(arguments))
    finally:
        screen.clear()


def teller(screen: Screen) -> lab.Progress:
    """Shows what a lab that goes up is waiting for."""

    def tell(event: str, **facts: Param) -> None:
        shown = " ".join(str(value) for key, value in facts.items() if key in _TOLD)
        screen.progress(screen.words.say(f"lab.progress.{event}", facts=shown))

    return tell


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
        screen.document(json.dumps(_as_plain(seen), ensure_ascii=False, indent=2))
    elif seen.lab is None:
        screen.note("lab.not_up", dir=str(folder))
    else:
        _shown(screen, seen, seen.lab)
    return Exit.WORKS if seen.up else Exit.BROKEN


def _shown(screen: Screen, seen: lab.LabStatus, running: lab.Lab) -> None:
    say = screen.words.say
    for server in seen.servers:
        kind = say(f"lab.kind.{server.kind}")
        facts = f"{pad(server.version, 12)}{pad(f'pid {server.pid}', 12)}{kind}"
        state = "" if server.running else f"  {say('lab.ended')}"
        screen.row("ok" if server.running else "bad", pad(server.name, 16), f"{facts}{state}")
    screen.data("")
    for account in running.accounts:
        screen.data("  " + say("lab.account", **_padded(account)))
    for fault in running.faults:
        screen.data("  " + (screen.words.fault(fault.id) if not fault.id.startswith("reply:") else fault.id))
        screen.data("  " + say("lab.examine", command=_examine(running, fault)))
    for note in seen.notes:
        screen.data("  " + say(note))
    screen.data("")
    screen.data(say("lab.reach"))
    for key, value in lab.environment(running).items():
        screen.data(f"  export {key}={shlex.quote(value)}")


def _examine(running: lab.Lab, fault: lab.Staged) -> str:
    """The exact command that examines a fault, with the password on its standard input."""
    own = [] if running.dir == lab.default_dir() else ["--dir", str(running.dir)]
    command = shlex.join(["mailwright", "lab", "run", *own, "--", *lab.diagnose(running, fault.id)])
    given = "--password-stdin" in lab.diagnose(running, fault.id)
    return f"printf %s {shlex.quote(fault.password)} | {command}" if given else command


def _padded(account: lab.Account) -> dict[str, str]:
    return {"address": pad(account.address, 24), "password": pad(account.password, 22), "how": account.how}


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
        "faults": [_fault(seen.lab, fault) for fault in seen.lab.faults] if seen.lab else [],
    }


def _fault(running: lab.Lab, fault: lab.Staged) -> dict[str, object]:
    return {
        "id": fault.id,
        "cause": fault.cause,
        "address": fault.address,
        "password": fault.password,
        "command": list(lab.diagnose(running, fault.id)),
        "environment": dict(fault.environment),
    }


def _run(arguments: Arguments, screen: Screen, folder: Path) -> int:
    """Run a command with the lab's variables; the exit code is the command's."""
    typed = [word for at, word in enumerate(arguments.command) if (at, word) != (0, "--")]
    if not typed:
        raise BadInput("input.usage", detail=screen.words.say("lab.no_command"), verb="lab run")
    was_up = lab.status(folder).up
    running = _started(arguments, screen, folder)
    try:
        return _ran(lab.command(running, typed), {**os.environ, **_path(), **lab.environment(running)})
    finally:
        if not was_up:
            lab.down(folder)


def _path() -> dict[str, str]:
    """`mailwright` is found in the command, also when it was started from its own environment."""
    return {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])}


def _ran(command: Sequence[str], environment: dict[str, str]) -> int:
    """The command's exit code, as a shell would say it. Raises BadInput."""
    try:
        process = subprocess.Popen(command, env=environment, stdin=sys.stdin)
    except OSError as error:
        raise BadInput("input.command_missing", command=command[-1] if command[0] == "ip" else command[0]) from error
    with process:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            code = _stopped(process)
    return code if code >= 0 else 128 - code


def _stopped(process: subprocess.Popen[bytes]) -> int:
    """What it makes of a ^C, which came to it as well and of which it has its own say; a kill came to us alone."""
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait()
    return Exit.STOPPED
