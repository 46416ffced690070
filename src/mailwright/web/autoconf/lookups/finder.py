"""What all ways of looking up have in common, and the one way for each kind."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Protocol

from mailwright.core import BadInput
from mailwright.web.autoconf.values import Ldap, Postgresql, Sqlite, Table

if TYPE_CHECKING:
    from mailwright.web.autoconf.values import Way

SECONDS = 4.0
"""The longest a look-up may take."""
AT_ONCE = 4
"""Connections to one server."""


class UnavailableError(Exception):
    """Nobody could tell: that is no "no"."""


class Finder(Protocol):
    """One way."""

    async def find(self, address: str) -> object:
        """What stands for that address, None where nothing does. Raises UnavailableError."""

    def close(self) -> None:
        """No further look-ups."""


class InFile:
    """From the file itself."""

    def __init__(self, way: Table) -> None:
        self._names = way.names

    async def find(self, address: str) -> object:
        """See Finder."""
        return self._names.get(address)

    def close(self) -> None:
        """Nothing is open."""


def finder(way: Way) -> Finder:
    """Whoever looks up that way. Raises BadInput("serve.package") where its driver is not installed."""
    match way:
        case Table():
            return InFile(way)
        case Sqlite():
            from mailwright.web.autoconf.lookups.in_sqlite import InSqlite

            return InSqlite(way)
        case Postgresql():
            _needs("psycopg", "psycopg[binary]")
            from mailwright.web.autoconf.lookups.in_postgresql import InPostgresql

            return InPostgresql(way)
        case Ldap():
            _needs("ldap3", "ldap3")
            from mailwright.web.autoconf.lookups.in_ldap import InLdap

            return InLdap(way)


def _needs(module: str, package: str) -> None:
    if importlib.util.find_spec(module) is None:
        raise BadInput("serve.package", package=package)
