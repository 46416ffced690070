"""The result file of a long list: written beside, renamed at the end, gone on with after a crash."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mailwright.core import BadInput, Protocol

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
    """What was found out for one row. `problem`: id of what is wrong with the row itself, "" if nothing."""

    row: int
    address: str
    verdict: str = ""
    provider: str = ""
    source: str = ""
    services: tuple[BulkService, ...] = ()
    secret: str = ""
    findings: tuple[str, ...] = ()
    problem: str = ""


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
            "problem": record.problem,
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
    fields += [record.secret, " ".join(record.findings), record.problem]
    return _csv(fields)


def _csv(fields: list[str | int]) -> str:
    text = io.StringIO()
    safe = [f"'{f}" if isinstance(f, str) and f[:1] in "=+-@\t\r" and f else f for f in fields]
    csv.writer(text, lineterminator="").writerow(safe)
    return text.getvalue()


class Saved:
    """Records on their way into a file (or, without a path, a stream).

    They go into FILE.part, which is renamed to FILE by finish(). A FILE.part that is there
    is gone on with: `done` is the number of the last row in it.
    """

    def __init__(self, path: Path | None, form: str, stream: IO[str] | None = None) -> None:
        self._path = path
        self._line: Callable[[Record], str] = as_row if form == "csv" else as_line
        self._form = form
        self._since_sync = 0
        self.done, self.last_address, self.count = 0, "", 0
        try:
            self._file = stream if path is None and stream is not None else self._opened()
        except OSError as error:
            raise BadInput("input.output", file=str(path)) from error
        if self.count == 0 and form == "csv":
            self._file.write(",".join(COLUMNS) + "\r\n")

    @property
    def _part(self) -> Path:
        assert self._path is not None
        return self._path.with_name(self._path.name + ".part")

    def _opened(self) -> IO[str]:
        if self._part.exists():
            self._recover()
        return self._part.open("a", encoding="utf-8", newline="")

    def _recover(self) -> None:
        """Keep the whole lines of an interrupted run, drop what was half-written."""
        with self._part.open("rb+") as file:
            end = 0
            for line in file:
                if not line.endswith(b"\n") or not self._take(line):
                    break
                end += len(line)
            file.truncate(end)

    def _take(self, line: bytes) -> bool:
        try:
            text = line.decode("utf-8").rstrip("\r\n")
            if self._form == "csv":
                row, address = next(csv.reader([text]))[:2]
                if row == COLUMNS[0]:
                    return True
                address = address[1:] if address[:2] in ("'=", "'+", "'-", "'@") else address
            else:
                record = json.loads(text)
                row, address = record["row"], record["address"]
            self.done, self.last_address, self.count = int(row), str(address), self.count + 1
        except (ValueError, KeyError, TypeError, StopIteration):
            return False
        return True

    def add(self, record: Record) -> None:
        """Write one record. Raises BadInput("input.output") when the disk does not take it."""
        end = "\r\n" if self._form == "csv" else "\n"
        try:
            self._file.write(self._line(record) + end)
            self._since_sync += 1
            if self._since_sync >= SYNC_EVERY:
                self.sync()
        except OSError as error:
            raise BadInput("input.output", file=str(self._path or "-")) from error

    def sync(self) -> None:
        """Everything added so far survives a crash from here on."""
        self._since_sync = 0
        self._file.flush()
        if self._path is not None:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Stop here; the next run goes on."""
        try:
            self.sync()
            if self._path is not None:
                self._file.close()
        except OSError as error:
            raise BadInput("input.output", file=str(self._path or "-")) from error

    def finish(self) -> None:
        """All rows are done: give the file its name."""
        self.close()
        if self._path is not None:
            self._part.replace(self._path)
