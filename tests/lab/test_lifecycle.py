"""A lab comes up, says so, is not built twice, and leaves nothing behind, even when it fails."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailwright import lab as room
from mailwright.core import Problem
from mailwright.lab import network, packages, plan, processes, state
from tests.lab import variants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailwright.lab import Lab

EMBEDDED = room.Options(servers="embedded")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that root's servers can walk to, and short enough for sockets."""
    folder = Path(os.path.realpath("/tmp")) / f"mw-{os.getpid()}-{time.monotonic_ns() % 10**6}"
    folder.mkdir(mode=0o755)
    yield folder / "lab"
    assert not list(folder.iterdir())
    folder.rmdir()


def members(lab: Lab) -> list[str]:
    """The command lines of the processes that still name the lab's folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{lab.dir}/" in line or line.rstrip().endswith(str(lab.dir)):
            found.append(line)
    return found


def test_status_of_a_lab_that_is_up(lab: Lab) -> None:
    found = room.status(lab.dir)
    assert found.up
    assert {server.kind for server in found.servers} <= {"real", "embedded", "part"}
    assert all(server.pid > 1 and server.running for server in found.servers)


def test_up_again_says_it_is_up(lab: Lab) -> None:
    events: list[str] = []
    again = room.up(lab.dir, progress=lambda event, **facts: events.append(event))
    assert events == ["already_up"]
    assert again == state.load(lab.dir)
    assert again.servers == lab.servers


def test_the_state_file_is_private_and_complete(lab: Lab) -> None:
    path = lab.dir / "lab.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    body = json.loads(path.read_text(encoding="utf-8"))
    assert body["version"] == 1
    assert body["resolver"] == lab.resolver
    assert ":993::20993" in body["connect_to"]
    assert body["ispdb"] == "https://ispdb.lab.test/v1.1/"
    anna = next(account for account in body["accounts"] if account["address"] == "anna@auto.test")
    assert anna["expect"]["imap"] == ["imap.auto.test", 993, "tls", "anna@auto.test"]
    assert set(body["servers"]["issuer"]) == {"pid", "started", "version", "kind"}


def test_environment(lab: Lab) -> None:
    found = room.environment(lab)
    assert found["MAILWRIGHT_RESOLVER"] == lab.resolver
    assert found["MAILWRIGHT_CONNECT_TO"].split() == list(lab.connect_to)
    assert Path(found["MAILWRIGHT_CA"]).exists()
    assert room.command(lab, ["true"]) == ("true",)


def test_a_lab_from_start_to_end(place: Path) -> None:
    with room.running(place, options=EMBEDDED) as lab:
        assert members(lab)
    assert not place.exists()
    assert not members(lab)
    assert not room.down(place)
    assert not room.status(place).up


def test_two_labs_at_once(lab: Lab, place: Path) -> None:
    with room.running(place, options=EMBEDDED) as second:
        assert second.network.prefix != lab.network.prefix
        assert second.network.six_offset != lab.network.six_offset
        # Where the usual port was taken (by whichever came later) a rule of its own leads there.
        moved = [one for one in (lab, second) if one.network.six_offset != plan.OFFSET]
        assert moved
        assert all(one.connect_to[0].startswith(f"{plan.V6_HOST}:") for one in moved)


def test_a_lab_that_outlives_its_maker_is_taken_down_by_another(place: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from mailwright import lab;"
        "lab.up(Path(sys.argv[1]), options=lab.Options(servers='embedded'))"
    )
    source = str(Path(room.__file__).parents[2])
    subprocess.run([sys.executable, "-c", code, str(place)], check=True, env={**os.environ, "PYTHONPATH": source})
    lab = state.load(place)
    assert lab is not None
    assert room.status(place).up
    assert room.down(place)
    assert not members(lab)


def test_a_start_that_fails_takes_everything_down(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wait = processes.wait
    seen: list[state.Server] = []

    def broken(*arguments: object) -> None:
        wait(*arguments)  # type: ignore[arg-type]
        seen.extend(arguments[1])  # type: ignore[arg-type]
        raise Problem("lab.start_failed", server="nginx", last="")

    monkeypatch.setattr(processes, "wait", broken)
    with pytest.raises(Problem, match="lab.start_failed"):
        room.up(place, options=EMBEDDED)
    assert seen
    assert not any(processes.alive(server) for server in seen)
    assert not place.exists()


def test_a_server_that_ends_at_once_is_named_with_its_last_words(tmp_path: Path) -> None:
    job = processes.Job("broken", ("/bin/sh", "-c", "echo first; echo no such option >&2; exit 1"), "", "real",
                        (("127.77.255.1", 9),))  # fmt: skip
    server = processes.start(job, tmp_path / "broken.log")
    with pytest.raises(Problem) as caught:
        processes.wait([job], [server], tmp_path)
    assert caught.value.params["server"] == "broken"
    assert caught.value.params["last"] == "no such option"


def test_a_lab_of_which_something_died_is_built_again(place: Path) -> None:
    events: list[str] = []
    with room.running(place, options=EMBEDDED) as lab:
        killed = next(server for server in lab.servers if server.name == "website")
        os.kill(killed.pid, signal.SIGKILL)
        while processes.alive(killed):
            time.sleep(0.01)
        assert not room.status(place).up
        room.up(place, options=EMBEDDED, progress=lambda event, **facts: events.append(event))
        assert events[0] == "again"
        assert room.status(place).up


def test_a_reused_pid_is_never_hit() -> None:
    """A state file that speaks of this very process, but of another start time, ends nothing."""
    own = processes.start_time(os.getpid())
    assert own is not None
    stale = state.Server("nginx", os.getpid(), own - 1, "", "real")
    assert not processes.alive(stale)
    processes.stop([stale])


def test_children_of_a_server_that_died_are_ended_too(tmp_path: Path) -> None:
    job = processes.Job("parent", ("/bin/sh", "-c", "sleep 300 & echo $!; kill -9 $$"), "")
    server = processes.start(job, tmp_path / "log")
    deadline = time.monotonic() + 5
    while processes.alive(server) or not (tmp_path / "log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    child = int((tmp_path / "log").read_text())
    assert processes.start_time(child) is not None
    processes.stop([server])
    assert processes.start_time(child) is None


def test_a_folder_with_something_in_it_is_left_alone(place: Path) -> None:
    place.mkdir()
    (place / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Problem, match="lab.dir_not_empty"):
        room.up(place, options=EMBEDDED)
    assert (place / "letter.txt").read_text(encoding="utf-8") == "mine"
    assert not room.down(place)
    (place / "letter.txt").unlink()
    place.rmdir()


@pytest.mark.parametrize("name", ["file/x", "file"])
def test_a_folder_that_cannot_be_made(tmp_path: Path, name: str) -> None:
    """Where a file is in the way no lab is up, and none can be built."""
    short = Path("/tmp").resolve() / f"mw-f{os.getpid()}"
    short.mkdir()
    try:
        (short / "file").write_text("mine", encoding="utf-8")
        assert room.status(short / name).lab is None
        with pytest.raises(Problem, match=r"lab\.dir_(impossible|not_empty)"):
            room.up(short / name, options=EMBEDDED)
        assert (short / "file").read_text(encoding="utf-8") == "mine"
    finally:
        shutil.rmtree(short)


def test_a_folder_name_too_long_for_sockets(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="lab.dir_too_long"):
        room.up(tmp_path / ("x" * 60), options=EMBEDDED)


def test_a_state_file_of_another_kind_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "lab.json").write_text('{"version": 99}', encoding="utf-8")
    with pytest.raises(Problem, match="lab.state_unreadable"):
        room.status(tmp_path)


def test_a_reservation_keeps_others_away() -> None:
    with network.reserved_loopback() as first, network.reserved_loopback() as second:
        assert first.prefix != second.prefix
        assert first.six_offset != second.six_offset or not first.six


@pytest.mark.parametrize(
    ("soname", "package"),
    [
        ("libexttextcat-2.0.so.0", "libexttextcat-2.0-0"),
        ("libevent-2.1.so.7", "libevent-2.1-7"),
        ("libprotobuf-c.so.1", "libprotobuf-c1"),
        ("libstemmer.so.0d", "libstemmer0d"),
        ("libnobodyhasthis.so.77", None),
    ],
)
@pytest.mark.skipif(packages.find("apt-cache") is None, reason="asks apt for names")
def test_the_package_of_a_shared_library(soname: str, package: str | None) -> None:
    assert packages._library_package(soname) in (package, f"{package}t64")  # one rule, worth its own test


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to other users")
def test_root_is_told_of_a_folder_that_servers_cannot_reach(place: Path) -> None:
    closed = place.parent / "closed"
    closed.mkdir(mode=0o700)
    try:
        with pytest.raises(Problem, match="lab.dir_closed"):
            room.up(closed / "lab", options=EMBEDDED)
    finally:
        closed.rmdir()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")
def test_in_namespaces_every_packet_is_late() -> None:
    with variants.made(room.Options(network="namespace", delay_ms=40)) as lab:
        code = (
            "import socket, sys, time; began = time.monotonic();"
            "s = socket.create_connection((sys.argv[1], 20993)); print(time.monotonic() - began)"
        )
        argv = room.command(lab, [sys.executable, "-c", code, lab.network.address(10)])
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        assert 0.08 <= float(done.stdout) < 0.2
        names = (lab.network.server_namespace, lab.network.client_namespace)
        assert all((Path("/run/netns") / name).exists() for name in names)
    assert not any((Path("/run/netns") / name).exists() for name in names)


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")
def test_in_namespaces_the_whole_suite_of_mail_works() -> None:
    with variants.made(room.Options(network="namespace", delay_ms=1)) as lab:
        code = (
            "import sys; from pathlib import Path; from mailwright.lab import state; from tests.lab import clients\n"
            "lab = state.load(Path(sys.argv[1]))\n"
            "for address in ('anna@auto.test', 'anna@v6.test', 'anna@starttls.test'):\n"
            "    account = lab.account(address)\n"
            "    session = clients.imap(lab, account.expect[0])\n"
            "    session.login(account.username, account.password); print(session.select()[0])\n"
        )
        root = Path(__file__).parents[2]
        argv = room.command(lab, [sys.executable, "-c", code, str(lab.dir)])
        done = subprocess.run(argv, capture_output=True, text=True, check=True,
                              env={**os.environ, "PYTHONPATH": f"{root}:{root}/src"})  # fmt: skip
        assert done.stdout.split() == ["OK"] * 3
