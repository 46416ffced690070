"""Postfix: submission on 465 and 587 (and a public port 25) for every site, each with its Dovecot's SASL."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.lab import plan
from mailwright.lab.processes import Job

if TYPE_CHECKING:
    from mailwright.lab.network import Network
    from mailwright.lab.packages import Program


def possible() -> bool:
    """Postfix runs as root only, with a system user of its own."""
    return os.geteuid() == 0 and "postfix" in {entry.pw_name for entry in pwd.getpwall()}


# $0 is the program, $1 the folder of main.cf; "check" makes the queue folders.
START = '"$0" -c "$1" check && exec "$(postconf -c "$1" -h daemon_directory)/master" -c "$1" -s'


def jobs(dir: Path, network: Network, program: Program) -> list[Job]:
    """Write configuration and queue folders and return the job that runs Postfix."""
    folder = dir / "postfix"
    for name in ("etc", "spool", "data"):
        (folder / name).mkdir(parents=True)
    owner = pwd.getpwnam("postfix")
    os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
    for name, body in (
        ("main.cf", _main(folder, dir / "log", network)),
        ("master.cf", _master(dir / "pki", network)),
        ("boxes", _boxes()),
        ("routes", _routes(network)),
    ):
        (folder / "etc" / name).write_text(body, encoding="utf-8")
    listens = tuple(
        (network.address(site.octet), network.port(site, port))
        for site in network.sites()
        for port in site.ports
        if port in _SERVICES
    )
    # "postfix start-fg" would keep a shell above the master; ended, it leaves the master behind.
    argv = ("/bin/sh", "-c", START, program.path, str(folder / "etc"))
    return [Job("postfix", argv, program.version, listens=listens)]


_DOMAINS = tuple(dict.fromkeys(account.domain for account in plan.ACCOUNTS if account.expect))


def _boxes() -> str:
    return "".join(f"{account.local}@{account.domain} x\n" for account in plan.ACCOUNTS if account.expect)


def _routes(network: Network) -> str:
    instances = {account.domain: account.instance for account in plan.ACCOUNTS if account.expect}
    return "".join(
        f"{domain} lmtp:inet:{_first(network, instance)}:{plan.LMTP_PORT}\n" for domain, instance in instances.items()
    )


def _first(network: Network, instance: str) -> str:
    return next(network.address(site.octet) for site in network.sites() if site.instance == instance)


def head(folder: Path, log: Path) -> str:
    """The lines of main.cf that every Postfix of the lab begins with."""
    return f"""compatibility_level = 3.6
config_directory = {folder}/etc
queue_directory = {folder}/spool
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
maillog_file = {log}/mail.log
maillog_file_prefixes = {log}
syslog_name = postfix-lab
multi_instance_name = postfix-lab
"""


def _main(folder: Path, log: Path, network: Network) -> str:
    # master.cf names every address. inet_interfaces only takes addresses that an interface
    # has by itself: with 127.77.N.x here Postfix exits 1 and says nothing.
    return f"""{head(folder, log)}inet_interfaces = loopback-only
inet_protocols = {"all" if network.six else "ipv4"}
myhostname = mx.auto.test
mydestination =
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
local_transport = error:no local delivery
relay_domains =
default_transport = error:the lab sends nothing to the world
virtual_mailbox_domains = {" ".join(_DOMAINS)}
virtual_mailbox_maps = texthash:{folder}/etc/boxes
transport_maps = texthash:{folder}/etc/routes
lmtp_host_lookup = native
smtp_host_lookup = native
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder.parent}/pki/main.key, {folder.parent}/pki/main.pem
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:{_first(network, "main")}:{plan.SASL_PORT}
smtpd_sasl_auth_enable = no
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_error_sleep_time = 0
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
virtual_mailbox_limit = 0
mailbox_size_limit = 0
message_size_limit = 26214400
"""


_SERVICES = {
    25: ("smtpd_tls_security_level=may",),
    465: (
        "smtpd_tls_wrappermode=yes",
        "smtpd_sasl_auth_enable=yes",
        "smtpd_client_restrictions=permit_sasl_authenticated,reject",
    ),
    587: (
        "smtpd_tls_security_level=encrypt",
        "smtpd_tls_auth_only=yes",
        "smtpd_sasl_auth_enable=yes",
        "smtpd_client_restrictions=permit_sasl_authenticated,reject",
    ),
}


def _master(pki: Path, network: Network) -> str:
    lines = [
        _listener(site, port, pki, network) for site in network.sites() for port in site.ports if port in _SERVICES
    ]
    return "".join(lines) + PARTS


def _listener(site: plan.Site, port: int, pki: Path, network: Network) -> str:
    address = network.address(site.octet)
    where = f"[{address}]" if ":" in address else address
    options = (
        f"smtpd_tls_chain_files={pki}/{site.instance}.key,{pki}/{site.instance}.pem",
        f"smtpd_sasl_path=inet:{_first(network, site.instance)}:{plan.SASL_PORT}",
        *_SERVICES[port],
    )
    return f"{where}:{network.port(site, port)} inet n - n - - smtpd\n" + "".join(f"  -o {o}\n" for o in options)


# service type private unpriv chroot wakeup maxproc command: nothing is chrooted.
PARTS = """pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
