"""Dovecot: one instance per set of sign-in mechanisms, in the language of its version.

2.3 and 2.4 have different configuration languages; dovecot_23 and dovecot_24 each render
the same Setup. What both share (users, folders, the keys that OAuth tokens are checked
with) is written here.
"""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import dovecot_23, dovecot_24, mailboxes, plan
from mailwright.lab.dovecot_setup import Listener, Setup
from mailwright.lab.processes import Job

if TYPE_CHECKING:
    from pathlib import Path

    from mailwright.lab.network import Network
    from mailwright.lab.packages import Program

RENDERERS = {"2.3": dovecot_23.render, "2.4": dovecot_24.render}


@dataclass(frozen=True, slots=True)
class Users:
    """Who the processes run as: Dovecot's own, those that talk to strangers, and the mail's owner."""

    internal: str
    group: str
    login: str
    mail: int


def users(program: Program) -> Users:
    """As root Dovecot's own users where they exist, else nobody; as anyone else that user.

    A Dovecot that lives outside this system knows other users; nobody is the same everywhere.
    """
    uid = os.geteuid()
    if uid != 0:
        name = pwd.getpwuid(uid).pw_name
        return Users(name, grp.getgrgid(os.getegid()).gr_name, name, uid)
    own = not program.foreign and {"dovecot", "dovenull"} <= {entry.pw_name for entry in pwd.getpwall()}
    internal, login = ("dovecot", "dovenull") if own else ("nobody", "nobody")
    group = grp.getgrgid(pwd.getpwnam(internal).pw_gid).gr_name
    return Users(internal, group, login, pwd.getpwnam("nobody").pw_uid)


def jobs(dir: Path, network: Network, program: Program) -> list[Job]:
    """Write every instance's configuration and return the jobs that run them.

    Raises Problem("lab.dovecot_version") for a version without a renderer.
    """
    render = RENDERERS.get(program.version[:3])
    if render is None:
        raise Problem("lab.dovecot_version", version=program.version)
    found: list[Job] = []
    for instance in plan.INSTANCES:
        setup = _setup(dir, network, program, instance)
        _folders(setup)
        for name, body in render(setup).items():
            path = setup.folder / name
            path.write_text(body, encoding="utf-8")
            path.chmod(0o644)
        found.append(job(setup, program))
    return found


def job(setup: Setup, program: Program) -> Job:
    """How the instance in that folder is run."""
    listens = tuple((entry.address, entry.port) for entry in setup.listeners)
    config = str(setup.folder / "dovecot.conf")
    return Job(
        name=f"dovecot-{setup.instance.name}",
        argv=program.command("-F", "-c", config),
        version=program.version,
        listens=listens,
        environment=program.environment,
    )


def _setup(dir: Path, network: Network, program: Program, instance: plan.Instance) -> Setup:
    sites = [site for site in network.sites() if site.instance == instance.name]
    first = sites[0]
    listeners = [Listener(service, network.address(site.octet), network.port(site, port), tls)
                 for site in sites
                 for service, port, tls in _SERVICES
                 if port in site.ports]  # fmt: skip
    listeners.append(Listener("lmtp", network.address(first.octet), plan.LMTP_PORT, tls=False))
    listeners.append(Listener("sasl", network.address(first.octet), plan.SASL_PORT, tls=False))
    who = users(program)
    return Setup(
        instance=instance,
        folder=dir / "dovecot" / instance.name,
        mail=dir / "mail",
        certificate=dir / "pki" / f"{instance.name}.pem",
        key=dir / "pki" / f"{instance.name}.key",
        jwk=dir / "jwk",
        listeners=tuple(listeners),
        internal_user=who.internal,
        internal_group=who.group,
        login_user=who.login,
        mail_uid=who.mail,
        unprivileged=os.geteuid() != 0,
        version=program.version,
    )


_SERVICES = (("imap", 143, False), ("imap", 993, True), ("pop3", 110, False), ("pop3", 995, True))


def _folders(setup: Setup) -> None:
    setup.folder.mkdir(parents=True)
    secrets, homes = [], []
    for account in plan.instance_accounts(setup.instance.name):
        tail = f"{setup.mail_uid}:{setup.mail_uid}::{mailboxes.home(setup.mail, account)}::"
        # {PLAIN}, so that the challenge mechanisms can work from it too.
        secrets.append(f"{account.username}:{{PLAIN}}{account.password}:{tail}\n")
        # Mail arrives for the address even where people sign in by a shorter name.
        homes += [f"{name}::{tail}\n" for name in {account.username: 0, account.address: 0}]
    for name, lines in (("users", secrets), ("homes", homes)):
        path = setup.folder / name
        path.write_text("".join(lines), encoding="utf-8")
        path.chmod(0o640)
        if not setup.unprivileged:
            os.chown(path, 0, grp.getgrnam(setup.internal_group).gr_gid)
