"""`mailwright setup` against real servers: every way in, every way it can fail, in both languages."""

from __future__ import annotations

import json

import pytest

from mailwright.lab import Lab, plan
from tests.cli.program import HAN, Program, answered, ids, refused

SLOW = pytest.mark.slow
WORKING = [a for a in plan.ACCOUNTS if a.expect and a.instance != "oauth" and a.how != "autoconfig-http"]
DOUBTFUL = ("anna@srvout.test", "anna@hosted.test", "anna@http.test")
# How settings are found has its own tests in tests/discover; here a few of each kind do, and all with --slow.
QUICK = ("auto", "srv", "v6", "scram", "cram", "starttls", "例子", "localpart")
NAMES = [
    pytest.param(account.address, marks=[] if account.address.rpartition("@")[2].split(".")[0] in QUICK else SLOW)
    for account in WORKING
    if account.address not in DOUBTFUL
]


def trusting(account: plan.Account) -> list[str]:
    """--trust-host for every host the account needs."""
    hosts = {f"--trust-host={expected.host}" for expected in account.expect}
    return sorted(hosts)


@pytest.mark.parametrize("address", NAMES)
def test_an_account_of_every_kind_works(inside: Program, lab: Lab, address: str) -> None:
    """However its settings are published, an account with the right password ends in exit 0 and a valid document."""
    account = lab.account(address)
    code, document = inside.json(address, "--password-stdin", *trusting(account), stdin=account.password)
    assert (code, document["verdict"], ids(document)) == (0, "works", set()), document["findings"]
    found = document["account"]["incoming"]
    expected = account.expect[0]
    assert (found["port"], found["security"]) == (expected.port, expected.security)
    assert document["account"]["outgoing"]["username"] == expected.username


@pytest.mark.parametrize("address", ["anna@auto.test", "anna@starttls.test", "anna@v6.test", "anna@cram.test"])
def test_by_pop3(inside: Program, lab: Lab, address: str) -> None:
    """--protocol pop3 proves reading by POP3, over TLS and STARTTLS."""
    account = lab.account(address)
    ran = inside("setup", address, "--protocol", "pop3", "--password-stdin", stdin=account.password)
    expected = next(e for e in account.expect if e.service == "pop3")
    answered(ran, 0, f"✓ Receive    {expected.host}:{expected.port}", "Incoming (POP3)", "Your mailbox works.")
    assert not ran.err


@pytest.mark.parametrize(
    ("address", "mechanism"),
    [("anna@scram.test", "SCRAM-SHA-256"), ("anna@cram.test", "CRAM-MD5"), ("anna@auto.test", "PLAIN")],
)
def test_mechanisms(inside: Program, lab: Lab, address: str, mechanism: str) -> None:
    """What the server offers decides how the password is proved, and the document says which way it was."""
    code, document = inside.json(address, "--password-stdin", stdin=lab.account(address).password)
    assert code == 0
    assert document["account"]["incoming"]["mechanism"].startswith(mechanism)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("✓ Settings", "✓ Login", "9 messages in 6 folders", "Your mailbox works.", "next: ")),
        ("zh", ("✓ 设置", "✓ 登录", "9 封邮件，6 个文件夹", "邮箱可以用了。", "下一步：")),
    ],
)
def test_the_answer_for_people(inside: Program, lab: Lab, language: str, words: tuple[str, ...]) -> None:
    """Rows, verdict, what to fill in and the next step stand on stdout; stderr stays empty."""
    ran = inside(
        "setup", "anna@auto.test", "--lang", language, "--password-stdin", stdin=lab.account("anna@auto.test").password
    )
    answered(ran, 0, *words, "imap.auto.test", "993", "SSL/TLS")
    assert not ran.err
    assert bool(HAN.search(ran.out)) == (language == "zh")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("address", DOUBTFUL)
def test_a_host_nobody_vouches_for(inside: Program, lab: Lab, address: str, language: str) -> None:
    """Without a terminal to ask at, the password is not sent: exit 2, what was found, and how to say yes."""
    account = lab.account(address)
    ran = inside("setup", address, "--password-stdin", "--json", "--trace", "--lang", language, stdin=account.password)
    document = json.loads(ran.out)
    assert (ran.code, document["verdict"], document["account"]) == (2, "unknown", None)
    assert not any(tried["logins"] for tried in document["tried"])
    assert [s["host"] for s in document["services"] if s["protocol"] == "imap"] == [account.expect[0].host]
    assert f"--trust-host {account.expect[0].host}" in ran.err
    assert bool(HAN.search(ran.err)) == (language == "zh")


@pytest.mark.parametrize("address", DOUBTFUL)
def test_trust_host(inside: Program, lab: Lab, address: str) -> None:
    """--trust-host for each doubtful host takes the place of the answer, in any case of letters."""
    account = lab.account(address)
    hosts = [word.upper().replace("--TRUST-HOST", "--trust-host") for word in trusting(account)]
    code, document = inside.json(address, "--password-stdin", *hosts, stdin=account.password)
    assert (code, document["verdict"]) == (0, "works")


def test_trust_in_one_host_is_not_trust_in_another(inside: Program, lab: Lab) -> None:
    """A yes to the incoming server says nothing about the outgoing one."""
    arguments = ("anna@srvout.test", "--password-stdin", "--json", "--trust-host", "in.outside.test")
    ran = inside("setup", *arguments, stdin="x-far-1")
    assert ran.code == 2
    assert not any(tried["logins"] for tried in json.loads(ran.out)["tried"])
    assert "whether out.outside.test may" in ran.err
    assert "--trust-host out.outside.test\n" in ran.err


@pytest.mark.parametrize(
    ("address", "code", "finding"),
    [
        ("anna@nothing.test", 1, "settings.not_found"),
        ("anna@nullmx.test", 1, "domain.null_mx"),
        ("anna@no-such-domain.test", 1, "domain.nxdomain"),
        ("anna@bogus.test", 3, None),
    ],
)
def test_nothing_to_find(inside: Program, address: str, code: int, finding: str | None) -> None:
    """No settings, a domain without mail and one that does not exist are told apart; broken DNS is "could not tell"."""
    got, document = inside.json(address, "--password-stdin", stdin="never-to-be-used-5")
    assert (got, document["account"], document["tried"]) == (code, None, [])
    assert finding is None or finding in ids(document)


@pytest.mark.parametrize(("protocol", "language"), [("imap", "zh"), ("pop3", "en")])
def test_a_wrong_password(inside: Program, protocol: str, language: str) -> None:
    """Exit 1, the server's words, the fix, who can do it, and the id of the finding; the trace has no password."""
    wrong = "canary-wrong-81c4"
    arguments = ("anna@auto.test", "--protocol", protocol, "--password-stdin", "--trace", "--lang", language)
    ran = inside("setup", *arguments, stdin=wrong, hidden=[wrong])
    row, fix = {"zh": ("  回复  ", "办法"), "en": ("  said  ", "fix")}[language]
    said = {"imap": "imap.auto.test: NO [AUTHENTICATIONFAILED] ", "pop3": "pop.auto.test: -ERR [AUTH] "}[protocol]
    answered(ran, 1, "id: auth.bad_credentials", "AUTH", "== ", fix, row + said)
    assert not ran.err


def test_a_wrong_password_for_programs(inside: Program) -> None:
    """The finding is told in both languages; the user name is certain, so each side was asked once."""
    wrong = "canary-wrong-81c5"
    code, document = inside.json("anna@auto.test", "--password-stdin", stdin=wrong, hidden=[wrong])
    assert (code, document["verdict"]) == (1, "broken")
    finding = next(f for f in document["findings"] if f["id"] == "auth.bad_credentials")
    assert HAN.search(finding["text"]["zh"]["title"])
    assert not HAN.search(finding["text"]["en"]["title"])
    assert [(tried["reason"], len(tried["logins"])) for tried in document["tried"]] == [
        ("refused", 1),
        ("refused", 1),
    ]
    assert {"imap.auto.test", "anna@auto.test"} <= set(finding["params"].values())


def test_no_login(inside: Program) -> None:
    """--no-login asks for no secret, signs in nowhere and says what is not proved."""
    code, document = inside.json("anna@auto.test", "--no-login")
    assert (code, document["verdict"], document["tried"], document["account"]) == (0, "found", [], None)
    ran = inside("setup", "anna@auto.test", "--no-login")
    answered(ran, 0, "found, not verified", "mailwright setup anna@auto.test")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_offline(program: Program, language: str) -> None:
    """--offline answers from the book alone: exit 0 for a provider it knows, 3 for one it does not."""
    ran = program("setup", "li@qq.com", "--offline", "--lang", language)
    answered(ran, 0, "imap.qq.com", {"zh": "授权码", "en": "authorization code"}[language])
    code, document = program.json("li@qq.com", "--offline")
    assert (code, document["provider"]["id"], document["secret"]["value"]["kind"]) == (0, "qq", "authorization_code")
    code, document = program.json("li@unknown.example", "--offline")
    assert (code, document["verdict"], ids(document)) == (3, "unknown", {"settings.offline"})


def test_quiet(inside: Program, lab: Lab) -> None:
    """--quiet takes away remarks, never the answer or what is wrong."""
    password = lab.account("anna@auto.test").password
    ran = inside("setup", "anna@auto.test", "--quiet", "--password-stdin", stdin=password)
    answered(ran, 0, "Your mailbox works.")
    refused(inside("setup", "two@at@signs.test", "--quiet"), "en")


def test_trace(inside: Program, lab: Lab) -> None:
    """--trace holds the conversation line by line, for people and in the document, without the password."""
    account = lab.account("anna@auto.test")
    ran = inside("setup", account.address, "--trace", "--password-stdin", stdin=account.password)
    answered(ran, 0, "== ", "C: ", "S: ", "EHLO", "AUTHENTICATE", "resolve", "tls", " ms")
    ran = inside("setup", account.address, "--trace", "--json", "--password-stdin", stdin=account.password)
    assert '"trace"' in ran.out
    assert "AUTHENTICATE" in ran.out


def test_another_user_name(inside: Program, lab: Lab) -> None:
    """--user is tried first, and the finding names what was tried."""
    password = lab.account("anna@auto.test").password
    code, document = inside.json("anna@auto.test", "--user", "nobody-here", "--password-stdin", stdin=password)
    assert code == 1
    assert "auth.bad_credentials" in ids(document)
    assert document["tried"][0]["logins"][0]["username"] == "nobody-here"


def test_options_before_the_verb(program: Program) -> None:
    """The options that every verb has may stand before it."""
    ran = program("--lang", "zh", "--no-color", "setup", "li@qq.com", "--offline")
    answered(ran, 0, "设置")
    ran = program("lab", "--json", "status", "--dir", "/nowhere/at/all")
    answered(ran, 1, '"up": false')
