"""Which Python stand-in takes over for which server, and how our own processes are run."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import plan
from mailwright.lab.processes import Job

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from mailwright.lab.state import Lab

REPLACES = {
    "imap": ("dovecot",),
    "pop3": ("dovecot",),
    "submission": ("postfix",),
    "responder": ("nsd", "unbound"),
    "website": ("nginx",),
}
"""Stand-in → the servers whose absence calls for it."""
NOTES = {name: f"lab.note.embedded_{name}" for name in REPLACES}
_PACKAGES = {"imap": "pymap", "pop3": "", "submission": "aiosmtpd", "responder": "dnspython", "website": ""}


def needed(programs: Container[str]) -> tuple[str, ...]:
    """The stand-ins for what is missing among the programs."""
    return tuple(name for name, servers in REPLACES.items() if any(server not in programs for server in servers))


def jobs(lab: Lab, names: Iterable[str]) -> list[Job]:
    """The jobs that run those stand-ins; raises Problem("lab.extra_missing") without their package."""
    listens = {
        "imap": _mail(lab, plan.IMAP_PORTS),
        "pop3": _mail(lab, plan.POP3_PORTS),
        "submission": _mail(lab, plan.SUBMISSION_PORTS),
        "responder": [(lab.network.address(plan.RESOLVER_OCTET), plan.DNS_PORT)],
        "website": [(lab.network.address(plan.WEB_OCTETS["web"]), plan.OFFSET + 443)],
    }
    return [
        python(name, (str(lab.dir),), kind="embedded", listens=tuple(listens[name]), version=_version(name))
        for name in names
    ]


def _mail(lab: Lab, ports: Container[int]) -> list[tuple[str, int]]:
    return [
        (lab.network.address(site.octet), lab.network.port(site, port))
        for site in lab.network.sites()
        for port in site.ports
        if port in ports
    ]


def _version(name: str) -> str:
    package = _PACKAGES[name]
    try:
        return metadata.version(package) if package else ".".join(map(str, sys.version_info[:3]))
    except metadata.PackageNotFoundError as error:
        # pymap and aiosmtpd come with the extra "lab" only.
        raise Problem("lab.extra_missing", package=package) from error


def python(
    module: str,
    arguments: tuple[str, ...],
    *,
    kind: str = "part",
    listens: tuple[tuple[str, int], ...] = (),
    version: str = "",
) -> Job:
    """A job that runs main(*arguments) of a module of this room (-m would import it twice)."""
    call = f"import sys; from mailwright.lab.{module} import main; main(*sys.argv[1:])"
    paths = [str(Path(__file__).parents[2]), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    environment = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
    return Job(module, (sys.executable, "-c", call, *arguments), version, kind, listens, environment)
