"""A private Cyrus IMAP server."""

from __future__ import annotations

import pwd
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mailwright.lab.processes import Job
from tests.migrate.servers import appending, debian
from tests.migrate.servers import server as servers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.migrate.servers.server import Server

_USER, _GROUP = "nobody", "nogroup"


@contextmanager
def cyrus(
    folder: Path,
    *,
    tls: bool = False,
    users: Mapping[str, str],
    master: tuple[str, str] | None = None,
    quota: int = 0,
    largest: int = 0,
    extra: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Cyrus in `folder`, which is made; IMAP in the clear, and over TLS with `tls`.

    `master`: an administrator, who may also sign in for others by SASL PLAIN; `quota` of each user and the `largest`
    message in bytes, 0: no limit; `extra`: settings of imapd.conf, which win. Raises Problem.
    """
    top = debian.root("cyrus", "cyrus-imapd", "sasl2-bin")
    folder.mkdir(mode=0o755)
    pki = servers.certified(folder)
    (pki / "server.key").chmod(0o644)
    for name in ("config/db", "config/log", "config/proc", "config/socket", "mail", "run", "log"):
        (folder / name).mkdir(parents=True)
    settings = _settings(folder, quota, largest, master) | dict(extra or {})
    text = "".join(f"{name}: {value}\n" for name, value in settings.items())
    (folder / "imapd.conf").write_text(text, encoding="utf-8")
    port, tls_port = servers.free_port(), servers.free_port() if tls else 0
    (folder / "cyrus.conf").write_text(_services(folder, port, tls_port), encoding="utf-8")
    for name, password in [*users.items(), *([master] if master else [])]:
        _known(top, folder, name, password)
    servers.owned(folder, pwd.getpwnam(_USER).pw_uid)
    config = f"-C {folder}/imapd.conf -M {folder}/cyrus.conf"
    argv = debian.inside(top, f"exec /usr/lib/cyrus/bin/master {config} -p {folder}/run/master.pid -D")
    made = servers.Server(
        name="cyrus",
        version=debian.version(top, "cyrus-imapd"),
        port=port,
        tls_port=tls_port,
        pop3_port=0,
        ca=pki / "ca.pem",
        log=folder / "log/cyrus.log",
        job=Job("cyrus", argv, "", listens=tuple((servers.ADDRESS, at) for at in (port, tls_port) if at)),
        path=lambda user: folder / "mail",
        put=appending.put,
        users=dict(users),
    )
    with servers.running(made):
        yield made


def _settings(folder: Path, quota: int, largest: int, master: tuple[str, str] | None) -> dict[str, str]:
    found = {
        "configdirectory": f"{folder}/config",
        "defaultpartition": "default",
        "partition-default": f"{folder}/mail",
        "cyrus_user": _USER,
        "cyrus_group": _GROUP,
        "servername": servers.HOST,
        "allowplaintext": "yes",
        "altnamespace": "yes",
        "unixhierarchysep": "yes",
        # A mailbox is made when its user first signs in; the unit is 1024 bytes, and 0 is no limit.
        "autocreate_quota": str(-(-quota // 1024)),
        "sasl_pwcheck_method": "auxprop",
        "sasl_auxprop_plugin": "sasldb",
        "sasl_sasldb_path": f"{folder}/sasldb2",
        "sasl_mech_list": "PLAIN LOGIN",
        "tls_server_cert": f"{folder}/pki/server.pem",
        "tls_server_key": f"{folder}/pki/server.key",
    }
    if largest:
        found["maxmessagesize"] = str(largest)
    if master:
        found |= {"admins": master[0], "proxyservers": master[0]}
    return found


def _services(folder: Path, port: int, tls_port: int) -> str:
    rows = [("imap", "imapd -U 30", port), ("imaps", "imapd -s -U 30", tls_port)]
    lines = [
        f'  {name} cmd="{command} -C {folder}/imapd.conf" listen="{servers.ADDRESS}:{at}" prefork=0 proto=tcp4\n'
        for name, command, at in rows
        if at
    ]
    recover = f'  recover cmd="/usr/lib/cyrus/bin/ctl_cyrusdb -C {folder}/imapd.conf -r"\n'
    return f"START {{\n{recover}}}\nSERVICES {{\n{''.join(lines)}}}\nEVENTS {{\n}}\n"


def _known(top: Path, folder: Path, name: str, password: str) -> None:
    """Make a user's entry; the password goes in by standard input."""
    debian.run(top, f"saslpasswd2 -c -p -u {servers.HOST} -f {folder}/sasldb2 '{name}'", password)
