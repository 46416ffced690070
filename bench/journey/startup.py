"""`setup --offline` as a whole process, and a long list answered from the book inside one."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import statistics
import tempfile
from pathlib import Path

from figures import pairs, process
from figures.table import Table

from mailwright import cli

RUNS = 10
ROWS = 50_000
# Of the book, the largest first, as they would stand in a list of customers.
DOMAINS = ("qq.com", "163.com", "gmail.com", "outlook.com", "126.com", "sina.com", "aliyun.com", "yahoo.com", "gmx.de")
MOST_SECONDS, LEAST_ROWS = 0.25, 20_000


def measured(rounds: int) -> list[Table]:
    """Both tables."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["MAILWRIGHT_CONFIG"] = scratch  # no book of the person's own
        return [_process(), _bulk(Path(scratch), rounds)]


def _process() -> Table:
    ours = ["-m", "mailwright", "setup", "li@qq.com", "--offline"]
    taken, floor = pairs.alternated(RUNS, [lambda: process.python(ours), lambda: process.python(["-c", "pass"])])
    table = Table("3a. `setup li@qq.com --offline`, whole process", ("", "median s", "fastest s", "times the floor"))
    table.row("python -c pass", statistics.median(floor), min(floor), 1.0)
    table.row("mailwright", statistics.median(taken), min(taken), pairs.ratio(taken, floor))
    median = statistics.median(taken)
    table.bar(f"at most {MOST_SECONDS} s", f"{median:.3f} s", reached=median <= MOST_SECONDS)
    return table


def _bulk(scratch: Path, rounds: int) -> Table:
    listed, output = scratch / "list.csv", scratch / "out.csv"
    write_list(listed, ROWS, DOMAINS)
    _ours(listed, output)
    ready = _ready(output)

    def bare() -> float:
        return ROWS / pairs.seconds(lambda: _bare(listed, scratch / "bare.csv", ready))

    def ours() -> float:
        return ROWS / pairs.seconds(lambda: _ours(listed, output))

    taken, floor = pairs.alternated(rounds, [ours, bare])
    same = output.read_bytes() == (scratch / "bare.csv").read_bytes()
    title = f"3b. `setup --bulk --offline`, {ROWS:,} addresses of the book, in process"
    table = Table(title, ("", "addresses/s", "share"))
    table.row("csv, a dictionary and the answers ready", statistics.median(floor), 1.0)
    table.row("mailwright", statistics.median(taken), pairs.ratio(taken, floor))
    rate = statistics.median(taken)
    table.bar(f"at least {LEAST_ROWS:,} addresses/s", f"{rate:,.0f}", reached=rate >= LEAST_ROWS)
    table.notes.append(f"both wrote the same bytes: {'yes' if same else 'NO'}")
    return table


def write_list(path: Path, rows: int, domains: tuple[str, ...]) -> None:
    """A list of made-up people: a header and `rows` addresses."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("name,email\r\n")
        for number in range(rows):
            file.write(f"Person {number},person{number}@{domains[number % len(domains)]}\r\n")


def _ours(listed: Path, output: Path) -> None:
    output.unlink(missing_ok=True)
    with contextlib.redirect_stderr(io.StringIO()):
        code = cli.main(["setup", "--bulk", str(listed), "--offline", "--output", str(output)])
    assert code == 0, code


def _ready(output: Path) -> dict[str, str]:
    """Domain → what stands behind the address, with the address as `%`."""
    with output.open(encoding="utf-8", newline="") as file:
        lines = file.read().split("\r\n")
    found = {}
    for line in lines[1 : len(DOMAINS) + 1]:
        _, address, rest = line.split(",", 2)
        found[address.partition("@")[2]] = rest.replace(address, "%")
    return {"": lines[0], **found}


def _bare(listed: Path, output: Path, ready: dict[str, str]) -> None:
    """The same file, with every answer known already."""
    with listed.open(encoding="utf-8", newline="") as source, output.open("w", encoding="utf-8", newline="") as target:
        rows = csv.reader(source)
        next(rows)
        target.write(ready[""] + "\r\n")
        for number, row in enumerate(rows, 2):
            address = row[1]
            rest = ready[address.rpartition("@")[2]].replace("%", address)
            target.write(f"{number},{address},{rest}\r\n")
