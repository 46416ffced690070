"""The server programs: those installed, else Debian packages unpacked into a cache folder.

Nothing is ever installed: `apt-get download` fetches a package, `dpkg-deb -x` unpacks it,
and LD_LIBRARY_PATH shows the programs their libraries.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.core import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

_PACKAGES = {
    "dovecot": ("dovecot-core", "dovecot-imapd", "dovecot-pop3d", "dovecot-lmtpd"),
    "nginx": ("nginx",),
    "nsd": ("nsd",),
    "unbound": ("unbound",),
}
_VERSION_ARGUMENT = {"dovecot": "--version", "nginx": "-v", "nsd": "-v", "unbound": "-V", "postconf": "mail_version"}
_DOVECOT_PARTS = ("imap", "pop3", "lmtp", "auth")
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Program:
    """A server program that can be run.

    `prefix` is the command that leads to where it lives, `outside` the folders made for that
    outside the lab's own, innermost first; `foreign`: it lives in another system, with
    other users.
    """

    name: str
    path: str
    version: str
    environment: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    foreign: bool = False

    def command(self, *arguments: str) -> tuple[str, ...]:
        """The argument vector that runs it."""
        return (*self.prefix, self.path, *arguments)


def installed() -> dict[str, Program]:
    """Name → program for those of Dovecot, nginx, NSD, unbound and Postfix that the machine has."""
    return {name: program for name in (*_PACKAGES, "postfix") if (program := _installed(name))}


def unpacked(cache: Path, found: Container[str], progress: Callable[[str], None]) -> dict[str, Program]:
    """Name → program for what is not in `found`, from Debian packages in the cache folder.

    Dovecot is left out where the system allows no mount namespace to run it in.
    `progress` is told each package that is fetched. Raises Problem("lab.no_packages") where
    Debian packages cannot be had, Problem("lab.download_failed").
    """
    missing = [name for name in _PACKAGES if name not in found]
    if not missing:
        return {}
    root = _unpacked(cache, missing, progress)
    return {name: program for name in missing if (program := _from_root(name, root))}


def _installed(name: str) -> Program | None:
    path = find(name)
    if path is None or (name == "dovecot" and not _all_parts(Path("/usr/lib/dovecot"))):
        return None
    tool = "postconf" if name == "postfix" else name
    return Program(name, path, _version(find(tool) or path, tool, {}))


def find(name: str) -> str | None:
    """Where a system program is; an ordinary user's PATH has no sbin."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/bin")


def _all_parts(folder: Path) -> bool:
    return all((folder / part).exists() for part in _DOVECOT_PARTS)


def _version(path: str, name: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [path, _VERSION_ARGUMENT[name]], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    match = re.search(r"\d+\.\d+(\.\d+)*", done.stdout + done.stderr)
    if match is None:
        raise Problem("lab.program_broken", program=name, path=path, last=(done.stderr or done.stdout).strip()[:300])
    return match.group()


def _from_root(name: str, root: Path) -> Program | None:
    """The program in that folder; None where it cannot be run from there."""
    environment = {"LD_LIBRARY_PATH": ":".join(map(str, _library_folders(root)))}
    if name != "dovecot":
        path = str(root / "usr/sbin" / name)
        return Program(name, path, _version(path, name, environment), environment)
    prefix = _overlaid(root)
    done = subprocess.run([*prefix, "/usr/sbin/dovecot", "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"\d+\.\d+(\.\d+)*", done.stdout)
    return Program(name, "/usr/sbin/dovecot", version.group(), prefix=prefix) if version else None


def _overlaid(root: Path) -> tuple[str, ...]:
    """The command that shows its child the folder laid over /usr, in a mount namespace of its own.

    Dovecot has /usr/bin/doveconf and /usr/lib/dovecot/modules built in: no setting moves
    them. An ordinary user needs a user namespace for that, and is itself again in a second one.
    """
    unshare = find("unshare") or "unshare"
    lay = 'mount -t overlay lab -o "lowerdir=$0/usr:/usr" /usr'
    if os.geteuid() == 0:
        return (unshare, "--mount", "/bin/sh", "-c", f'{lay} && exec "$@"', str(root))
    again = f'exec {unshare} --user --map-user={os.geteuid()} --map-group={os.getegid()} "$@"'
    return (unshare, "--user", "--map-root-user", "--mount", "/bin/sh", "-c", f"{lay} && {again}", str(root))


def _library_folders(root: Path) -> list[Path]:
    folders = [root / "usr/lib/dovecot", *sorted(root.glob("usr/lib/*-linux-*")), *sorted(root.glob("lib/*-linux-*"))]
    return [folder for folder in folders if folder.is_dir()]


def _unpacked(cache: Path, names: list[str], progress: Callable[[str], None]) -> Path:
    """The folder with those programs and the shared libraries they miss."""
    root = cache / "root"
    wanted = [package for name in names for package in _PACKAGES[name] if not _mark(cache, package).exists()]
    if wanted:
        fetch(cache, wanted, root, progress)
    for _ in range(5):
        libraries = _missing_libraries(root)
        packages = [package for library in sorted(libraries) if (package := _library_package(library))]
        packages = [package for package in packages if not _mark(cache, package).exists()]
        if not packages:
            break
        fetch(cache, packages, root, progress)
    return root


def _mark(cache: Path, package: str) -> Path:
    return cache / "fetched" / package


def fetch(cache: Path, packages: Iterable[str], root: Path, progress: Callable[[str], None]) -> None:
    """Download Debian packages and unpack them into `root`.

    Raises Problem("lab.no_packages") without apt, Problem("lab.download_failed").
    """
    if find("apt-get") is None or find("dpkg-deb") is None:
        raise Problem("lab.no_packages")
    for folder in (root, cache / "fetched", cache / "debs"):
        folder.mkdir(parents=True, exist_ok=True)
    if not (root / "lib").exists():
        # Some packages still say /lib; with this link all is below usr, as on a real system.
        (root / "usr/lib").mkdir(parents=True, exist_ok=True)
        (root / "lib").symlink_to("usr/lib")
    for package in packages:
        progress(package)
        for old in (cache / "debs").glob(f"{package}_*.deb"):
            old.unlink()
        _run(["apt-get", "-qq", "download", package], cache / "debs", package)
        for deb in (cache / "debs").glob(f"{package}_*.deb"):
            _run(["dpkg-deb", "-x", str(deb), str(root)], cache, package)
            deb.unlink()
        _mark(cache, package).touch()


def _run(command: list[str], folder: Path, package: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Problem("lab.download_failed", package=package, last=type(error).__name__) from error
    if done.returncode != 0:
        raise Problem("lab.download_failed", package=package, last=(done.stderr or done.stdout).strip()[-300:])


def _missing_libraries(root: Path) -> set[str]:
    """The sonames that `ldd` does not find for the programs in the folder."""
    files = [*root.glob("usr/sbin/*"), *root.glob("usr/lib/dovecot/*"), *root.glob("usr/lib/*/*.so.*")]
    real = [str(path) for path in files if path.is_file() and not path.is_symlink()]
    environment = {**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, _library_folders(root)))}
    done = subprocess.run(["ldd", *real], capture_output=True, text=True, check=False, env=environment)
    return set(re.findall(r"^\s*(\S+) => not found", done.stdout, re.MULTILINE))


def _library_package(soname: str) -> str | None:
    """Debian's name for the package of a soname (Debian Policy §8.1), as far as apt knows one."""
    match = re.fullmatch(r"(.+)\.so\.([0-9a-z.]+)|(.+)-([0-9.]+)\.so", soname)
    if match is None:
        return None
    base = (match[1] or match[3]).lower().replace("_", "-")
    version = match[2] or match[4]
    joined = f"{base}-{version}" if base[-1].isdigit() else f"{base}{version}"
    # Not every package keeps the rule: libpython3.11.so.1.0 is in libpython3.11.
    for name in (joined, f"{joined}t64", base):
        if subprocess.run(["apt-cache", "show", "-q", name], capture_output=True, check=False).returncode == 0:
            return name
    return None
