"""What the book knows of the provider that bears on a refused sign-in."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import Outcome, Sign, Stage
from mailwright.diagnose import wants
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.logins import refused
from mailwright.diagnose.signs.making import sign


def read(case: Case) -> Iterator[Sign]:
    """Which kind of secret, whether protocols are off at first, whether it wants to know the program."""
    candidate, seen = case.candidate, case.seen
    if candidate is None or seen is None:
        return
    if seen.stage is Stage.SELECT and seen.outcome is Outcome.NO:
        if candidate.needs_id is not None and candidate.needs_id.value:
            yield sign(case, "select.needs_id")
        return
    if not refused(seen):
        return
    secret = wants.of(candidate)
    kind = wants.KINDS.get(secret.kind) if secret is not None else None
    if secret is not None and kind is not None:
        yield sign(case, f"provider.wants.{kind}", wants.CERTAINTY.get(secret.when, 0.2))
    for switch in candidate.switch_on:
        if seen.service.protocol in switch.value.protocols and switch.value.default in ("off", "admin"):
            by_admin = switch.value.default == "admin"
            yield sign(case, "provider.off_admin" if by_admin else "provider.off")
