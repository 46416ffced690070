"""up and down: everything is written first, then all servers start at once, then each must answer."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from mailwright.core import Problem
from mailwright.lab import (
    dovecot,
    issuer,
    mailboxes,
    namespace,
    packages,
    pki,
    plan,
    postfix,
    processes,
    relay,
    settings,
    trixie,
    web,
    zones,
)
from mailwright.lab.network import reserved_loopback
from mailwright.lab.options import Options, silent
from mailwright.lab.processes import Job
from mailwright.lab.state import Lab, load, save

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from mailwright.lab.network import Network
    from mailwright.lab.options import Progress
    from mailwright.lab.packages import Program

# A socket's path may have 107 bytes, and Dovecot's own names below its folder take about 50.
_LONGEST_DIR = 56


def default_dir() -> Path:
    """Where a lab lives when nobody says where: /run for root, the run folder of a user."""
    if os.geteuid() == 0:
        return Path("/run/mailwright-lab")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(runtime or tempfile.gettempdir()) / f"mailwright-lab-{os.geteuid()}"


def _cache(options: Options) -> Path:
    if options.cache is not None:
        return options.cache
    # Root's own cache folder is closed to the users that servers change to.
    root = os.geteuid() == 0
    folder = platformdirs.site_cache_dir("mailwright") if root else platformdirs.user_cache_dir("mailwright")
    return Path(folder) / "lab"


def up(dir: Path, *, progress: Progress = silent, options: Options | None = None) -> Lab:
    """Build and start a lab in `dir` (made if needed, must be empty); returns when all answer.

    A lab that is up already is returned as it is (event "already_up"). Raises Problem:
    lab.dir_not_empty, lab.dir_too_long, lab.dir_closed, lab.no_packages,
    lab.download_failed, lab.start_failed, lab.no_free_address and those of the parts; by
    then everything that was started has been ended.
    """
    options = options or Options()
    dir = Path(os.path.abspath(dir))
    old = load(dir)
    if old is not None:
        if any(processes.alive(server) for server in old.servers):
            progress("already_up", dir=str(dir))
            return old
        down(dir)
    began = time.monotonic()
    with _folder(dir):
        lab = _built(dir, progress, options)
    progress("up", dir=str(dir), seconds=round(time.monotonic() - began, 1))
    return lab


@contextmanager
def _folder(dir: Path) -> Iterator[None]:
    """The lab's folder; what was started and written is gone again if the block fails."""
    if len(os.fsencode(dir)) > _LONGEST_DIR:
        raise Problem("lab.dir_too_long", dir=str(dir), limit=_LONGEST_DIR)
    if dir.exists() and (not dir.is_dir() or any(dir.iterdir())):
        raise Problem("lab.dir_not_empty", dir=str(dir))
    dir.mkdir(parents=True, exist_ok=True)
    _open(dir)
    try:
        yield
    except BaseException:
        down(dir)
        raise


def _open(dir: Path) -> None:
    """Servers that change from root to another user must be able to walk to the folder."""
    if os.geteuid() != 0:
        dir.chmod(0o700)
        return
    dir.chmod(0o711)
    closed = next((parent for parent in dir.parents if not parent.stat().st_mode & 0o001), None)
    if closed is not None:
        raise Problem("lab.dir_closed", dir=str(dir), folder=str(closed))


def _built(dir: Path, progress: Progress, options: Options) -> Lab:
    programs = _programs(dir, progress, options)
    with _network(options) as network:
        lab = Lab(dir, network, dir / "pki" / "ca.pem", notes=_notes(network, programs),
                  cleanup=programs["dovecot"].outside)  # fmt: skip
        (dir / "log").mkdir()
        save(lab)
        jobs = _jobs(lab, programs)
        for job in jobs:
            progress("starting", server=job.name, version=job.version)
            lab = lab.with_server(processes.start(job, dir / "log" / f"{job.name}.log"))
            save(lab)
        client = network.client_namespace
        if client:
            namespace.join(network)
        processes.wait(jobs, lab.servers, dir / "log", (lambda: relay.enter(client)) if client else None)
    return lab


def _programs(dir: Path, progress: Progress, options: Options) -> dict[str, Program]:
    def fetching(package: str) -> None:
        progress("fetch", package=package)

    cache = _cache(options)
    found = packages.programs(cache, installed=options.servers == "auto", progress=fetching)
    if options.dovecot and not found["dovecot"].version.startswith(options.dovecot):
        if options.dovecot != "2.4":
            raise Problem("lab.dovecot_version", version=options.dovecot)
        found["dovecot"] = trixie.program(cache, dir, fetching)
    return found


def _network(options: Options) -> AbstractContextManager[Network]:
    if options.network == "namespace":
        return namespace.made(options.delay_ms, options.loss_percent)
    return reserved_loopback()


def _inside(jobs: list[Job], network: Network) -> list[Job]:
    """The same jobs in the server namespace, with the relay that joins it to the client's."""
    server, client = network.server_namespace, network.client_namespace
    if not server:
        return jobs
    arguments = (server, client, str(network.delay_ms), str(network.loss_percent))
    wire = Job("relay", python_command("relay", *arguments), "", "part", environment=python_environment())
    # "ip netns exec" ends in exec: the pid stays the server's own.
    enter = (packages.find("ip") or "ip", "netns", "exec", server)
    return [wire, *(replace(job, argv=(*enter, *job.argv)) for job in jobs)]


def _notes(network: Network, programs: Mapping[str, Program]) -> tuple[str, ...]:
    notes = []
    if not network.six:
        notes.append("lab.note.no_ipv6")
    if "postfix" not in programs or not postfix.possible():
        notes.append("lab.note.embedded_submission")
    return tuple(notes)


def _jobs(lab: Lab, programs: Mapping[str, Program]) -> list[Job]:
    """Write everything the servers read."""
    dir, network = lab.dir, lab.network
    hosts = {instance.name: _hosts(instance.name) for instance in plan.INSTANCES}
    pki.make(dir / "pki", hosts | {"web": plan.hosts("web")})
    zones.write(dir / "dns", network, settings.digests())
    web.write(dir / "web", dir / "pki", network)
    key = issuer.make_key(dir)
    accounts = [account for account in plan.ACCOUNTS if account.expect]
    mailboxes.write(dir / "mail", accounts, dovecot.users(programs["dovecot"]).mail if os.geteuid() == 0 else None)
    own = Job("issuer", python_command("issuer", network.address(plan.ISSUER_OCTET), str(plan.ISSUER_PORT), str(key)), "", "part",
              ((network.address(plan.ISSUER_OCTET), plan.ISSUER_PORT),), python_environment())  # fmt: skip
    jobs = [*_plain_jobs(lab, programs), *dovecot.jobs(dir, network, programs["dovecot"]), own]
    if "postfix" in programs and postfix.possible():
        jobs += postfix.jobs(dir, network, programs["postfix"])
    else:
        jobs.append(_submission(lab))
    return _inside(jobs, network)


def _submission(lab: Lab) -> Job:
    """The stand-in for Postfix."""
    listens = tuple(
        (lab.network.address(site.octet), lab.network.port(site, port))
        for site in lab.network.sites()
        for port in site.ports
        if port in (25, 465, 587)
    )
    command = python_command("submission", str(lab.dir))
    return Job("submission", command, metadata.version("aiosmtpd"), "embedded", listens, python_environment())


def python_command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs main() of a module of this room (-m would import it twice)."""
    call = f"import sys; from mailwright.lab.{module} import main; main(*sys.argv[1:])"
    return (sys.executable, "-c", call, *arguments)


def python_environment() -> dict[str, str]:
    """What a child Python needs to import this program."""
    paths = [str(Path(__file__).parents[2]), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def _hosts(instance: str) -> tuple[str, ...]:
    return tuple(host for site in plan.SITES if site.instance == instance for host in plan.hosts(site.name))


def _plain_jobs(lab: Lab, programs: Mapping[str, Program]) -> list[Job]:
    dir, network = lab.dir, lab.network
    address = network.address
    arguments = {
        "nsd": ("-d", "-c", f"{dir}/dns/nsd.conf"),
        "unbound": ("-d", "-c", f"{dir}/dns/unbound.conf"),
        "nginx": ("-p", f"{dir}/web", "-e", "stderr", "-c", f"{dir}/web/nginx.conf"),
    }
    listens = {
        "nsd": ((address(plan.NAMESERVER_OCTET), plan.DNS_PORT),),
        "unbound": ((address(plan.RESOLVER_OCTET), plan.DNS_PORT),),
        "nginx": (
            (address(plan.WEB_OCTETS["web"]), plan.OFFSET + 443),
            (address(plan.WEB_OCTETS["plainweb"]), plan.OFFSET + 80),
        ),
    }
    return [
        Job(name, program.command(*arguments[name]), program.version, "real", listens[name], program.environment)
        for name, program in programs.items()
        if name in arguments
    ]


def down(dir: Path) -> bool:
    """End the lab's processes and remove its folder; False: there was none."""
    dir = Path(os.path.abspath(dir))
    lab = load(dir)
    if lab is None:
        # A start that failed before its first process: an empty folder at most.
        with suppress(OSError):
            dir.rmdir()
        return False
    processes.stop(lab.servers)
    namespace.remove(lab.network)
    trixie.tidy(lab.cleanup)
    shutil.rmtree(dir)
    return True
