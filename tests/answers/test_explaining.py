"""Texts that people pasted: their cause, what is about one message only, and the provider they name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from mailwright import book
from mailwright.answers import explaining
from mailwright.core import Protocol

SHELF = book.Book()
REPORTED = tomllib.loads((Path(__file__).parent / "reported.toml").read_text(encoding="utf-8"))["text"]


def read(text: str, protocol: str = "") -> tuple[str, ...]:
    """The causes, best first, or what of a message it is about."""
    one = explaining.understood(text, SHELF, protocol=Protocol(protocol) if protocol else None)
    return (f"message:{one.about}",) if one.about else tuple(cause.id for cause in one.causes)


def test_what_was_reported() -> None:
    """Nearly every text gives first what a person would name, and all among the first three."""
    said = [(set(one["cause"].split("|")), read(one["say"], one.get("protocol", ""))) for one in REPORTED]
    assert len(said) >= 200
    assert [(true, causes) for true, causes in said if not true.intersection(causes[:3])] == []
    assert sum(not true.isdisjoint(causes[:1]) for true, causes in said) >= 0.98 * len(said)


@pytest.mark.parametrize(
    "text",
    [
        "535 5.7.8 User unknown",
        "-ERR [AUTH] no such user",
        "NO [AUTHENTICATIONFAILED] mailbox does not exist",
        "550 5.7.1 Your account has been suspended for sending spam",
        "554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org, spam source",
        "550 5.1.0 <me@example.com>: Sender address rejected: User unknown in virtual mailbox table",
        "554 5.7.1 <a@b.test>: Relay access denied",
        "552 5.2.2 Mailbox is full",
        "550 User has sent too many messages, daily limit exceeded",
    ],
)
def test_what_is_about_the_account(text: str) -> None:
    """Words that are said of a message, too, are about the account where they stand for it."""
    one = explaining.understood(text, SHELF)
    assert (one.about, bool(one.causes)) == ("", True)


def test_a_message_has_no_cause() -> None:
    """What is about one message is told so, and blames nothing."""
    one = explaining.understood("552 5.3.4 Message size exceeds fixed limit", SHELF)
    assert (one.about, one.causes, one.meaning.row) == ("size", (), "")
    document = explaining.document(one)
    assert (document["how"], document["about"], document["unknown"], document["causes"]) == (
        "message",
        "size",
        False,
        [],
    )


@pytest.mark.parametrize(
    ("text", "named", "provider"),
    [
        ("Login to server imap.gmail.com failed.", "imap.gmail.com", "gmail"),
        ('a1 LOGIN "anna@qq.com" "secret"\na1 NO Login fail', "qq.com", "qq"),
        ("535 Authentication failed, anna@qq.com", "qq.com", "qq"),
        ("fetchmail: Authorization failure on anna@imap.gmail.com", "imap.gmail.com", "gmail"),
        ("535 failed for anna@qq.com and ben@gmail.com", "", None),
        ("535 Authentication failed, anna@example.org", "", None),
        ("535 failed, see https://imap.gmail.com/help", "", None),
    ],
)
def test_the_provider_a_text_names(text: str, named: str, provider: str | None) -> None:
    """One server or one domain of a provider in the text is as good as being told; two are not, and links are none."""
    one = explaining.understood(text, SHELF)
    found = one.provider.id if one.provider is not None and named else None
    assert (one.named, found) == (named, provider)


def test_what_was_said_outranks_what_is_read() -> None:
    """A provider or a host that was given is not replaced by one that the text names."""
    text = "535 Authentication failed, anna@qq.com"
    one = explaining.understood(text, SHELF, host="smtp.gmail.com", provider=SHELF.get("gmail"))
    assert (one.named, one.host, one.provider) == ("", "smtp.gmail.com", SHELF.get("gmail"))
    assert explaining.understood(text, SHELF, host="smtp.example.org").named == ""
