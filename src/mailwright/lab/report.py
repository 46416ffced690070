"""Questions about a lab: is it up, how to reach it, and a lab for the length of a test."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright.lab import processes
from mailwright.lab.build import down, up
from mailwright.lab.options import Options, silent
from mailwright.lab.state import Lab, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mailwright.lab.options import Progress


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One process of the lab; `kind` is real, embedded or part (see state.Server)."""

    name: str
    pid: int
    running: bool
    version: str
    kind: str


@dataclass(frozen=True, slots=True)
class LabStatus:
    """`up`: every process runs. `notes`: ids of remarks on what stands in for what."""

    dir: Path
    up: bool
    servers: tuple[ServerStatus, ...]
    notes: tuple[str, ...]
    lab: Lab | None


def status(dir: Path) -> LabStatus:
    """What lives in that folder; raises Problem("lab.state_unreadable")."""
    lab = load(dir)
    if lab is None:
        return LabStatus(dir, up=False, servers=(), notes=(), lab=None)
    servers = tuple(
        ServerStatus(server.name, server.pid, processes.alive(server), server.version, server.kind)
        for server in lab.servers
    )
    return LabStatus(dir, all(server.running for server in servers), servers, lab.notes, lab)


@contextmanager
def running(dir: Path, *, progress: Progress = silent, options: Options | None = None) -> Iterator[Lab]:
    """A lab for the length of a `with` block; the same problems as up()."""
    lab = up(dir, progress=progress, options=options)
    try:
        yield lab
    finally:
        down(dir)


def environment(lab: Lab, fault: str = "") -> dict[str, str]:
    """The variables that lead mailwright into the lab; with faults, to that one ("" is the first)."""
    if lab.faults:
        return dict(lab.fault(fault).environment)
    return {
        "MAILWRIGHT_RESOLVER": lab.resolver,
        "MAILWRIGHT_TRUST_AD": "1",
        "MAILWRIGHT_CA": str(lab.ca),
        "MAILWRIGHT_CONNECT_TO": " ".join(lab.connect_to),
        "MAILWRIGHT_ISPDB": lab.ispdb,
        "MAILWRIGHT_LAB_DIR": str(lab.dir),
    }


def diagnose(lab: Lab, fault: str = "") -> tuple[str, ...]:
    """The command that examines a fault; the password goes to its standard input. Raises KeyError."""
    staged = lab.fault(fault)
    secret = ("--password-stdin",) if staged.password and "--token-command" not in staged.options else ()
    return (*staged.prefix, "mailwright", "diagnose", staged.address, *secret, *staged.options)


def command(lab: Lab, argv: Sequence[str]) -> tuple[str, ...]:
    """The command that runs `argv` where the lab can be reached (in its client namespace, if any)."""
    if not lab.network.client_namespace:
        return tuple(argv)
    return ("ip", "netns", "exec", lab.network.client_namespace, *argv)
