"""Signing in for real, at the servers of the lab: every kind of account, every mechanism, right and wrong."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from mailwright import lab as room
from mailwright import verify, wire
from mailwright.core import (
    Auth,
    Candidate,
    Credentials,
    EmailAddress,
    Outcome,
    Protocol,
    Reason,
    Repair,
    Secret,
    ServiceEvidence,
    Source,
    Stage,
    plain,
)
from mailwright.lab import issuer, mailboxes, plan
from tests.verify import at

B, F, P = Repair.BLANKS, Repair.FULL_WIDTH, Repair.PERCENT
ADDED, REMOVED = Repair.DOMAIN_ADDED, Repair.DOMAIN_REMOVED

ACCOUNTS = [
    # address, mechanism for IMAP, POP3 and SMTP
    ("anna@auto.test", ("PLAIN", "USER", "PLAIN")),
    ("bert@auto.test", ("PLAIN", "PLAIN", "PLAIN")),
    ("李@auto.test", ("PLAIN", "PLAIN", "PLAIN")),
    ("anna@scram.test", ("SCRAM-SHA-256",) * 3),
    ("anna@cram.test", ("CRAM-MD5",) * 3),
    ("anna@starttls.test", ("PLAIN", "USER", "PLAIN")),
    ("anna@v6.test", ("PLAIN", "USER", "PLAIN")),
    ("anna@例子.test", ("PLAIN", "USER", "PLAIN")),
    ("anna@localpart.test", ("PLAIN", "USER", "PLAIN")),
]


@pytest.mark.parametrize("incoming", ["imap", "pop3"])
@pytest.mark.parametrize(("address", "mechanisms"), ACCOUNTS, ids=[row[0] for row in ACCOUNTS])
async def test_every_account(lab: room.Lab, address: str, mechanisms: tuple[str, str, str], incoming: str) -> None:
    """The right password works at the first try on both sides, over verified TLS, and the mailbox is seen."""
    account = lab.account(address)
    if address == "anna@v6.test" and "lab.note.no_ipv6" in lab.notes:
        pytest.skip("this machine has no IPv6")
    evidence = await at.signed_in(lab, at.candidate(account), at.credentials(account), incoming)
    reading, sending = evidence.services
    assert [reading.service.protocol, sending.service.protocol] == [incoming, "smtp"]
    assert [(seen.works, len(seen.logins)) for seen in evidence.services] == [(True, 1), (True, 1)]
    wanted = [mechanisms[0 if incoming == "imap" else 1], mechanisms[2]]
    assert [seen.logins[0].mechanism for seen in evidence.services] == wanted
    assert [seen.logins[0].username for seen in evidence.services] == [account.username] * 2
    assert all(seen.tls is not None and seen.tls.verified and seen.tls.chain for seen in evidence.services)
    assert reading.mailboxes is not None
    assert reading.mailboxes.messages is not None
    assert reading.mailboxes.messages >= mailboxes.INBOX_COUNT
    assert reading.mailboxes.folders == (6 if incoming == "imap" else None)
    mail_from = sending.trace.last("mail_from")
    assert mail_from is not None
    assert ("SMTPUTF8" in str(mail_from.lines)) is (not address.split("@", maxsplit=1)[0].isascii())


@pytest.mark.parametrize("auth", [(Auth.PASSWORD,), (Auth.ENCRYPTED_PASSWORD,), (Auth.OAUTH2, Auth.PASSWORD)])
@pytest.mark.parametrize("address", ["anna@scram.test", "anna@cram.test", "anna@auto.test"])
async def test_what_the_settings_say_of_mechanisms(lab: room.Lab, address: str, auth: tuple[Auth, ...]) -> None:
    """A wish for some way to sign in never keeps one out who could sign in by another."""
    account = lab.account(address)
    evidence = await at.signed_in(lab, at.candidate(account, auth=auth), at.credentials(account))
    assert all(seen.works for seen in evidence.services)


@pytest.mark.parametrize("good", [True, False])
async def test_tokens(lab: room.Lab, *, good: bool) -> None:
    """An access token opens the mailbox by an OAuth mechanism, once; a stale one is refused and not tried again."""
    account = lab.account("anna@oauth.test")
    token = issuer.token(
        issuer.read_key(lab.dir / "pki" / "issuer.key"), account.address, seconds=600 if good else -600
    )
    who = Credentials(EmailAddress.parse(account.address), Secret(token), token=True)
    evidence = await at.signed_in(lab, at.candidate(account), who)
    tries = [login for seen in evidence.services for login in seen.logins]
    assert {login.mechanism for login in tries} == {"OAUTHBEARER"}
    assert [seen.works for seen in evidence.services] == [good, good]
    assert len(tries) == 2
    assert token not in repr(evidence)


@pytest.mark.parametrize("incoming", ["imap", "pop3"])
async def test_a_wrong_password(lab: room.Lab, incoming: str) -> None:
    """The servers themselves count it: two tries to read, none to send after that, and the refusal comes along."""
    account = lab.account("anna@pacc.test")
    log = at.Log(lab)
    doubted = at.candidate(account, source=Source.GUESS)
    evidence = await at.signed_in(lab, doubted, at.credentials(account, "canary-wrong-1"), incoming)
    reading, sending = evidence.services
    assert [(seen.stage, seen.outcome, seen.reason, len(seen.logins)) for seen in evidence.services] == [
        (Stage.LOGIN, Outcome.NO, Reason.REFUSED, 2),
        (Stage.LOGIN, Outcome.CANCELLED, Reason.NOT_TRIED, 0),
    ]
    assert [login.username for login in reading.logins] == ["anna@pacc.test", "anna"]
    assert [login.repairs for login in reading.logins] == [(), (REMOVED,)]
    assert reading.reply is not None
    assert reading.reply.code == ("AUTHENTICATIONFAILED" if incoming == "imap" else "AUTH")
    assert sending.tls is not None
    assert sending.tls.verified
    expected = {"anna@pacc.test": 1, "anna": 1}
    assert at.settled(lambda: dict(log.refused()), expected) == expected


async def test_a_wrong_password_where_the_form_is_certain(lab: room.Lab) -> None:
    """Where the domain itself says how the user name is written, no other form costs a refusal."""
    account = lab.account("anna@auto.test")
    log = at.Log(lab)
    evidence = await at.signed_in(lab, at.candidate(account), at.credentials(account, "canary-wrong-2"))
    assert [[login.username for login in seen.logins] for seen in evidence.services] == [["anna@auto.test"]] * 2
    expected = {"anna@auto.test": 1, "smtp": 1}
    assert at.settled(lambda: dict(log.refused()), expected) == expected


async def test_a_wrong_password_where_nothing_can_be_repaired(lab: room.Lab) -> None:
    """A user name that somebody insists on is not played with: one try to read, one to send."""
    account = lab.account("anna@pacc.test")
    log = at.Log(lab)
    evidence = await at.signed_in(lab, at.candidate(account), at.credentials(account, "wrong", "bert@other.test"))
    assert [len(seen.logins) for seen in evidence.services] == [1, 1]
    sending = at.of(evidence, "smtp")
    assert sending.reply is not None
    assert (sending.reply.status, sending.reply.code) == ("535", "5.7.8")
    expected = {"bert@other.test": 1, "smtp": 1}
    assert at.settled(lambda: dict(log.refused()), expected) == expected


WIDE = "ｃｏｒｒｅｃｔ-horse-7"
TYPED = [
    # address, password as typed, user name as typed (None: from the settings), what is repaired
    ("anna@auto.test", " correct-horse-7", None, (B,)),
    ("anna@auto.test", "correct-horse-7\u3000", None, (B,)),
    ("anna@auto.test", "\ufeffcorrect-horse-7\u00a0", None, (B,)),
    ("anna@auto.test", WIDE, None, (F,)),
    ("anna@auto.test", f" {WIDE} ", None, (F, B)),
    ("anna@auto.test", "correct-horse-7", "anna", (ADDED,)),
    ("anna@auto.test", "correct-horse-7", "anna%40auto.test", (P,)),
    ("anna@auto.test", "correct-horse-7", "ａｎｎａ＠ａｕｔｏ。ｔｅｓｔ", (F,)),
    ("anna@auto.test", "correct-horse-7 ", "anna@auto.test ", (B,)),
    ("anna@localpart.test", "short-name-3", "anna@localpart.test", (REMOVED,)),
    ("anna@scram.test", "challenge-256 ", None, (B,)),
    ("anna@cram.test", " challenge-md5", None, (B,)),
    ("anna@starttls.test", "upgrade-first-8\n", None, (B,)),
    ("李@auto.test", "li-spring-rain-3", "李", (ADDED,)),
]


@pytest.mark.parametrize("incoming", ["imap", "pop3"])
async def test_what_is_typed_wrong_is_repaired_once(lab: room.Lab, incoming: str) -> None:
    """The second try is the repaired one and works; sending does at once what reading has proved right."""
    accounts = [lab.account(address) for address, *_ in TYPED]
    async with wire.World(at.settings(lab)) as world:
        runs = (
            verify.verify(
                at.candidate(account), at.credentials(account, password, name), world, incoming=Protocol(incoming)
            )
            for account, (_, password, name, _) in zip(accounts, TYPED, strict=True)
        )
        evidences = await asyncio.gather(*runs)
    for row, account, evidence in zip(TYPED, accounts, evidences, strict=True):
        assert [seen.works for seen in evidence.services] == [True, True], row
        reading, sending = evidence.services
        assert [(login.outcome, login.repairs) for login in reading.logins] == [
            (Outcome.NO, ()), (Outcome.OK, row[3]),
        ], row  # fmt: skip
        assert [(login.outcome, login.repairs) for login in sending.logins] == [(Outcome.OK, row[3])], row
        assert {seen.logins[-1].username for seen in evidence.services} == {account.username}, row


@pytest.mark.parametrize(("typed", "works", "refusals"), [("{} ", True, 1), ("wrong{} ", False, 2)])
async def test_sending_alone(lab: room.Lab, typed: str, refusals: int, *, works: bool) -> None:
    """Where there is nothing to read with, sending may try what was typed and its repair, and no more."""
    account = lab.account("anna@srv.test")
    alone = Candidate(tuple(s for s in at.candidate(account).services if s.protocol is Protocol.SMTP))
    log = at.Log(lab)
    (seen,) = (await at.signed_in(lab, alone, at.credentials(account, typed.format(account.password)))).services
    assert (seen.works, [login.repairs for login in seen.logins]) == (works, [(), (B,)])
    assert at.settled(lambda: dict(log.refused()), {"smtp": refusals}) == {"smtp": refusals}


async def test_nothing_is_changed(lab: room.Lab) -> None:
    """No message is added, read, moved or flagged, and nothing is handed in for sending."""
    account = lab.account("anna@mailconf.test")
    before, log = at.mailbox(lab, account), at.Log(lab)
    assert len(before) >= mailboxes.COUNT
    for incoming in ("imap", "pop3"):
        evidence = await at.signed_in(lab, at.candidate(account), at.credentials(account), incoming)
        assert all(seen.works for seen in evidence.services)
    assert at.settled(lambda: log.text("mail.log").count("disconnect from"), 2) == 2
    assert at.mailbox(lab, account) == before
    assert log.handed_in() == 0


async def test_one_bad_endpoint_is_passed_over(lab: room.Lab) -> None:
    """A port where nothing listens is noted, and the next endpoint of the protocol is tried."""
    account = lab.account("anna@srv.test")
    found = Candidate((at.service("imap", "spare.srv.test", 993), *at.candidate(account).services))
    evidence = await at.signed_in(lab, found, at.credentials(account))
    assert [(seen.service.endpoint.value.host, seen.reason, seen.works) for seen in evidence.services] == [
        ("spare.srv.test", Reason.CONNECT_REFUSED, False),
        ("a.srv.test", Reason.NONE, True),
        ("out.srv.test", Reason.NONE, True),
    ]


async def test_no_second_endpoint_after_a_refusal(lab: room.Lab) -> None:
    """Where a login was answered the search is over: a wrong password is not carried from host to host."""
    account = lab.account("anna@srv.test")
    found = Candidate((*at.candidate(account).services, at.service("imap", "b.srv.test", 993)))
    evidence = await at.signed_in(lab, found, at.credentials(account, "wrong"))
    assert [seen.service.endpoint.value.host for seen in evidence.services] == ["a.srv.test", "out.srv.test"]


@pytest.mark.parametrize(
    ("host", "port", "reason"),
    [("nothing-here.srv.test", 993, Reason.DNS_NXDOMAIN), ("_imaps._tcp.srv.test", 993, Reason.DNS_NODATA),
     ("box.bogus.test", 993, Reason.DNS_SERVFAIL), ("smtp.auto.test", 465, Reason.NOT_THE_PROTOCOL)],
)  # fmt: skip
async def test_servers_that_are_none(lab: room.Lab, host: str, port: int, reason: Reason) -> None:
    """Trouble of the network is evidence with its reason, never an exception, and nobody has signed in."""
    account = lab.account("anna@srv.test")
    found = Candidate((at.service("imap", host, port), at.candidate(account).services[-1]))
    evidence = await at.signed_in(lab, found, at.credentials(account), reply_seconds=2.0)
    reading = at.of(evidence, "imap")
    assert (reading.reason, reading.logins, reading.trace.last("login")) == (reason, (), None)
    assert at.of(evidence, "smtp").works


def forms(secret: str, username: str) -> list[str]:
    """How a secret could be seen in a conversation."""
    joined = f"\0{username}\0{secret}".encode()
    return [secret, secret[::-1], *(base64.b64encode(raw).decode().rstrip("=") for raw in (secret.encode(), joined))]


@pytest.mark.parametrize("password", ["correct-horse-7", "canary-Xy7-wrong", " ｃanary-Xy7 ", "pässwort 春天 9"])
@pytest.mark.parametrize("incoming", ["imap", "pop3"])
async def test_the_secret_is_nowhere_to_be_read(lab: room.Lab, password: str, incoming: str) -> None:
    """Right or wrong, in no form does the password stand in evidence, trace, notices or JSON."""
    account = lab.account("anna@auto.test")
    noticed: list[ServiceEvidence] = []
    async with wire.World(at.settings(lab)) as world:
        evidence = await verify.verify(
            at.candidate(account), at.credentials(account, password), world,
            incoming=Protocol(incoming), notify=noticed.append,
        )  # fmt: skip
    told = repr(evidence) + repr(noticed) + json.dumps(plain(evidence), ensure_ascii=False)
    assert "LOGIN" in told.upper()
    for secret in (password, password.strip(), "canary-Xy7"):
        assert [form for form in forms(secret, account.username) if form in told] == []


async def test_notices(lab: room.Lab) -> None:
    """A service is told of when it has greeted us over good TLS, and once more when it is done."""
    account = lab.account("anna@auto.test")
    noticed: list[ServiceEvidence] = []
    async with wire.World(at.settings(lab)) as world:
        evidence = await verify.verify(
            at.candidate(account), at.credentials(account, "wrong"), world, notify=noticed.append
        )
    for protocol in ("imap", "smtp"):
        first, last = (seen for seen in noticed if seen.service.protocol == protocol)
        assert (first.stage, first.outcome, first.logins) == (Stage.CAPABILITY, Outcome.OK, ())
        assert first.tls is not None
        assert first.tls.verified
        assert last == at.of(evidence, protocol)


async def test_everybody_at_once(lab: room.Lab) -> None:
    """Verifications do not get in each other's way."""
    accounts = [account for account in plan.ACCOUNTS if account.expect and account.instance == "main"]
    accounts = [account for account in accounts if account.domain != "v6.test"]
    async with wire.World(at.settings(lab)) as world:
        evidences = await asyncio.gather(
            *(verify.verify(at.candidate(account), at.credentials(account), world) for account in accounts)
        )
    assert [a.address for a, e in zip(accounts, evidences, strict=True) if not all(s.works for s in e.services)] == []
