"""Login names in a directory."""

from __future__ import annotations

import contextlib
import ssl
import warnings
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailwright.web.autoconf.lookups.finder import SECONDS, UnavailableError
from mailwright.web.autoconf.lookups.threads import Threads

with warnings.catch_warnings():
    # It asks pyasn1 for names by which it does not go any more.
    warnings.simplefilter("ignore", DeprecationWarning)
    import ldap3
    from ldap3.core.exceptions import LDAPException
    from ldap3.utils.conv import escape_filter_chars

if TYPE_CHECKING:
    from mailwright.web.autoconf.values import Ldap

_LOCAL = ("localhost", "127.0.0.1", "::1")
# RFC 4511 §4.1.9: success, and more entries than were asked for.
_FOUND = (0, 4)


class InLdap:
    """See Finder. Over TLS, unless the directory is on this machine; a few connections are kept open."""

    def __init__(self, way: Ldap) -> None:
        self._way, self._threads = way, Threads()
        parts = urlsplit(way.url)
        self._upgrade = parts.scheme == "ldap" and parts.hostname not in _LOCAL
        self._idle: list[ldap3.Connection] = []
        self._closed = False

    async def find(self, address: str) -> object:
        """See Finder."""
        try:
            return await self._threads.run(lambda: self._find(address))
        except (LDAPException, OSError, UnicodeError, RuntimeError) as error:
            raise UnavailableError from error

    def close(self) -> None:
        """See Finder."""
        self._closed = True
        self._threads.close()
        self._end_idle()

    def _end_idle(self) -> None:
        with contextlib.suppress(IndexError):  # several threads take from it
            while True:
                _close(self._idle.pop())

    def _find(self, address: str) -> object:
        while self._idle:
            connection = self._idle.pop()
            try:
                return self._ask(connection, address)
            except (LDAPException, OSError):  # it has died while nobody needed it
                _close(connection)
        fresh = self._open()
        try:
            return self._ask(fresh, address)
        except (LDAPException, OSError):
            _close(fresh)
            raise

    def _open(self) -> ldap3.Connection:
        way = self._way
        secret = way.password_file.read_text(encoding="utf-8").rstrip("\r\n") if way.password_file else None
        # Each has its own, as one that was out of reach remembers it for minutes.
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=str(way.ca_file) if way.ca_file else None)
        server = ldap3.Server(way.url, get_info=ldap3.NONE, connect_timeout=SECONDS / 2, tls=tls)
        made = ldap3.Connection(
            server, user=way.user or None, password=secret, read_only=True, receive_timeout=int(SECONDS / 2)
        )
        try:
            self._enter(made)
        except BaseException:
            _close(made)
            raise
        return made

    def _enter(self, connection: ldap3.Connection) -> None:
        connection.open()
        if (self._upgrade and not connection.start_tls()) or not connection.bind():
            raise LDAPException(str(connection.result["description"]))

    def _ask(self, connection: ldap3.Connection, address: str) -> object:
        wanted = self._way.filter.replace("{address}", escape_filter_chars(address))
        attribute = self._way.attribute
        connection.search(self._way.base, wanted, attributes=[attribute], size_limit=2, time_limit=int(SECONDS))
        if connection.result["result"] not in _FOUND:
            _close(connection)
            raise LDAPException(str(connection.result["description"]))
        entries = [entry for entry in connection.response or [] if entry.get("type") == "searchResEntry"]
        self._idle.append(connection)
        if self._closed:  # asked after it was put there, as close() may have come between
            self._end_idle()
        values = entries[0]["attributes"].get(attribute) if entries else None
        return values[0] if isinstance(values, list) and values else values


def _close(connection: ldap3.Connection) -> None:
    with contextlib.suppress(LDAPException, OSError):
        connection.unbind()
    if connection.socket is not None:  # left open where the farewell could not be said
        connection.socket.close()
