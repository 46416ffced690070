"""One server: its processes, where it answers, and whose mail is where."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from mailwright.lab import pki, processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mailwright.lab.processes import Job
    from mailwright.lab.state import Server as Running

# Root's own cache folder is closed to the users that servers change to.
CACHE = Path("/var/cache" if os.geteuid() == 0 else platformdirs.user_cache_dir()) / "mailwright/lab-tests"
ADDRESS = "127.0.0.1"
HOST = "localhost"
# Below those the kernel gives to clients: a server that was killed must find its port free again.
_PORTS = range(20000, 32000)
# Reads until whoever started it is gone, however that came, and ends what is left then.
_OWNER = """
import sys
sys.stdin.read()
from mailwright.lab import processes, state
processes.stop([state.Server("", int(sys.argv[1]), int(sys.argv[2]), "", "real")])
"""


@dataclass(slots=True)
class Server:
    """A server that runs; `tls_port` and `pop3_port` are 0 where it has none.

    It answers as `host`, certified by `ca`; `put` brings a Maildir++ into a user's mailbox.
    """

    name: str
    version: str
    port: int
    tls_port: int
    pop3_port: int
    ca: Path
    log: Path
    job: Job
    path: Callable[[str], Path]
    """Where a user's mail is."""
    put: Callable[[Server, str, Path], None]
    users: dict[str, str]
    host: str = HOST
    _running: Running | None = field(default=None, repr=False)
    _owner: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """The server's own process, which leads the session that all its others are in."""
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        """Start it, or start it again on the same ports and data; returns when it answers."""
        assert self._running is None
        self._running = processes.start(self.job, self.log)
        self._owner = _owner(self._running)
        try:
            processes.wait([self.job], [self._running], self.log.parent)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ask it to end, and wait until all of it has."""
        if self._running is not None:
            processes.stop([self._running])
            self._disown()

    def kill(self) -> None:
        """SIGKILL to every process of it at once, if it runs; none has time to write anything."""
        if self._running is None:
            return
        while members := processes.members(self._running):
            for pid in members:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)
        with suppress(ChildProcessError):
            # Until its end was taken note of, its number counts as a process that runs.
            os.waitpid(self.pid, 0)
        self._disown()

    def load(self, user: str, maildir: Path) -> None:
        """Put a copy of a Maildir++ into the user's mailbox, which is empty so far."""
        self.put(self, user, maildir)

    def _disown(self) -> None:
        assert self._owner is not None
        assert self._owner.stdin is not None
        self._owner.kill()
        self._owner.stdin.close()
        self._owner.wait()
        self._running = self._owner = None


def _owner(running: Running) -> subprocess.Popen[bytes]:
    """Whoever ends the server when this process cannot: in a session of its own, so that ^C leaves it alone."""
    argv = [sys.executable, "-c", _OWNER, str(running.pid), str(running.started)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, started, until the block ends; then nobody needs its data, and an orderly end takes a second."""
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def place() -> Iterator[Path]:
    """A folder for servers: a short name, and all may walk to it, which pytest's own has not."""
    with tempfile.TemporaryDirectory(prefix="mw-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def free_port() -> int:
    """A port that nobody listens on."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((ADDRESS, port))
            return port


def certified(folder: Path) -> Path:
    """Make an authority and a certificate for HOST; the folder with ca.pem, server.pem and server.key."""
    pki.make(folder / "pki", {"server": [HOST]})
    return folder / "pki"


def copied(maildir: Path, target: Path, owner: int) -> None:
    """A Maildir++ with its dates, owned by the user that the server reads mail as."""
    shutil.copytree(maildir, target, dirs_exist_ok=True)
    owned(target, owner)


def owned(folder: Path, owner: int) -> None:
    """Give a folder and all in it to a user and the group of that number; only root may, and only root needs to."""
    if os.geteuid() != 0:
        return
    os.chown(folder, owner, owner)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(parent) / name, owner, owner)
