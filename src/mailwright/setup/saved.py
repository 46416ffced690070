"""The result file of a long list: written beside, renamed at the end, gone on with after a crash."""

from __future__ import annotations

import csv
import io
import json
import os
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mailwright.core import BadInput, Protocol
from mailwright.setup import owned

FIELDS = ("host", "port", "security", "username")
COLUMNS = (
    "row",
    "address",
    "verdict",
    "provider",
    "source",
    *(f"{protocol}_{field}" for protocol in Protocol for field in FIELDS),
    "secret",
    "findings",
    "problem",
)
SYNC_EVERY = 500
MAX_LINE = 256 * 1024
MAX_TEXT = 320
_CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")
_FORMULA = "=+-@\t\r\uff1d\uff0b\uff0d\uff20"


@dataclass(frozen=True, slots=True)
class BulkService:
    """One service of a record, its user name filled in."""

    protocol: str
    host: str
    port: int
    security: str
    username: str


@dataclass(frozen=True, slots=True)
class Record:
    """What was found out for one row. `problem`: what is wrong with the row itself; of it the id is saved."""

    row: int
    address: str
    verdict: str = ""
    provider: str = ""
    source: str = ""
    services: tuple[BulkService, ...] = ()
    secret: str = ""
    findings: tuple[str, ...] = ()
    problem: BadInput | None = None

    @property
    def problem_id(self) -> str:
        """As it is saved; "" if nothing is wrong."""
        return self.problem.id if self.problem is not None else ""


def kept(text: str) -> str:
    """What a record keeps of a row that is no address: shortened, without anything a terminal would obey."""
    return "".join("\ufffd" if unicodedata.category(c) in _CONTROL else c for c in text[:MAX_TEXT])


def as_line(record: Record) -> str:
    """One line of JSON."""
    return json.dumps(
        {
            "row": record.row,
            "address": record.address,
            "verdict": record.verdict,
            "provider": record.provider,
            "source": record.source,
            "services": [
                {"protocol": s.protocol, "host": s.host, "port": s.port, "security": s.security, "username": s.username}
                for s in record.services
            ],
            "secret": record.secret,
            "findings": record.findings,
            "problem": record.problem_id,
        },
        ensure_ascii=False,
    )


def as_row(record: Record) -> str:
    """One line of CSV; nothing in it is taken for a formula by a spreadsheet."""
    first = {s.protocol: s for s in reversed(record.services)}
    fields: list[str | int] = [record.row, record.address, record.verdict, record.provider, record.source]
    for protocol in Protocol:
        service = first.get(protocol)
        fields += [service.host, service.port, service.security, service.username] if service else [""] * len(FIELDS)
    fields += [record.secret, " ".join(record.findings), record.problem_id]
    return _csv(fields)


def _csv(fields: list[str | int]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([_harmless(f) if isinstance(f, str) else f for f in fields])
    return text.getvalue()


def _harmless(field: str) -> str:
    """The field as text for every spreadsheet; full-width signs begin a formula in some."""
    return f"'{field}" if field[:1] and field[0] in _FORMULA else field


class Saved:
    """Records on their way into a file (or, without a path, a stream).

    They go into FILE.part, which is renamed to FILE by finish(). A FILE.part that is there
    is gone on with: `done` is the number of the last row in it. What is no regular file
    (/dev/stdout, a pipe) is written to directly.
    """

    def __init__(self, path: Path | None, form: str, stream: IO[str] | None = None) -> None:
        self._path = path
        self._line: Callable[[Record], str] = as_row if form == "csv" else as_line
        self._form = form
        self._since_sync = 0
        self._direct = path is None or (path.exists() and not path.is_file())
        self.done, self.last_address, self.count = 0, "", 0
        try:
            self._file = stream if path is None and stream is not None else self._opened()
        except OSError as error:
            raise self._problem() from error
        if form == "csv" and (self._direct or self._file.tell() == 0):
            self._write(",".join(COLUMNS))

    @property
    def _part(self) -> Path:
        assert self._path is not None
        return self._path.with_name(self._path.name + ".part")

    def _problem(self) -> BadInput:
        return BadInput("input.output", file=str(self._path or "stdout"))

    def _opened(self) -> IO[str]:
        assert self._path is not None
        if self._direct:
            return self._path.open("w", encoding="utf-8", newline="")
        if self._path.exists():
            self._check_replaceable(self._path)
        file = owned.opened(self._part)
        try:
            self._recover(file)
        except BadInput:
            file.close()
            raise
        return io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)

    def _check_replaceable(self, path: Path) -> None:
        """Only an earlier result of the same format is replaced: a person's own file never is."""
        with path.open("rb") as file:
            line = file.readline(MAX_LINE)
        if line and not self._take(line, first=True):
            raise BadInput("input.output_other", file=str(path))
        self.done, self.last_address, self.count = 0, "", 0

    def _recover(self, file: IO[bytes]) -> None:
        """Keep the whole lines of an interrupted run, drop what was half-written.

        Raises BadInput("input.output_other") when a whole line is none of ours: nothing is dropped then.
        """
        end = 0
        for line in file:
            if not line.endswith(b"\n"):
                break
            if not self._take(line, first=end == 0):
                raise BadInput("input.output_other", file=str(self._part))
            end += len(line)
        file.truncate(end)
        file.seek(end)

    def _take(self, line: bytes, *, first: bool) -> bool:
        try:
            text = line.decode("utf-8").rstrip("\r\n")
            if self._form == "csv":
                if first:
                    return text == ",".join(COLUMNS)
                row, address = next(csv.reader([text], strict=True))[:2]
            else:
                record = json.loads(text)
                row, address = record["row"], record["address"]
            self.done, self.last_address, self.count = int(row), str(address), self.count + 1
        except (ValueError, KeyError, TypeError, StopIteration, csv.Error):
            return False
        return True

    def is_last(self, address: str) -> bool:
        """True when the last record that is there is the one of this address."""
        return self.last_address == (_harmless(address) if self._form == "csv" else address)

    def add(self, record: Record) -> None:
        """Write one record. Raises BadInput("input.output") when the disk does not take it."""
        self._write(self._line(record))
        self._since_sync += 1
        if self._since_sync >= SYNC_EVERY:
            self.sync()

    def _write(self, line: str) -> None:
        try:
            self._file.write(line + ("\r\n" if self._form == "csv" else "\n"))
        except BrokenPipeError:
            raise
        except OSError as error:
            self._drop()
            raise self._problem() from error

    def sync(self) -> None:
        """Everything added so far survives a crash from here on. Raises BadInput("input.output")."""
        self._since_sync = 0
        try:
            self._file.flush()
            if not self._direct:
                os.fsync(self._file.fileno())
        except BrokenPipeError:
            raise
        except OSError as error:
            self._drop()
            raise self._problem() from error

    def _drop(self) -> None:
        """The disk took a part of what was to be written: the next run cuts it off and goes on."""
        if self._path is not None:
            with suppress(OSError):
                self._file.close()

    def close(self) -> None:
        """Stop here; the next run goes on. Raises BadInput("input.output")."""
        if self._file.closed:
            return  # the disk was full: there is nothing more to be kept
        self.sync()
        if self._path is not None:
            self._file.close()

    def finish(self) -> None:
        """All rows are done: give the file its name. Raises BadInput("input.output")."""
        self.close()
        if self._path is not None and not self._direct:
            try:
                self._part.replace(self._path)
            except OSError as error:
                raise self._problem() from error
