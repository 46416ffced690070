"""The table of replies, asked: what can these words mean?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cached_property, lru_cache
from pathlib import Path

from mailwright.book.replies import index, letters, mixing, phrases, saying, unwrapping, vendors
from mailwright.book.replies.mixing import Shares
from mailwright.book.replies.nearness import Nearness
from mailwright.book.replies.row import Row, from_table
from mailwright.book.replies.saying import Said
from mailwright.core import Meaning, Param, Protocol

BARE = "auth.bad_credentials"
_SECONDS = {"millisecond": 0.001, "ms": 0.001, "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86400}
_WAIT = re.compile(r"(\d{1,9}) ?(milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?|days?)\b")
_IP = re.compile(r"(?<![\w.:])((?:\d{1,3}\.){3}\d{1,3}|(?:[0-9a-f]{1,4}:){2,7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:){1,6}:[0-9a-f]{1,4})(?![\w.:])")
_SURE_ROW, _SURE_NEAR, _SURE_WORDS, _SURE_CODE = 0.95, 0.85, 0.75, 0.5
_NEAR_ENOUGH = 0.5
_HABIT = 0.72


class Replies:
    """All rows, or a part of them."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = tuple(rows)

    @classmethod
    def load(cls) -> Replies:
        """The shipped table."""
        return cls(_shipped())

    @cached_property
    def _nearness(self) -> Nearness:
        return Nearness(self.rows)

    def without(self, ids: Collection[str]) -> Replies:
        """The same table with these rows held out."""
        return Replies(row for row in self.rows if row.id not in ids)

    def vendor_of(
        self, *, host: str = "", provider: str = "", banner: str = "", capabilities: Iterable[str] = ()
    ) -> str:
        """Whose server it is, "" if unknown."""
        return vendors.of_server(host=host, provider=provider, banner=banner, capabilities=capabilities)

    def meaning(
        self, text: str | bytes, *, protocol: Protocol | None = None, vendor: str = "", wants: str = ""
    ) -> Meaning:
        """What it can mean. `vendor`: whose server said it; `wants`: the cause a bare refusal mostly has there."""
        said = saying.said(unwrapping.unwrapped(text))
        asked = vendor or vendors.of_text(said.plain)
        words = letters.words(said.text)
        protocol = protocol or said.protocol
        matched = self._matched(said, asked, protocol)
        if said.fine and (not matched or matched[0][1] < 0.5):
            return Meaning(how="fine", vendor=asked)
        others = self._others(said, words, asked, protocol)
        return _concluded(said, matched, others, asked, wants)

    def _matched(self, said: Said, vendor: str, protocol: Protocol | None) -> list[tuple[Row, float]]:
        """The rows whose fragments are all there, with how well they fit, best first."""
        size = max(len(said.plain), 1)
        found = []
        for row in self.rows:
            explained = row.found_in(said.plain)
            if explained:
                # A long fragment is telling in a long text, too; a short one only if it is nearly all of it.
                depth = min(1.0, explained / 24)
                fit = (0.35 * explained / size + 0.65 * depth) * vendors.likeness(row.vendor, vendor)
                found.append((row, fit * _spoken(row, protocol) * (1 if len(row.match) < 2 else 1.03)))
        return sorted(found, key=lambda pair: (-pair[1], pair[0].id))

    def _others(self, said: Said, words: str, vendor: str, protocol: Protocol | None) -> dict[str, tuple[Shares, float]]:
        """The other witnesses: near rows, words, codes; each with how far it may be believed."""
        near = [
            (row, like, like**3 * vendors.likeness(row.vendor, vendor) * _spoken(row, protocol))
            for row, like in self._nearness.to(words)
        ]
        by_near = mixing.whole(mixing.mixed((mixing.ranked(row.causes), weight) for row, _, weight in near))
        by_words = mixing.of_evidence(phrases.scores(words))
        return {
            "near": (by_near, min(1.0, max((like for _, like, _ in near), default=0.0) * 1.1)),
            "words": (by_words, sum(by_words.values())),
            "code": (_by_code(said), 0.35),
        }


def _spoken(row: Row, protocol: Protocol | None) -> float:
    """People name the wrong protocol, so that this is a hint only."""
    return 1.0 if protocol is None or not row.protocols or protocol in row.protocols else 0.72


def _concluded(
    said: Said, matched: list[tuple[Row, float]], others: dict[str, tuple[Shares, float]], vendor: str, wants: str
) -> Meaning:
    (near, like), (worded, told), (coded, _) = others["near"], others["words"], others["code"]
    rest = mixing.whole(mixing.mixed([(near, like**2), (worded, told**2 * 0.9), (coded, 0.12)]))
    if matched:
        row, fit = matched[0]
        good = [(one, f) for one, f in matched if f >= 0.93 * fit]
        by_rows = mixing.whole(mixing.mixed((mixing.ranked(one.causes), f**8) for one, f in good))
        trust = min(0.92, 0.55 + 0.5 * fit)
        shares, how, sure = mixing.mixed([(by_rows, trust), (rest, 1 - trust)]), "row", _SURE_ROW
        if vendors.likeness(row.vendor, vendor) < vendors.KIN:
            shares = _by_habit(shares, vendor, wants)
    else:
        row, shares = None, _by_habit(rest, vendor, wants)
        how, sure = _way(like, told, coded)
    if not shares or how == "nothing":
        return Meaning(vendor=vendor, params=_read_out(said, row))
    made = mixing.best(mixing.whole(shares, sure))
    return Meaning(
        causes=made,
        how=how,
        row=row.id if row is not None else "",
        vendor=vendor,
        source=row.source if row is not None else "",
        params=_read_out(said, row),
    )


def _way(like: float, told: float, coded: Shares) -> tuple[str, float]:
    """Which witness decided where no row did, and how sure that is."""
    if like >= _NEAR_ENOUGH:
        return "near", min(_SURE_NEAR, like)
    if told >= 0.45:
        return "words", _SURE_WORDS * told
    if coded:
        return "code", _SURE_CODE
    return ("near", like) if like >= 0.4 else ("nothing", 0.0)


def _by_habit(shares: Shares, vendor: str, wants: str) -> Shares:
    """A bare refusal means what it mostly means there."""
    mass = shares.get(BARE, 0.0)
    if not mass or max(shares.values()) > mass:
        return shares
    known = vendors.load().get(vendor)
    habits = dict(known.habits) if known is not None and known.habits else {}
    if not habits and wants:
        habits = {wants: 0.7, BARE: 0.3}
    if not habits:
        return shares
    kept = {**shares, BARE: mass * (1 - _HABIT)}
    return mixing.mixed([(kept, 1.0), (mixing.whole(habits), mass * _HABIT)])


def _by_code(said: Said) -> Shares:
    table = index.table("tables/codes")
    named = (
        table.get("enhanced", {}).get(said.enhanced),
        table.get("imap", {}).get(said.code),
        table.get("pop3", {}).get(said.code),
        table.get("smtp", {}).get(said.status),
    )
    found: Shares = next((dict(shares) for shares in named if shares), {})
    return found


def _read_out(said: Said, row: Row | None) -> tuple[tuple[str, Param], ...]:
    made: dict[str, Param] = {}
    found = _WAIT.search(said.plain)
    if row is not None and (named := row.waits(said.plain)):
        made["wait"] = round(sum(_span(unit, value) for unit, value in named.items()))
    elif found is not None:
        made["wait"] = round(_span(found[2], found[1]))
    if said.links:
        made["link"] = said.links[0]
    address = _IP.search(said.plain)
    if address is not None and address[1].count(".") in (0, 3):
        made["address"] = address[1]
    return tuple(made.items())


def _span(unit: str, value: str) -> float:
    size = next((size for name, size in _SECONDS.items() if unit.lower().rstrip("s").startswith(name.rstrip("s"))), 1)
    return float(value) * size if value.isdigit() else 0.0


@lru_cache(maxsize=1)
def _shipped() -> tuple[Row, ...]:
    return tuple(row for path in index.files() for row in _rows(path))


def _rows(path: Path) -> list[Row]:
    table = index.rows(path)
    return [from_table(row, table.get("vendor", "any")) for row in table.get("reply", ())]
