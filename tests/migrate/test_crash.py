"""Whatever dies, whenever: after going on until it is done, every message is at the destination, once and unchanged.

Each run is drawn from a seed: a few times something is killed or cut while the copy runs. What a run has come to is
read by Python's own client from both servers.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.migrate import moving, servers
from tests.migrate.servers import maildir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Serve = Any
ROOT = Path(__file__).parents[2]
SEEDS, MANY_SEEDS = 8, 300
MOST_STARTS = 25
KINDS = ("migrator", "source", "destination", "source line", "destination line")
_DATE = 1700000000


def written(root: Path) -> None:
    """Several transactions in one folder, several folders, the same message often, and some that are large."""
    chance = random.Random(5)
    for name, count in (("", 700), ("Sent", 300), ("Work/Large", 12), ("Twins", 60)):
        folder = maildir.folder(root, name)
        for at in range(count):
            size = 900_000 if name == "Work/Large" else chance.randrange(200, 9000)
            body = b"Subject: %d\n\n" % at + b"line of text\n" * (size // 13)
            if name == "Twins":
                body = b"Subject: same\n\nsame\n"
            flags = "".join(letter for letter in "FRS" if chance.random() < 0.3)
            file = f"{_DATE + at}.M{at}P1.crash{maildir.sizes(body)}:2,{flags}"
            maildir.write(folder, file, body, _DATE + at)


@dataclass
class Ground:
    """Two servers that run, the source's mailbox, and how long a copy takes."""

    source: servers.Server
    destination: servers.Server
    journals: Path
    wanted: dict[str, list[Any]]
    seconds: float = 0.0

    def child(self, source: int, destination: int, user: str) -> subprocess.Popen[str]:
        """The migrator, in a process of its own, once it has begun."""
        argv = [sys.executable, "-m", "tests.migrate.moving", str(source), str(destination), user]
        argv.append(str(self.journals / f"{user}.db"))
        child = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "go\n"
        return child


def names(seeds: int) -> list[str]:
    return [f"u{seed}" for seed in range(-1, seeds)]


@pytest.fixture
def crashing(serve: Serve, ground: Path) -> Callable[..., Ground]:
    """crashing(seeds, …): the ground for so many runs; a first copy has been timed."""

    def start(seeds: int, **given: Any) -> Ground:
        users = dict.fromkeys(names(seeds), moving.PASSWORD)
        written(ground / "crash")
        source = serve(servers.dovecot, users=users, fsync="never")
        destination = serve(servers.dovecot, users=users, **given)
        for user in users:
            source.load(user, ground / "crash")
        (ground / "journals").mkdir()
        made = Ground(source, destination, ground / "journals", moving.contents(source.port, "u-1"))
        began = time.monotonic()
        with made.child(source.port, destination.port, "u-1") as child:
            assert (child.communicate()[0], child.returncode)[1] == 0, child
        made.seconds = time.monotonic() - began
        assert moving.contents(destination.port, "u-1") == made.wanted
        return made

    return start


def crashed(made: Ground, seed: int) -> list[str]:
    """One run: what was done to it and when; the destination's mailbox is complete by then."""
    chance = random.Random(seed)
    user, done = f"u{seed}", list[str]()
    plan = [(chance.choice(KINDS), chance.random() ** 1.5 * made.seconds) for _ in range(chance.randrange(1, 4))]
    with ExitStack() as stack:
        lines = {
            "source line": stack.enter_context(servers.cutting(made.source.port, after=2**62)),
            "destination line": stack.enter_context(servers.cutting(made.destination.port, after=2**62)),
        }
        source, destination = (line.port for line in lines.values())
        child = stack.enter_context(made.child(source, destination, user))
        stack.callback(child.kill)
        starts = 1
        for kind, when in plan:
            if child.poll() is None:
                time.sleep(when)
            done.append(f"{kind} at {when:.3f}")
            if kind == "migrator":
                child.kill()
            elif kind in lines:
                lines[kind].cut()
            else:
                server = made.source if kind == "source" else made.destination
                server.kill()
                server.start()
            if kind == "migrator":
                child.wait()
                child = stack.enter_context(made.child(source, destination, user))
                stack.callback(child.kill)
        while child.wait(60) != 0:
            starts += 1
            assert starts < MOST_STARTS, done
            child = stack.enter_context(made.child(source, destination, user))
            stack.callback(child.kill)
    return done


def verdict(wanted: dict[str, list[Any]], found: dict[str, list[Any]]) -> dict[str, int]:
    """Messages lost, doubled or altered, and folders in another order; empty when all is well."""
    sums = Counter[str]()
    for name in wanted.keys() | found.keys():
        was, now = Counter(wanted.get(name, [])), Counter(found.get(name, []))
        # By what they hold alone, and then with flags and date.
        bodies, there = (Counter(one[2] for one in side.elements()) for side in (was, now))
        sums["lost"] += (bodies - there).total()
        sums["doubled"] += (there - bodies).total()
        sums["altered"] += (was - now).total() - (bodies - there).total()
        sums["disordered"] += was == now and wanted[name] != found[name]
    return {name: count for name, count in sums.items() if count}


def runs(made: Ground, seeds: int) -> Iterator[tuple[int, list[str], dict[str, int]]]:
    for seed in range(seeds):
        done = crashed(made, seed)
        yield seed, done, verdict(made.wanted, moving.contents(made.destination.port, f"u{seed}"))


def test_nothing_is_lost_or_doubled_in_a_crash(crashing: Callable[..., Ground]) -> None:
    """A few runs of those below."""
    made = crashing(SEEDS, store="mdbox")
    assert [(seed, done, wrong) for seed, done, wrong in runs(made, SEEDS) if wrong] == []


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("given", [{}, {"store": "mdbox"}], ids=["maildir", "mdbox"])
def test_nothing_is_lost_or_doubled_in_hundreds_of_crashes(crashing: Callable[..., Ground], given: Any) -> None:
    """Each seed with what was done is told as it goes; those that failed are named."""
    made, bad = crashing(MANY_SEEDS // 2, **given), list[tuple[int, list[str], dict[str, int]]]()
    for seed, done, wrong in runs(made, MANY_SEEDS // 2):
        moving.tell(f"seed {seed}: {', '.join(done)}: {wrong or 'good'}")
        if wrong:
            bad.append((seed, done, wrong))
    assert bad == []
