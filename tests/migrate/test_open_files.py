"""Many mailboxes at once have many files open."""

from __future__ import annotations

import os
import resource
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tests.migrate import moving, servers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ABOVE = 1024  # what select() can tell apart


def test_a_copy_while_over_a_thousand_files_are_open(serve: Callable[..., servers.Server], ground: Path) -> None:
    source, destination = (serve(servers.dovecot, users={"anna": moving.PASSWORD}) for _ in range(2))
    servers.corpus(ground / "corpus", messages=40, seed=1)
    source.load("anna", ground / "corpus")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        if soft < 2 * ABOVE:
            resource.setrlimit(resource.RLIMIT_NOFILE, (2 * ABOVE, hard))
            stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(ABOVE):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        _, rows = moving.passed(source.port, destination.port, ground / "journal")
    assert moving.is_through(rows), rows
    assert moving.contents(destination.port) == moving.contents(source.port)
