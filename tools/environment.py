"""The virtual environments ./mw works in: one per set of locked requirements, never changed once made.

`.venvs/SET-KEY` is made under a lock and marked ready as the last step, so two runs at once, a
full disk or Ctrl-C leave nothing half-made in use. KEY follows the lock file and the Python;
`.venv` points at the newest one for editors and shells.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
VENVS = ROOT / ".venvs"
SETS = ("run", "lab", "dev")  # each holds all of the one before
INSTALL = ("install", "-qq", "--require-hashes", "--only-binary=:all:", "-r")
PIP_SETTINGS = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_USER": "0"}
MONTH = 30 * 86400  # seconds
SCRIPT = "#!{python}\nimport sys\nfrom mailwright.cli import main\nsys.exit(main())\n"


class NoPip(Exception):
    """There is no way to install packages with this Python; the message says what helps."""


def environment(kind: str) -> Path:
    """The Python of an environment that holds the set `kind`; made if there is none. Raises NoPip."""
    for name in SETS[SETS.index(kind) :]:
        if is_ready(place(name)):
            return python_of(place(name))
    with alone():
        venv = place(kind)
        if not is_ready(venv):  # nobody made it while we waited
            make(venv, ROOT / "requirements" / f"{kind}.txt")
            forget_unused()
    return python_of(venv)


def place(kind: str) -> Path:
    """Where the environment of this set, lock, Python and folder is."""
    lock = (ROOT / "requirements" / f"{kind}.txt").read_bytes()
    key = hashlib.sha256(lock + f"{sys.version}{sys.base_prefix}{ROOT}".encode()).hexdigest()
    return VENVS / f"{kind}-{key[:12]}"


def python_of(venv: Path) -> Path:
    """Its interpreter; asking for it is using it."""
    with contextlib.suppress(OSError):
        (venv / "ready").touch()
    return venv / "bin" / "python"


def is_ready(venv: Path) -> bool:
    """Whether it was made to the end."""
    return (venv / "ready").exists()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One maker at a time; the lock goes with the process that holds it."""
    VENVS.mkdir(exist_ok=True)
    with (VENVS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(venv: Path, lock: Path) -> None:
    """Install the locked, hashed packages, and put src/ and the program on its paths."""
    print(f"mw: making {venv.relative_to(ROOT)} from {lock.relative_to(ROOT)} …", file=sys.stderr)
    shutil.rmtree(venv, ignore_errors=True)
    bundled = find_spec("ensurepip") is not None
    subprocess.run([sys.executable, "-m", "venv", *([] if bundled else ["--without-pip"]), venv], check=True)
    python = venv / "bin" / "python"
    with tempfile.TemporaryDirectory() as scratch:
        pip = [str(python), "-m", "pip"] if bundled else borrowed_pip(python, Path(scratch))
        subprocess.run([*pip, *INSTALL, lock], check=True, env=os.environ | PIP_SETTINGS)
    packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(venv)}))
    (packages / "mailwright.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    program = venv / "bin" / "mailwright"
    program.write_text(SCRIPT.format(python=python), encoding="utf-8")
    program.chmod(0o755)
    (venv / "ready").touch()
    point_at(venv)


def borrowed_pip(python: Path, scratch: Path) -> list[str]:
    """How to install into a `python` that came without pip. Raises NoPip.

    Debian and Ubuntu leave ensurepip out until python3-venv is there. Then the system's pip or uv
    can do it, and so can the pip in a Debian package that is fetched and unpacked, not installed.
    """
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--python", str(python)]
    if uv := shutil.which("uv"):
        os.environ["UV_PYTHON"] = str(python)
        return [uv, "pip"]
    fetch = "apt-get download python3-pip-whl && dpkg-deb -x python3-pip-whl*.deb ."
    subprocess.run(["/bin/sh", "-c", fetch], cwd=scratch, check=False, capture_output=True)
    for wheel in scratch.glob("usr/share/python-wheels/pip-*.whl"):
        return [str(python), f"{wheel}/pip"]
    raise NoPip("this Python has no pip and no ensurepip\nhint: sudo apt-get install python3-venv")


def point_at(venv: Path) -> None:
    """Let .venv lead to it, unless somebody keeps a real folder there."""
    new = VENVS / "newest"
    new.unlink(missing_ok=True)
    new.symlink_to(Path(".venvs") / venv.name)
    with contextlib.suppress(OSError):
        new.replace(ROOT / ".venv")


def forget_unused() -> None:
    """Remove environments that were not used for a month, or never finished."""
    for venv in VENVS.glob("*-*"):
        age = time.time() - (venv / "ready").stat().st_mtime if is_ready(venv) else MONTH
        if age >= MONTH:
            shutil.rmtree(venv, ignore_errors=True)
