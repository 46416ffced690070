"""Mailboxes that have broken some migration, moved between real servers: byte for byte, or told message by message."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from mailwright.migrate.mailbox import Fate
from tests.migrate import moving, servers

Serve = Callable[..., servers.Server]
# Some messages or folders of these can be read or kept by nobody; each has a test of its own, or is slow.
OTHERS = (
    "unreadable",
    "unopenable",
    "empty",
    "short_size",
    "healing_size",
    "dates",
    "many_folders",
    "large",
    "long_names",
)


def moved(serve: Serve, ground: Path, names: Iterable[str], store: str = "maildir") -> dict[str, tuple[int, bool]]:
    """Each mailbox moved: how many messages could not be copied, and whether the two sides are the same."""
    users = dict.fromkeys(names, moving.PASSWORD)
    source = serve(servers.dovecot, users=users, fsync="never")
    destination = serve(servers.dovecot, users=users, fsync="never", store=store)
    found = {}
    for oddity in servers.hostile(ground / "hostile", *users):
        source.load(oddity.name, oddity.root)
        oddity.finish(source.port, oddity.name, moving.PASSWORD)
        failed = 0
        for _ in range(2):
            done, rows = moving.passed(source.port, destination.port, ground / f"{oddity.name}.db", oddity.name)
            assert {row.fate for row in rows} <= {Fate.DONE, Fate.UNCHANGED}
            failed += done.progress.failed
        # Names may have to be others there; what is in the folders is the same.
        was, now = (moving.contents(server.port, oddity.name) for server in (source, destination))
        found[oddity.name] = failed, sorted(was.values()) == sorted(now.values())
    return found


@pytest.mark.parametrize("store", ["maildir", "mdbox"])
def test_hostile_mailboxes_are_moved_whole(serve: Serve, ground: Path, store: str) -> None:
    """Bytes, flags, dates and order, into either store."""
    names = [name for name in servers.HOSTILE if name not in OTHERS]
    assert moved(serve, ground, names, store) == dict.fromkeys(names, (0, True))


def test_what_cannot_be_kept_is_told(serve: Serve, ground: Path) -> None:
    """A message of no bytes, which no APPEND can carry, is counted; one that the source mends comes one pass later."""
    found = moved(serve, ground, ("empty", "short_size", "healing_size"))
    assert found["empty"] == (1, False)
    assert found["short_size"] == (1, False)
    assert found["healing_size"] == (0, True)
