"""The table of replies, asked: what can these words mean?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright.book.replies import habits, index, mixing, reading, vendors
from mailwright.book.replies.mixing import Shares
from mailwright.book.replies.row import Row, from_table
from mailwright.core import Meaning, Protocol

if TYPE_CHECKING:
    from mailwright.book.replies.likely import Likely
    from mailwright.book.replies.nearness import Nearness
    from mailwright.book.replies.saying import Said

_SURE_ROW, _SURE_NEAR, _SURE_WORDS, _SURE_CODE = 0.95, 0.85, 0.75, 0.5
_NEAR_ENOUGH = 0.5
_HALF = 0.5
_LOUD = 8.0
_USUAL, _USUAL_ALONE = 0.55, 0.82
_LEAST_SAID = 0.13
# A refusal that nobody understands is guessed at, and not much believed.
_GUESSED, _LEAST_GUESSED = 0.3, 0.05
# So like a row that the rest of the text is no message of its own.
_ITSELF = 0.8
# How much each witness counts, found by leaving out a third of the rows again and again (bench/replies.py).
_NEAR, _PHRASES, _CODE, _WORDS, _BESIDE = 1.0, 0.9, 0.18, 0.45, 0.15
_LEFT = 0.5


@dataclass(frozen=True, slots=True)
class _Heard:
    """What was said and its words, by whom, over what, and what a bare refusal mostly means there."""

    said: Said
    words: str
    vendor: str
    protocol: Protocol | None
    wants: str

    @property
    def refused(self) -> bool:
        """True for a server's no that has words."""
        return self.said.status.startswith(("4", "5", "NO", "BAD", "BYE", "-ERR")) and len(self.words.split()) > 1


@dataclass(frozen=True, slots=True)
class _Others:
    """What everything but a fitting row says, which of it decided, and how sure that is."""

    shares: Shares
    how: str
    sure: float


class Replies:
    """All rows, or a part of them. Nothing is read before it is asked."""

    def __init__(self, rows: Iterable[Row] | None = None) -> None:
        self._given = tuple(rows) if rows is not None else None

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Replies:
        """The shipped table; what is worked out from it is kept with it."""
        return cls()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row, file by file."""
        return self._given if self._given is not None else _shipped()

    @cached_property
    def _nearness(self) -> Nearness:
        from mailwright.book.replies.nearness import Nearness

        return Nearness(self.rows)

    @cached_property
    def _likely(self) -> Likely:
        from mailwright.book.replies import phrases
        from mailwright.book.replies.likely import Likely

        rows = ((row.words, mixing.ranked(row.causes), 1.0) for row in self.rows)
        return Likely([*rows, *phrases.seen()])

    @cached_property
    def _beside(self) -> dict[str, Shares]:
        """For each cause those that the same words often mean, too."""
        made: dict[str, list[tuple[Shares, float]]] = {}
        for row in self.rows:
            shares = mixing.ranked(row.causes)
            for cause in shares:
                others = {other: share for other, share in shares.items() if other != cause}
                made.setdefault(cause, []).append((others, 1.0))
        return {cause: mixing.whole(mixing.mixed(parts)) for cause, parts in made.items()}

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
        from mailwright.book.replies import letters, messages, saying, unwrapping

        said = saying.said(unwrapping.unwrapped(text))
        asked = vendor or vendors.of_text(said.plain)
        heard = _Heard(said, letters.words(said.text), asked, protocol or said.protocol, wants)
        matched = self._matched(heard)
        if said.fine and (not matched or matched[0][1] < _HALF) and _loudest(heard.words) < _LOUD:
            return Meaning(how="fine", vendor=asked)
        near = self._nearness.to(heard.words)
        others = self._others(heard, near)
        meant = _concluded(heard, matched, others, self._left(heard, matched[0][0], near) if matched else ({}, 0.0))
        return replace(meant, about="" if said.fine else messages.about(said, heard.words))

    def _matched(self, heard: _Heard) -> list[tuple[Row, float]]:
        """The rows whose fragments are all there, with how well they fit, best first."""
        plain = heard.said.plain
        size = max(len(plain), 1)
        found = []
        for row in self.rows:
            explained = row.found_in(plain)
            if explained:
                # A long fragment is telling in a long text, too; a short one only if it is nearly all of it.
                depth = min(1.0, explained / 24)
                fit = (0.35 * explained / size + 0.65 * depth) * vendors.likeness(row.vendor, heard.vendor)
                found.append((row, fit * _spoken(row, heard.protocol) * (1 if len(row.match) < 2 else 1.03)))
        return sorted(found, key=lambda pair: (-pair[1], pair[0].id))

    def _others(self, heard: _Heard, found: list[tuple[Row, float]]) -> _Others:
        """What near rows, phrases, codes and single words say together, and how far that is to be believed."""
        from mailwright.book.replies import phrases

        near = [
            (row, like, like**3 * vendors.likeness(row.vendor, heard.vendor) * _spoken(row, heard.protocol))
            for row, like in found
        ]
        by_near = mixing.whole(mixing.mixed((mixing.ranked(row.causes), weight) for row, _, weight in near))
        alike = min(1.0, max((like for _, like, _ in near), default=0.0) * 1.1)
        by_phrases = mixing.of_evidence(phrases.scores(heard.words))
        told = sum(by_phrases.values())
        by_code = _by_code(heard.said)
        by_words, known = self._likely.of(heard.words)
        parts = [
            (by_near, _NEAR * alike**2),
            (by_phrases, _PHRASES * told**2),
            (by_code, _CODE),
            (by_words, _WORDS * known**2),
        ]
        rest = mixing.whole(mixing.mixed(parts))
        beside = [(self._beside.get(cause, {}), share * _BESIDE) for cause, share in rest.items()]
        usual = max(by_words.values(), default=0.0) * known
        # Small talk is made of usual words, too: without a sign that something was refused it takes more.
        failed = bool(heard.said.status) or alike >= _NEAR_ENOUGH / 2
        shares = mixing.mixed([(rest, 1 - _BESIDE), *beside])
        return _Others(shares, *_way(alike, told, by_code, usual if failed or usual >= _USUAL_ALONE else 0.0))

    def _left(self, heard: _Heard, row: Row, near: list[tuple[Row, float]]) -> tuple[Shares, float]:
        """What the words say that a row does not explain, and how far that counts: "login failed (wrong host)"."""
        from mailwright.book.replies import letters, phrases

        left = letters.words(row.left_of(heard.said.plain))
        size = len(left.split())
        # The rest of the row's own example is nothing new.
        new = set(left.split()) - set(row.words.split())
        if len(new) < 2 or any(one is row and like > _ITSELF for one, like in near):
            return {}, 0.0
        by_phrases = mixing.of_evidence(phrases.scores(left))
        told = sum(by_phrases.values())
        by_words, known = self._likely.of(left)
        shares = mixing.whole(mixing.mixed([(by_phrases, told**2), (by_words, known**2 / 2)]))
        part = min(1.0, 2 * size / max(len(heard.words.split()), 1))
        return shares, _LEFT * part * max(told, known / 2) if shares else 0.0


def _loudest(words: str, known: Collection[str] = ()) -> float:
    """How much phrases tell of causes other than those known already."""
    from mailwright.book.replies import letters, phrases

    return max(
        (score for cause, score in phrases.scores(letters.words(words)).items() if cause not in known), default=0.0
    )


def _spoken(row: Row, protocol: Protocol | None) -> float:
    """People name the wrong protocol, so that this is a hint only."""
    return 1.0 if protocol is None or not row.protocols or protocol in row.protocols else 0.72


def _concluded(heard: _Heard, matched: list[tuple[Row, float]], others: _Others, left: tuple[Shares, float]) -> Meaning:
    """One answer of a row that fits, if there is one, of the other witnesses, and of what the row left over."""
    row, how, sure = None, others.how, others.sure
    if matched:
        row, how, sure = matched[0][0], "row", _SURE_ROW
        trust = _trust(heard, *matched[0])
        good = [(habits.said_to(heard.vendor, one), fit**8) for one, fit in matched if fit >= 0.93 * matched[0][1]]
        shares = mixing.mixed([(mixing.whole(mixing.mixed(good)), trust), (others.shares, 1 - trust)])
        shares = mixing.mixed([(shares, 1 - left[1]), (left[0], left[1])])
    else:
        shares = others.shares
    if row is None or row.vendor != heard.vendor:
        shares = habits.at(shares, heard.vendor, heard.wants)
    how, causes = _ranked(shares, how, sure, guess=heard.refused)
    said = Meaning(causes=causes, how=how, vendor=heard.vendor, params=reading.read_out(heard.said, row))
    return said if row is None or not causes else replace(said, row=row.id, source=row.source)


def _trust(heard: _Heard, row: Row, fit: float) -> float:
    """How much a row that fits counts beside everything else."""
    own = vendors.likeness(row.vendor, heard.vendor) >= vendors.SAME
    part = row.found_in(heard.said.plain) / max(len(heard.said.plain), 1)
    trust = min(0.92, 0.55 + 0.5 * fit) if own else min(0.85, 0.25 + 0.65 * part)
    # Unless the words it does not explain say more.
    return trust * _HALF if _loudest(row.left_of(heard.said.plain), row.causes) >= _LOUD else trust


def _ranked(shares: Shares, how: str, sure: float, *, guess: bool) -> tuple[str, tuple[tuple[str, float], ...]]:
    """Which way was decided and the causes; what is not sure enough is said as a guess, or not at all."""
    causes = mixing.best(mixing.whole(shares, sure)) if how != "nothing" else ()
    if causes and causes[0][1] >= _LEAST_SAID:
        return how, causes
    guessed = mixing.best(mixing.whole(shares, _GUESSED)) if guess else ()
    return ("code", guessed) if guessed and guessed[0][1] >= _LEAST_GUESSED else ("nothing", ())


def _way(like: float, told: float, coded: Shares, usual: float) -> tuple[str, float]:
    """Which witness decided where no row did, and how sure that is."""
    if like >= _NEAR_ENOUGH:
        return "near", min(_SURE_NEAR, like)
    if told >= 0.45:
        return "words", _SURE_WORDS * told
    if usual >= _USUAL:
        return "words", _SURE_WORDS * usual
    if coded:
        return "code", _SURE_CODE
    return ("near", like) if like >= 0.22 else ("nothing", 0.0)


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


@lru_cache(maxsize=1)
def _shipped() -> tuple[Row, ...]:
    return tuple(row for path in index.files() for row in _rows(path))


def _rows(path: Path) -> list[Row]:
    table = index.rows(path)
    return [from_table(row, table.get("vendor", "any")) for row in table.get("reply", ())]
