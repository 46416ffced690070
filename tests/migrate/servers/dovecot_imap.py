"""A private Dovecot, 2.3 or 2.4, in the lab's own configuration with what migrations turn on."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import dovecot as lab_dovecot
from mailwright.lab import packages, plan, trixie
from mailwright.lab.dovecot_setup import Listener, Setup
from tests.migrate.servers import debian
from tests.migrate.servers import server as servers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mailwright.lab.packages import Program
    from tests.migrate.servers.server import Server

_STORES = {"maildir": "Maildir", "mdbox": "mdbox"}


@contextmanager
def dovecot(
    folder: Path,
    *,
    version: str = "2.3",
    store: str = "maildir",
    fsync: str = "optimized",
    tls: bool = False,
    users: Mapping[str, str],
    master: tuple[str, str] | None = None,
    quota: int = 0,
    largest: int = 0,
    extra: str = "",
) -> Iterator[Server]:
    """Dovecot in `folder`, which is made; IMAP and POP3 in the clear, both over TLS with `tls`.

    `store`: maildir or mdbox; `master`: name and password for user*master; `quota` of each user and the `largest`
    message in bytes, 0: no limit; `extra`: settings in the version's own language, which win. Raises Problem.
    """
    folder.mkdir(mode=0o755)
    program = _program(version, folder)
    ports = {name: servers.free_port() for name in ("imap", "pop3")}
    ports |= {name: servers.free_port() for name in ("imaps", "pop3s") if tls}
    masters = folder / "dovecot/masters" if master else None
    settings = _LANGUAGES[version](_Wish(store, fsync, masters, quota, largest))
    setup = _setup(folder, program, ports, settings + extra)
    _written(setup, users, master)
    made = servers.Server(
        name=f"dovecot {version} {store}",
        version=program.version,
        port=ports["imap"],
        tls_port=ports.get("imaps", 0),
        pop3_port=ports["pop3"],
        ca=folder / "pki/ca.pem",
        log=folder / "log/dovecot-server.log",
        job=lab_dovecot.job(setup, program),
        path=lambda user: folder / "mail" / user / _STORES[store],
        put=_copied if store == "maildir" else _converted,
        users=dict(users),
    )
    try:
        with servers.running(made):
            yield made
    finally:
        trixie.tidy(program.outside)


def _program(version: str, folder: Path) -> Program:
    """The one installed, else one that is only unpacked."""
    found = packages.installed().get("dovecot")
    if found and found.version.startswith(version):
        return found
    with debian.alone():
        if version == "2.4":
            return trixie.program(servers.CACHE, folder, lambda _: None)
        found = packages.unpacked(servers.CACHE, {"nginx", "nsd", "unbound"}, lambda _: None).get("dovecot")
    if found is None or not found.version.startswith(version):
        raise Problem("lab.dovecot_version", version=version)
    return found


def _setup(folder: Path, program: Program, ports: Mapping[str, int], extra: str) -> Setup:
    who = lab_dovecot.users(program)
    pki = servers.certified(folder)
    for name in ("dovecot", "log", "mail"):
        (folder / name).mkdir(mode=0o755)
    servers.owned(folder / "mail", who.mail)
    return Setup(
        instance=plan.Instance("server", ("plain", "login")),
        folder=folder / "dovecot",
        mail=folder / "mail",
        certificate=pki / "server.pem",
        key=pki / "server.key",
        jwk=folder,
        listeners=tuple(
            Listener(name.removesuffix("s"), servers.ADDRESS, port, name.endswith("s")) for name, port in ports.items()
        ),
        internal_user=who.internal,
        internal_group=who.group,
        login_user=who.login,
        mail_uid=who.mail,
        unprivileged=os.geteuid() != 0,
        version=program.version,
        extra=extra,
    )


def _written(setup: Setup, users: Mapping[str, str], master: tuple[str, str] | None) -> None:
    for name, body in lab_dovecot.RENDERERS[setup.version[:3]](setup).items():
        (setup.folder / name).write_text(body, encoding="utf-8")
    tail = f"{setup.mail_uid}:{setup.mail_uid}::{setup.mail}"
    (setup.folder / "users").write_text(
        "".join(f"{name}:{{PLAIN}}{password}:{tail}/{name}::\n" for name, password in users.items()), encoding="utf-8"
    )
    (setup.folder / "homes").write_text("".join(f"{name}::{tail}/{name}::\n" for name in users), encoding="utf-8")
    if master:
        (setup.folder / "masters").write_text(f"{master[0]}:{{PLAIN}}{master[1]}\n", encoding="utf-8")


def _copied(server: Server, user: str, maildir: Path) -> None:
    servers.copied(maildir, server.path(user), _owner(server))


def _converted(server: Server, user: str, maildir: Path) -> None:
    """Dovecot's own tool brings it into the other format, with UIDs, flags and dates."""
    between = server.path(user).parents[2] / "between" / user
    servers.copied(maildir, between, _owner(server))
    servers.owned(between.parent, _owner(server))
    # Where Dovecot is run from another place, so is its tool: the command is the same but for its end.
    program = server.job.argv.index("-F") - 1
    doveadm = (*server.job.argv[:program], "/usr/bin/doveadm", "-c", server.job.argv[-1])
    # The two formats part levels differently, and the tool wants one way for both.
    command = [*doveadm, "-o", "namespace/inbox/separator=.", "backup", "-R", "-u", user, f"maildir:{between}"]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | server.job.environment)


def _owner(server: Server) -> int:
    return server.path("x").parents[1].stat().st_uid


@dataclass(frozen=True, slots=True)
class _Wish:
    """What differs from server to server, before it is put into one version's language."""

    store: str
    fsync: str
    masters: Path | None
    quota: int
    largest: int

    @property
    def limited(self) -> bool:
        return bool(self.quota or self.largest)


# The lab makes folders with the mailbox; here an empty one is empty.
_NO_FOLDERS = "namespace inbox {\n" + "".join(
    f"  mailbox {name} {{\n    auto = no\n  }}\n" for name in ("Drafts", "Sent", "Junk", "Trash")
) + "}\n"  # fmt: skip


def _in_23(wish: _Wish) -> str:
    text = f"{_NO_FOLDERS}mail_location = {wish.store}:~/{_STORES[wish.store]}\nmail_fsync = {wish.fsync}\n"
    text += "ssl = yes\ndisable_plaintext_auth = no\n"
    if wish.masters:
        text += f"""auth_master_user_separator = *
passdb {{
  driver = passwd-file
  args = {wish.masters}
  master = yes
  result_success = continue
}}
"""
    if wish.limited:
        rules = f"  quota_rule = *:bytes={wish.quota}\n" if wish.quota else ""
        rules += f"  quota_max_mail_size = {wish.largest}\n" if wish.largest else ""
        text += f"""mail_plugins = quota
protocol imap {{
  mail_plugins = quota imap_quota
}}
plugin {{
  quota = count:User quota
  quota_vsizes = yes
  quota_grace = 0
{rules}}}
"""
    return text


def _in_24(wish: _Wish) -> str:
    text = f"{_NO_FOLDERS}mail_driver = {wish.store}\nmail_path = ~/{_STORES[wish.store]}\nmail_fsync = {wish.fsync}\n"
    text += "ssl = yes\nauth_allow_cleartext = yes\n"
    if wish.masters:
        text += f"""auth_master_user_separator = *
passdb masters {{
  driver = passwd-file
  passwd_file_path = {wish.masters}
  master = yes
  result_success = continue
}}
"""
    if wish.limited:
        size = f"  storage_size = {wish.quota}B\n  storage_grace = 0\n" if wish.quota else ""
        text += f"""mail_plugins {{
  quota = yes
}}
protocol imap {{
  mail_plugins {{
    imap_quota = yes
  }}
}}
quota "User quota" {{
  driver = count
{size}}}
"""
    if wish.largest:
        text += f"quota_mail_size = {wish.largest}B\n"
    return text


_LANGUAGES = {"2.3": _in_23, "2.4": _in_24}
