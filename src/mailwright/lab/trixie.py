"""Dovecot 2.4 on a machine with an older Debian: a Debian 13 folder, and Dovecot run from it by chroot.

mmdebstrap makes the folder from the mirror that the machine's own apt sources name; it is
itself only unpacked. Nothing is mounted where others would see it: each Dovecot has a mount
namespace of its own, which goes with the process.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import packages

if TYPE_CHECKING:
    from collections.abc import Callable

_SUITE = "trixie"
_INCLUDE = ("dovecot-imapd", "dovecot-pop3d", "dovecot-lmtpd")
_SECONDS = 900
# $0 is the new root, $1 the lab's folder, the rest the command. The lab is seen at the same path inside.
_ENTER = """set -e
mount --make-rprivate /
mount --bind "$1" "$0$1"
mount --bind /dev "$0/dev"
mount -t proc proc "$0/proc"
root=$0; shift
exec chroot "$root" "$@"
"""


def program(cache: Path, dir: Path, progress: Callable[[str], None]) -> packages.Program:
    """Dovecot 2.4, made ready to be run for the lab in `dir`.

    Raises Problem("lab.trixie_impossible") with the reason, or those of packages.fetch().
    """
    root = cache / _SUITE
    if not (root / "usr/sbin/dovecot").exists():
        _bootstrap(cache, root, progress)
    place = Path(f"{root}{dir}")
    made = tuple(str(path) for path in (place, *place.parents) if not path.exists())
    place.mkdir(parents=True, exist_ok=True)
    unshare = packages.find("unshare") or "unshare"
    command = (unshare, "--mount", "/bin/sh", "-c", _ENTER, str(root), str(dir), "/usr/sbin/dovecot")
    return packages.Program(
        "dovecot", "/usr/sbin/dovecot", _version(root), prefix=command[:-1], outside=made, foreign=True
    )


def _version(root: Path) -> str:
    done = subprocess.run(
        ["chroot", str(root), "/usr/sbin/dovecot", "--version"], capture_output=True, text=True, check=False
    )
    match = re.match(r"\d+\.\d+(\.\d+)*", done.stdout)
    if match is None:
        raise Problem("lab.program_broken", program="dovecot", path=str(root), last=done.stderr.strip()[:300])
    return match.group()


def _bootstrap(cache: Path, root: Path, progress: Callable[[str], None]) -> None:
    if os.geteuid() != 0:
        raise Problem("lab.trixie_impossible", reason="root")
    tool = packages.find("mmdebstrap")
    cache.mkdir(parents=True, exist_ok=True)
    if tool is None:
        packages.fetch(cache, ["mmdebstrap"], cache / "tools", progress)
        tool = str(cache / "tools/usr/bin/mmdebstrap")
    progress(_SUITE)
    # Made beside it and moved when whole, so that a broken start leaves nothing that looks right.
    fresh = cache / f"{_SUITE}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    command = ["perl", tool, "--mode=root", "--variant=apt", f"--include={','.join(_INCLUDE)}",
               _SUITE, str(fresh), _mirror()]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Problem("lab.download_failed", package=_SUITE, last=type(error).__name__) from error
    if done.returncode != 0:
        raise Problem("lab.download_failed", package=_SUITE, last=done.stderr.strip()[-300:])
    fresh.chmod(0o755)
    fresh.rename(root)


def _mirror() -> str:
    """Where this machine's own apt sources find Debian (the plain suite, not security or updates)."""
    apt = packages.find("apt-get")
    if apt is None:
        raise Problem("lab.no_packages")
    done = subprocess.run(
        [apt, "indextargets", "--format", "$(ORIGIN) $(CODENAME) $(REPO_URI)"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = (line.split() for line in done.stdout.splitlines())
    mirror = next((line[2] for line in found if len(line) == 3 and line[0] == "Debian" and "-" not in line[1]), None)
    if mirror is None:
        raise Problem("lab.trixie_impossible", reason="apt sources")
    return mirror


def tidy(places: tuple[str, ...]) -> None:
    """Remove the folders that a lab was seen at, innermost first; another lab may still use the outer ones."""
    for place in places:
        with suppress(OSError):
            Path(place).rmdir()
