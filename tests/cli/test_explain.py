"""`mailwright explain` as a person and as a program see it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import jsonschema
import pytest

from mailwright import texts
from mailwright.cli import explained
from mailwright.cli.screen import width
from tests.cli.explaining import as_json, first, valid
from tests.cli.program import HAN, LANGUAGES, Program, answered, refused

if TYPE_CHECKING:
    from pathlib import Path

GMAIL = """534-5.7.9 Application-specific password required. For more information, go
534-5.7.9 to
534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor d9443c01a7336-1f0a - gsmtp
"""


QQ_HELP = "http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no="


def examples() -> list[list[str]]:
    """The commands of the help, without the pipe before them."""
    lines = texts.Words("en").say("help.explain.examples").splitlines()
    typed = [line.rpartition("|")[2].strip() for line in lines if "mailwright" in line]
    return [shlex.split(line)[1:] for line in typed]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("typed", examples(), ids=lambda typed: " ".join(typed)[:40])
def test_examples_of_the_help(program: Program, typed: list[str], language: str) -> None:
    """What the help shows works: a cause in full, with its id, how sure it is, and how it is known."""
    ran = program(*typed, "--lang", language, stdin="535 Login Fail. Please enter your authorization code to login")
    assert ran.code == 0, ran
    if "--json" in typed:
        assert first(valid(ran.out)) == "auth.authcode"
        return
    words = texts.Words(language)
    for label in ("read", "odds", "why", "fix", "who", "basis"):
        assert words.say(f"label.{label}") in ran.out
    assert "id: " in ran.out
    assert "       1. " in ran.out
    other = next(code for code in LANGUAGES if code != language)
    assert texts.Words(other).say("label.basis") not in ran.out


AT_QQ = ("535 Login Fail. Please enter your authorization code to login", "--host", "smtp.qq.com")
AT_OUTLOOK = ("NO LOGIN failed.", "--protocol", "imap", "--host", "outlook.office365.com")
POP3 = ("-ERR", "[AUTH]", "Authentication", "failed.")


@pytest.mark.parametrize(
    ("typed", "cause", "parts"),
    [
        (AT_QQ, "auth.authcode", ("QQ", "mail.qq.com", "tencent-")),
        ((GMAIL,), "auth.app_password", ("Gmail wants an app password", "myaccount.google.com/apppasswords")),
        (AT_OUTLOOK, "auth.oauth_only", ("by password",)),
        (("LOGIN failed.", "--provider", "qq"), "auth.authcode", ("QQ",)),
        (POP3, "auth.bad_credentials", ("-ERR [AUTH] Authentication failed.",)),
    ],
)
def test_the_cause_comes_first(program: Program, typed: tuple[str, ...], cause: str, parts: tuple[str, ...]) -> None:
    """The likeliest cause in full, with the steps of the very provider where it is known."""
    ran = program("explain", *typed, "--lang", "en")
    answered(ran, 0, f"id: {cause}", *parts)
    assert f"id: {cause}" in next(line for line in ran.out.splitlines() if "id: " in line)


@pytest.mark.parametrize(
    ("code", "causes"), [("0x800CCC0E", {"net.refused"}), ("0x800CCC92", {"auth.bad_credentials"})]
)
def test_codes_of_outlook(program: Program, code: str, causes: set[str]) -> None:
    """A bare code is enough; what it may be besides follows in a line each, with its share and its id."""
    document = as_json(program, code)
    assert first(document) in causes
    assert (document["vendor"], document["how"]) == ("outlook", "row")
    ran = program("explain", code, "--lang", "en")
    for cause in document["causes"][1:4]:
        assert f"({round(cause['confidence'] * 100)} %)   id: {cause['id']}" in ran.out
    assert ran.out.count("id: ") == min(4, len(document["causes"]))


def test_bytes_of_qq(program: Program) -> None:
    """A reply in GB18030, as it came over the wire, is read and shown as text."""
    said = "535 登录失败，请使用授权码登录"
    raw = as_json(program, stdin=said.encode("gb18030"))
    assert raw["text"] == said
    assert first(raw) == "auth.authcode"
    assert raw == as_json(program, "-", stdin=said)
    assert raw == as_json(program, stdin=said.encode("utf-16"))
    assert raw == as_json(program, said)


def test_bytes_as_an_argument(program: Program) -> None:
    """An argument that is not UTF-8 is read as well."""
    ran = program("explain", "535 请使用授权码登录".encode("gb18030"), "--lang", "zh")
    answered(ran, 0, "535 请使用授权码登录", "id: auth.authcode")


def test_a_reply_of_several_lines(program: Program) -> None:
    """Its lines are one text, its link is read out whole, and the provider is known by its words."""
    document = as_json(program, stdin=GMAIL)
    assert document["text"].startswith("534-5.7.9 Application-specific password required. For more information")
    assert document["params"]["link"] == "https://support.google.com/mail/?p=InvalidSecondFactor"
    assert (document["protocol"], document["provider"]) == ("smtp", "gmail")
    assert first(document) == "auth.app_password"


IN_A_TUPLE = (
    "smtplib.SMTPAuthenticationError: (535, b'5.7.8 Username and Password not accepted. For more information, go to\\n"
    "5.7.8  https://support.google.com/mail/?p=BadCredentials q12-2 - gsmtp')"
)
IN_BYTES = (
    "imaplib.IMAP4.error: b'[ALERT] Application-specific password required: "
    "https://support.google.com/accounts/answer/185833 (Failure)'"
)


@pytest.mark.parametrize("pasted", [IN_A_TUPLE, IN_BYTES])
def test_what_python_prints(program: Program, pasted: str) -> None:
    """The bytes inside a tuple inside an exception are what is explained."""
    document = as_json(program, pasted)
    assert first(document) == "auth.app_password"
    assert "b'" not in document["text"]


def test_time_to_wait(program: Program) -> None:
    """How long to wait is read out, in words for people and in seconds for programs."""
    said = "454 4.7.0 Too many login attempts, please try again in 15 minutes"
    assert as_json(program, said)["params"]["wait"] == 900
    assert "15 minutes" in program("explain", said, "--lang", "en").out.partition("basis")[0].rpartition("in it")[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown(program: Program, language: str) -> None:
    """What is not understood is not guessed at: exit code 3, and what would help."""
    ran = program("explain", "the", "blorp", "has", "fnarded", "--lang", language)
    answered(ran, 3, "the blorp has fnarded", "--host", "--protocol", "mailwright diagnose")
    assert "id: " not in ran.out
    assert bool(HAN.search(ran.out)) == (language == "zh")
    document = as_json(program, "the blorp has fnarded")
    assert (document["unknown"], document["how"], document["causes"]) == (True, "nothing", [])
    told = program("explain", "the blorp", "--host", "imap.qq.com", "--protocol", "imap", "--lang", language)
    assert "--host" not in told.out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("said", ["a1 OK LOGIN completed", "235 2.7.0 Authentication successful", "+OK Logged in."])
def test_success_is_no_error(program: Program, said: str, language: str) -> None:
    """Exit code 0, no cause, and a sentence that says so."""
    ran = program("explain", said, "--lang", language)
    answered(ran, 0, texts.Words(language).say("explain.fine"))
    assert "id: " not in ran.out
    document = as_json(program, said)
    assert (document["unknown"], document["how"], document["causes"]) == (False, "fine", [])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("552-5.2.3 Your message exceeded Google's message size limits.", "size"),
        ("550 5.1.1 User unknown", "recipient"),
        ("452 4.2.2 The recipient's mailbox is full", "recipient_full"),
        ("554 5.7.1 Spam message rejected", "spam"),
        ("552 5.7.0 This message was blocked: it contains a virus", "content"),
        ("550 5.7.26 Unauthenticated email, requires SPF or DKIM", "domain"),
        ("450 4.2.0 Greylisted, try again later", "greylist"),
        ("554 DT:SPM 163 smtp4,D9Gow,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1", "spam"),
        ("554 DT:SPM 126 smtp4,D9Gow,please see http://mail.163.com/help/help_spam_16.htm?ip=192.0.2.1", "spam"),
        ("451 DT:SPM, please try again", "spam"),
        (f"550 Mail content denied. {QQ_HELP}1000726", "spam"),
        ("554 MI:STC 163", "sent"),
        ("450 RP:RCL", "sent"),
        ("550 Domain frequency limited", "sent"),
        (f"550 Ip frequency limited. {QQ_HELP}1000725", "sent"),
        ("0x8004010F", "file"),
        ('发送报告错误 (0x8004010F): "Outlook 数据文件无法访问。"', "file"),
    ],
)
def test_about_one_message(program: Program, said: str, about: str, language: str) -> None:
    """What is said of one message blames neither account nor server: exit code 0, what it means and what to do."""
    words = texts.Words(language)
    ran = program("explain", said, "--lang", language)
    answered(ran, 0, *(words.say(f"label.{label}") for label in ("read", "why", "fix", "basis")))
    assert words.say(f"explain.message.{about}")[:12] in ran.out
    assert "id: " not in ran.out
    document = as_json(program, said)
    assert (document["how"], document["about"], document["causes"]) == ("message", about, [])


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("503 Error: need EHLO and AUTH first !", "auth.required"),
        ("-ERR Login fail. Please using weixin token", "auth.authcode"),
        (
            "收取邮件失败，请检查您的帐号和密码是否正确。服务器返回：-ERR Login fail. Please using weixin token",
            "auth.authcode",
        ),
        ("无法连接到服务器。请检查您的帐号和密码。-ERR Login fail. Please using weixin token", "auth.authcode"),
        ("登录失败，用户名或密码错误。服务器返回信息：-ERR Login fail. Please using weixin token", "auth.authcode"),
        ("授权码：abcdef 填了还是 535 Login Fail", "auth.bad_credentials"),
    ],
)
def test_what_a_server_of_china_says(program: Program, said: str, cause: str) -> None:
    """What the server names comes first, whatever a mail program says around it."""
    assert first(as_json(program, said)) == cause


def test_a_likely_cause_is_no_question(program: Program) -> None:
    """No "?" stands before what is said to be sure."""
    ran = program("explain", "535 login frequency limited", "--lang", "en")
    answered(ran, 0, "id: limit.rate")
    assert "? " not in ran.out


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_provider_a_text_names(program: Program, language: str) -> None:
    """It is read as that provider's words, and the basis says so."""
    ran = program("explain", "Login to server imap.gmail.com failed.", "--lang", language)
    answered(ran, 0, "id: auth.app_password")
    assert "imap.gmail.com" in ran.out.partition(texts.Words(language).say("label.basis"))[2]
    assert as_json(program, "Login to server imap.gmail.com failed.")["named"] == "imap.gmail.com"


def test_a_question_decides_between_level_causes(program: Program) -> None:
    """It is asked where the second cause is nearly as likely as the first, and not where the first is sure."""
    level = as_json(program, "535 5.7.8 authentication failed", "--host", "smtp.example.org")
    ran = program("explain", "535 5.7.8 authentication failed", "--host", "smtp.example.org", "--lang", "en")
    one, two = (cause["confidence"] for cause in level["causes"][:2])
    asks = any("ask" in cause["text"]["en"] for cause in level["causes"][:2])
    assert any(line.startswith("ask") for line in ran.out.splitlines()) == (asks and one < explained.LEVEL * two)
    sure = program("explain", "535 Login Fail. Please enter your authorization code to login", "--lang", "en")
    assert not any(line.startswith("ask") for line in sure.out.splitlines())


@pytest.mark.parametrize("language", LANGUAGES)
def test_wrong_usage(program: Program, language: str) -> None:
    """Exit code 2, nothing on stdout, and what to do instead."""
    for typed in ((), ("",), ("  \t ",), ("-",), ("\u200b\u202e",)):
        refused(program("explain", *typed, "--lang", language), language, "mailwright explain")
    refused(program("explain", "535", "--host", "imap!qq", "--lang", language), language)
    refused(program("explain", "535", "--host", "imaps://", "--lang", language), language)
    refused(program("explain", "535", "--provider", "qqq", "--lang", language), language, "qqq", "qq")
    refused(program("explain", "535", "--provider", "netease163", "--lang", language), language, "netease-163")
    refused(program("explain", "535", "--provider", "zzzzzzzz", "--lang", language), language, "zzzzzzzz")
    refused(program("explain", "535", "--protocol", "ftp", "--lang", language), language, "ftp")


@pytest.mark.parametrize(
    "host", ["imap.qq.com", "IMAPS://imap.qq.com:993/", "imap.qq.com:993", " imap.qq.com. ", "ｉｍａｐ.qq.com"]
)
def test_hosts_as_they_are_copied(program: Program, host: str) -> None:
    """A scheme, a port, blanks and full-width letters around a host do no harm."""
    assert as_json(program, "LOGIN failed.", "--host", host)["provider"] == "qq"


def test_host_and_provider(program: Program) -> None:
    """Together they may be given, a domain is as good as an id, and the provider wins."""
    for typed in (("--provider", "qq"), ("--provider", "qq.com"), ("--provider", "name@qq.com")):
        assert as_json(program, "LOGIN failed.", "--host", "imap.163.com", *typed)["provider"] == "qq"


def test_a_text_is_shown_in_part() -> None:
    """At most COLUMNS columns, its beginning and its end; Chinese counts double."""
    for text in ("a" * 5000 + "END", "中" * 5000 + "END", "中" * 200):
        shown = explained.brief(text)
        assert width(shown) <= explained.COLUMNS
        assert shown[:10] == text[:10]
        assert shown[-3:] == text[-3:]
    assert explained.brief("short") == "short"


def test_the_document_in_both_languages(program: Program) -> None:
    """Every cause is told in Chinese and English, whatever --lang says."""
    zh, en = (as_json(program, GMAIL, "--lang", language) for language in LANGUAGES)
    assert zh == en
    for cause in en["causes"]:
        assert HAN.search(cause["text"]["zh"]["title"])
        assert not HAN.search(cause["text"]["en"]["title"])
        assert cause["params"]["reply"] == en["text"]
        assert cause["params"]["provider"] == "gmail"


def test_the_schema_refuses() -> None:
    """The schema is one that can say no."""
    with pytest.raises(jsonschema.ValidationError):
        valid('{"schema": 1}')


def test_own_providers(program: Program, tmp_path: Path) -> None:
    """A folder of one's own that is none is refused; one that is empty changes nothing."""
    refused(program("explain", "535", "--book", str(tmp_path / "none"), "--lang", "en"), "en", "none")
    ran = program("explain", "LOGIN failed.", "--provider", "qq", "--book", str(tmp_path), "--lang", "en")
    answered(ran, 0, "id: auth.authcode")
