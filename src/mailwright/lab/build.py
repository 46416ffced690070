"""up and down: everything is written first, then all servers start at once, then each must answer."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from mailwright.core import BadInput, Problem
from mailwright.lab import namespace, packages, postfix, processes, relay, servers, standins, trixie
from mailwright.lab.faults import building
from mailwright.lab.network import reserved_loopback
from mailwright.lab.options import Options, silent
from mailwright.lab.state import Lab, load, save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from mailwright.lab.network import Network
    from mailwright.lab.options import Progress
    from mailwright.lab.packages import Program

# A socket's path may have 107 bytes, and Dovecot's own names below its folder take about 50.
_LONGEST_DIR = 56


def default_dir() -> Path:
    """Where a lab lives when nobody says where: /run for root, the run folder of a user."""
    named = os.environ.get("MAILWRIGHT_LAB_DIR")
    if named:
        return Path(named)
    if os.geteuid() == 0:
        return Path("/run/mailwright-lab")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(runtime or tempfile.gettempdir()) / f"mailwright-lab-{os.geteuid()}"


def _cache(options: Options) -> Path:
    if options.cache is not None:
        return options.cache
    # Root's own cache folder is closed to the users that servers change to.
    root = os.geteuid() == 0
    folder = platformdirs.site_cache_dir("mailwright") if root else platformdirs.user_cache_dir("mailwright")
    return Path(folder) / "lab"


def up(dir: Path, *, progress: Progress = silent, options: Options | None = None) -> Lab:
    """Build and start a lab in `dir` (made if needed, must be empty); returns when all answer.

    A lab that is up already is returned as it is (event "already_up"). Raises Problem:
    lab.other_up, lab.dir_not_empty, lab.dir_impossible, lab.dir_too_long, lab.dir_closed,
    lab.no_packages, lab.download_failed, lab.start_failed, lab.no_free_address and those of the parts; by
    then everything that was started has been ended.
    """
    options = options or Options()
    dir = dir.absolute()
    old = load(dir)
    if old is not None:
        if all(processes.alive(server) for server in old.servers):
            if options.faults and options.faults != tuple(fault.id for fault in old.faults):
                raise Problem("lab.other_up", dir=str(dir))
            progress("already_up", dir=str(dir))
            return old
        # Something of it died: what is left is no lab any more.
        progress("again", dir=str(dir))
        down(dir)
    began = time.monotonic()
    with _folder(dir):
        build = _with_faults if options.faults else _built
        lab = build(dir, progress, options)
    progress("up", dir=str(dir), seconds=round(time.monotonic() - began, 1))
    return lab


@contextmanager
def _folder(dir: Path) -> Iterator[None]:
    """The lab's folder; what was started and written is gone again if the block fails."""
    if len(os.fsencode(dir)) > _LONGEST_DIR:
        raise Problem("lab.dir_too_long", dir=str(dir), limit=_LONGEST_DIR)
    try:
        if dir.exists() and (not dir.is_dir() or any(dir.iterdir())):
            raise Problem("lab.dir_not_empty", dir=str(dir))
        dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput("lab.dir_impossible", dir=str(dir), reason=error.strerror or "") from error
    try:
        _open(dir)
        yield
    except BaseException:
        down(dir)
        raise


def _open(dir: Path) -> None:
    """Servers that change from root to another user must be able to walk to the folder."""
    if os.geteuid() != 0:
        dir.chmod(0o700)
        return
    dir.chmod(0o711)
    closed = next((parent for parent in dir.parents if not parent.stat().st_mode & 0o001), None)
    if closed is not None:
        raise Problem("lab.dir_closed", dir=str(dir), folder=str(closed))


def _built(dir: Path, progress: Progress, options: Options) -> Lab:
    programs = _programs(dir, progress, options)
    with _network(options) as network:
        notes = (() if network.six else ("lab.note.no_ipv6",)) + tuple(
            standins.NOTES[name] for name in standins.needed(programs)
        )
        cleanup = tuple(folder for program in programs.values() for folder in program.outside)
        lab = Lab(dir, network, dir / "pki" / "ca.pem", notes=notes, cleanup=cleanup)
        (dir / "log").mkdir()
        save(lab)
        jobs = servers.jobs(lab, programs)
        for job in jobs:
            progress("starting", server=job.name, version=job.version, kind=job.kind)
            lab = lab.with_server(processes.start(job, dir / "log" / f"{job.name}.log"))
            save(lab)
        client = network.client_namespace
        if client:
            namespace.join(network)
        processes.wait(jobs, lab.servers, dir / "log", (lambda: relay.enter(client)) if client else None)
    return lab


def _with_faults(dir: Path, progress: Progress, options: Options) -> Lab:
    return building.built(dir, progress, options, lambda: _programs(dir, progress, options))


def _network(options: Options) -> AbstractContextManager[Network]:
    if options.network == "namespace":
        return namespace.made(options.delay_ms, options.loss_percent)
    return reserved_loopback()


def _programs(dir: Path, progress: Progress, options: Options) -> dict[str, Program]:
    """The real servers there are; what is missing here a stand-in replaces."""

    def fetching(package: str) -> None:
        progress("fetch", package=package)

    if options.servers == "embedded":
        return {}
    cache = _cache(options)
    found = packages.installed() if options.servers == "auto" else {}
    try:
        found |= packages.unpacked(cache, found, fetching)
    except Problem as problem:
        if options.servers == "unpacked" or problem.id not in ("lab.no_packages", "lab.download_failed"):
            raise
        progress("embedded", reason=problem.id)
    if not postfix.possible():
        found.pop("postfix", None)
    if options.dovecot and ("dovecot" not in found or not found["dovecot"].version.startswith(options.dovecot)):
        if options.dovecot != "2.4":
            raise Problem("lab.dovecot_version", version=options.dovecot)
        found["dovecot"] = trixie.program(cache, dir, fetching)
    return found


def down(dir: Path) -> bool:
    """End the lab's processes and remove its folder; False: there was none."""
    dir = dir.absolute()
    lab = load(dir)
    if lab is None:
        # A start that failed before its first process: an empty folder at most.
        with suppress(OSError):
            dir.rmdir()
        return False
    processes.stop(lab.servers)
    namespace.remove(lab.network)
    trixie.tidy(lab.cleanup)
    shutil.rmtree(dir)
    return True
