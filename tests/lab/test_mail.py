"""Every account of the lab works the way the table of the lab says."""

from __future__ import annotations

import base64
import email
import email.policy
import time
from typing import TYPE_CHECKING

import pytest

from mailwright.lab import issuer, mailboxes, plan
from tests.lab import clients

if TYPE_CHECKING:
    from mailwright.lab import Account, Expected, Lab

PLAIN = [account for account in plan.ACCOUNTS if account.expect and account.instance == "main"]


def at(account: Account, service: str) -> Expected:
    return next(entry for entry in account.expect if entry.service == service)


def has(account: Account, service: str) -> bool:
    return any(entry.service == service for entry in account.expect)


@pytest.mark.parametrize("account", PLAIN, ids=lambda account: account.address)
def test_imap_reads_the_mailbox(lab: Lab, account: Account) -> None:
    session = clients.imap(lab, at(account, "imap"))
    response = f"\0{account.username}\0{account.password}".encode()
    session.authenticate("PLAIN", lambda _: response)
    status, count = session.select("INBOX", readonly=True)
    assert status == "OK"
    assert int(count[0] or b"") >= mailboxes.INBOX_COUNT
    session.logout()


@pytest.mark.parametrize("account", [a for a in PLAIN if has(a, "pop3")], ids=lambda account: account.address)
def test_pop3_reads_the_mailbox(lab: Lab, account: Account) -> None:
    session = clients.pop(lab, at(account, "pop3"))
    session.user(account.username)
    session.pass_(account.password)
    assert session.stat()[0] >= mailboxes.INBOX_COUNT
    session.quit()


@pytest.mark.parametrize("account", PLAIN, ids=lambda account: account.address)
def test_submission_takes_the_password(lab: Lab, account: Account) -> None:
    session = clients.smtp(lab, at(account, "smtp"))
    code, _ = session.docmd("AUTH", "PLAIN " + clients.plain(account.username, account.password))
    assert code == 235
    session.quit()


def test_a_wrong_password_is_refused_quickly_again_and_again(lab: Lab) -> None:
    account = lab.account("anna@wellknown.test")
    for number in range(4):
        began = time.monotonic()
        session = clients.imap(lab, at(account, "imap"))
        with pytest.raises(session.error, match="AUTHENTICATIONFAILED"):
            session.login(account.username, f"wrong-{number}")
        session.shutdown()
        smtp = clients.smtp(lab, at(account, "smtp"))
        code, _ = smtp.docmd("AUTH", "PLAIN " + clients.plain(account.username, f"wrong-{number}"))
        assert code == 535
        smtp.close()
        # Dovecot answers failures twice a second; a penalty would be 2 s and growing.
        assert time.monotonic() - began < 1.8


@pytest.mark.parametrize("service", ["imap", "smtp"])
@pytest.mark.parametrize(
    ("address", "mechanisms"),
    [
        ("anna@scram.test", {"SCRAM-SHA-256"}),
        ("anna@cram.test", {"CRAM-MD5"}),
        ("anna@oauth.test", {"XOAUTH2", "OAUTHBEARER"}),
        ("anna@auto.test", {"PLAIN", "LOGIN"}),
    ],
)
def test_each_instance_offers_its_mechanisms_only(lab: Lab, address: str, mechanisms: set[str], service: str) -> None:
    assert offered(lab, at(lab.account(address), service)) == mechanisms


def offered(lab: Lab, where: Expected) -> set[str]:
    if where.service == "imap":
        session = clients.imap(lab, where)
        return {word.removeprefix("AUTH=") for word in session.capabilities if word.startswith("AUTH=")}
    return set(clients.smtp(lab, where).esmtp_features["auth"].split())


def test_cram_md5_signs_in(lab: Lab) -> None:
    account = lab.account("anna@cram.test")
    session = clients.imap(lab, at(account, "imap"))
    session.login_cram_md5(account.username, account.password)
    assert session.select()[0] == "OK"


@pytest.mark.parametrize(("suffix", "good"), [("", True), ("x", False)])
def test_scram_signs_in(lab: Lab, suffix: str, *, good: bool) -> None:
    account = lab.account("anna@scram.test")
    session = clients.imap(lab, at(account, "imap"))
    answer = clients.scram(account.username, account.password + suffix)
    if good:
        session.authenticate("SCRAM-SHA-256", answer)
        assert session.select()[0] == "OK"
        return
    with pytest.raises(session.error):
        session.authenticate("SCRAM-SHA-256", answer)


@pytest.mark.parametrize("service", ["smtp", "pop3"])
@pytest.mark.parametrize(
    ("address", "mechanism"), [("anna@scram.test", "SCRAM-SHA-256"), ("anna@oauth.test", "XOAUTH2")]
)
def test_the_other_protocols_take_the_same_mechanisms(lab: Lab, address: str, mechanism: str, service: str) -> None:
    account = lab.account(address)
    token = issuer.token(issuer.read_key(lab.dir / "pki" / "issuer.key"), account.address)
    answer = clients.scram(account.username, account.password)
    if mechanism == "XOAUTH2":
        answer = lambda _: f"user={account.address}\x01auth=Bearer {token}\x01\x01".encode()  # noqa: E731
    if service == "smtp":
        session = clients.smtp(lab, at(account, "smtp"))
        code, text = session.docmd("AUTH", mechanism)
        while code == 334:
            code, text = session.docmd(base64.b64encode(answer(base64.b64decode(text))).decode())
        assert code == 235
        return
    reader = clients.pop(lab, at(account, "pop3"))
    line = clients.pop_command(reader, f"AUTH {mechanism}")
    while line.startswith(b"+ "):
        line = clients.pop_command(reader, base64.b64encode(answer(base64.b64decode(line[2:]))).decode())
    assert line.startswith(b"+OK")
    assert reader.stat()[0] >= mailboxes.INBOX_COUNT


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize(("seconds", "good"), [(600, True), (-600, False)])
def test_tokens_open_the_mailbox_until_they_expire(lab: Lab, mechanism: str, seconds: int, *, good: bool) -> None:
    account = lab.account("anna@oauth.test")
    token = issuer.token(issuer.read_key(lab.dir / "pki" / "issuer.key"), account.address, seconds=seconds)
    response = {
        "XOAUTH2": f"user={account.address}\x01auth=Bearer {token}\x01\x01",
        "OAUTHBEARER": f"n,a={account.address},\x01auth=Bearer {token}\x01\x01",
    }[mechanism].encode()
    session = clients.imap(lab, at(account, "imap"))
    answers = iter((response, b"\x01"))
    if not good:
        with pytest.raises(session.error):
            session.authenticate(mechanism, lambda _: next(answers))
        return
    session.authenticate(mechanism, lambda _: next(answers))
    assert session.select()[0] == "OK"


def test_a_message_sent_arrives(lab: Lab) -> None:
    sender, receiver = lab.account("bert@auto.test"), lab.account("anna@guess.test")
    session = clients.smtp(lab, at(sender, "smtp"))
    session.docmd("AUTH", "PLAIN " + clients.plain(sender.username, sender.password))
    session.sendmail(sender.address, [receiver.address], b"Subject: a fresh one\r\n\r\nhello\r\n")
    session.quit()
    reader = clients.imap(lab, at(receiver, "imap"))
    reader.login(receiver.username, receiver.password)
    reader.select()
    deadline = time.monotonic() + 8
    while not (found := reader.search(None, "SUBJECT", '"a fresh one"')[1][0].split()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        reader.noop()
    assert len(found) == 1


def test_mail_for_the_world_is_refused(lab: Lab) -> None:
    where = plan.Expected("smtp", "mx.auto.test", 25, "none", "")
    session = clients.smtp(lab, where)
    session.mail("someone@elsewhere.test")
    assert session.rcpt("someone@else.example")[0] == 554


def test_the_mail_is_worth_reading(lab: Lab) -> None:
    account = lab.account("anna@auto.test")
    session = clients.imap(lab, at(account, "imap"))
    session.login(account.username, account.password)
    session.select(readonly=True)
    _, data = session.fetch("1:*", "(BODY.PEEK[])")
    found = [email.message_from_bytes(item[1], policy=email.policy.default) for item in data if isinstance(item, tuple)]
    subjects = [message["Subject"] for message in found]
    assert "欢迎使用信匠" in subjects
    assert "Lunch on Thursday?" in subjects
    assert any(part.get_filename() == "季度报表.csv" for message in found for part in message.walk())
    assert any(part.get_content_type() == "text/html" for message in found for part in message.walk())
    folders = [line for line in session.list()[1] if isinstance(line, bytes)]
    assert any(line.rstrip(b'"').endswith((b'"&mHl27g-', b" &mHl27g-")) for line in folders)


def test_without_tls_nobody_may_sign_in(lab: Lab) -> None:
    where = plan.Expected("imap", "box.starttls.test", 143, "none", "")
    session = clients.imap(lab, where)
    assert "LOGINDISABLED" in session.capabilities
    smtp = clients.smtp(lab, plan.Expected("smtp", "box.starttls.test", 587, "none", ""))
    assert "auth" not in smtp.esmtp_features


@pytest.mark.parametrize("port", [465, 993, 995])
def test_the_starttls_domain_has_no_tls_ports(lab: Lab, port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        clients.connect(lab, "box.starttls.test", port)
