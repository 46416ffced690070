"""Block lists and owners of the address a server does not like."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import LookKind, Outcome, Sign
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.making import sign

# Answers of a list that refuses to tell, which is not a listing.
_REFUSES = ("127.255.255.",)


def read(case: Case) -> Iterator[Sign]:
    """Only beside a server that turned somebody away."""
    looks = [look for look in case.examination.looks if look.kind in (LookKind.BLOCKLIST, LookKind.OWNER)]
    if case.seen is None or case.seen.reply is None:
        return
    owner = next((str(look.fact("name") or "") for look in looks if look.kind is LookKind.OWNER), "")
    lists = [look for look in looks if look.kind is LookKind.BLOCKLIST]
    for look in lists:
        told = look.outcome is Outcome.OK and not str(look.fact("codes") or "").startswith(_REFUSES)
        if told:
            where = str(look.fact("list") or "")
            yield sign(case, "blocklist.listed", address=look.subject, list=where, owner=owner)
    if lists and all(look.outcome is Outcome.NO for look in lists):
        yield sign(case, "blocklist.clean", address=lists[0].subject)
    if owner:
        yield sign(case, "owner.known", owner=owner)
