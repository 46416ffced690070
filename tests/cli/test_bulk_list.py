"""`mailwright setup --bulk`: every kind of list that people have, and every way a result can be written."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import LANGUAGES, Program, Ran, command, refused

QQ, NETEASE = "li@qq.com", "wang@163.com"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def listed(folder: Path, text: str | bytes) -> str:
    file = folder / "list.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(file)


def offline(program: Program, file: str, *more: str) -> Ran:
    return program("setup", "--bulk", file, "--offline", *more)


def records(ran: Ran) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(ran.out)))


def addresses(ran: Ran) -> list[tuple[str, str, str]]:
    return [(record["row"], record["address"], record["verdict"]) for record in records(ran)]


BOTH = [("1", QQ, "found"), ("2", NETEASE, "found")]
BELOW = [("2", QQ, "found"), ("3", NETEASE, "found")]
LISTS: dict[str, tuple[str | bytes, list[tuple[str, str, str]]]] = {
    "plain": (f"{QQ}\n{NETEASE}\n", BOTH),
    "no_last_line_end": (f"{QQ}\n{NETEASE}", BOTH),
    "windows": (f"{QQ}\r\n{NETEASE}\r\n", BOTH),
    "header": (f"address\n{QQ}\n{NETEASE}\n", BELOW),
    "header_in_any_case": (f"Name,E-Mail\nLi,{QQ}\nWang,{NETEASE}\n", BELOW),
    "chinese_header": (f"姓名,邮箱\n李,{QQ}\n王,{NETEASE}\n", BELOW),
    "mark": (b"\xef\xbb\xbf" + f"邮箱地址\n{QQ}\n{NETEASE}\n".encode(), BELOW),
    "gb18030": (f"姓名,邮箱\n李雷,{QQ}\n王芳,{NETEASE}\n".encode("gb18030"), BELOW),
    "utf_16": (f"姓名\t邮箱\n李\t{QQ}\n王\t{NETEASE}\n".encode("utf-16"), BELOW),
    "semicolons": (f"Name;Mail;Ort\nLi;{QQ};a,b\nWang, Fang;{NETEASE};\n", BELOW),
    "quoted_semicolons": (f'"Name";"email"\n"Li; Lei";"{QQ}"\n"Wang";"{NETEASE}"\n', BELOW),
    "tabs": (f"name\taddress\nLi\t{QQ}\nWang, Fang\t{NETEASE}\n", BELOW),
    "column_without_header": (f"Li,{QQ}\nWang,{NETEASE}\n", BOTH),
    "quoted": (f'"Li, Lei","{QQ}"\n"Wang ""W""","{NETEASE}"\n', BOTH),
    "empty_lines": (f"\n{QQ}\n\n  \n{NETEASE}\n,,\n", [("2", QQ, "found"), ("5", NETEASE, "found")]),
    "two_words": (f"Name,Email Address\nLi,{QQ}\nWang,{NETEASE}\n", BELOW),
    "other_signs": (f"Name;E\u2010Mail_Address\nLi;{QQ}\nWang;{NETEASE}\n", BELOW),
    "full_width": (f"姓名,Ｅ－ｍａｉｌ\n李,{QQ}\n王,{NETEASE}\n", BELOW),
    "chinese_address": (f"姓名,地址\n李,{QQ}\n王,{NETEASE}\n", BELOW),
    "chinese_alone": (f"电子邮件\n{QQ}\n{NETEASE}\n", BELOW),
    "where_people_live": (f"姓名,地址,邮箱账号\n李,朝阳路 1 号,{QQ}\n王,,{NETEASE}\n", BELOW),
    "where_people_live_too": (f"Name,Address,Email\nLi,Main Street 1,{QQ}\nWang,,{NETEASE}\n", BELOW),
    "blanks_around": (f"  {QQ}  \n \u3000{NETEASE}\n", BOTH),
}


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_every_kind(program: Program, folder: Path, name: str) -> None:
    """The address column is found by its header or by its @, in every usual encoding and separator."""
    text, expected = LISTS[name]
    ran = offline(program, listed(folder, text))
    assert addresses(ran) == expected
    assert ran.code == 0
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_bad_rows(program: Program, folder: Path, language: str) -> None:
    """A bad row is told with its number and kept in the result; the rest goes on; exit 1."""
    rows = [QQ, "no address", "a@b@c.com", 'x"y@qq.com', '"stray@qq.com', "\x1b[31m@qq.com", "x" * 400, NETEASE]
    ran = offline(program, listed(folder, "\n".join(rows)), "--lang", language)
    assert ran.code == 1
    found = records(ran)
    assert [record["row"] for record in found] == [str(number) for number in range(1, 9)]
    assert [record["verdict"] for record in found] == ["found", *[""] * 6, "found"]
    assert all(record["problem"].startswith("input.address") for record in found[1:7])
    said = {"zh": "第 {} 行：", "en": "row {}: "}[language]
    assert [number for number in range(1, 9) if said.format(number) in ran.err] == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["missing", "folder", "empty", "header_only", "blank"])
def test_no_list(program: Program, folder: Path, name: str, language: str) -> None:
    """A list that is not there or holds nothing: exit 2, and nothing is written."""
    texts = {"empty": "", "header_only": "address\n", "blank": "\n  \n,,\n"}
    file = {"missing": str(folder / "none.csv"), "folder": str(folder)}.get(name) or listed(folder, texts[name])
    output = folder / "out.csv"
    refused(offline(program, file, "-o", str(output), "--lang", language), language, file)
    assert not output.exists()
    assert not (folder / "out.csv.part").exists()


def test_a_list_from_a_pipe(program: Program) -> None:
    """`--bulk <(…)` and /dev/stdin work, although a pipe can be read only once."""
    ran = program("setup", "--bulk", "/dev/stdin", "--offline", stdin=f"邮箱\n{QQ}\n")
    assert addresses(ran) == [("2", QQ, "found")]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_no_row_is_a_formula(program: Program, folder: Path, form: str) -> None:
    """No cell of a CSV result begins like a formula; JSON lines keep the text as it is."""
    rows = ["=cmd|' /C calc'!A0@qq.com", "+1+1@qq.com", "-2@qq.com", "@SUM(A1)", "\uff1d1@qq.com", '"=1,2"']
    ran = offline(program, listed(folder, "\n".join(rows)), "--format", form)
    if form == "csv":
        cells = [cell for line in csv.reader(io.StringIO(ran.out)) for cell in line]
        assert not [cell for cell in cells if cell[:1] and cell[0] in "=+-@\t\r\uff1d\uff0b\uff0d\uff20"]
    else:
        assert json.loads(ran.out.splitlines()[2])["address"] == "-2@qq.com"


def test_json_lines(program: Program, folder: Path) -> None:
    """Each line is one JSON object in the order of the rows; --json chooses them too."""
    file = listed(folder, f"{QQ}\nbad\n{NETEASE}\n李@qq.com\n")
    ran = offline(program, file, "--format", "jsonl")
    made: list[dict[str, Any]] = [json.loads(line) for line in ran.out.splitlines()]
    assert [record["row"] for record in made] == [1, 2, 3, 4]
    assert made[3]["address"] == "李@qq.com"
    assert {service["protocol"] for service in made[0]["services"]} == {"imap", "pop3", "smtp"}
    assert offline(program, file, "--json").out == ran.out


def test_letters_survive_a_terminal_without_them(program: Program, folder: Path) -> None:
    """On stdout the result is UTF-8 whatever the locale says: it is data."""
    env = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    ran = program("setup", "--bulk", listed(folder, "李@qq.com\n"), "--offline", env=env)
    assert "李@qq.com" in ran.out


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_file_is_what_stdout_would_be(program: Program, folder: Path, form: str) -> None:
    """-o gives the same bytes as stdout, and leaves nothing beside the result."""
    file, output = listed(folder, f"{QQ}\nbad\n李@163.com\n"), folder / "out"
    ran = offline(program, file, "--format", form, "-o", str(output))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith(f"written to {output}\n")
    done = subprocess.run(
        command("setup", "--bulk", file, "--offline", "--format", form),
        env=program.variables, stdout=-1, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert output.read_bytes() == done.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["list.csv", "out"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("output", ["/nowhere/out.csv", "/dev/full", "/dev/full/out.csv"])
def test_an_output_that_cannot_be_written(program: Program, folder: Path, output: str, language: str) -> None:
    """A result that cannot be written is said so by its name: exit 2; a device stays the device it was."""
    ran = offline(program, listed(folder, f"{QQ}\n"), "-o", output, "--lang", language)
    refused(ran, language, output)
    assert Path("/dev/full").is_char_device()
    assert not Path("/dev/full.part").exists()


def test_a_folder_as_output(program: Program, folder: Path) -> None:
    """A folder is no result file, and is still there afterwards."""
    (folder / "out").mkdir()
    refused(offline(program, listed(folder, f"{QQ}\n"), "-o", str(folder / "out")), "en", str(folder / "out"))
    assert (folder / "out").is_dir()


def test_a_disk_that_fills_up(program: Program, folder: Path) -> None:
    """A disk that is full in the middle: exit 2, and with room again the same command ends in the same result."""
    file, output = listed(folder, "\n".join(f"u{number}@qq.com" for number in range(3000))), folder / "out.csv"
    arguments = command("setup", "--bulk", file, "--offline", "-o", str(output))
    limited = ["sh", "-c", 'ulimit -f 200; exec "$@"', "sh", *arguments]
    first = subprocess.run(limited, env=program.variables, capture_output=True, check=False)
    assert first.returncode == 2
    assert first.stderr.decode().startswith(f"mailwright: {output} cannot be written")
    assert b"Exception" not in first.stderr
    assert not output.exists()
    assert program("setup", "--bulk", file, "--offline", "-o", str(output)).code == 0
    assert output.read_bytes().decode() == without_o(program, file)


def without_o(program: Program, file: str) -> str:
    done = subprocess.run(
        command("setup", "--bulk", file, "--offline"), env=program.variables, stdout=-1, stderr=-1, check=False
    )
    return done.stdout.decode()


def test_a_reader_that_leaves(program: Program, folder: Path) -> None:
    """A long result into `head` ends quietly."""
    file = listed(folder, "\n".join(f"u{number}@qq.com" for number in range(3000)))
    shell = ["sh", "-c", '"$@" | head -1', "sh", *command("setup", "--bulk", file, "--offline", "--quiet")]
    done = subprocess.run(shell, env=program.variables, capture_output=True, check=False)
    assert done.stdout.startswith(b"row,address,verdict")
    assert done.stderr == b""


def test_five_thousand_rows(program: Program, folder: Path) -> None:
    """5,000 rows take seconds, come in their order, and memory stays flat."""
    rows = 5000
    file = listed(folder, "\n".join(f"u{number}@{('qq.com', '163.com')[number % 2]}" for number in range(rows)))
    begun = time.monotonic()
    script = "import os, resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=open(os.devnull, 'w'));"
    script += "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    arguments = command("setup", "--bulk", file, "--offline", "--quiet")
    done = subprocess.run(
        [arguments[0], "-c", script, *arguments], env=program.variables, capture_output=True, check=True
    )
    code, kilobytes = map(int, done.stdout.split())
    assert code == 0
    assert time.monotonic() - begun < 20
    assert kilobytes < 150_000
    ran = offline(program, file)
    assert [record["row"] for record in records(ran)] == [str(number + 1) for number in range(rows)]


def test_no_line_is_endless(program: Program, folder: Path) -> None:
    """A line of 50 MB is one bad row, and the next one is read."""
    file = listed(folder, b"x" * 50_000_000 + f"\n{QQ}\n".encode())
    ran = offline(program, file)
    assert [(record["row"], record["verdict"]) for record in records(ran)] == [("1", ""), ("2", "found")]
    assert Path(file).stat().st_size > 50_000_000
