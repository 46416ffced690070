"""A no from the server: its code says why, and else what the provider wants and what the other service did."""

from __future__ import annotations

import pytest

from mailwright import book, diagnose
from mailwright.core import (
    Evidence,
    Fixer,
    LoginTry,
    Outcome,
    Protocol,
    Reason,
    Repair,
    Reply,
    SecretKind,
    Service,
    ServiceEvidence,
    Severity,
    Shape,
    Stage,
    TlsFacts,
)
from tests.diagnose import made
from tests.diagnose.examined import SHELF, examined, of_provider
from tests.diagnose.examined import refused as answered
from tests.diagnose.made import IMAP, POP3, SMTP, candidate, evidence, judged, only, refused, works

REPLIES = book.Replies.load()
E, U = Severity.ERROR, Severity.UNKNOWN
ADDED, BLANKS = Repair.DOMAIN_ADDED, Repair.BLANKS
YOU, PROVIDER, NETWORK, ADMIN = Fixer.YOU, Fixer.PROVIDER, Fixer.NETWORK, Fixer.ADMIN


LOGINS = [
    # status, response or enhanced code, finding
    ("NO", "", ("auth.bad_credentials", E, YOU)),
    ("NO", "AUTHENTICATIONFAILED", ("auth.bad_credentials", E, YOU)),
    ("NO", "ALERT", ("auth.bad_credentials", E, YOU)),
    ("NO", "EXPIRED", ("auth.password_expired", E, YOU)),
    ("NO", "CONTACTADMIN", ("auth.locked", E, ADMIN)),
    ("NO", "PRIVACYREQUIRED", ("proto.tls_required", E, PROVIDER)),
    ("NO", "AUTHORIZATIONFAILED", ("auth.wrong_mailbox", E, YOU)),
    ("NO", "UNAVAILABLE", ("server.overload", U, PROVIDER)),
    ("NO", "SERVERBUG", ("server.overload", U, PROVIDER)),
    ("NO", "INUSE", ("limit.locked_mailbox", U, YOU)),
    ("NO", "LIMIT", ("limit.connections", U, YOU)),
    ("-ERR", "", ("auth.bad_credentials", E, YOU)),
    ("-ERR", "AUTH", ("auth.bad_credentials", E, YOU)),
    ("-ERR", "IN-USE", ("limit.locked_mailbox", U, YOU)),
    ("-ERR", "LOGIN-DELAY", ("limit.rate", U, YOU)),
    ("-ERR", "SYS/TEMP", ("server.overload", U, PROVIDER)),
    ("-ERR", "SYS/PERM", ("auth.protocol_off_user", E, YOU)),
    ("535", "5.7.8", ("auth.bad_credentials", E, YOU)),
    ("535", "", ("auth.bad_credentials", E, YOU)),
    ("421", "4.7.0", ("server.overload", U, PROVIDER)),
    ("432", "4.7.12", ("auth.password_expired", E, YOU)),
    ("451", "", ("server.overload", U, PROVIDER)),
    ("454", "4.7.0", ("server.overload", U, PROVIDER)),
    ("503", "", ("auth.mechanism", E, PROVIDER)),
    ("504", "5.5.4", ("auth.mechanism", E, PROVIDER)),
    ("538", "5.7.11", ("proto.tls_required", E, PROVIDER)),
    ("550", "5.7.1", ("auth.bad_credentials", E, YOU)),
]


@pytest.mark.parametrize(("status", "code", "expected"), LOGINS, ids=[f"{row[0]} {row[1]}" for row in LOGINS])
def test_login_replies(status: str, code: str, expected: tuple[str, Severity, Fixer]) -> None:
    """Code and status of a refused login decide where nobody knows its words."""
    where = {"NO": IMAP, "-ERR": POP3}.get(status, SMTP)
    for text in ("", "Account locked, password expired, try again later, IMAP disabled"):
        assert only(judged(evidence(refused(where, Reply(status, code, text)), beside(where)))) == expected


def beside(where: Service) -> ServiceEvidence:
    """The other side: it works, and nobody knows whether with the same words."""
    return ServiceEvidence(IMAP if where is SMTP else SMTP, Stage.DONE, Outcome.OK)


KINDS = [
    (SecretKind.PASSWORD, "auth.bad_credentials"),
    (SecretKind.APP_PASSWORD, "auth.app_password"),
    (SecretKind.AUTHORIZATION_CODE, "auth.authcode"),
    (SecretKind.SEPARATE_PASSWORD, "auth.app_password"),
    (SecretKind.BRIDGE_PASSWORD, "auth.app_password"),
    (SecretKind.OAUTH2, "auth.oauth_only"),
]


def test_every_kind_of_secret_is_in_the_table() -> None:
    """A new kind needs a row of its own."""
    assert {kind for kind, _ in KINDS} == set(SecretKind)


@pytest.mark.parametrize(("kind", "id"), KINDS)
@pytest.mark.parametrize("when", ["always", "two_factor", "optional"])
def test_what_the_provider_wants(kind: SecretKind, id: str, when: str) -> None:
    """A plain refusal is most likely the wrong kind of secret, where the provider always wants a special one."""
    both = evidence(refused(IMAP, made.REFUSAL), refused(SMTP, Reply("535", "5.7.8", "no")))
    found = judged(both, candidate(kind, when=when))
    assert {finding.id for finding in found} == {id if when == "always" else "auth.bad_credentials"}
    assert [finding.protocol for finding in found] == [Protocol.IMAP, Protocol.SMTP]
    assert {finding.param("provider") for finding in found} == {"mine"}


@pytest.mark.parametrize("kind", SecretKind)
def test_right_at_one_and_refused_at_the_other(kind: SecretKind) -> None:
    """Who was let in elsewhere with the same words has typed them right: the other service is switched off."""
    found = judged(evidence(works(IMAP), refused(SMTP, Reply("535", "", "no"))), candidate(kind))
    assert only(found) == ("auth.protocol_off_user", E, YOU)
    found = judged(evidence(refused(POP3, Reply("-ERR", "", "no")), works(SMTP)), candidate(kind))
    assert only(found) == ("auth.protocol_off_user", E, YOU)


OTHERS = [
    # logins of the side that let us in, and of the one that did not, as (name, repairs, outcome); whether it is off
    ([("li", (), "ok")], [("li", (), "no")], True),
    ([("li", (), "ok")], [("li", (), "no"), ("li@x", (ADDED,), "no")], True),
    ([("li", (), "no"), ("li@x", (ADDED,), "ok")], [("li@x", (ADDED,), "no")], True),
    ([("li@x", (), "ok")], [("li", (), "no")], False),
    ([("li", (BLANKS,), "ok")], [("li", (), "no")], False),
    ([("li", (), "ok")], [("li", (BLANKS,), "no")], False),
    ([("li", (), "no"), ("li@x", (ADDED,), "ok")], [("li", (), "no")], False),
    ([("li", (), "no")], [("li", (), "no")], False),
    ([("li", (), "timeout")], [("li", (), "no")], False),
    ([], [("li", (), "no")], False),
]


@pytest.mark.parametrize(("let_in", "kept_out", "off"), OTHERS)
@pytest.mark.parametrize("done", [True, False])
def test_the_very_same_words(
    let_in: list[tuple[str, tuple[Repair, ...], str]],
    kept_out: list[tuple[str, tuple[Repair, ...], str]],
    *,
    off: bool,
    done: bool,
) -> None:
    """Only the same user name with the same repairs, accepted there, shows that the password is right here."""
    here, there = (
        tuple(LoginTry(name, "PLAIN", repairs, Outcome(word), None) for name, repairs, word in rows)
        for rows in (kept_out, let_in)
    )
    stage, outcome = (Stage.DONE, Outcome.OK) if done else (Stage.SELECT, Outcome.TIMEOUT)
    other = ServiceEvidence(IMAP, stage, outcome, logins=there, reason=Reason.NONE if done else Reason.READ_TIMEOUT)
    seen = ServiceEvidence(SMTP, Stage.LOGIN, Outcome.NO, Reply("535", "", "no"), here, reason=Reason.REFUSED)
    (found,) = (f for f in judged(evidence(other, seen)) if f.protocol is Protocol.SMTP)
    assert found.id == ("auth.protocol_off_user" if off else "auth.bad_credentials")


UNANSWERED = [
    (Outcome.FAILED, Reason.CLOSED, ("net.closed", U, PROVIDER)),
    (Outcome.TIMEOUT, Reason.READ_TIMEOUT, ("server.overload", U, PROVIDER)),
    (Outcome.FAILED, Reason.CONNECT_RESET, ("net.reset", U, NETWORK)),
]


@pytest.mark.parametrize(("outcome", "reason", "expected"), UNANSWERED)
def test_a_login_without_an_answer(outcome: Outcome, reason: Reason, expected: tuple[str, Severity, Fixer]) -> None:
    """That no answer came is not a no, least of all a wrong password; but somebody has signed in."""
    seen = ServiceEvidence(IMAP, Stage.LOGIN, outcome, logins=(made.login(outcome),), reason=reason)
    left = ServiceEvidence(SMTP, Stage.LOGIN, Outcome.CANCELLED, reason=Reason.NOT_TRIED)
    assert only(judged(evidence(seen, left), candidate(SecretKind.APP_PASSWORD))) == expected


def test_a_code_counts_more_than_the_other_service() -> None:
    """A server that says why is believed, though the other one let us in."""
    found = judged(evidence(works(IMAP), refused(SMTP, Reply("535", "", "no"))))
    assert only(found)[0] == "auth.protocol_off_user"
    found = judged(evidence(works(IMAP), refused(SMTP, Reply("454", "4.7.0", "later"))))
    assert only(found)[0] == "server.overload"


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_tokens(mechanism: str) -> None:
    """A refused token is not a refused password."""
    both = evidence(
        refused(IMAP, made.REFUSAL, mechanism=mechanism), refused(SMTP, Reply("535", "", ""), mechanism=mechanism)
    )
    assert {finding.id for finding in judged(both, candidate(SecretKind.OAUTH2))} == {"auth.oauth_expired"}


LATER = [
    # stage, reply, needs ID, finding
    (Stage.SELECT, Reply("NO", "", "Unsafe Login"), True, ("auth.client_id", E, PROVIDER)),
    (Stage.SELECT, Reply("NO", "", "no such mailbox"), False, ("server.misconfig", E, ADMIN)),
    (Stage.SELECT, Reply("NO", "UNAVAILABLE", "later"), True, ("server.overload", U, PROVIDER)),
    (Stage.SELECT, Reply("NO", "INUSE", "later"), False, ("limit.locked_mailbox", U, YOU)),
    (Stage.LIST, Reply("NO", "", "no"), False, ("server.overload", U, PROVIDER)),
    (Stage.STAT, Reply("-ERR", "", "no"), False, ("server.overload", U, PROVIDER)),
    (Stage.GREETING, Reply("BYE", "", "busy"), False, ("server.overload", U, PROVIDER)),
    (Stage.GREETING, Reply("BYE", "UNAVAILABLE", "busy"), False, ("server.overload", U, PROVIDER)),
    (Stage.GREETING, Reply("421", "4.7.0", "blocked for ever"), False, ("server.overload", U, PROVIDER)),
    (Stage.GREETING, Reply("554", "5.7.1", "try again later"), False, ("policy.client_refused", E, PROVIDER)),
    (Stage.GREETING, Reply("550", "", "no"), False, ("policy.client_refused", E, PROVIDER)),
    (Stage.GREETING, Reply("5", "", "no reply code"), False, ("server.overload", U, PROVIDER)),
    (Stage.GREETING, Reply("-ERR", "SYS/TEMP", "no"), False, ("server.overload", U, PROVIDER)),
    (Stage.GREETING, Reply("-ERR", "LOGIN-DELAY", "no"), False, ("limit.rate", U, YOU)),
    (Stage.CAPABILITY, Reply("550", "5.7.1", "EHLO refused"), False, ("policy.client_refused", E, PROVIDER)),
    (Stage.CAPABILITY, Reply("450", "4.7.1", "EHLO refused"), False, ("server.overload", U, PROVIDER)),
    (Stage.CAPABILITY, Reply("BAD", "", "what"), False, ("server.overload", U, PROVIDER)),
]


@pytest.mark.parametrize(("stage", "reply", "needs_id", "expected"), LATER)
def test_refused_elsewhere(
    stage: Stage, reply: Reply, expected: tuple[str, Severity, Fixer], *, needs_id: bool
) -> None:
    """A no before or after the login is about the server, not about the password."""
    seen = ServiceEvidence(IMAP, stage, Outcome.NO, reply, reason=Reason.REFUSED)
    assert only(judged(evidence(seen, works(SMTP)), candidate(needs_id=needs_id))) == expected


SENDERS = [
    (Reason.REFUSED, Reply("550", "5.7.1", "not yours"), ("policy.sender", E, YOU)),
    (Reason.REFUSED, Reply("553", "5.7.1", "not owned"), ("policy.sender", E, YOU)),
    (Reason.REFUSED, Reply("451", "4.7.1", "later"), ("server.overload", U, PROVIDER)),
    (Reason.REFUSED, Reply("554", "5.7.1", "blocked"), ("policy.sender", E, YOU)),
    (Reason.SMTPUTF8_MISSING, None, ("policy.smtputf8", E, PROVIDER)),
    (Reason.NO_MECHANISM, None, ("auth.mechanism", E, PROVIDER)),
]


@pytest.mark.parametrize(("reason", "reply", "expected"), SENDERS)
def test_refused_senders(reason: Reason, reply: Reply | None, expected: tuple[str, Severity, Fixer]) -> None:
    """Signed in, and still not allowed to send: that is said, and not that the password is wrong."""
    seen = ServiceEvidence(SMTP, Stage.MAIL_FROM, Outcome.NO, reply, reason=reason)
    assert only(judged(evidence(works(IMAP), seen))) == expected


@pytest.mark.parametrize("reason", [Reason.NO_MECHANISM, Reason.LOGIN_DISABLED])
def test_only_tokens_are_taken(reason: Reason) -> None:
    """A server over TLS that offers only OAuth 2.0 is told as that, with what it offers, not as missing encryption."""
    seen = ServiceEvidence(
        IMAP, Stage.LOGIN, Outcome.STOPPED, reason=reason, mechanisms=("XOAUTH2",), tls=TlsFacts(verified=True)
    )
    found = next(f for f in judged(Evidence((seen, works(SMTP)))) if f.protocol is Protocol.IMAP)
    assert (found.id, found.param("reply")) == ("auth.oauth_only", "AUTH XOAUTH2")


def test_login_disabled_over_tls() -> None:
    """LOGINDISABLED over TLS cannot be for want of encryption: no way to sign in fits."""
    seen = ServiceEvidence(
        IMAP, Stage.LOGIN, Outcome.STOPPED, reason=Reason.LOGIN_DISABLED, tls=TlsFacts(verified=True)
    )
    found = next(f for f in judged(Evidence((seen, works(SMTP)))) if f.protocol is Protocol.IMAP)
    assert found.id == "auth.mechanism"


VAGUE = "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
PLAINLY = "NO [ALERT] Application-specific password required: https://support.google.com/x (Failure)"


@pytest.mark.parametrize(
    ("words", "shapes", "cause"),
    [
        (VAGUE, (), "auth.app_password"),
        (VAGUE, (Shape.LETTERS_16,), "auth.bad_credentials"),
        (VAGUE, (Shape.GROUPED, Shape.LETTERS_16), "auth.bad_credentials"),
        (PLAINLY, (Shape.LETTERS_16,), "auth.app_password"),
    ],
)
def test_a_password_just_like_those_of_the_provider(words: str, shapes: tuple[Shape, ...], cause: str) -> None:
    """An app password that is refused is wrong or revoked, unless the server says that none was given."""
    address, found = of_provider("gmail.com")
    service = found.best(Protocol.IMAP)
    assert service is not None
    seen = answered(service, words, name=str(address))
    judged_by_book = diagnose.judge(examined(seen, found=found, address=address, shapes=shapes), REPLIES, SHELF)
    assert judged_by_book[0].causes[0].id == cause
