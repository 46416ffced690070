"""How far it went well: what is out of the question because a later step was reached."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import Sign, Stage
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.making import sign

_ORDER = list(Stage)
# A later dial may fail although an earlier one did not.
_EARLIER = ("dns_", "connect_", "private_", "proxy_")


def read(case: Case) -> Iterator[Sign]:
    """Connected, TLS up, TLS verified, greeted."""
    seen = case.seen
    if seen is None:
        return
    reached = _ORDER.index(seen.stage)
    if reached > _ORDER.index(Stage.PROXY) and not str(seen.reason).startswith(_EARLIER):
        yield sign(case, "seen.connected")
    if seen.tls is not None and seen.tls.version:
        yield sign(case, "seen.tls")
    if seen.tls is not None and seen.tls.verified:
        yield sign(case, "seen.verified")
    if seen.logins or reached >= _ORDER.index(Stage.LOGIN):
        yield sign(case, "seen.greeted")
