"""Login names by address: from the file itself, SQLite, PostgreSQL or LDAP, kept for a while."""

from mailwright.web.autoconf.lookups.finder import UnavailableError
from mailwright.web.autoconf.lookups.kept import Lookups

__all__ = ["Lookups", "UnavailableError"]
