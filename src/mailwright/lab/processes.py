"""Child processes: started in a session of their own, waited for by connecting, ended by pid.

A pid alone is never trusted: the kernel's start time of the process is kept beside it, so a
number that went to another program in the meantime is left alone.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab.state import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

START_SECONDS = 20.0
STOP_SECONDS = 5.0
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Job:
    """A server to start: its command, and the (address, port) pairs where it will answer."""

    name: str
    argv: tuple[str, ...]
    version: str
    kind: str = "real"
    listens: tuple[tuple[str, int], ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


def start(job: Job, log: Path) -> Server:
    """Start it, output to `log`; raises Problem("lab.start_failed")."""
    keep = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH")}
    try:
        with log.open("ab") as out:
            child = subprocess.Popen(
                job.argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=keep | job.environment,
                cwd="/",
                start_new_session=True,
            )
    except OSError as error:
        raise Problem("lab.start_failed", server=job.name, last=str(error.strerror)) from error
    # The Popen object is dropped on purpose: the state file owns the process, not this program.
    child.returncode = 0
    return Server(job.name, child.pid, start_time(child.pid) or 0, job.version, job.kind)


@dataclass(frozen=True, slots=True)
class _Stat:
    session: int
    started: int


def _stat(pid: int) -> _Stat | None:
    """Session and start time of a process; None: no such process, or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The command name in parentheses may hold blanks and parentheses: count from the last ")".
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else _Stat(int(fields[3]), int(fields[19]))


def start_time(pid: int) -> int | None:
    """Clock ticks since boot at which the process began; None: no such process, or a zombie."""
    facts = _stat(pid)
    return facts.started if facts else None


def alive(server: Server) -> bool:
    """Whether that very process still runs (not another one with its number)."""
    _reap(server.pid)
    return start_time(server.pid) == server.started


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def stop(servers: Iterable[Server]) -> None:
    """End them all with what they started: SIGTERM, and SIGKILL to whatever is left after STOP_SECONDS."""
    # A server that died may have left children behind; a number that went to another program is not ours.
    running = [server for server in servers if start_time(server.pid) in (None, server.started)]
    for server in running:
        for pid in [server.pid] if alive(server) else _sessions([server]):
            _signal(pid, signal.SIGTERM)
        for pid in _sessions([server]):
            # One that was stopped would not hear of its end.
            _signal(pid, signal.SIGCONT)
    deadline = time.monotonic() + STOP_SECONDS
    while (left := _sessions(running)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    for pid in left:
        _signal(pid, signal.SIGKILL)
    while _sessions(running):
        time.sleep(_POLL_SECONDS)


def members(server: Server) -> list[int]:
    """The processes that a server consists of."""
    return _sessions([server])


def _sessions(servers: Sequence[Server]) -> list[int]:
    """The processes that live in the sessions of those servers (each leads one of its own).

    The kernel gives a session's number to no new process while a member of it lives, so
    these are the server and its children and nobody else.
    """
    leaders = {server.pid: server.started for server in servers}
    for pid in leaders:
        _reap(pid)
    found = []
    for entry in os.scandir("/proc"):
        facts = _stat(int(entry.name)) if entry.name.isdigit() else None
        if facts and facts.session in leaders and facts.started >= leaders[facts.session]:
            found.append(int(entry.name))
    return found


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def wait(jobs: Sequence[Job], servers: Sequence[Server], logs: Path, enter: Callable[[], None] | None = None) -> None:
    """Return when every job answers at all its addresses.

    `enter` is run first in each waiting thread (it may move the thread into a network
    namespace). Raises Problem("lab.start_failed") with the last line of the server's log.
    """
    failed: list[str] = []
    by_name = {server.name: server for server in servers}
    threads = [
        threading.Thread(target=_wait_one, args=(job, by_name[job.name], failed, enter), daemon=True) for job in jobs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        # Postfix has a log of its own and says little elsewhere.
        last = last_line(logs / f"{failed[0]}.log") or last_line(logs / "mail.log")
        raise Problem("lab.start_failed", server=failed[0], last=last)


def _wait_one(job: Job, server: Server, failed: list[str], enter: Callable[[], None] | None) -> None:
    if enter is not None:
        enter()
    deadline = time.monotonic() + START_SECONDS
    for address, port in job.listens:
        while not _answers(address, port):
            if time.monotonic() > deadline or not alive(server):
                failed.append(job.name)
                return
            time.sleep(_POLL_SECONDS)


def _answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=3).close()
    except OSError:
        return False
    return True


def last_line(log: Path) -> str:
    """The last line of a log that says something."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
