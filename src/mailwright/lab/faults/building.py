"""A lab in which things are wrong: every fault is put on, all servers start together, then the rules bite."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.core import Problem
from mailwright.lab import packages, plan, processes, relay, standins
from mailwright.lab.faults import dovecots, ground, postfixes
from mailwright.lab.faults.certificates import Office
from mailwright.lab.faults.play import View
from mailwright.lab.faults.scene import Place, Scene
from mailwright.lab.faults.table import find
from mailwright.lab.network import reserved_loopback
from mailwright.lab.state import Lab, save

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mailwright.lab.faults.fault import Fault
    from mailwright.lab.network import Network
    from mailwright.lab.options import Options, Progress
    from mailwright.lab.packages import Program
    from mailwright.lab.processes import Job
    from mailwright.lab.state import Staged

_POLL_SECONDS = 0.02


def built(dir: Path, progress: Progress, options: Options, programs: Callable[[], Mapping[str, Program]]) -> Lab:
    """The lab with the faults of the options. `programs` is asked only when one needs a real server.

    Raises Problem: lab.no_fault, lab.fault_needs, lab.fault_impossible and those of the parts.
    """
    faults = [find(id) for id in options.faults]
    for fault in faults:
        _possible(fault)
    with _ground(faults, options) as network:
        (dir / "pki").mkdir()
        (dir / "log").mkdir()
        place = Place(dir, int(network.prefix.rpartition(".")[2]), Office(dir / "pki"))
        place.near.views.append(View(network.address(plan.RESOLVER_OCTET), plan.DNS_PORT))
        ca = dir / "pki" / "ca.pem"
        _ = place.office.root
        staged = tuple(_staged(fault, place, ca) for fault in faults)
        lab = Lab(dir, network, ca, accounts=(), faults=staged)
        save(lab)
        return _started(lab, place, progress, programs)


def _staged(fault: Fault, place: Place, ca: Path) -> Staged:
    scene = Scene(fault, place)
    fault.make(scene)
    return scene.staged(ca)


def _possible(fault: Fault) -> None:
    if fault.needs in ("root", "nft") and os.geteuid() != 0:
        raise Problem("lab.fault_needs", fault=fault.id, needs="root")
    if fault.needs == "faketime" and packages.find("faketime") is None:
        raise Problem("lab.fault_needs", fault=fault.id, needs="faketime")


@contextmanager
def _ground(faults: Sequence[Fault], options: Options) -> Iterator[Network]:
    if options.network == "namespace" or any(fault.needs == "nft" for fault in faults):
        with ground.made(far=any(fault.far for fault in faults)) as network:
            yield network
    else:
        with reserved_loopback() as network:
            yield replace(network, six="")


def _started(lab: Lab, place: Place, progress: Progress, programs: Callable[[], Mapping[str, Program]]) -> Lab:
    network = lab.network
    jobs = _jobs(lab, place, programs)
    if network.client_namespace:
        ground.prepare(network, place.six)
    for job in jobs:
        progress("starting", server=job.name, version=job.version, kind=job.kind)
        lab = lab.with_server(processes.start(job, lab.dir / "log" / f"{job.name}.log"))
        save(lab)
    near = network.client_namespace
    if near:
        ground.join(network)
    processes.wait(jobs, lab.servers, lab.dir / "log", (lambda: relay.enter(near)) if near else None)
    if place.rules:
        ground.enforce(network, place.rules)
    for name in place.frozen:
        _freeze(lab, name)
    return lab


def _jobs(lab: Lab, place: Place, programs: Callable[[], Mapping[str, Program]]) -> list[Job]:
    found: list[Job] = []
    real = programs() if place.stores or place.doors else {}
    for kind, wanted in (("dovecot", place.stores), ("postfix", place.doors)):
        if wanted and kind not in real:
            raise Problem("lab.fault_impossible", reason=kind)
    found += [dovecots.job(lab.dir, store, real["dovecot"]) for store in place.stores]
    found += [postfixes.job(lab.dir, place.doors, real["postfix"])] if place.doors else []
    found.append(_stage(lab.dir, "near", place))
    found = [_inside(job, lab.network.client_namespace) for job in found]
    if lab.network.client_namespace != lab.network.server_namespace:
        far, near = lab.network.server_namespace, lab.network.client_namespace
        wire = standins.python("relay", (far, near, str(ground.FAR_DELAY_MS), "0"))
        found = [wire, *found, _inside(_stage(lab.dir, "far", place), far)]
    return found


def _stage(dir: Path, name: str, place: Place) -> Job:
    programme = place.near if name == "near" else place.far
    (dir / f"{name}.json").write_text(json.dumps(programme.plain()), encoding="utf-8")
    # They are opened in their order: when the last one answers, all do.
    last = programme.listeners[-1] if programme.listeners else programme.views[-1]
    made = standins.python("faults.stage", (str(dir), f"{name}.json"), listens=((last.address, last.port),))
    return replace(made, name=f"stage-{name}")


def _inside(job: Job, name: str) -> Job:
    if not name:
        return job
    return replace(job, argv=(packages.find("ip") or "ip", "netns", "exec", name, *job.argv))


def _freeze(lab: Lab, name: str) -> None:
    """Stop (SIGSTOP) the part of a Dovecot that checks passwords, as soon as it is there."""
    server = next(server for server in lab.servers if server.name == name)
    deadline = time.monotonic() + processes.START_SECONDS
    while time.monotonic() < deadline:
        for pid in processes.members(server):
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            if line.startswith(b"dovecot") and b"/auth" in line:
                os.kill(pid, signal.SIGSTOP)
                return
        time.sleep(_POLL_SECONDS)
    raise Problem("lab.start_failed", server=name, last="auth")
