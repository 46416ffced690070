"""Reading a list of addresses: CSV with or without a header, UTF-8, UTF-16 or GB18030 (spreadsheets)."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mailwright.core import BadInput

SEPARATORS = ",;\t"
CHUNK = 1 << 20
MAX_LINE = 64 * 1024
MAX_TEXT = 320
# RFC 4180 has no word on encodings; spreadsheets put one of these in front.
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BETWEEN = re.compile(r"[\s_\u2010-]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (1 is the first line) and the text in the address column."""

    number: int
    text: str


def read(path: Path, headers: Sequence[str]) -> Iterator[Row]:
    """The rows with something in them, one by one.

    `headers` name the address column, the surest first, in lower case, without blanks, hyphens and underscores.

    Raises BadInput("input.file") before the first.
    """
    with closing(_text(path)) as file:
        separator, column = "", -1
        for number, line in enumerate(_lines(file), start=1):
            separator = separator or _separator(line)
            fields, filled = _fields(line, separator or ","), bool(line.strip(f"{SEPARATORS} "))
            if column < 0 and filled:
                column, is_header = _column(fields, headers)
                filled = not is_header
            if filled:
                yield Row(number, fields[column].strip() if column < len(fields) else "")


def _lines(file: IO[str]) -> Iterator[str]:
    """Without their ends; of a line that never ends only the beginning is kept."""
    while line := file.readline(MAX_LINE):
        rest = line
        while rest and not rest.endswith("\n"):
            rest = file.readline(MAX_LINE)
        yield line.rstrip("\n")


def _separator(line: str) -> str:
    """What the first line that has one separates its fields with; "" if it has none."""
    bare = "".join(line.split('"')[::2])  # outside of quotation marks
    return max(SEPARATORS, key=bare.count) if any(sign in bare for sign in SEPARATORS) else ""


def _fields(line: str, separator: str) -> list[str]:
    """One line of CSV. A line that is none becomes one strange field: it is reported, and the rest goes on.

    Lines are read one by one, so that a stray quotation mark cannot swallow the rows after it.
    """
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, strict=True))
    except (csv.Error, StopIteration):
        return [line[:MAX_TEXT]]


def _column(first: list[str], headers: Sequence[str]) -> tuple[int, bool]:
    # NFKC: full-width letters, and the blanks of spreadsheets.
    names = [_BETWEEN.sub("", unicodedata.normalize("NFKC", field).lower()) for field in first]
    named = next((header for header in headers if header in names), None)
    if named is not None:
        return names.index(named), True
    return next((at for at, name in enumerate(names) if "@" in name), 0), False


def _text(path: Path) -> IO[str]:
    """The file as text. Raises BadInput("input.file")."""
    try:
        file = _seekable(path)
        encoding = _encoding(file)
        file.seek(0)
    except OSError as error:
        raise BadInput("input.file", file=str(path)) from error
    return io.TextIOWrapper(file, encoding=encoding, errors="replace")


def _seekable(path: Path) -> IO[bytes]:
    """The file itself; a copy of what a pipe gives (`--bulk <(…)`), which can be read only once."""
    file = path.open("rb")
    if file.seekable():
        return file
    import tempfile

    with file:
        copy = tempfile.TemporaryFile()  # noqa: SIM115  # its reader closes it
        while chunk := file.read(CHUNK):
            copy.write(chunk)
    copy.seek(0)
    return copy


def _encoding(file: IO[bytes]) -> str:
    """What the mark in front says; else UTF-8 if the whole file is, else GB18030."""
    start = file.read(4)
    file.seek(0)
    marked = next((name for mark, name in MARKS if start.startswith(mark)), None)
    if marked is not None:
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"
