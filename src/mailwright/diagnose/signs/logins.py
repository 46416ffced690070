"""Sign-ins: what came back, what was repaired, what the other protocol said to the same words."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import LoginTry, Outcome, Reason, Repair, Reply, ServiceEvidence, Shape, Sign, Stage
from mailwright.diagnose.case import Case
from mailwright.diagnose.signs.flaws import flaws, mended
from mailwright.diagnose.signs.making import sign

TOKEN_MECHANISMS = frozenset({"OAUTHBEARER", "XOAUTH2"})
# RFC 5530 §3, RFC 2449 §8, RFC 3206, RFC 2221: codes that say why whatever the text.
TELLING = frozenset({
    "EXPIRED", "CONTACTADMIN", "PRIVACYREQUIRED", "AUTHORIZATIONFAILED", "UNAVAILABLE", "SERVERBUG", "INUSE", "IN-USE",
    "LIMIT", "LOGIN-DELAY", "SYS/TEMP", "SYS/PERM", "OVERQUOTA", "REFERRAL", "WEBALERT",
})  # fmt: skip
# RFC 4954 §6: digits of AUTH's answer that say more than "refused".
TELLING_STATUS = frozenset({"432", "501", "503", "504", "530", "538", "BAD"})
# From the third bad attempt Dovecot's answer takes longer and longer.
PENALTY_SECONDS = 8.0
_OF_THE_NAME = (Repair.DOMAIN_ADDED, Repair.DOMAIN_REMOVED)
_UNSEEN = frozenset({Shape.NEWLINE, Shape.BOM, Shape.INVISIBLE})


def refused(seen: ServiceEvidence) -> bool:
    """True when the server said no to a sign-in."""
    return seen.stage is Stage.LOGIN and seen.reason is Reason.REFUSED


def code(reply: Reply | None) -> str:
    """The response code without its arguments."""
    return reply.code.partition(" ")[0].upper() if reply is not None else ""


def temporary(reply: Reply | None) -> bool:
    """True for 4yz, which may go well later whatever the text (RFC 4954 §6)."""
    return reply is not None and len(reply.status) == 3 and reply.status[0] == "4"


def read(case: Case) -> Iterator[Sign]:
    """All that sign-ins showed here."""
    seen = case.seen
    if seen is None:
        return
    if seen.logins and seen.logins[-1].outcome is Outcome.OK:
        yield sign(case, "login.worked")
        if seen.logins[-1].mechanism not in TOKEN_MECHANISMS:
            yield sign(case, "login.password_worked")
        yield from _helped(case, seen.logins[-1])
    if refused(seen):
        yield from _refused(case, seen)


def _helped(case: Case, login: LoginTry) -> Iterator[Sign]:
    typed = case.examination.typed.username or ""
    unseen = bool(_UNSEEN & set(case.examination.shapes)) or "invisible" in flaws(typed)
    for repair in login.repairs:
        if repair in _OF_THE_NAME:
            # The server's word counts for more than that of the settings.
            yield sign(case, f"helped.{repair.value}", username=login.username, typed=typed, meant=login.username)
            continue
        # What was taken off with the blanks was none: it came with a paste.
        word = "invisible" if repair is Repair.BLANKS and unseen and "blank" not in flaws(typed) else repair.value
        named = {"typed": typed, "meant": login.username} if typed and mended(typed) == login.username != typed else {}
        yield sign(case, f"helped.{word}", username=login.username, **named)


def _refused(case: Case, seen: ServiceEvidence) -> Iterator[Sign]:
    yield sign(case, "login.refused")
    telling = code(seen.reply) in TELLING or (seen.reply is not None and seen.reply.status in TELLING_STATUS)
    if temporary(seen.reply):
        yield sign(case, "login.temporary")
    elif not telling and any(_same_accepted(other, login) for other in case.others for login in seen.logins):
        # The same name and secret are right elsewhere.
        token = next((login.mechanism for login in seen.logins if login.mechanism in TOKEN_MECHANISMS), "")
        yield sign(case, "login.same_elsewhere", token=token)
    if seen.logins and seen.logins[-1].mechanism in TOKEN_MECHANISMS and not telling:
        yield sign(case, "login.token")
    for repair in {repair for login in seen.logins for repair in login.repairs}:
        name = {Repair.INNER_SPACES: Repair.BLANKS}.get(repair, repair).value
        yield sign(case, f"tried.{name}")
    if seen.logins and all("@" not in login.username for login in seen.logins) and seen.logins[0].username:
        yield sign(case, "login.bare_name")
    step = seen.trace.last("login")
    if step is not None and step.took >= PENALTY_SECONDS:
        yield sign(case, "time.penalty")


def _same_accepted(other: ServiceEvidence, refused: LoginTry) -> bool:
    """True when the other service let in the same user name with the same secret."""
    accepted = other.logins[-1] if other.logins and other.logins[-1].outcome is Outcome.OK else None
    return accepted is not None and (accepted.username, accepted.repairs) == (refused.username, refused.repairs)
