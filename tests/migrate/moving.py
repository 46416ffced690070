"""A move between two servers on loopback, in this process or, to be killed, in one of its own.

python -m tests.migrate.moving SOURCE DESTINATION USER JOURNAL    (ports; passwords are PASSWORD)
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailwright import wire
from mailwright.core import Endpoint, Protocol, Secret, Security
from mailwright.migrate.journal import Journal
from mailwright.migrate.keeping import Losses
from mailwright.migrate.mailbox import Choices, Fate, Move, Row
from mailwright.migrate.pump import Broken
from mailwright.migrate.side import Side
from mailwright.wire.bulk import SignIn
from tests.migrate import servers
from tests.migrate.servers.server import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterable

PASSWORD = "a secret"


def side(port: int, user: str = "anna") -> Side:
    """`user`'s mailbox at the server on that port, in the clear."""
    endpoint = Endpoint(Protocol.IMAP, ADDRESS, port, Security.NONE)
    return Side(wire.Settings(), SignIn(endpoint, user, Secret(PASSWORD)))


def move(source: Side, destination: Side, journal: Journal, **given: Any) -> Move:
    """One pass, not run yet."""
    choices = Choices(**given)
    return Move(source, destination, journal, Losses().keeping, choices=choices)


def passed(source: int, destination: int, journal: Path, user: str = "anna", **given: Any) -> tuple[Move, list[Row]]:
    """One pass, run: the move and the fate of each folder."""
    book = Journal(journal, {"source": user})
    try:
        done = move(side(source, user), side(destination, user), book, **given)
        return done, done.run()
    finally:
        book.close()


def contents(port: int, user: str = "anna") -> dict[str, list[tuple[tuple[str, ...], int, str]]]:
    """Folder → flags, date and digest of its messages in order, as an independent client reads them."""
    found = servers.reread(port, user, PASSWORD)
    return {name: [(one.flags, one.date, one.digest) for one in messages] for name, messages in found.items()}


def is_through(rows: Iterable[Row]) -> bool:
    """True when every folder is as it is at the source."""
    return all(row.fate in {Fate.DONE, Fate.UNCHANGED} for row in rows)


def tell(*lines: str) -> None:
    """To whoever started this."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def main(source: str, destination: str, user: str, journal: str) -> int:
    """0 when all is there, 1 when some folder is not, 2 when a server cannot be reached."""
    tell("go")
    try:
        _, rows = passed(int(source), int(destination), Path(journal), user)
    except Broken as broken:
        tell(str(broken))
        return 2
    tell(*map(str, rows))
    return 0 if is_through(rows) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
