"""Servers from Debian's archive that the machine lacks: unpacked, never installed, and seen by nobody else.

They have their places built in (/usr, /etc, /run), so each runs in a mount namespace of its own where its folders lie
over the system's.
"""

from __future__ import annotations

import fcntl
import gzip
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import packages
from tests.migrate.servers.server import CACHE

if TYPE_CHECKING:
    from collections.abc import Iterator


def root(name: str, *wanted: str) -> Path:
    """The folder with those packages and all that they need beyond what is installed.

    Raises Problem("lab.no_packages"), Problem("lab.download_failed") and
    Problem("lab.namespace_impossible") for anyone but root.
    """
    if os.geteuid() != 0:
        raise Problem("lab.namespace_impossible", reason="root")
    cache = CACHE / "peers" / name
    done = cache / "whole"
    with alone():
        if not done.exists():
            packages.fetch(cache, _needed(wanted), cache / "root", lambda _: None)
            _joined(cache / "root")
            (cache / "root/etc").mkdir(exist_ok=True)
            done.touch()
    return cache / "root"


@contextmanager
def alone() -> Iterator[None]:
    """Only one process at a time may fetch; the others then find it done."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _needed(wanted: tuple[str, ...]) -> list[str]:
    """What apt would install; it knows the dependencies of this very release. Nothing where all is installed."""
    apt = packages.find("apt-get")
    if apt is None:
        raise Problem("lab.no_packages")
    command = [apt, "--simulate", "-qq", "--no-install-recommends", "install", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # "Inst NAME (…" is new; "Inst NAME [version] (…" would only be a newer one.
    if done.returncode != 0:
        raise Problem("lab.download_failed", package=wanted[0], last=done.stderr.strip()[-300:])
    return re.findall(r"^Inst (\S+) \(", done.stdout, re.MULTILINE)


def _joined(top: Path) -> None:
    """Some packages still bring /lib; all is to be below usr, as on a real system."""
    old = top / "lib"
    if not old.is_symlink():
        shutil.copytree(old, top / "usr/lib", symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(old)


def inside(top: Path, command: str, *binds: str) -> tuple[str, ...]:
    """An argument vector that runs a shell command where `top`/usr lies over /usr, and each of `binds` is mounted."""
    mounts = [f"mount -t overlay lab -o 'lowerdir={top}/usr:/usr' /usr", *binds]
    return (packages.find("unshare") or "unshare", "--mount", "/bin/sh", "-ec", "\n".join([*mounts, command]))


def run(top: Path, command: str, typed: str = "") -> None:
    """Run it to its end, `typed` on its standard input. Raises CalledProcessError."""
    subprocess.run(inside(top, command), input=typed.encode(), check=True, capture_output=True)


def version(top: Path, package: str) -> str:
    """The version of a package, as its own list of changes begins with it."""
    places = (folder / "usr/share/doc" / package for folder in (top, Path("/")))
    for changes in (path for place in places for path in place.glob("changelog.Debian.gz")):
        with gzip.open(changes, "rt", encoding="utf-8") as lines:
            found = re.search(r"\(([^)]*)\)", lines.readline())
        return found[1] if found else ""
    return ""
