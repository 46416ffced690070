"""Many mailboxes at once in one process: none lost, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from figures.table import Table

from moving import running
from moving.ground import PASSWORD, settled
from moving.ours import Task
from tests.migrate import servers

if TYPE_CHECKING:
    from moving.ground import Ground

EACH = 100


def measured(place: Ground, boxes: int) -> list[Table]:
    """Copy them all, and read all of it again with another client."""
    written = place.filled("fay", EACH)
    names = [f"w{number}" for number in range(boxes)]
    place.twins("fay", names)
    settled()
    ports = (place.source.port, place.destination.port)
    rows = [(name, place.fresh(), str(place.folder / f"{name}.db")) for name in names]
    taken, said = running.ours(Task(ports, PASSWORD, rows, at_once=boxes))
    wanted = _contents(place.source, "fay")
    wrong = sum(_contents(place.destination, fresh) != wanted for _, fresh, _ in rows)
    count = boxes * written.messages
    title = f"4. {boxes} mailboxes at once, {written.messages} messages each"
    table = Table(title, ("", "seconds", "messages/s", "MB/s", "peak MB", "MB a mailbox"))
    width = boxes * written.bytes / 1e6 / taken
    table.row("ours", taken, round(count / taken), width, said["peak"], said["peak"] / boxes)
    table.bar("every message there once, whole, with flags and date", f"{wrong} mailboxes differ", reached=not wrong)
    table.notes.append("memory: two buffers for each mailbox, whatever its messages, and Python once")
    return [table]


def _contents(server: servers.Server, user: str) -> dict[str, list[tuple[tuple[str, ...], int, str]]]:
    found = servers.reread(server.port, user, PASSWORD)
    return {name: [(one.flags, one.date, one.digest) for one in messages] for name, messages in found.items()}
