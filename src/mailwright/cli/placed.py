"""Exported files on their way to disk or stdout: nothing is overwritten unasked, nothing is left half-written."""

from __future__ import annotations

import base64
import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright import answers, export
from mailwright.cli import secrets
from mailwright.core import BadInput

if TYPE_CHECKING:
    from mailwright.cli.parser import Arguments
    from mailwright.cli.screen import Screen
    from mailwright.core import Json

MAX_READ = 4 << 20
STDOUT = "-"


class Place:
    """Where the files go: a file, a folder (there already, ending in /, or needed for several), or stdout."""

    def __init__(self, named: str | None, *, several: bool, force: bool) -> None:
        self._named, self._several, self._force = named, several, force

    @property
    def _stdout(self) -> bool:
        return self._named in (None, STDOUT)

    def check(self) -> None:
        """Raises BadInput("input.output") where the file would go to a stdout that was closed (`>&-`)."""
        if self._stdout and sys.__stdout__ is None:
            raise BadInput("input.output", file="stdout")

    def put(
        self, screen: Screen, made: tuple[export.Exported, ...], *, dry: bool, json: bool
    ) -> dict[tuple[str, str], str]:
        """Write everything; the path of each file by format and name. Raises BadInput, and then nothing was written."""
        rows = [(one.format, file) for one in made for file in one.files]
        if self._stdout:
            if not json:
                self._printed(screen, rows, dry=dry)
            return {}
        targets = [(form, file, self._path(form, file, rows)) for form, file in rows]
        for _, file, path in targets:
            # A link that leads nowhere is somebody's, too: nothing secret is written through it unasked.
            if (path.exists() or (file.private and path.is_symlink())) and not self._force:
                raise BadInput("export.exists", file=str(path))
        if not dry:
            _written([(path, file) for _, file, path in targets])
        return {(form, file.name): str(path) for form, file, path in targets}

    def _printed(self, screen: Screen, rows: list[tuple[str, export.File]], *, dry: bool) -> None:
        if len(rows) > 1 or (rows and self._several):
            raise BadInput("export.where", count=len(rows))
        for _, file in rows:
            if dry:
                screen.note("export.would_write", file="stdout")
            elif b"\0" in file.data or not file.media.startswith(("text/", "application/xml", "application/json")):
                if sys.stdout.isatty():
                    raise BadInput("export.binary", file=file.name)
                _raw(file.data)
            elif sys.stdout.isatty():
                screen.data(file.data.decode("utf-8").rstrip("\n"))
            else:
                _raw(file.data)

    def _path(self, form: str, file: export.File, rows: list[tuple[str, export.File]]) -> Path:
        assert self._named is not None
        named = Path(self._named).expanduser()
        if self._several:
            return named / form / file.name
        if named.is_dir() or self._named.endswith(os.sep) or len(rows) > 1:
            return named / file.name
        return named


def _raw(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise BadInput("input.output", file="stdout") from error


def _written(targets: list[tuple[Path, export.File]]) -> None:
    """All beside their places first, then each gets its name. Raises BadInput("input.output")."""
    parts: list[tuple[Path, Path]] = []
    try:
        for path, file in targets:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                real = answers.beside.place(path)
                parts.append((answers.beside.part(real, file.data, private=file.private), real))
            except (OSError, ValueError) as error:
                raise BadInput("input.output", file=str(path)) from error
        for part, path in parts:
            try:
                part.replace(path)
            except OSError as error:
                raise BadInput("input.output", file=str(path)) from error
    finally:
        for part, _ in parts:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def read(path: Path) -> bytes:
    """A saved document; "-" is stdin. Raises BadInput: input.file, export.stdin (nothing came)."""
    try:
        if str(path) == STDOUT:
            raw = sys.stdin.buffer.read(MAX_READ + 1)
            if not raw.strip():
                raise BadInput("export.stdin")
            return raw
        with path.open("rb") as file:
            return file.read(MAX_READ + 1)
    except (OSError, ValueError) as error:
        raise BadInput("input.file", file=str(path)) from error


def signing(arguments: Arguments) -> export.Signer | None:
    """Certificate and key to sign with. Raises BadInput."""
    pair = (arguments.sign_cert, arguments.sign_key)
    if pair == (None, None):
        return None
    if None in pair:
        raise BadInput("export.sign_pair")
    certificate, key = (read(Path(name)) for name in pair)
    command = arguments.sign_key_password_command
    password = secrets.from_command(command) if command is not None else None
    chain = arguments.sign_chain
    made = export.Signing(
        certificate, key, tuple(read(Path(name)) for name in chain), password, (*map(str, pair), *chain)
    )
    return export.signer(made)  # what is wrong with it is said before a password is asked for


def document(file: export.File, path: str | None) -> dict[str, Json]:
    """A file in JSON: its path once it is written, else its content."""
    made: dict[str, Json] = {"name": file.name, "media": file.media, "private": file.private}
    if path is not None:
        return made | {"path": path}
    try:
        return made | {"text": file.data.decode("utf-8")}
    except UnicodeDecodeError:
        return made | {"base64": base64.b64encode(file.data).decode()}


def printed(screen: Screen, made: tuple[export.Exported, ...]) -> tuple[export.Exported, ...]:
    """With each page as PDF."""
    from mailwright.cli import pdf

    def _printed(file: export.File) -> export.File:
        return pdf.printed(file) if file.media.startswith("text/html") else file

    screen.progress(screen.words.say("progress.pdf"))
    try:
        return tuple(replace(one, files=tuple(map(_printed, one.files))) for one in made)
    finally:
        screen.clear()
