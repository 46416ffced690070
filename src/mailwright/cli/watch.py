"""`diagnose --watch`: again and again until it works, sparing the account and the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from mailwright import diagnose, setup
from mailwright.core import Outcome

if TYPE_CHECKING:
    from mailwright.cli.diagnose import Desk

FIRST, LONGEST, GROWTH = 10.0, 300.0, 1.6
# Servers lock an account after a few refusals in a row: a refused login is repeated seldom, and not for ever.
AFTER_REFUSAL = 300.0
MOST_REFUSALS = 6


def until_it_works(desk: Desk, sleep: Callable[[float], None] = time.sleep) -> int:
    """Rounds with pauses that grow; ends when it works, or when more refusals would harm. ^C ends it too."""
    from mailwright.cli.diagnose import concluded

    pause, refusals = FIRST, 0
    while True:
        examined = desk.examined()
        if examined.result.verdict in (diagnose.Verdict.WORKS, diagnose.Verdict.FOUND) or desk.face.lacking:
            break
        refused = _refused(examined)
        refusals += refused
        if refusals >= MOST_REFUSALS:
            desk.screen.say("watch.enough", count=refusals)
            break
        pause = AFTER_REFUSAL if refused else min(pause, LONGEST)
        desk.screen.say("watch.again", cause=_first(examined, desk), seconds=round(pause))
        sleep(pause)
        if _token_refused(examined):
            desk.face.renew()
        pause = FIRST if refused else pause * GROWTH
    return concluded(desk, examined)


def _refused(examined: setup.Examined) -> int:
    """How many logins this round cost."""
    seen = examined.result.evidence.services if examined.result.evidence is not None else ()
    return sum(tried.outcome is not Outcome.OK for one in seen for tried in one.logins)


def _token_refused(examined: setup.Examined) -> bool:
    return any(sign.id == "login.token" for cause in examined.causes for sign in cause.speaks_for)


def _first(examined: setup.Examined, desk: Desk) -> str:
    causes = examined.causes
    return desk.screen.words.cause(causes[0].id) if causes else examined.result.verdict.value
