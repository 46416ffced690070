"""Finds what is wrong with provider files, so that a fact without a source cannot get in.

`python -m mailwright.book.lint [FOLDER]` prints one line per problem and exits 1 if there are any.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailwright.book.index import FOLDER
from mailwright.core import BadInput, Problem, to_ascii

if TYPE_CHECKING:
    from collections.abc import Callable

    from publicsuffixlist import PublicSuffixList

SCHEMA = Path(__file__).parent / "provider.schema.json"
_PLACEHOLDER = re.compile(r"%(EMAILADDRESS|EMAILLOCALPART|EMAILDOMAIN)%")
_FACTS = ("domains", "mx", "secret", "client_id", "oauth")
_ROWS = ("imap", "pop3", "smtp", "enable", "wrong_host", "note")
Table = dict[str, Any]


def problems(folder: Path = FOLDER, *, shipped: bool | None = None) -> list[Problem]:
    """Everything wrong with the files of a folder, file by file; an empty list when all is well.

    Every problem has the parameter `file`. `shipped`: the folder is the one everybody gets, which
    holds no client id; by default only FOLDER is.
    """
    for_all = folder.resolve() == FOLDER.resolve() if shipped is None else shipped
    found: list[Problem] = []
    owners: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.toml")):
        for id, params in _file_problems(path, owners, shipped=for_all):
            found.append(Problem(id, file=path.name, **params))
    return found


Complaint = tuple[str, dict[str, str]]


def _file_problems(path: Path, owners: dict[tuple[str, str], str], *, shipped: bool) -> Iterator[Complaint]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        yield "book.lint.toml", {"detail": str(error)}
        return
    broken = _schema_problem(table)
    if broken is not None:
        yield "book.lint.schema", {"detail": broken}
        return
    if table["id"] != path.stem:
        yield "book.lint.id", {"id": table["id"]}
    yield from _source_problems(table)
    yield from _host_problems(table)
    yield from _username_problems(table)
    yield from _overlap_problems(table, owners)
    yield from _status_problems(table)
    yield from _endpoint_problems(table)
    if shipped:
        yield from _client_problems(table)


def _schema_problem(table: Table) -> str | None:
    import fastjsonschema

    try:
        _validator()(_with_text_dates(table))
    except fastjsonschema.JsonSchemaValueException as error:
        return str(error.message).removeprefix("data.")
    return None


@lru_cache(maxsize=1)
def _validator() -> Callable[[object], object]:
    import fastjsonschema

    compiled: Callable[[object], object] = fastjsonschema.compile(json.loads(SCHEMA.read_text(encoding="utf-8")))
    return compiled


def _with_text_dates(value: object) -> object:
    """JSON Schema knows no dates: TOML's become ISO 8601 text."""
    if isinstance(value, dict):
        return {key: _with_text_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_text_dates(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _facts(table: Table) -> Iterator[tuple[str, Table]]:
    for name in _FACTS:
        if name in table:
            yield name, table[name]
    for name in _ROWS:
        for number, row in enumerate(table.get(name, ()), start=1):
            yield f"{name}[{number}]", row


def _source_problems(table: Table) -> Iterator[Complaint]:
    used: set[str] = set()
    for place, fact in _facts(table):
        keys = fact["source"] if isinstance(fact["source"], list) else [fact["source"]]
        used.update(keys)
        for key in keys:
            if key not in table["sources"]:
                yield "book.lint.source_unknown", {"place": place, "source": key}
        if keys == ["general"] and fact["confidence"] != "low":
            yield "book.lint.general_not_low", {"place": place}
    for key in sorted(set(table["sources"]) - used):
        yield "book.lint.source_unused", {"source": key}


def _host_problems(table: Table) -> Iterator[Complaint]:
    for protocol in ("imap", "pop3", "smtp"):
        for row in table.get(protocol, ()):
            if not _is_host(_PLACEHOLDER.sub("example.org", row["host"])):
                yield "book.lint.host", {"host": row["host"]}
            if (protocol, row["port"]) == ("smtp", 25):
                yield "book.lint.port_25", {"host": row["host"]}
    for row in table.get("wrong_host", ()):
        if not _is_host(_PLACEHOLDER.sub("example.org", row["meant"])):
            yield "book.lint.host", {"host": row["meant"]}
    for pattern in table.get("mx", {}).get("patterns", ()):
        if not _is_pattern(pattern):
            yield "book.lint.mx", {"pattern": pattern}
    for domain in table.get("domains", {}).get("names", ()):
        if not _is_host(domain) or domain != domain.lower():
            yield "book.lint.domain", {"domain": domain}


def _is_host(name: str) -> bool:
    if name == "127.0.0.1":  # a local bridge
        return True
    try:
        return "." in to_ascii(name) and not name.endswith(".")
    except BadInput:
        return False


def _is_pattern(pattern: str) -> bool:
    """A pattern must name at least a registrable domain in full, else it would claim strangers' mail."""
    fixed = pattern.rpartition("*")[2].partition(".")[2] if "*" in pattern else pattern
    try:
        return pattern == pattern.lower() and _icann_suffixes().privatesuffix(to_ascii(fixed)) is not None
    except BadInput:
        return False


@lru_cache(maxsize=1)
def _icann_suffixes() -> PublicSuffixList:
    # Hosters' own zones (kasserver.com) are private suffixes, yet fine as the name of their MX.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(only_icann=True)


def _username_problems(table: Table) -> Iterator[Complaint]:
    for protocol in ("imap", "pop3", "smtp"):
        for row in table.get(protocol, ()):
            if "%" in _PLACEHOLDER.sub("", row["username"]) or not _PLACEHOLDER.search(row["username"]):
                yield "book.lint.username", {"username": row["username"]}


def _overlap_problems(table: Table, owners: dict[tuple[str, str], str]) -> Iterator[Complaint]:
    names = [("domain", to_ascii(d)) for d in table.get("domains", {}).get("names", ()) if _is_host(d)]
    names += [("mx", p) for p in table.get("mx", {}).get("patterns", ())]
    for kind, name in names:
        other = owners.setdefault((kind, name), table["id"])
        if other != table["id"]:
            yield "book.lint.overlap", {"kind": kind, "name": name, "other": other}
    doubled = sorted({name for kind, name in names if kind == "domain" and names.count((kind, name)) > 1})
    for name in doubled:
        yield "book.lint.overlap", {"kind": "domain", "name": name, "other": table["id"]}


def _status_problems(table: Table) -> Iterator[Complaint]:
    if table["status"] != "open":
        return
    missing = [key for key in ("domains", "smtp", "secret") if not table.get(key)]
    if not table.get("imap") and not table.get("pop3"):
        missing.append("imap/pop3")
    for key in missing:
        yield "book.lint.missing", {"key": key}


def _endpoint_problems(table: Table) -> Iterator[Complaint]:
    """An endpoint is tried once: a second row for it would never be used."""
    for protocol in ("imap", "pop3", "smtp"):
        seen = set()
        for row in table.get(protocol, ()):
            place = (row["host"].lower(), row["port"], row["security"])
            if place in seen:
                yield "book.lint.same_endpoint", {"protocol": protocol, "host": row["host"], "port": str(row["port"])}
            seen.add(place)


def _client_problems(table: Table) -> Iterator[Complaint]:
    """A client id belongs to whoever registered it, so nobody gets one with the book."""
    if "client_id" in table.get("oauth", {}):
        yield "book.lint.client_id", {"key": "client_id"}


def main(arguments: list[str]) -> int:
    """For people who edit the book; `mailwright book lint` says the same in words."""
    found = problems(Path(arguments[0]) if arguments else FOLDER)
    for problem in found:
        details = ", ".join(f"{key}={value}" for key, value in problem.params.items() if key != "file")
        sys.stdout.write(f"{problem.params['file']}: {problem.id} {details}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
