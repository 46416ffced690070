"""A long list that is interrupted: by ^C, by kill -9, by another list; and gone on with."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from mailwright.setup import owned
from tests.cli.program import Program, command, refused

FORMS = ("csv", "jsonl")
ROWS = 6000


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Some thousand rows: good, bad, Chinese, dangerous ones."""
    kinds = ("u{}@qq.com", "=u{}@163.com", "李{}@qq.com", "bad {}", "'=u{}@unknown.example", "u{}@gmail.com")
    file = tmp_path_factory.mktemp("big") / "big.csv"
    file.write_text("\n".join(kinds[number % len(kinds)].format(number) for number in range(ROWS)) + "\n")
    return str(file)


@pytest.fixture(scope="module")
def whole(program: Program, big: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The results of runs that nobody interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    for form in FORMS:
        assert program(*bulk(big, folder / form, form)).code == 1
    return {form: (folder / form).read_bytes() for form in FORMS}


def bulk(file: str, output: Path, form: str, *more: str) -> list[str]:
    return ["setup", "--bulk", file, "--offline", "-o", str(output), "--format", form, *more]


def part(output: Path) -> Path:
    return output.with_name(output.name + ".part")


def interrupted(program: Program, arguments: list[str], size: int, number: signal.Signals) -> tuple[int, str]:
    """Send a signal as soon as that many bytes have been written; how it ended, what it said."""
    output = part(Path(arguments[arguments.index("-o") + 1]))
    with subprocess.Popen(command(*arguments), env=program.variables, stdout=-3, stderr=-1) as process:
        end = time.monotonic() + 30
        while process.poll() is None and written(output) < size and time.monotonic() < end:
            time.sleep(0.001)
        process.send_signal(number)
        assert process.stderr is not None
        said = process.stderr.read().decode()
        return process.wait(30), said


def written(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return -1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_killed_in_the_middle(
    program: Program, big: str, whole: dict[str, bytes], tmp_path: Path, form: str, share: float
) -> None:
    """After kill -9 the same command ends with the bytes of a run that nobody interrupted."""
    output = tmp_path / "out"
    arguments = bulk(big, output, form)
    interrupted(program, arguments, int(len(whole[form]) * share), signal.SIGKILL)
    assert not output.exists()
    assert program(*arguments).code == 1
    assert output.read_bytes() == whole[form]
    assert not part(output).exists()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("length", [60, 700, 2001])
def test_cut_off_anywhere(
    program: Program, big: str, whole: dict[str, bytes], tmp_path: Path, form: str, length: int
) -> None:
    """Wherever a crash has cut the file, in a header, a letter, a line end, the result is the same."""
    output = tmp_path / "out"
    part(output).write_bytes(whole[form][:length])
    program(*bulk(big, output, form))
    assert output.read_bytes() == whole[form]


@pytest.mark.parametrize(
    ("number", "language"),
    [(signal.SIGINT, "zh"), (signal.SIGINT, "en"), (signal.SIGTERM, "en"), (signal.SIGHUP, "en")],
)
def test_stopped_and_gone_on_with(
    program: Program, big: str, whole: dict[str, bytes], tmp_path: Path, number: signal.Signals, language: str
) -> None:
    """^C (or the end of the session) says how far it came: exit 130; the same command says that it goes on."""
    output = tmp_path / "out"
    arguments = bulk(big, output, "csv", "--lang", language)
    code, said = interrupted(program, arguments, 60_000, number)
    assert code == 130
    last = said.splitlines()[-1]
    assert {"zh": "再运行同一条命令会接着做", "en": "the same command goes on from there"}[language] in last
    ran = program(*arguments)
    assert {"zh": "接着上次", "en": "going on after"}[language] in ran.err
    assert output.read_bytes() == whole["csv"]


def test_another_list_is_refused(program: Program, big: str, whole: dict[str, bytes], tmp_path: Path) -> None:
    """A half-done result of another list is neither gone on with nor touched."""
    output, other = tmp_path / "out", tmp_path / "other.csv"
    part(output).write_bytes(whole["csv"][:5000])
    other.write_text("\n".join(f"someone{number}@qq.com" for number in range(500)))
    refused(program(*bulk(str(other), output, "csv")), "en", "out.part")
    other.write_text("one@qq.com\n")
    refused(program(*bulk(str(other), output, "csv", "--lang", "zh")), "zh", "out.part")
    assert part(output).read_bytes().startswith(whole["csv"][:4000])


@pytest.mark.parametrize(("there", "wanted"), [("csv", "jsonl"), ("jsonl", "csv")])
def test_another_format_is_refused(
    program: Program, big: str, whole: dict[str, bytes], tmp_path: Path, there: str, wanted: str
) -> None:
    """A half-done result in the other format is not thrown away."""
    output = tmp_path / "out"
    kept = whole[there][: whole[there].index(b"\n", 5000) + 1]
    part(output).write_bytes(kept)
    refused(program(*bulk(big, output, wanted)), "en", "out.part")
    assert part(output).read_bytes() == kept


def test_a_file_of_someone_else_is_refused(program: Program, big: str, tmp_path: Path) -> None:
    """Something else that happens to be named FILE.part stays as it is."""
    output = tmp_path / "out"
    part(output).write_text("my diary\nday one\n")
    refused(program(*bulk(big, output, "csv")), "en", "out.part")
    assert part(output).read_text() == "my diary\nday one\n"


def test_all_rows_done_but_not_renamed(program: Program, big: str, whole: dict[str, bytes], tmp_path: Path) -> None:
    """A crash after the last row leaves only the renaming to do."""
    output = tmp_path / "out"
    part(output).write_bytes(whole["csv"])
    program(*bulk(big, output, "csv"))
    assert output.read_bytes() == whole["csv"]


def test_a_result_is_replaced_only_when_the_new_one_is_whole(program: Program, big: str, tmp_path: Path) -> None:
    """An older result stays until the new one is complete."""
    output = tmp_path / "out"
    small = tmp_path / "small.csv"
    small.write_text("li@qq.com\n")
    program(*bulk(str(small), output, "csv"))
    old = output.read_bytes()
    interrupted(program, bulk(big, output, "csv"), 20_000, signal.SIGKILL)
    assert output.read_bytes() == old
    program(*bulk(big, output, "csv"))
    assert len(output.read_bytes()) > len(old)
    assert set(tmp_path.iterdir()) == {output, small}


@pytest.mark.parametrize(("form", "text"), [("csv", "precious\n"), ("jsonl", "row,address\n"), ("csv", '{"row": 1}\n')])
def test_other_peoples_files_stay(program: Program, tmp_path: Path, form: str, text: str) -> None:
    """A file that is no earlier result of this format is not replaced: exit 2, and it stays as it was."""
    small, output = tmp_path / "small.csv", tmp_path / "out"
    small.write_text("li@qq.com\n")
    output.write_text(text)
    assert program(*bulk(str(small), output, form)).code == 2
    assert output.read_text() == text


@pytest.mark.parametrize("link", [False, True])
def test_the_list_itself_stays(program: Program, tmp_path: Path, *, link: bool) -> None:
    """The result cannot go over the list it is made from, not even by a link."""
    small, output = tmp_path / "small.csv", tmp_path / "out"
    small.write_text("li@qq.com\n")
    output.symlink_to(small) if link else None
    ran = program(*bulk(str(small), output if link else small, "csv"))
    assert ran.code == 2
    assert small.read_text() == "li@qq.com\n"


def test_one_run_at_a_time(program: Program, tmp_path: Path) -> None:
    """While somebody writes a result, another run for it is refused, and nothing of it is disturbed."""
    small, output = tmp_path / "small.csv", tmp_path / "out"
    small.write_text("li@qq.com\n")
    with owned.opened(part(output)) as held:
        held.write(b"half a li")
        held.flush()
        refused(program(*bulk(str(small), output, "csv")), "en", "Another run", str(output))
    assert part(output).read_bytes() == b"half a li"
    assert not output.exists()


def test_a_planted_link(program: Program, tmp_path: Path) -> None:
    """A link where the unfinished result goes is not followed."""
    small, victim = tmp_path / "small.csv", tmp_path / "victim"
    small.write_text("li@qq.com\n")
    victim.write_text("")
    (tmp_path / "out.part").symlink_to(victim)
    assert program(*bulk(str(small), tmp_path / "out", "csv")).code == 2
    assert victim.read_text() == ""
