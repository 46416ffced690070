"""A no from the server: at which point it came, and what its codes say."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import Reason, Reply, ServiceEvidence, Sign, Stage
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs import logins
from mailwright.diagnose.signs.making import sign


def read(case: Case) -> Iterator[Sign]:
    """Where it was, code and status."""
    seen = case.seen
    if seen is None or seen.reason is not Reason.REFUSED:
        return
    reply = seen.reply
    if logins.code(reply) in logins.TELLING:
        yield sign(case, f"code.{logins.code(reply)}")
    if reply is not None and any("WEBALERT" in alert for alert in reply.alerts):
        yield sign(case, "code.WEBALERT")
    if seen.stage is Stage.LOGIN:
        yield from _status(case, reply)
    else:
        yield from _elsewhere(case, seen)


def _status(case: Case, reply: Reply | None) -> Iterator[Sign]:
    if reply is not None and reply.status in logins.TELLING_STATUS:
        yield sign(case, f"status.{reply.status}")


def _elsewhere(case: Case, seen: ServiceEvidence) -> Iterator[Sign]:
    """Before anyone signed in, or after: for now, or for good (RFC 5321 §4.2.1)."""
    reply = seen.reply
    for_good = reply is not None and reply.status[:1] == "5" and len(reply.status) == 3
    if seen.stage is Stage.SELECT:
        yield sign(case, "select.refused")
    elif seen.stage is Stage.MAIL_FROM:
        yield sign(case, "sender.temporary" if logins.temporary(reply) else "sender.refused")
    elif seen.stage in (Stage.LIST, Stage.STAT, Stage.ID):
        yield sign(case, "look.refused")
    elif for_good:
        yield sign(case, "greeting.refused_for_good")
    else:
        yield sign(case, "greeting.refused")
    if reply is not None and reply.code[1:] == ".2.2":
        yield sign(case, "enhanced.2.2")  # mailbox full (RFC 3463 §3.3)
