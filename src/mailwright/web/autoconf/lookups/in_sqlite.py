"""Login names in an SQLite database, which is only read."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

from mailwright.web.autoconf.lookups.finder import SECONDS, UnavailableError
from mailwright.web.autoconf.lookups.threads import Threads

if TYPE_CHECKING:
    from mailwright.web.autoconf.values import Sqlite

# Instructions of SQLite's machine between two looks at the clock.
_STEPS = 10_000


class InSqlite:
    """See Finder."""

    def __init__(self, way: Sqlite) -> None:
        self._way, self._threads = way, Threads()

    async def find(self, address: str) -> object:
        """See Finder."""
        try:
            return await self._threads.run(lambda: self._find(address))
        except (sqlite3.Error, RuntimeError) as error:  # RuntimeError: closed meanwhile
            raise UnavailableError from error

    def close(self) -> None:
        """See Finder."""
        self._threads.close()

    def _find(self, address: str) -> object:
        ends = time.monotonic() + SECONDS
        where = f"{self._way.file.absolute().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(where, uri=True, timeout=SECONDS / 2)) as connection:
            connection.set_progress_handler(lambda: int(time.monotonic() > ends), _STEPS)
            row = connection.execute(self._way.query, {"address": address}).fetchone()
        return row[0] if row else None
