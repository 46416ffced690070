"""`mailwright setup --bulk FILE.csv`: many addresses, resumable, one record per row."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright import book, setup, texts
from mailwright.cli import reach, secrets
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import BadInput, EmailAddress, Problem, Protocol, Secret

if TYPE_CHECKING:
    from mailwright import wire

TELL_EVERY = 0.2
JOBS = 32


@dataclass(slots=True)
class Tally:
    """How it goes, for the progress line and the last one."""

    verdicts: Counter[str] = field(default_factory=Counter)
    bad: int = 0
    done: int = 0
    started: float = field(default_factory=time.monotonic)
    told: float = 0.0


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    path = Path(arguments.bulk)
    if arguments.output is not None and _same_file(path, Path(arguments.output)):
        raise BadInput("input.output_is_input", file=arguments.output)
    form = arguments.format or ("jsonl" if arguments.json else "csv")
    listed = setup.rows.read(path, texts.headers())
    first = next(listed, None)
    if first is None:
        raise BadInput("input.empty_list", file=str(path))
    output = _output(arguments, form)
    todo = _remaining(itertools.chain([first], listed), output, arguments)
    if output.count:
        screen.note("bulk.resumed", done=output.count)
    tally = Tally(done=output.count)
    try:
        asyncio.run(_work(arguments, screen, todo, (output, tally)))
    except KeyboardInterrupt:
        output.close()
        screen.clear()
        screen.note("bulk.stopped", done=tally.done)
        return Exit.STOPPED
    except Problem:
        output.close()
        raise
    output.finish()
    code = _concluded(screen, tally)
    if arguments.output is not None:
        screen.note("bulk.saved", file=arguments.output)
    return code


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False  # one of them is not there


def _output(arguments: Arguments, form: str) -> setup.saved.Saved:
    if arguments.output is None and hasattr(sys.stdout, "reconfigure"):
        # Addresses are data: they must not turn into question marks on a terminal that lacks letters.
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return setup.saved.Saved(None if arguments.output is None else Path(arguments.output), form, sys.stdout)


def _remaining(
    listed: Iterator[setup.rows.Row], output: setup.saved.Saved, arguments: Arguments
) -> Iterator[setup.rows.Row]:
    """What an interrupted run has not done. Raises BadInput("input.output_other") if it was another list's."""
    if output.count == 0:
        return listed
    skipped = [row for row in itertools.islice(listed, output.count) if row.number == output.done]
    if not skipped or not output.is_last(_as_saved(skipped[-1].text)):
        raise BadInput("input.output_other", file=f"{arguments.output}.part")
    return listed


def _as_saved(text: str) -> str:
    """How a record names the address of a row."""
    try:
        return str(EmailAddress.parse(text))
    except BadInput:
        return setup.saved.kept(text)


async def _work(
    arguments: Arguments, screen: Screen, todo: Iterator[setup.rows.Row], into: tuple[setup.saved.Saved, Tally]
) -> None:
    from mailwright import wire

    shelf = book.Book(reach.own_book(arguments))
    async with wire.World(reach.settings(arguments)) as world:
        job = _job(arguments, shelf, None if arguments.offline else world)
        async for record in job.records(todo):
            _note(screen, record, into)


def _note(screen: Screen, record: setup.saved.Record, into: tuple[setup.saved.Saved, Tally]) -> None:
    output, tally = into
    output.add(record)
    tally.done += 1
    tally.verdicts[record.verdict] += 1
    if record.problem is not None:
        tally.bad += 1
        screen.clear()
        screen.note("bulk.row", row=record.row, say=screen.words.problem(record.problem).say)
    now = time.monotonic()
    if now - tally.told > TELL_EVERY:
        tally.told = now
        found = tally.verdicts["found"] + tally.verdicts["works"]
        rate = tally.done / max(now - tally.started, 0.001)
        screen.progress(screen.words.say("progress.bulk", done=tally.done, found=found, rate=rate))


def _job(arguments: Arguments, shelf: book.Book, world: wire.World | None) -> setup.bulk.Bulk:
    token = arguments.token_command is not None
    command = arguments.token_command if token else arguments.password_command

    async def secret_of(address: EmailAddress) -> Secret:
        return await asyncio.to_thread(secrets.from_command, command, address)

    return setup.bulk.Bulk(
        shelf,
        world,
        jobs=int(arguments.jobs or JOBS),
        incoming=Protocol(arguments.protocol) if arguments.protocol else None,
        token=token,
        secret_of=secret_of if command is not None else None,
        options=reach.discovery(arguments),
        trusted=frozenset(host.lower() for host in arguments.trust_host),
    )


def _concluded(screen: Screen, tally: Tally) -> int:
    screen.clear()
    counts = tally.verdicts
    screen.note(
        "bulk.done",
        done=tally.done,
        found=counts["found"],
        works=counts["works"],
        broken=counts["broken"],
        unknown=counts["unknown"],
        bad=tally.bad,
    )
    if counts["broken"] or tally.bad:
        return Exit.BROKEN
    return Exit.UNKNOWN if counts["unknown"] else Exit.WORKS
