"""A private Courier IMAP server: its own authentication daemon, and couriertcpd before imapd."""

from __future__ import annotations

import pwd
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mailwright.lab.processes import Job
from tests.migrate.servers import debian, maildir
from tests.migrate.servers import server as servers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.migrate.servers.server import Server

_USER = "nobody"
_AUTH = """authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=2
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
DEFAULTOPTIONS=""
LOGGEROPTS=""
"""
# The daemon's settings are its own: imapd's have other words of the same name. The shell stays, for all to end with it.
_START = """trap 'kill $started; wait; exit' TERM
( set -a; . /etc/courier/authdaemonrc; exec /usr/lib/courier/courier-authlib/authdaemond ) &
started=$!
set -a
. /etc/courier/imapd
. /etc/courier/imapd-ssl
. /etc/courier/imapd-ours
tcpd="/usr/sbin/couriertcpd -address={address} -maxprocs=100 -maxperip=100 -nodnslookup -noidentlookup"
imapd="/usr/lib/courier/courier/imaplogin /usr/bin/imapd Maildir"
$tcpd {port} $imapd &
started="$started $!"
"""
_TLS = """IMAP_TLS=1 $tcpd {tls_port} /usr/bin/couriertls -server -tcpd -user={user} $imapd &
started="$started $!"
"""


@contextmanager
def courier(
    folder: Path,
    *,
    tls: bool = False,
    users: Mapping[str, str],
    quota: int = 0,
    extra: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Courier in `folder`, which is made; IMAP in the clear, and over TLS with `tls`.

    It knows no master user and no largest message. `quota` of each user in bytes, 0: no limit; `extra`: settings of
    /etc/courier/imapd, which win. Raises Problem.
    """
    top = debian.root("courier", "courier-imap", "courier-authlib-userdb")
    folder.mkdir(mode=0o755)
    pki = servers.certified(folder)
    etc = folder / "etc/courier"
    for name in ("etc/courier", "run/courier/authdaemon", "mail", "log"):
        (folder / name).mkdir(parents=True)
    combined = pki / "both.pem"
    combined.write_bytes((pki / "server.key").read_bytes() + (pki / "server.pem").read_bytes())
    settings = {"IMAP_KEYWORDS": "1", "TLS_CERTFILE": str(combined), "TLS_CACHEFILE": "", "TLS_DHPARAMS": ""}
    settings |= dict(extra or {})
    (etc / "imapd-ours").write_text("".join(f'{name}="{value}"\n' for name, value in settings.items()), "utf-8")
    (etc / "authdaemonrc").write_text(_AUTH, encoding="utf-8")
    owner = pwd.getpwnam(_USER).pw_uid
    combined.chmod(0o600)
    servers.owned(pki, owner)
    _known(top, folder, users, quota)
    servers.owned(folder / "mail", owner)
    port, tls_port = servers.free_port(), servers.free_port() if tls else 0
    argv = _command(top, folder, port, tls_port)
    made = servers.Server(
        name="courier",
        version=debian.version(top, "courier-imap"),
        port=port,
        tls_port=tls_port,
        pop3_port=0,
        ca=pki / "ca.pem",
        log=folder / "log/courier.log",
        job=Job("courier", argv, "", listens=tuple((servers.ADDRESS, at) for at in (port, tls_port) if at)),
        path=lambda user: folder / "mail" / user / "Maildir",
        put=_put,
        users=dict(users),
    )
    with servers.running(made):
        yield made


def _command(top: Path, folder: Path, port: int, tls_port: int) -> tuple[str, ...]:
    binds = (
        f"mount -t overlay lab -o 'lowerdir={folder}/etc:{top}/etc:/etc' /etc",
        f"mount --bind {folder}/run /run",
    )
    command = (_START + (_TLS if tls_port else "") + "wait").format(
        address=servers.ADDRESS, port=port, tls_port=tls_port, user=_USER
    )
    return debian.inside(top, command, *binds)


def _known(top: Path, folder: Path, users: Mapping[str, str], quota: int) -> None:
    """Write the users' database and make their mailboxes, which the server itself never does."""
    uid = pwd.getpwnam(_USER).pw_uid
    lines = []
    for name, password in users.items():
        home = folder / "mail" / name
        home.mkdir()
        made = f"maildirmake.courier '{home}/Maildir'"
        limit = f"\nmaildirmake.courier -q {quota}S '{home}/Maildir'" if quota else ""
        debian.run(top, made + limit)
        asked = debian.inside(top, "userdbpw -md5")
        hashed = subprocess.run(asked, input=f"{password}\n{password}\n", text=True, capture_output=True, check=True)
        lines.append(f"{name}\tuid={uid}|gid={uid}|home={home}|mail={home}/Maildir|imappw={hashed.stdout.strip()}\n")
    database = folder / "etc/courier/userdb"
    database.write_text("".join(lines), encoding="utf-8")
    database.chmod(0o600)
    debian.run(top, f"makeuserdb -f {database}")


def _put(server: Server, user: str, source: Path) -> None:
    owner = server.path(user).parent.stat().st_uid
    servers.copied(source, server.path(user), owner)
    maildir.to_courier(server.path(user))
    servers.owned(server.path(user), owner)
