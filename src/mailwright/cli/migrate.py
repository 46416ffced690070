"""`mailwright migrate`: one mailbox into another, again and again until both hold the same."""

from __future__ import annotations

import hashlib
import shlex
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mailwright import migrate, wire
from mailwright.cli import migrate_sides as sides
from mailwright.cli import migrate_told as told
from mailwright.cli import reach
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import BadInput

PAIRS = 2
TICK = 0.3


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    source, destination = sides.typed(arguments, "from"), sides.typed(arguments, "to")
    if source.name == destination.name:
        raise BadInput("migrate.same")
    _check(arguments)
    folders = _folders(arguments)
    job = told.Job(source.name, destination.name, _command(arguments))
    path = Path(arguments.journal) if arguments.journal else None
    if arguments.action == "status":
        return _status(arguments, screen, job, _known(job) if path is None else path)
    if arguments.action == "compare" and path is not None and not path.is_file():
        raise BadInput("migrate.no_journal", file=str(path))
    try:
        with _alone(None if arguments.dry_run else path):
            return _online(arguments, screen, job, (source, destination, folders, path))
    except sides.Unproved as unproved:
        if arguments.json:
            screen.document(told.unproved(job, unproved))
        else:
            screen.say("migrate.side", side=screen.words.move(f"side.{unproved.side}"))
        return Exit.UNKNOWN if unproved.result.verdict == "unknown" else Exit.BROKEN


def _check(arguments: Arguments) -> None:
    options = arguments.options
    for side in ("from", "to"):
        given = [name for name in ("password", "token") if options[f"{side}_{name}_command"] is not None]
        if len(given) == 2:
            raise BadInput("input.together", first=f"--{side}-password-command", second=f"--{side}-token-command")
        if given and arguments.passwords_stdin:
            raise BadInput("input.together", first="--passwords-stdin", second=f"--{side}-{given[0]}-command")


def _folders(arguments: Arguments) -> migrate.names.Choices:
    renamed: dict[str, str] = {}
    for text in arguments.folder:
        old, sign, new = text.partition("=")
        if not sign or not old or not new:
            raise BadInput("migrate.folder", text=text[:80])
        renamed[old] = new
    return migrate.names.Choices(renamed, tuple(arguments.exclude), arguments.below or "")


def _command(arguments: Arguments) -> str:
    """What the person types to go on."""
    words = ["mailwright", "migrate", arguments.source, arguments.destination]
    for name, value in arguments.options.items():
        if name in ("source", "destination", "dry_run"):
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            if one is not None and one is not False:
                words += [f"--{name.replace('_', '-')}"] if one is True else [f"--{name.replace('_', '-')}", str(one)]
    return shlex.join(words)


def _place(source: str, destination: str, end: str = "db") -> Path:
    import platformdirs

    name = hashlib.sha256(f"{source}\n{destination}".encode()).hexdigest()[:24]
    return Path(platformdirs.user_state_dir("mailwright")) / "migrate" / f"{name}.{end}"


def _known(job: told.Job) -> Path:
    """The journal of what was typed, without asking any server what it stands for."""
    typed = _place(job.source, job.destination, "typed")
    return typed.with_name(typed.read_text(encoding="ascii").strip()) if typed.is_file() else typed


def _remembered(job: told.Job, source: str, destination: str) -> Path:
    """The journal of two mailboxes, the same however they were typed; `status` finds it by this spelling."""
    path, typed = _place(source, destination), _place(job.source, job.destination, "typed")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        typed.write_text(path.name, encoding="ascii")
        typed.chmod(0o600)
    except OSError as error:
        raise BadInput("migrate.journal", file=str(typed), reason=str(error)[:200]) from error
    return path


@contextmanager
def _alone(path: Path | None) -> Iterator[None]:
    """Nobody else works with this journal meanwhile; the system lets go of the lock whatever becomes of us."""
    if path is None:
        yield
        return
    file = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = sqlite3.connect(file, timeout=0, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise BadInput("migrate.journal", file=str(path), reason=str(error)[:200]) from error
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise BadInput("migrate.busy", file=str(path)) from error
            raise BadInput("migrate.journal", file=str(path), reason=str(error)[:200]) from error
        file.chmod(0o600)
        yield


def _status(arguments: Arguments, screen: Screen, job: told.Job, path: Path) -> int:
    if not path.is_file():
        raise BadInput("migrate.no_journal", file=str(path))
    with closing(migrate.journal.Journal(path, {})) as journal:
        result = told.Result(job, journal)
        waiting = journal.counts().get(migrate.journal.State.WAITING, (0, 0))[0]
        told.show(screen, result, json=arguments.json)
        return Exit.BROKEN if result.failed or waiting else Exit.WORKS


# Both mailboxes, which folders become which, and the journal.
Chosen = tuple[sides.Mailbox, sides.Mailbox, migrate.names.Choices, Path | None]


def _online(arguments: Arguments, screen: Screen, job: told.Job, chosen: Chosen) -> int:
    folders, path = chosen[2:]
    source, destination = (sides.prepared(arguments, screen, who) for who in chosen[:2])
    if source.same(destination):
        raise BadInput("migrate.same")
    settings = reach.settings(arguments)
    here, there = sides.side(settings, source), sides.side(settings, destination)
    try:
        if arguments.dry_run:
            return _dry(arguments, screen, job, (here, there, folders))
        about = {"source": source.name, "destination": destination.name}
        own = _remembered(job, source.name, destination.name) if path is None else path
        if arguments.action == "compare" and not own.is_file():
            raise BadInput("migrate.no_journal", file=str(own))
        with _alone(own if path is None else None), closing(migrate.journal.Journal(own, about)) as journal:
            if arguments.action == "compare":
                return _compared(arguments, screen, job, (here, there, journal))
            return _moved(
                arguments,
                screen,
                job,
                migrate.mailbox.Move(here, there, journal, migrate.keeping.Losses().keeping, folders=folders),
            )
    except migrate.pump.Broken as broken:
        return told.unreached(screen, job, broken.side, broken.error, json=arguments.json)


def _moved(arguments: Arguments, screen: Screen, job: told.Job, move: migrate.mailbox.Move) -> int:
    losses = migrate.keeping.Losses()
    move.keeping = losses.keeping
    move.choices = migrate.mailbox.Choices(pairs=int(arguments.pairs or PAIRS), newest=arguments.newest_first)
    if arguments.retry_failed:
        move.journal.retry()
    live = told.Live(screen, move, json=arguments.json)
    move.tell, move.ready = live.through, live.ready
    rows, stopped = _waited(screen, move, live)
    result = told.Result(job, move.journal, rows, move.plan, losses, stopped=stopped)
    told.show(screen, result, json=arguments.json)
    if stopped:
        return Exit.STOPPED
    return Exit.BROKEN if result.failed or result.troubled else Exit.WORKS


def _waited(screen: Screen, move: migrate.mailbox.Move, live: told.Live) -> tuple[list[migrate.mailbox.Row], bool]:
    """The move in a thread, so that ^C is heard here: the first stops gently, the second at once."""
    outcome: list[list[migrate.mailbox.Row] | BaseException] = []

    def work() -> None:
        try:
            outcome.append(move.run())
        except BaseException as error:  # noqa: BLE001  # raised again below
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True)
    stopped = False
    try:
        thread.start()
        while thread.is_alive():
            thread.join(TICK)
            live.tick(time.monotonic())
    except KeyboardInterrupt:
        stopped = True
        move.stop.set()
        screen.clear()
        screen.note("migrate.stopping")
        try:
            thread.join()
        except KeyboardInterrupt:
            move.abort()
            raise
    screen.clear()
    result = outcome[0]
    if isinstance(result, BaseException):
        if not (stopped and isinstance(result, migrate.pump.Broken)):
            raise result
        return [], True
    return result, stopped and any(row.fate is migrate.mailbox.Fate.STOPPED for row in result)


def _compared(
    arguments: Arguments,
    screen: Screen,
    job: told.Job,
    given: tuple[migrate.side.Side, migrate.side.Side, migrate.journal.Journal],
) -> int:
    found = []
    try:
        for one in migrate.compare.compare(*given, migrate.keeping.Losses().keeping):
            found.append(one)
            if not arguments.json:
                told.compared(screen, one)
    except wire.WireError as error:
        return told.unreached(screen, job, "", error, json=arguments.json)
    good = bool(found) and all(one.good for one in found)
    told.verdict(screen, job, found, json=arguments.json)
    return Exit.WORKS if good else Exit.BROKEN


def _dry(
    arguments: Arguments,
    screen: Screen,
    job: told.Job,
    given: tuple[migrate.side.Side, migrate.side.Side, migrate.names.Choices],
) -> int:
    here, there, folders = given
    losses = migrate.keeping.Losses()
    sizes: dict[str, tuple[int, int]] = {}
    with _opened("source", here) as source, _opened("destination", there) as destination:
        found = migrate.side.listed(source)
        plan = migrate.names.plan(
            migrate.namespaces.View(found, migrate.side.spaces(source)),
            migrate.namespaces.View(migrate.side.listed(destination), migrate.side.spaces(destination)),
            folders,
        )
        for one in plan.folders:
            if one.destination is not None:
                sizes[one.source] = _counted(source, one.source, losses)
    told.planned(screen, job, (plan, sizes, losses), json=arguments.json)
    return Exit.WORKS


def _counted(line: wire.bulk.Line, folder: str, losses: migrate.keeping.Losses) -> tuple[int, int]:
    """Messages and bytes; what could not be kept of them anywhere is noted."""
    keep = losses.keeping(migrate.side.Opened(0, 0, 0, 0, None))
    count = size = 0
    metas = migrate.fetch.Reader(line).metas("1:*") if migrate.side.select(line, folder, readonly=True).messages else ()
    for meta in metas:
        keep(meta)
        count, size = count + 1, size + meta.size
    return count, size


@contextmanager
def _opened(name: str, side: migrate.side.Side) -> Iterator[wire.bulk.Line]:
    try:
        line = side.open()
    except wire.WireError as error:
        raise migrate.pump.Broken(name, error, opening=True) from error
    try:
        yield line
    except wire.WireError as error:
        raise migrate.pump.Broken(name, error) from error
    finally:
        line.close()
