"""Login names in PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import psycopg

from mailwright.web.autoconf.asking import PARAMETER
from mailwright.web.autoconf.lookups.finder import AT_ONCE, SECONDS, UnavailableError

if TYPE_CHECKING:
    from mailwright.web.autoconf.values import Postgresql

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


class InPostgresql:
    """See Finder. A few connections are kept open."""

    def __init__(self, way: Postgresql) -> None:
        self._connection = way.connection
        # The driver has its own sign for a parameter, and % has to be doubled for it.
        self._query = PARAMETER.sub("%(address)s", way.query.replace("%", "%%")).encode()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._idle: list[Connection] = []
        self._closed = False

    async def find(self, address: str) -> object:
        """See Finder. A connection that has died while nobody needed it is made anew."""
        async with self._turn:
            try:
                return await self._found(address)
            except (psycopg.Error, OSError) as error:
                raise UnavailableError from error

    def close(self) -> None:
        """See Finder."""
        self._closed = True
        for connection in self._idle:
            connection.pgconn.finish()
        self._idle.clear()

    async def _found(self, address: str) -> object:
        while self._idle:
            with contextlib.suppress(psycopg.OperationalError):
                return await self._ask(self._idle.pop(), address)
        return await self._ask(await self._open(), address)

    async def _open(self) -> Connection:
        made = await psycopg.AsyncConnection.connect(
            self._connection, autocommit=True, connect_timeout=int(SECONDS), prepare_threshold=None
        )
        await made.execute(b"SET default_transaction_read_only = on")
        await made.execute(f"SET statement_timeout = {int(SECONDS * 1000)}".encode())
        return made

    async def _ask(self, connection: Connection, address: str) -> object:
        try:
            row = await (await connection.execute(self._query, {"address": address})).fetchone()
        except BaseException:
            # Also where the time was over: what would come next on it belongs to the last question.
            connection.pgconn.finish()
            raise
        if self._closed or len(self._idle) >= AT_ONCE:
            connection.pgconn.finish()
        else:
            self._idle.append(connection)
        return row[0] if row else None
