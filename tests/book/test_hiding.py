"""Nothing that may be a secret is left in a text that is shown again, and replies of servers stay readable."""

from __future__ import annotations

import base64
import encodings.aliases

import pytest

from mailwright import book

PASSWORD = "kX7-hunter2"
BLOB = "AGxpAGtYNy1odW50ZXIy"
WORDED = "correct horse battery"


@pytest.mark.parametrize(
    "pasted",
    [
        f'a1 LOGIN "li" "{PASSWORD}"',
        f"a1 LOGIN li {PASSWORD}",
        f"AAAB LOGIN li {PASSWORD}\r\nAAAB NO no",
        f". login li {PASSWORD}",
        f"535 LOGIN li {PASSWORD}",
        f"LOGIN li {PASSWORD}",
        f"A1 LOGIN {{2}}\n+ OK\nli {{11}}\n+ OK\n{PASSWORD}\nA1 NO no",
        f"A1 LOGIN {{2+}}\r\nli {{11+}}\r\n{PASSWORD}",
        f"imap.login('li@example.org', '{PASSWORD}')",
        f'server.login("li", "{PASSWORD}")',
        f"AUTH PLAIN {BLOB}",
        f"auth plain {BLOB}",
        f"AUTH PLAIN\n334\n{BLOB}\n535 no",
        f"b'AUTH PLAIN {BLOB}\\r\\n'",
        f"AUTHENTICATE PLAIN {BLOB}",
        "AUTH LOGIN\n334 VXNlcm5hbWU6\nbGk=\n334 UGFzc3dvcmQ6\na1g3LWh1bnRlcjI=\n535 5.7.8 no",
        f"USER li\r\nPASS {PASSWORD}\r\n-ERR no",
        f"C: PASS {PASSWORD}",
        f'send: "PASS {PASSWORD}\\r\\n"',
        f"imaps://li:{PASSWORD}@imap.example.org/",
        f"curl -u li:{PASSWORD} imaps://imap.example.org",
        f"password={PASSWORD}; host=imap.example.org",
        f'{{"password": "{PASSWORD}"}}',
        f"the password is {PASSWORD}",
        f"密码：{PASSWORD}",
        f"授权码是 {PASSWORD}",
        f"Authorization: Bearer {PASSWORD}",
        f"PASS {WORDED}",
        f"USER li\nPASS {WORDED}\n-ERR no",
        f"pass {PASSWORD}",
        f"> pass {PASSWORD}",
        f"EMAIL_HOST_PASSWORD = '{PASSWORD}'",
        f"IMAP_PASSWORD={PASSWORD}",
        f"smtp_pass={PASSWORD}",
        f"sasl_passwd: li:{PASSWORD}",
        f"client_secret=GOCSPX-{PASSWORD}",
        f"oauth_token={PASSWORD}",
        f"smtpPassword={PASSWORD}",
        f"PASSWORD:{' ' * 12}{PASSWORD}",
        f'smtp.login("bob", password="{PASSWORD}")',
        f"password=ab,{PASSWORD}",
        f"password=ab&{PASSWORD}; {WORDED}",
        f"password: {WORDED}",
        f'"password": "a"{PASSWORD}", "host": "imap.example.org"',
        f"密码: ab {PASSWORD}",
        f"swaks --auth-password {PASSWORD} --server imap.example.org",
        f"curl --password '{WORDED}'",
        f"imap://bob:p/{PASSWORD}@imap.example.org",
        f"imap://bob:p@{PASSWORD}@imap.example.org/INBOX",
        f"imap://li@example.org:{PASSWORD}@imap.example.org",
        f"我的密码 {PASSWORD} ，服务器 imap.qq.com 提示 535",
        f"{PASSWORD} is my password for li@qq.com",
        f"{PASSWORD} 是我的邮箱密码",
    ],
)
def test_secrets_are_gone(pasted: str) -> None:
    """Neither what was typed nor its base64 is left, whichever way it was written down."""
    shown = book.hidden(book.unwrapped(pasted))
    for secret in (PASSWORD, BLOB, "a1g3LWh1bnRlcjI", "horse", "battery", "hunter2"):
        assert secret not in shown
    assert "‹…›" in shown


def test_the_sentence_behind_a_secret_stays() -> None:
    """Of a sentence in Chinese only the secret goes."""
    assert book.hidden("授权码：abcdef 填了还是 535 Login Fail") == "授权码：‹…› 填了还是 535 Login Fail"
    assert book.hidden("密码：abc12345，提示错误") == "密码：‹…›，提示错误"
    assert "abcdefghijklmnop" not in book.hidden("授权码 abcdefghijklmnop 还是不行")


def test_short_secrets_in_base64() -> None:
    """Four letters in base64 too, with the question before them and alone in a log."""
    assert "cGFzcw" not in book.hidden("334 UGFzc3dvcmQ6\ncGFzcw==\n535 no")
    assert "cGFzcw" not in book.hidden("12:00:01 C: cGFzcw==")


@pytest.mark.parametrize(
    "said", ["535 5.7.8 Error: authentication failed", "535 authentication failed", "NO [AUTHENTICATIONFAILED] Failed."]
)
def test_the_reply_behind_a_secret_stays(said: str) -> None:
    """A secret ends where the server answers, and nothing more is hidden when the outcome is read again."""
    shown = book.hidden(f"password={WORDED} {said}")
    assert shown == f"password=‹…› {said}"
    assert book.hidden(shown) == shown
    assert book.hidden(f"Password:\n{said}") == f"Password:\n{said}"


@pytest.mark.parametrize(
    "said",
    [
        "535 Login Fail. Please enter your authorization code to login",
        "NO LOGIN failed. Retry",
        "NO [PRIVACYREQUIRED] Plaintext authentication disabled.",
        "503 AUTH command used when not advertised",
        "504 5.3.3 AUTH mechanism CRAM-MD5 not available",
        "-ERR PASS command failed",
        "Error: the password is incorrect",
        "password authentication failed",
        "Password: incorrect, try again",
        "Compass: imap.example.org",
        "密码是错误的",
        "授权码 535 Login Fail",
        "密码 0x800CCC92",
        "this is my password: incorrect",
        "334 VXNlcm5hbWU6",
        "535-5.7.8 https://support.google.com/mail/?p=BadCredentials d9443c01a7336-1f0",
    ],
)
def test_replies_stay_as_they_are(said: str) -> None:
    """What a server says is left whole, so that it can be read and understood."""
    assert book.hidden(said) == said


@pytest.mark.parametrize("codec", sorted({*encodings.aliases.aliases.values(), "undefined", "idna", "punycode", "xyz"}))
def test_whatever_coding_is_named(codec: str) -> None:
    """A word in a coding that there is not, or that takes no such bytes, is still read."""
    for body in (b"535 no", bytes(range(256)), b"xn--a\xff"):
        word = base64.b64encode(body).decode()
        assert book.unwrapped(f"535 =?{codec.replace('_', '-')}?b?{word}?= failed").endswith("failed")
    assert book.unwrapped(f"535 &#{'1' * 5000}; failed").endswith("failed")


def test_the_replies_of_the_table_stay_readable() -> None:
    """Of all rows only words that look like session ids are hidden, and those in few of them."""
    rows = book.Replies.load().rows
    changed = [row.id for row in rows if book.hidden(row.say) != row.say]
    assert len(rows) > 500
    assert len(changed) <= 5, changed


@pytest.mark.parametrize(
    "said", ["NO LOGIN Authentication failed", "NO LOGIN Invalid credentials", "BAD LOGIN Syntax error"]
)
def test_refusals_are_no_commands(said: str) -> None:
    """A refusal of LOGIN without a tag is read as one, not left out as what the client sent."""
    assert book.said(said).text == said
