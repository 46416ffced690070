"""The table of replies: every row is sound and understood; unseen wordings mostly are; small talk is not."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from mailwright import book
from mailwright.book.replies import index, saying, unwrapping, vendors
from mailwright.core import Protocol

REPLIES = book.Replies.load()
UNSEEN = tomllib.loads((Path(__file__).parent / "replies_unseen.toml").read_text(encoding="utf-8"))["text"]
# Their own words are those of another row and more; the other's cause is as true.
SHADOWED = {"postfix-another-step", "postfix-spamhaus-resolver"}


def first(text: str, *, protocol: str = "", vendor: str = "") -> tuple[str, ...]:
    meaning = REPLIES.meaning(text, protocol=Protocol(protocol) if protocol else None, vendor=vendor)
    return tuple(cause for cause, _ in meaning.causes)


def test_there_are_many() -> None:
    """The table holds what servers and programs of all kinds say."""
    assert len(REPLIES.rows) >= 1000
    assert len({row.vendor for row in REPLIES.rows}) >= 60


def test_ids_are_unique() -> None:
    """An id names one row."""
    assert [id for id, count in Counter(row.id for row in REPLIES.rows).items() if count > 1] == []


def test_vendors_are_known() -> None:
    """Whoever a row belongs to is in vendors.toml, and its providers are in the book."""
    assert {row.vendor for row in REPLIES.rows} - set(vendors.load()) == set()
    ids = set(book.Book().ids())
    assert {p for vendor in vendors.load().values() for p in vendor.providers} - ids == set()


def test_every_row_is_sound() -> None:
    """It has a source, and its fragments are found in its own words."""
    bad = [
        row.id
        for row in REPLIES.rows
        if not row.source
        or not row.causes
        or not row.found_in(saying.said(unwrapping.unwrapped(row.say)).plain)
        or (row.confidence != "C" and row.source == "general knowledge")
    ]
    assert bad == []


def test_every_row_is_understood() -> None:
    """Its own words give its first cause first."""
    wrong = [
        row.id
        for row in REPLIES.rows
        if first(row.say, protocol=row.protocols[0] if row.protocols else "", vendor=row.vendor)[:1] != row.causes[:1]
    ]
    assert set(wrong) <= SHADOWED


def test_unseen_wordings() -> None:
    """Of texts that are in no row the true cause is mostly first, and nearly always among the first three."""
    answers = [
        (t["cause"], first(t["say"], protocol=t.get("protocol", ""), vendor=t.get("vendor", ""))) for t in UNSEEN
    ]
    assert len(answers) >= 150
    assert sum(cause in said[:3] for cause, said in answers) >= 0.9 * len(answers)
    assert sum(said[:1] == (cause,) for cause, said in answers) >= 0.8 * len(answers)


@pytest.mark.parametrize(
    "text",
    ["hello", "lorem ipsum dolor sit amet", "今天天气很好", "42", "asdf qwer", "Bonjour tout le monde", "", "NO"],
)
def test_what_means_nothing(text: str) -> None:
    """Where nothing is said nothing is guessed."""
    assert first(text) == ()


@pytest.mark.parametrize("text", ["235 2.7.0 Accepted", "a1 OK LOGIN completed", "+OK Logged in."])
def test_success_is_no_failure(text: str) -> None:
    """A yes of a server has no cause."""
    assert REPLIES.meaning(text).how == "fine"


def test_a_bare_refusal_means_what_it_mostly_means_there() -> None:
    """The same words at different providers, or for different kinds of secret."""
    words = "NO authentication not possible, access denied for user or password"
    assert first(words, vendor="tencent")[0] == "auth.authcode"
    assert first(words, vendor="gmail")[0] == "auth.app_password"
    assert REPLIES.meaning("535 authentication failed", wants="auth.authcode").causes[0][0] == "auth.authcode"


@pytest.mark.parametrize(
    "text",
    [
        b"535 Login Fail. Please enter your authorization code to login.",
        "535-5.7.8 Username and Password not accepted. Learn more at\r\n535 5.7.8 https://support.google.com/x",
        "smtplib.SMTPAuthenticationError: (535, b'Login Fail. Please enter your authorization code to login.')",
        "535 登录失败，请使用授权码登录".encode("gb18030"),
    ],
)
def test_however_it_was_pasted(text: str | bytes) -> None:
    """Bytes, joined lines, exceptions and other encodings hold the same words."""
    assert REPLIES.meaning(text).causes[0][0] in ("auth.authcode", "auth.app_password")


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "a1 NO " * 50_000, "\x00\ufeff\u202e" * 10_000, "<http" * 20_000, "9" * 200_000]
)
def test_hostile_texts(text: str) -> None:
    """Whatever is pasted is answered, and nothing of it is obeyed."""
    REPLIES.meaning(text)


def test_the_index_is_fresh() -> None:
    """index.json is what the files give: `python -m mailwright.book.replies.index` writes it."""
    stored = json.loads(index.FILE.read_text(encoding="utf-8"))
    assert stored == json.loads(index.text(index.build()))


@pytest.mark.parametrize("vendor", ["postfix", "icloud"])
def test_words_behind_a_known_refusal_count(vendor: str) -> None:
    """What a row does not explain may be the reason itself."""
    assert (
        first("535 5.7.8 Error: authentication failed: password has expired", vendor=vendor)[0]
        == "auth.password_expired"
    )
    assert first("535 5.7.8 Error: authentication failed", vendor=vendor)[0] != "auth.password_expired"


def test_habits_stay_at_home() -> None:
    """Words that one provider means in a way of its own mean what they say at all others."""
    words = "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
    assert first(words, vendor="gmail")[0] == "auth.app_password"
    assert first(words, vendor="dovecot")[0] == "auth.bad_credentials"


def test_a_refusal_nobody_understands_is_a_guess() -> None:
    """A server's no is guessed at by its code, and hardly believed; the same words without it say nothing."""
    guess = REPLIES.meaning("550 5.7.1 zork grue", vendor="postfix")
    assert (guess.how, guess.row) == ("code", "")
    assert all(share < 0.3 for _, share in guess.causes)
    assert first("zork grue", vendor="postfix") == ()


def test_words_of_one_family_are_alike() -> None:
    """A form of a long word that no row holds is near those that do."""
    assert first("NO superencrypted sessions only")[:1] == ("proto.tls_required",)
    assert first("superspam sessions only") == ()


def test_a_name_inside_a_word_is_none() -> None:
    """Whose words they are is not told by a piece of another word."""
    assert vendors.of_text("please contact your administrator") == ""
    assert vendors.of_text("imap.strato.de refused") == "strato"


def test_what_a_row_says_itself_is_not_left_over() -> None:
    """The words of its own example count once, however much of it is matched and whatever the host is called."""
    words = "NO [UNAVAILABLE] Temporary authentication failure. [mx7:2026-11-24 18:45:43]"
    assert first(words, vendor="dovecot")[0] == first(words)[0] == "server.misconfig"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("NO Temporary authentication failure. [host:2026-11-24 18:45:43]", None),
        ("554 5.7.1 blocked at 18:45:43, client 203.0.113.7", "203.0.113.7"),
        ("554 5.7.1 client 2001:db8::7 blocked", "2001:db8::7"),
        ("554 5.7.1 client 999.0.113.7 blocked", None),
    ],
)
def test_a_time_of_day_is_no_address(text: str, address: str | None) -> None:
    """What is read out as an address is one."""
    assert dict(REPLIES.meaning(text).params).get("address") == address


@pytest.mark.parametrize(
    "text",
    [
        "The certificate for this server is invalid. You might be connecting to a server that is pretending to be x.",
        "此服务器的证书无效。您可能正在连接到一个伪装成“x”的服务器",
    ],
)
def test_a_certificate_that_is_wrong_in_some_way(text: str) -> None:
    """Where a program does not say in which, both its issuer and its name are named."""
    causes = first(text)
    assert causes[0] == "tls.unknown_ca"
    assert "tls.name" in causes[:3]


def test_the_shipped_table_is_made_once() -> None:
    """What is worked out from it takes a third of a second."""
    assert book.Replies.load() is book.Replies.load()
