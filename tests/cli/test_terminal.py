"""A person at a terminal: prompts, questions, ^C and ^D, colours, and terminals that can do less."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.program import HAN, Program, command, leaks
from tests.cli.terminal import CTRL_C, CTRL_D, Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mailwright.lab import Lab

ANNA = ("setup", "anna@auto.test")
OUTSIDE = ("setup", "anna@srvout.test")
PROMPT = {"en": "for anna@auto.test: ", "zh": "anna@auto.test 的密码"}
QUESTION = "[y/N] "
ESCAPE = "\x1b["


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_password_is_asked_for(inside: Program, lab: Lab, language: str) -> None:
    """The rows stand there before the prompt, and the password is not shown while it is typed."""
    password = lab.account("anna@auto.test").password
    with Terminal(inside.variables, *ANNA, "--lang", language) as terminal:
        before = terminal.wait_for(PROMPT[language])
        assert "imap.auto.test:993" in before
        assert "smtp.auto.test:465" in before
        terminal.wait_for_silence()
        terminal.type(password + "\n")
        assert terminal.end() == 0
    assert "9 " in terminal.text
    assert not leaks(terminal.shown)


def test_the_prompt_goes_to_stderr(inside: Program, lab: Lab, tmp_path: Path) -> None:
    """With stdout in a file, the prompt is on the terminal and the file holds nothing but the document."""
    with (
        (tmp_path / "out.json").open("wb") as out,
        Terminal(inside.variables, *ANNA, "--json", stdout=out.fileno()) as terminal,
    ):
        terminal.wait_for(PROMPT["en"])
        terminal.wait_for_silence()
        terminal.type(lab.account("anna@auto.test").password + "\n")
        assert terminal.end() == 0
    assert (tmp_path / "out.json").read_text().startswith('{\n  "schema": 1')


def test_the_prompt_is_seen_although_stderr_is_a_file(inside: Program, lab: Lab, tmp_path: Path) -> None:
    """With stderr in a file, the question is asked on the terminal itself."""
    with (tmp_path / "err").open("wb") as err, Terminal(inside.variables, *ANNA, stderr=err.fileno()) as terminal:
        terminal.wait_for(PROMPT["en"])
        terminal.wait_for_silence()
        terminal.type(lab.account("anna@auto.test").password + "\n")
        assert terminal.end() == 0
    assert (tmp_path / "err").read_text() == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_control_c_at_the_prompt(inside: Program, language: str) -> None:
    """^C ends it at once with exit 130 and one word, and the terminal shows again what is typed."""
    with Terminal(inside.variables, *ANNA, "--lang", language) as terminal:
        terminal.wait_for(PROMPT[language])
        terminal.wait_for_silence()
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    assert terminal.text.rstrip().endswith({"zh": "已停止", "en": "stopped"}[language])
    assert "Traceback" not in terminal.shown


def test_control_c_inside_a_lab(program: Program, lab: Lab) -> None:
    """A command that `lab run` has started says by itself that it was stopped; it is not said twice."""
    there = ("lab", "run", "--dir", str(lab.dir), "--", sys.executable, "-m", "mailwright", *ANNA)
    with Terminal(program.variables, *there) as terminal:
        terminal.wait_for(PROMPT["en"])
        terminal.wait_for_silence()
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    assert terminal.text.count("stopped") == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_control_d_at_the_prompt(inside: Program, language: str) -> None:
    """^D, and Return alone, say that the password is empty: exit 2."""
    for typed in (CTRL_D, "\n"):
        with Terminal(inside.variables, *ANNA, "--lang", language) as terminal:
            terminal.wait_for(PROMPT[language])
            terminal.wait_for_silence()
            terminal.type(typed)
            assert terminal.end() == 2
        said = terminal.text.rstrip().splitlines()[-2]
        assert said.startswith("mailwright: ")
        assert bool(HAN.search(said)) == (language == "zh")


def test_control_c_while_it_searches(inside: Program) -> None:
    """^C before anything was found ends it as well."""
    silent = {**inside.variables, "MAILWRIGHT_RESOLVER": "127.77.250.250:9"}
    with Terminal(silent, "setup", "anna@auto.test", "--timeout", "20") as terminal:
        terminal.wait_for("looking for the settings of auto.test")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    assert "Traceback" not in terminal.shown


@pytest.mark.parametrize("answer", ["y", "YES", "是"])
def test_a_yes_to_a_host(inside: Program, lab: Lab, answer: str) -> None:
    """Each doubtful host is named once with its source; y, yes and 是 send the password there."""
    with Terminal(inside.variables, *OUTSIDE, "--lang", "zh") as terminal:
        before = terminal.wait_for(QUESTION)
        assert before.count("in.outside.test") == 1
        terminal.type(f"{answer}\n")
        terminal.wait_for("的密码")
        terminal.wait_for_silence()
        terminal.type(lab.account("anna@srvout.test").password + "\n")
        assert terminal.end() == 0
    assert not leaks(terminal.shown)


@pytest.mark.parametrize("answer", ["\n", "yess\n", "不\n", CTRL_D])
def test_anything_else_is_a_no(inside: Program, answer: str) -> None:
    """Whatever is no clear yes means that no password is asked for, since it could be sent nowhere."""
    with Terminal(inside.variables, *OUTSIDE) as terminal:
        terminal.wait_for(QUESTION)
        terminal.type(answer)
        assert terminal.end() == 3
    assert "id: trust.not_confirmed" in terminal.text
    assert "Password for" not in terminal.text


def test_control_c_at_the_question(inside: Program) -> None:
    """^C at the question about a host ends it with exit 130."""
    with Terminal(inside.variables, *OUTSIDE) as terminal:
        terminal.wait_for(QUESTION)
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    assert "Traceback" not in terminal.shown


def test_the_question_keeps_out_of_the_document(inside: Program, lab: Lab, tmp_path: Path) -> None:
    """With --json and stdout in a file, the question about a host is still asked on the terminal."""
    with (
        (tmp_path / "out.json").open("wb") as out,
        Terminal(inside.variables, *OUTSIDE, "--json", stdout=out.fileno()) as terminal,
    ):
        terminal.wait_for(QUESTION)
        terminal.type("y\n")
        terminal.wait_for("for anna@srvout.test: ")
        terminal.wait_for_silence()
        terminal.type(lab.account("anna@srvout.test").password + "\n")
        assert terminal.end() == 0
    assert (tmp_path / "out.json").read_text().startswith("{")


def test_colours(program: Program) -> None:
    """On a terminal that can, signs are coloured; the words are the same without."""
    with Terminal(program.variables, "setup", "li@qq.com", "--offline") as terminal:
        assert terminal.end() == 0
    assert f"{ESCAPE}32m✓" in terminal.shown
    assert "✓ Settings" in terminal.text


@pytest.mark.parametrize(
    ("option", "variables"),
    [("--no-color", {}), ("--quiet", {"NO_COLOR": "1"}), ("--quiet", {"TERM": "dumb"}), ("--json", {})],
)
def test_no_colours(program: Program, option: str, variables: dict[str, str]) -> None:
    """--no-color, NO_COLOR, TERM=dumb and --json leave no escape sequence in the answer."""
    with Terminal({**program.variables, **variables}, "setup", "li@qq.com", "--offline", option) as terminal:
        assert terminal.end() == 0
    assert ESCAPE not in terminal.shown


def test_a_dumb_terminal_gets_no_progress(inside: Program) -> None:
    """A terminal that cannot go back in a line (TERM=dumb) sees rows only."""
    with Terminal({**inside.variables, "TERM": "dumb"}, *ANNA, "--no-login") as terminal:
        assert terminal.end() == 0
    assert "\x1b" not in terminal.shown
    assert "looking" not in terminal.shown


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("address", ["li@qq.com", "李@qq.com"])
def test_a_terminal_without_letters(program: Program, address: str, language: str) -> None:
    """An ASCII terminal gets words for the signs and question marks for what it lacks, never an error."""
    ascii_only = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = program("setup", address, "--offline", "--lang", language, env=ascii_only)
    assert ran.code in (0, 2)  # an address that arrives as single bytes is refused
    assert ran.both.isascii()
    if ran.code == 0:
        assert ran.out.startswith("ok ")
    document = program("setup", address.encode(), "--offline", "--json", env={"PYTHONIOENCODING": "ascii"})
    assert document.out.isascii()
    assert document.code == 0


@pytest.fixture
def unread() -> Iterator[int]:
    """A pipe whose reader has gone."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


def test_a_reader_that_leaves(program: Program, unread: int) -> None:
    """Output into `head` ends quietly."""
    done = subprocess.run(command("book", "search", "a"), env=program.variables, stdout=unread, stderr=-1, check=False)
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.parametrize("closed", [0, 1, 2, (0, 1, 2)])
def test_closed_streams(program: Program, closed: int | tuple[int, ...]) -> None:
    """A program that starts with closed streams still does its work and says how it went by its exit code."""
    numbers = closed if isinstance(closed, tuple) else (closed,)
    shell = f'exec "$@" {" ".join(f"{number}>&-" for number in numbers)}'
    arguments = ["sh", "-c", shell, "sh", *command("setup", "li@qq.com", "--offline")]
    done = subprocess.run(arguments, env=program.variables, capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stderr == b""
    assert (b"imap.qq.com" in done.stdout) == (1 not in numbers)


def test_a_full_disk_behind_stdout(program: Program) -> None:
    """An answer that cannot be written is said so: exit 2, one sentence."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123  # a device
        done = subprocess.run(
            command("setup", "li@qq.com", "--offline"), env=program.variables, stdout=full, stderr=-1, check=False
        )
    assert done.returncode == 2
    assert re.fullmatch(rb"mailwright: stdout cannot be written\nhint: [^\n]*\n", done.stderr)


def test_nobody_reads_stderr(program: Program, unread: int) -> None:
    """A stderr that takes nothing changes neither the answer nor the exit code."""
    done = subprocess.run(command("frobnicate"), env=program.variables, stdout=-1, stderr=unread, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
