"""Everything a lab's servers read, written; and the jobs that run them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from mailwright.lab import dovecot, issuer, mailboxes, packages, pki, plan, postfix, settings, standins, web, zones
from mailwright.lab.processes import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mailwright.lab.network import Network
    from mailwright.lab.packages import Program
    from mailwright.lab.state import Lab


def jobs(lab: Lab, programs: Mapping[str, Program]) -> list[Job]:
    """Write the lab's files and say what is to be started; raises the problems of the parts."""
    dir, network = lab.dir, lab.network
    hosts = {instance.name: _hosts(instance.name) for instance in plan.INSTANCES}
    pki.make(dir / "pki", hosts | {"web": plan.hosts("web")})
    zones.write(dir / "dns", network, settings.digests())
    web.write(dir / "web", dir / "pki", network)
    key = issuer.make_key(dir)
    real = programs.get("dovecot")
    accounts = [account for account in plan.ACCOUNTS if account.expect]
    owner = dovecot.users(real).mail if real and os.geteuid() == 0 else None
    mailboxes.write(dir / "mail", accounts, owner=owner, encoded=real is not None)
    where = (network.address(plan.ISSUER_OCTET), plan.ISSUER_PORT)
    found = [standins.python("issuer", (where[0], str(where[1]), str(key)), listens=(where,))]
    found += _plain_jobs(lab, programs)
    found += dovecot.jobs(dir, network, real) if real else []
    found += postfix.jobs(dir, network, programs["postfix"]) if "postfix" in programs else []
    return _inside([*found, *standins.jobs(lab, standins.needed(programs))], network)


def _hosts(instance: str) -> tuple[str, ...]:
    return tuple(host for site in plan.SITES if site.instance == instance for host in plan.hosts(site.name))


def _plain_jobs(lab: Lab, programs: Mapping[str, Program]) -> list[Job]:
    """NSD, unbound and nginx: one program with one file each."""
    dir, address = lab.dir, lab.network.address
    web = [
        (address(plan.WEB_OCTETS["web"]), plan.OFFSET + 443),
        (address(plan.WEB_OCTETS["plainweb"]), plan.OFFSET + 80),
    ]
    table = {
        "nsd": (("-d", "-c", f"{dir}/dns/nsd.conf"), [(address(plan.NAMESERVER_OCTET), plan.DNS_PORT)]),
        "unbound": (("-d", "-c", f"{dir}/dns/unbound.conf"), [(address(plan.RESOLVER_OCTET), plan.DNS_PORT)]),
        "nginx": (("-p", f"{dir}/web", "-e", "stderr", "-c", f"{dir}/web/nginx.conf"), web),
    }
    if not {"nsd", "unbound"} <= set(programs):
        # One without the other answers nothing; the stand-in takes the resolver's address.
        table = {"nginx": table["nginx"]}
    return [
        Job(name, programs[name].command(*arguments), programs[name].version, "real", tuple(listens),
            programs[name].environment)
        for name, (arguments, listens) in table.items()
        if name in programs
    ]  # fmt: skip


def _inside(jobs: list[Job], network: Network) -> list[Job]:
    """The same jobs in the server namespace, with the relay that joins it to the client's."""
    server, client = network.server_namespace, network.client_namespace
    if not server:
        return jobs
    wire = standins.python("relay", (server, client, str(network.delay_ms), str(network.loss_percent)))
    # "ip netns exec" ends in exec: the pid stays the server's own.
    enter = (packages.find("ip") or "ip", "netns", "exec", server)
    return [wire, *(replace(job, argv=(*enter, *job.argv)) for job in jobs)]
