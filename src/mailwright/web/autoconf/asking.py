"""What the file says of look-ups, read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailwright.core import BadInput, EmailAddress
from mailwright.web.autoconf.values import Ldap, Lookup, Postgresql, Sqlite, Table, Way

if TYPE_CHECKING:
    from mailwright.web.autoconf.part import Part

KINDS = ("table", "sqlite", "postgresql", "ldap")
PARAMETER = re.compile(r"(?<![:\w]):address\b")
MOST_SECONDS, MOST_ENTRIES = 86_400, 1_000_000
_FILTER = "{address}"


def read(part: Part) -> Lookup:
    """One look-up of exactly one kind. Raises BadInput("serve.…")."""
    kinds = [kind for kind in KINDS if part.has(kind)]
    if len(kinds) != 1:
        line, key = part.place()
        raise BadInput("serve.lookup", file=str(part.whole.file), line=line, key=key, kinds=" | ".join(KINDS))
    readers = {"table": _table, "sqlite": _sqlite, "postgresql": _postgresql, "ldap": _ldap}
    made = Lookup(
        readers[kinds[0]](part),
        part.number("seconds", 300, 1, MOST_SECONDS),
        part.number("entries", 10_000, 1, MOST_ENTRIES),
    )
    part.done()
    return made


def _table(part: Part) -> Way:
    rows = part.part("table")
    names = {}
    for typed in rows.table:
        name = rows.text(typed)
        try:
            address = EmailAddress.parse(typed)
        except BadInput as problem:
            line, key = rows.place(typed)
            raise BadInput("serve.address", file=str(part.whole.file), line=line, key=key[:120]) from problem
        names[folded(address)] = name
    return Table(names)


def folded(address: EmailAddress) -> str:
    """The address as it is looked up: in lower case, its domain as DNS knows it."""
    return address.wire.lower()


def _sqlite(part: Part) -> Way:
    return Sqlite(part.file("sqlite"), _query(part))


def _postgresql(part: Part) -> Way:
    return Postgresql(part.text("postgresql"), _query(part))


def _query(part: Part) -> str:
    query = part.text("query")
    if not PARAMETER.search(query):
        line, key = part.place("query")
        raise BadInput("serve.query", file=str(part.whole.file), line=line, key=key)
    return query


def _ldap(part: Part) -> Way:
    found = Ldap(
        url=part.url("ldap", ("ldaps", "ldap", "ldapi")),
        base=part.text("base"),
        filter=part.text("filter", f"(mail={_FILTER})"),
        attribute=part.text("attribute", "uid"),
        user=part.text("user", ""),
        password_file=part.file("password_file") if part.has("password_file") else None,
        ca_file=part.file("ca_file") if part.has("ca_file") else None,
    )
    if _FILTER not in found.filter or not (found.filter.startswith("(") and found.filter.endswith(")")):
        line, key = part.place("filter")
        raise BadInput("serve.filter", file=str(part.whole.file), line=line, key=key)
    return found
