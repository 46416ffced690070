"""Two Dovecots and what is in them; each copy goes to a user who has had nothing so far."""

from __future__ import annotations

import itertools
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.migrate import servers
from tests.migrate.servers import maildir
from tests.migrate.servers import server as places

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "a secret"
SEED = 1
USERS = 6000
DATE = 1700000000
# Each user at once from one address, and some of them several times.
EXTRA = "mail_max_userip_connections = 500\n"


@dataclass(slots=True)
class Ground:
    """`source` and `destination`, in `folder`."""

    folder: Path
    source: servers.Server
    destination: servers.Server
    written: dict[str, servers.Written] = field(default_factory=dict)
    _fresh: Iterator[str] = field(default_factory=lambda: (f"u{number}" for number in itertools.count()))

    def fresh(self) -> str:
        """A user of the destination whose mailbox is empty, once the disk has nothing more to do.

        Nothing is ever deleted: ext4 makes files far slower just after many were.
        """
        os.sync()
        return next(self._fresh)

    def filled(self, user: str, messages: int) -> servers.Written:
        """Give a user of the source that many messages, and have the server look at them all once."""
        if user not in self.written:
            self.written[user] = servers.corpus(self.folder / user, messages, SEED)
            self.source.load(user, self.folder / user)
            servers.reread(self.source.port, user, PASSWORD)
        return self.written[user]

    def huge(self, user: str, size: int) -> None:
        """Give a user of the source one message of about `size` bytes."""
        root = maildir.folder(self.folder / user)
        head = b"From: <a@mail.test>\nSubject: huge\nMessage-ID: <huge@mail.test>\n\n"
        line = b"0123456789abcdef" * 4 + b"\n"
        block, blocks = line * 16384, size // (len(line) * 16384)
        path = root / "cur" / f"{DATE}.M1P1.mail.test:2,S"
        with path.open("wb") as file:
            file.write(head)
            for _ in range(blocks):
                file.write(block)
        os.utime(path, (DATE, DATE))
        self.source.load(user, root)

    def twins(self, user: str, names: list[str]) -> None:
        """The mailbox of a user of the source once more for each of `names`, down to UIDs and mod-sequences."""
        for name in names:
            places.copied(self.source.path(user), self.source.path(name), self.source.path(user).stat().st_uid)


@contextmanager
def ground() -> Iterator[Ground]:
    """Both servers until the block ends. Raises Problem where there is no Dovecot."""
    numbered = (f"{kind}{number}" for kind in "umw" for number in range(USERS))
    users = dict.fromkeys(("anna", "bea", "cleo", "dora", "emil", "fay", *numbered), PASSWORD)
    with servers.place() as folder, ExitStack() as stack:
        source, destination = (
            stack.enter_context(servers.dovecot(folder / name, users=users, tls=True, extra=EXTRA)) for name in "sd"
        )
        yield Ground(folder, source, destination)


def settled() -> None:
    """Let whatever the servers still write be written."""
    os.sync()
    time.sleep(0.2)
