"""One real Postfix for all faults of sending: a listener with settings of its own for each."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailwright.lab import plan, postfix
from mailwright.lab.processes import Job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mailwright.lab.packages import Program


@dataclass(frozen=True, slots=True)
class Door:
    """One listener. `certificate`: a pair in the pki folder; `settings`: of main.cf, NAME=VALUE each."""

    address: str
    port: int
    certificate: str
    settings: tuple[str, ...]


def job(dir: Path, doors: Sequence[Door], program: Program) -> Job:
    """Write its folders and say how it is run."""
    folder = dir / "postfix"
    for name in ("etc", "spool", "data"):
        (folder / name).mkdir(parents=True)
    owner = pwd.getpwnam("postfix")
    os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
    lines = "".join(_line(door, dir / "pki") for door in doors)
    for name, body in (("main.cf", _main(folder, dir / "log")), ("master.cf", lines + postfix.PARTS)):
        (folder / "etc" / name).write_text(body, encoding="utf-8")
    listens = tuple((door.address, door.port + plan.OFFSET) for door in doors)
    argv = ("/bin/sh", "-c", postfix.START, program.path, str(folder / "etc"))
    # The doors that take one client at a time are not tried out: that client would be us.
    open_doors = tuple(where for where, door in zip(listens, doors, strict=True) if not _counting(door))
    return Job("postfix", argv, program.version, listens=open_doors)


def _counting(door: Door) -> bool:
    return any("connection_count_limit" in setting for setting in door.settings)


def _main(folder: Path, log: Path) -> str:
    return f"""{postfix.head(folder, log)}inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mx.lab.test
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local delivery
relay_domains =
default_transport = error:the lab sends nothing to the world
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_sasl_type = dovecot
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_error_sleep_time = 0
smtpd_peername_lookup = no
smtpd_delay_reject = no
"""


def _line(door: Door, pki: Path) -> str:
    settings = [f"smtpd_tls_chain_files={pki}/{door.certificate}.key,{pki}/{door.certificate}.pem"]
    first = {465: "smtpd_tls_wrappermode=yes", 587: "smtpd_tls_security_level=encrypt"}
    settings.append(first.get(door.port, "smtpd_tls_security_level=may"))
    options = "".join(f"  -o {{ {setting} }}\n" for setting in (*settings, *door.settings))
    return f"{door.address}:{door.port + plan.OFFSET} inet n - n - - smtpd\n{options}"
