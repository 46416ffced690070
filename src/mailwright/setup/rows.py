"""Reading a list of addresses: CSV with or without a header, UTF-8 or GB18030 (Chinese spreadsheets)."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailwright.core import BadInput

HEADERS = frozenset({"address", "email", "e-mail", "mail", "mailbox", "邮箱", "邮箱地址", "电子邮箱", "邮件地址"})
CHUNK = 1 << 20
MAX_LINE = 64 * 1024
MAX_TEXT = 320


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (1 is the first line) and the text in the address column."""

    number: int
    text: str


def read(path: Path) -> Iterator[Row]:
    """The rows with something in them, one by one. Raises BadInput("input.file") before the first."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, errors="replace") as file:
        column = None
        for number, line in enumerate(file, start=1):
            fields = _fields(line.rstrip("\n"))
            if column is None:
                column, is_header = _column(fields)
                if is_header:
                    continue
            text = fields[column].strip() if column < len(fields) else ""
            if text or line.strip():
                yield Row(number, text)


def _fields(line: str) -> list[str]:
    """One line of CSV. A line that is none becomes one strange field: it is reported, and the rest goes on.

    Lines are read one by one, so that a stray quotation mark cannot swallow the rows after it.
    """
    if '"' not in line:
        return line.split("," if "," in line else ";" if ";" in line else "\t")
    try:
        return next(csv.reader([line[:MAX_LINE]], strict=True))
    except (csv.Error, StopIteration):
        return [line[:MAX_TEXT]]


def _column(first: list[str]) -> tuple[int, bool]:
    names = [field.strip().lower() for field in first]
    at = next((at for at, name in enumerate(names) if name in HEADERS), None)
    if at is not None:
        return at, True
    return next((at for at, name in enumerate(names) if "@" in name), 0), False


def _encoding(path: Path) -> str:
    """UTF-8 (with or without BOM) if the whole file is, else GB18030. Raises BadInput("input.file")."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    except OSError as error:
        raise BadInput("input.file", file=str(path)) from error
    return "utf-8-sig"
