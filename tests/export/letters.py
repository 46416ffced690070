"""Messages in mailboxes of the lab: put one in, wait for one, and the token of an account that takes tokens only."""

from __future__ import annotations

import email
import time
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import TYPE_CHECKING

from mailwright.lab import Lab, issuer
from tests.lab import clients

if TYPE_CHECKING:
    import imaplib

    from mailwright.lab import Expected

SECONDS = 20
FROM = "bert@auto.test"


def letter(subject: str, to: str, text: str) -> bytes:
    """A message as it is sent."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = FROM, to, subject
    made["Date"] = "Mon, 06 Jan 2025 10:00:00 +0000"
    made["Message-ID"] = f"<{subject}@letters.test>"
    made.set_content(text)
    return made.as_bytes()


def put(lab: Lab, address: str, subject: str, text: str = "read me") -> None:
    """A new message in the inbox."""
    session = _inbox(lab, address)
    body = letter(subject, address, text).replace(b"\n", b"\r\n")
    assert session.append("INBOX", "", "", body)[0] == "OK"
    session.logout()


def arrived(lab: Lab, address: str, subject: str) -> str:
    """The message of that subject, waited for."""
    session = _inbox(lab, address)
    deadline = time.monotonic() + SECONDS
    while not (found := session.search(None, "SUBJECT", f'"{subject}"')[1][0].split()):
        assert time.monotonic() < deadline, f"{subject} did not arrive"
        time.sleep(0.05)
        session.noop()
    parts = session.fetch(found[-1].decode(), "(BODY.PEEK[])")[1]
    session.logout()
    assert isinstance(parts[0], tuple)
    return parts[0][1].decode()


def token(lab: Lab, address: str = "anna@oauth.test") -> str:
    """What opens a mailbox that takes no password."""
    return issuer.token(issuer.read_key(lab.dir / "pki" / "issuer.key"), address)


def _inbox(lab: Lab, address: str) -> imaplib.IMAP4:
    account = lab.account(address)
    at: Expected = next(entry for entry in account.expect if entry.service == "imap")
    session = clients.imap(lab, at)
    if account.instance == "oauth":
        answer = f"user={account.username}\x01auth=Bearer {token(lab, address)}\x01\x01".encode()
        session.authenticate("XOAUTH2", lambda _: answer)
    else:
        response = f"\0{account.username}\0{account.password}".encode()
        session.authenticate("PLAIN", lambda _: response)
    assert session.select("INBOX")[0] == "OK"
    return session


def header(text: str, name: str) -> str:
    """A header of a message as people read it (RFC 2047)."""
    found = email.message_from_string(text)[name]
    return str(make_header(decode_header(found)))
