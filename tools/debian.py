"""The Debian packages with the servers our tests talk to: installed when we are root, never started or enabled."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from tools.environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

LIST = ROOT / "requirements" / "debian.txt"
POLICY = Path("/usr/sbin/policy-rc.d")  # Debian's own switch: exit code 101 means "start nothing"
APT = ("apt-get", "-o", "DPkg::Lock::Timeout=500", "-o", "Acquire::Retries=3", "--yes", "--quiet=2")
QUIETLY = {"DEBIAN_FRONTEND": "noninteractive"}
OPTIONAL = "?"
TRIES = 3
PAUSE = 5  # seconds


def provide() -> None:
    """Install what is missing; without root or apt the lab makes do with what it can unpack."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    before = installed()
    missing = [name for name in wanted() if name.removeprefix(OPTIONAL) not in before]
    if not known(missing):
        return
    print(f"mw: installing {' '.join(missing)} …", file=sys.stderr)
    with nothing_starts():
        apt_install(missing)
        disable_services(installed() - before)


def wanted() -> list[str]:
    """What requirements/debian.txt names, some with the OPTIONAL sign, and what Debian leaves out of Python."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    python = [] if find_spec("ensurepip") else ["python3-venv"]
    return python + [line for line in lines if line and not line.startswith("#")]


def installed() -> set[str]:
    """The packages that are there."""
    query = ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\n"]
    answer = subprocess.run(query, check=True, capture_output=True, text=True).stdout
    return {line.removeprefix("installed ") for line in answer.splitlines() if line.startswith("installed ")}


def apt_install(names: list[str]) -> None:
    """Update the lists and install; mirrors have bad moments, so three times."""
    environ = os.environ | QUIETLY
    for left in reversed(range(TRIES)):
        subprocess.run([*APT, "update"], env=environ, check=False, stdin=subprocess.DEVNULL)
        install = [*APT, "install", "--no-install-recommends", *known(names)]
        done = subprocess.run(install, env=environ, check=left == 0, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        if done.returncode == 0:
            return
        time.sleep(PAUSE)


def known(names: list[str]) -> list[str]:
    """All of them without the sign, but of the optional ones only those that this system's archive has."""
    made = []
    for name in names:
        package = name.removeprefix(OPTIONAL)
        command = ["apt-cache", "policy", package]
        policy = subprocess.run(command, check=False, capture_output=True, text=True).stdout
        if package == name or ("Candidate:" in policy and "Candidate: (none)" not in policy):
            made.append(package)
    return made


@contextlib.contextmanager
def nothing_starts() -> Iterator[None]:
    """Packages start their services when installed; not while this lasts, unless the system has a policy of its own."""
    if POLICY.exists():
        yield
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # being ended must not skip the last line
    try:
        POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
        POLICY.chmod(0o755)
        yield
    finally:
        POLICY.unlink(missing_ok=True)


def disable_services(new: set[str]) -> None:
    """Nor shall they start with the machine's next boot."""
    if not new or not shutil.which("systemctl"):
        return
    listing = subprocess.run(["dpkg", "--listfiles", *sorted(new)], check=True, capture_output=True, text=True)
    paths = [Path(line) for line in listing.stdout.splitlines()]
    units = [path.name for path in paths if path.parent.match("systemd/system") and "@" not in path.name]
    subprocess.run(["systemctl", "disable", "--quiet", *units], check=False, capture_output=True)
