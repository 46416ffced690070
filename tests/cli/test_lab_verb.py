"""`mailwright lab` as a person sees it; nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailwright import lab as room
from tests.cli.program import LANGUAGES, Program, answered, command, refused

if TYPE_CHECKING:
    from mailwright.lab import Lab


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is short and open enough for the servers; nothing may be left in it."""
    folder = Path("/tmp").resolve() / f"mw-c{os.getpid()}-{time.monotonic_ns() % 10**6}"
    folder.mkdir(mode=0o755)
    yield folder / "lab"
    left = members(folder)
    room.down(folder / "lab")
    assert not left
    folder.rmdir()


def members(folder: Path) -> list[str]:
    """The command lines of processes that name the folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{folder}/" in line and int(path.parent.name) != os.getpid():
            found.append(line)
    return found


def unchecked(program: Program, *arguments: str) -> subprocess.CompletedProcess[str]:
    """For answers that show the lab's passwords on purpose."""
    return subprocess.run(command(*arguments), env=program.variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_status(program: Program, lab: Lab, language: str) -> None:
    """Each server in a row with its state, each account with its password, and lines that a shell can read."""
    ran = unchecked(program, "lab", "status", "--dir", str(lab.dir), "--lang", language)
    assert ran.returncode == 0
    assert ran.stderr == ""
    assert ran.stdout.count("✓ ") == len(lab.servers)
    assert {"zh": "真实服务器", "en": "real server"}[language] in ran.stdout
    exports = "\n".join(line for line in ran.stdout.splitlines() if line.startswith("  export "))
    shown = subprocess.run(["sh", "-c", f"{exports}\nenv"], capture_output=True, text=True, check=True).stdout
    assert all(f"{key}={value}\n" in shown for key, value in room.environment(lab).items())


def test_status_for_programs(program: Program, lab: Lab) -> None:
    """--json has servers, accounts and the environment."""
    seen = json.loads(unchecked(program, "lab", "status", "--dir", str(lab.dir), "--json").stdout)
    assert seen["up"] is True
    assert seen["environment"] == room.environment(lab)
    assert {server["kind"] for server in seen["servers"]} <= {"real", "embedded", "part"}


def test_what_cannot_be_is_wrong_usage(program: Program) -> None:
    """A fault that is none, and a folder that cannot be made, are the caller's mistake."""
    refused(program("lab", "up", "--fault", "nosuch"), "en", "no fault called nosuch")
    refused(program("lab", "up", "--fault", "reply:nosuch"), "en", "nosuch")
    refused(program("lab", "up", "--dir", "/proc/nope"), "en", "/proc/nope cannot be made")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_lab(program: Program, tmp_path: Path, language: str) -> None:
    """Where none is: status ends with 1, down with 0, and both say so."""
    folder = str(tmp_path / "none")
    said = {"zh": "没有试验环境", "en": "no lab in"}[language]
    status = program("lab", "status", "--dir", folder, "--lang", language)
    assert (status.code, status.out) == (1, "")
    assert said in status.err
    down = program("lab", "down", "--dir", folder, "--lang", language)
    assert (down.code, down.out) == (0, "")
    assert said in down.err


def test_run_in_a_lab_that_is_up(program: Program, lab: Lab) -> None:
    """The command gets the lab's variables; its exit code is ours; the lab stays up."""
    run = ("lab", "run", "--dir", str(lab.dir), "--")
    assert program(*run, "false").code == 1
    assert program(*run, "sh", "-c", "exit 42").code == 42
    assert program(*run, "sh", "-c", "kill -9 $$").code == 137
    answered(program(*run, "sh", "-c", "echo $MAILWRIGHT_RESOLVER"), 0, lab.resolver)
    ran = program(*run, sys.executable, "-m", "mailwright", "--lang", "zh", "setup", "anna@auto.test", "--no-login")
    answered(ran, 0, "imap.auto.test", "找到了")
    answered(program(*run, sys.executable, "-m", "mailwright", "setup", "--help"), 0, "mailwright setup [ADDRESS]")
    assert room.status(lab.dir).up


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_command_that_is_none(program: Program, lab: Lab, language: str) -> None:
    """A command that does not exist or cannot be run: exit 2, named."""
    run = ("lab", "run", "--dir", str(lab.dir), "--lang", language, "--")
    refused(program(*run, "no-such-program"), language, "no-such-program")
    refused(program(*run, "/etc/passwd"), language, "/etc/passwd")


@pytest.mark.slow
def test_up_and_down(program: Program, place: Path) -> None:
    """up starts it and shows how to reach it, up again finds it, down takes everything away."""
    up = unchecked(program, "lab", "up", "--dir", str(place))
    assert up.returncode == 0
    assert "the lab is up in" in up.stderr
    assert "export MAILWRIGHT_RESOLVER=" in up.stdout
    assert unchecked(program, "lab", "up", "--dir", str(place), "--quiet").returncode == 0
    down = program("lab", "down", "--dir", str(place))
    assert (down.code, down.out, down.err) == (0, "", "the lab is down, its folder is gone\n")
    assert not place.exists()


def test_run_takes_its_own_lab_down(program: Program, place: Path) -> None:
    """A lab that was started for one command ends with it, whatever the command's exit code."""
    ran = program("lab", "run", "--dir", str(place), "--", "sh", "-c", 'test -e "$MAILWRIGHT_CA" && exit 1')
    assert (ran.code, ran.out) == (1, "")
    assert not place.exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_that_is_stopped(program: Program, place: Path, number: signal.Signals) -> None:
    """^C, or a kill, while the command runs takes the lab down as well."""
    arguments = command("lab", "run", "--dir", str(place), "--", "sh", "-c", "echo ready; exec sleep 60")
    with subprocess.Popen(arguments, env=program.variables, stdout=-1, stderr=-1, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(0.5)  # until it waits for the command
        os.killpg(process.pid, number) if number is signal.SIGINT else process.send_signal(number)
        said = process.stderr.read()
        assert process.wait(30) == 130
    assert b"Traceback" not in said
    assert not place.exists()


def test_a_folder_that_is_not_empty(program: Program, place: Path) -> None:
    """A folder with something in it is left alone: exit 3, and nothing is started."""
    place.mkdir()
    (place / "mine").touch()
    ran = program("lab", "up", "--dir", str(place))
    assert (ran.code, ran.out) == (3, "")
    assert str(place) in ran.err
    (place / "mine").unlink()
    place.rmdir()
