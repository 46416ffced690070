"""Whose words they are: by host, provider, greeting, capabilities, or by the words themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from mailwright.book.replies import index

SAME, KIN, OPEN, UNKNOWN, OTHER = 1.3, 1.15, 0.95, 0.9, 0.45


@dataclass(frozen=True, slots=True)
class Vendor:
    """One entry of vendors.toml; see its head."""

    name: str
    kind: str = "host"
    hosts: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    banner: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()
    habits: Mapping[str, float] = field(default_factory=dict)


@lru_cache(maxsize=1)
def load() -> Mapping[str, Vendor]:
    """All of them by name, in the order of the file."""
    made: dict[str, Vendor] = {}
    for name, row in index.table("vendors").items():
        lists = {
            key: tuple(row.get(key, ())) for key in ("hosts", "providers", "banner", "text", "capabilities", "kin")
        }
        made[name] = Vendor(name=name, kind=row.get("kind", "host"), habits=row.get("habits", {}), **lists)
    return made


def of_server(*, host: str = "", provider: str = "", banner: str = "", capabilities: Iterable[str] = ()) -> str:
    """Its name, "" if unknown. Who runs it counts before what it runs."""
    known = load().values()
    host, banner, offered = host.lower().rstrip("."), banner.lower(), set(capabilities)
    found = (
        next((v for v in known if provider in v.providers), None)
        or next((v for v in known if any(_fits(pattern, host) for pattern in v.hosts)), None)
        or next((v for v in known if offered.intersection(v.capabilities)), None)
        or next((v for v in known if v.kind != "program" and any(part in banner for part in v.banner)), None)
    )
    return found.name if found is not None else ""


def of_text(plain: str) -> str:
    """Whose words they look like, "" if nothing tells."""
    return next((v.name for v in load().values() if any(_begins(part, plain) for part in v.text)), "")


def _begins(part: str, plain: str) -> bool:
    """True if it stands in the text and no Latin word goes on into it: an administrator is no customer of Strato's."""
    at = plain.find(part)
    while at > 0 and part[0].isascii() and part[0].isalpha() and plain[at - 1].isascii() and plain[at - 1].isalpha():
        at = plain.find(part, at + 1)
    return at >= 0


def likeness(row: str, asked: str) -> float:
    """How much a row of one vendor counts for words of another ("" : unknown)."""
    known = load()
    if row == asked:
        return SAME
    mine, theirs = known.get(row), known.get(asked)
    if mine is None or mine.kind == "program" or row == "any":
        return OPEN
    if theirs is None:
        return UNKNOWN
    if asked in mine.kin or row in theirs.kin:
        return KIN
    # A service may run any software.
    return OPEN if mine.kind == "software" else OTHER


def _fits(pattern: str, host: str) -> bool:
    bare = pattern.removeprefix("*.")
    return bool(host) and (host == bare or (pattern != bare and host.endswith(f".{bare}")))
