"""What a bare refusal means: the same words stand for something else at each provider."""

from __future__ import annotations

from functools import lru_cache

from mailwright.book.replies import mixing, vendors
from mailwright.book.replies.mixing import Shares
from mailwright.book.replies.row import Row

BARE = "auth.bad_credentials"
# What is said of other providers' refusals in the same words.
_SPECIAL = ("auth.app_password", "auth.authcode")
_REFUSALS = (BARE, "auth.username_form", *_SPECIAL)
# What its own provider means by a refusal that names no reason.
_MEANT = (*_SPECIAL, "auth.oauth_only", "auth.protocol_off_user")
_HABIT = 0.72
_NAMED = 4.0


def said_to(vendor: str, row: Row) -> Shares:
    """The causes of a row when another vendor says its words: its own one's habits stay at home."""
    shares = mixing.ranked(row.causes)
    if row.vendor == vendor or not _is_bare(row):
        return shares
    moved = sum(share for cause, share in shares.items() if cause in _MEANT)
    kept = {cause: share for cause, share in shares.items() if cause not in _MEANT}
    return {**kept, BARE: kept.get(BARE, 0.0) + moved}


@lru_cache(maxsize=2048)
def _is_bare(row: Row) -> bool:
    """True if its first cause is its provider's habit, and not in the words."""
    from mailwright.book.replies import phrases

    known = vendors.load().get(row.vendor)
    if row.causes[0] not in _MEANT or known is None or not known.habits:
        return False
    usual = max(known.habits, key=lambda cause: known.habits[cause])
    return row.causes[0] == usual and phrases.scores(row.words).get(usual, 0.0) < _NAMED


def at(shares: Shares, vendor: str, wants: str) -> Shares:
    """A bare refusal means what it mostly means at `vendor`; `wants`: the cause it has there, if that is known."""
    known = vendors.load().get(vendor)
    habits = dict(known.habits) if known is not None and known.habits else {}
    bare = (BARE,) if habits or not wants else _REFUSALS
    habits = habits or ({wants: 0.7, BARE: 0.3} if wants else {})
    mass = sum(shares.get(cause, 0.0) for cause in bare)
    if not mass or max(shares, key=lambda cause: shares[cause]) not in bare:
        return shares
    if not habits:
        # Nobody is known to want anything else than the password there.
        return {**shares, **{cause: shares[cause] / 2 for cause in _SPECIAL if cause in shares}}
    kept = {cause: share * (1 - _HABIT) if cause in bare else share for cause, share in shares.items()}
    return mixing.mixed([(kept, 1.0), (mixing.whole(habits), mass * _HABIT)])
