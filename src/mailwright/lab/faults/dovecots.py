"""Real Dovecots with something wrong: one small instance for each fault that needs one."""

from __future__ import annotations

import grp
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import dovecot, packages, plan
from mailwright.lab.dovecot_setup import Listener, Setup

if TYPE_CHECKING:
    from pathlib import Path

    from mailwright.lab.packages import Program
    from mailwright.lab.processes import Job

_SERVICES = {993: ("imap", True), 143: ("imap", False), 995: ("pop3", True), 110: ("pop3", False)}
# The mail lies on a disk of 64 KiB that only this Dovecot sees, and that is full.
_FULL = (
    'mount -t tmpfs -o size=64k,mode=0777 tmpfs "$0" && (cat /dev/zero >"$0/ballast" 2>/dev/null; true) && exec "$@"'
)


@dataclass(frozen=True, slots=True)
class Mailstore:
    """One Dovecot.

    `users`: (name, password, extra fields of the password file). `passdb` and `extra`: version
    → settings (see Setup); a version that is not there cannot have this fault. `full`: its disk
    is full. `sasl`: it serves Postfix as well, at this address.
    """

    name: str
    certificate: str
    listens: tuple[tuple[str, int], ...]
    users: tuple[tuple[str, str, str], ...]
    mechanisms: tuple[str, ...] = ("plain", "login")
    passdb: tuple[tuple[str, str], ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    full: bool = False
    sasl: str = ""


def job(dir: Path, store: Mailstore, program: Program) -> Job:
    """Write its folder and say how it is run. Raises Problem("lab.fault_impossible", "lab.dovecot_version")."""
    render = dovecot.RENDERERS.get(program.version[:3])
    if render is None:
        raise Problem("lab.dovecot_version", version=program.version)
    setup = _setup(dir, store, program)
    setup.folder.mkdir(parents=True)
    _users(setup, store)
    for name, body in render(setup).items():
        path = setup.folder / name
        path.write_text(body, encoding="utf-8")
        path.chmod(0o644)
    made = dovecot.job(setup, program)
    if store.full:
        unshare = packages.find("unshare") or "unshare"
        home = str(dir / "mail" / store.name)
        made = replace(made, argv=(unshare, "--mount", "/bin/sh", "-c", _FULL, home, *made.argv))
    return made


def _setup(dir: Path, store: Mailstore, program: Program) -> Setup:
    who = dovecot.users(program)
    mail = dir / "mail" / store.name
    mail.mkdir(parents=True)
    if os.geteuid() == 0:
        os.chown(mail, who.mail, who.mail)
    listeners = [
        Listener(_SERVICES[port][0], address, port + plan.OFFSET, _SERVICES[port][1]) for address, port in store.listens
    ]
    if store.sasl:
        listeners.append(Listener("sasl", store.sasl, plan.SASL_PORT, tls=False))
    return Setup(
        instance=plan.Instance(store.name, store.mechanisms),
        folder=dir / "dovecot" / store.name,
        mail=mail,
        certificate=dir / "pki" / f"{store.certificate}.pem",
        key=dir / "pki" / f"{store.certificate}.key",
        jwk=dir / "jwk",
        listeners=tuple(listeners),
        internal_user=who.internal,
        internal_group=who.group,
        login_user=who.login,
        mail_uid=who.mail,
        unprivileged=os.geteuid() != 0,
        version=program.version,
        passdb=_of_version(store.passdb, program),
        extra=_of_version(store.extra, program),
    )


def _of_version(texts: tuple[tuple[str, str], ...], program: Program) -> str:
    if not texts:
        return ""
    found = next((text for version, text in texts if program.version.startswith(version)), None)
    if found is None:
        raise Problem("lab.fault_impossible", reason=f"Dovecot {program.version}")
    return found


def _users(setup: Setup, store: Mailstore) -> None:
    secrets, homes = [], []
    for name, password, fields in store.users:
        tail = f"{setup.mail_uid}:{setup.mail_uid}::{setup.mail}/{name}::"
        secrets.append(f"{name}:{{PLAIN}}{password}:{tail}{fields}\n")
        homes.append(f"{name}::{tail}\n")
    for file, lines in (("users", secrets), ("homes", homes)):
        path = setup.folder / file
        path.write_text("".join(lines), encoding="utf-8")
        path.chmod(0o640)
        if not setup.unprivileged:
            os.chown(path, 0, grp.getgrnam(setup.internal_group).gr_gid)
