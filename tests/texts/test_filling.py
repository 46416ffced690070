"""Sentences are filled with what is known; those it does not suffice for are left out."""

from __future__ import annotations

import pytest

from mailwright.core import Finding, Fixer, Look, LookKind, Outcome, Protocol, Severity, Sign
from mailwright.texts import LANGUAGES, Words, filling


@pytest.mark.parametrize(
    ("piece", "facts", "text"),
    [
        ("a", {}, "a"),
        ("a {b}", {"b": "c"}, "a c"),
        ("a {b}", {"b": ""}, ""),
        ("a {b}", {}, ""),
        ("a {b}", {"b": 0}, "a 0"),
        (["a {b}", "a"], {"b": "c"}, "a c"),
        (["a {b}", "a"], {"b": ""}, "a"),
        (["{a} {b}", "{b}", "{a}"], {"a": "x"}, "x"),
        (["{a}"], {}, ""),
    ],
)
def test_a_piece(piece: filling.Piece, facts: filling.Facts, text: str) -> None:
    """The first alternative that finds everything is said; none, and the piece is empty."""
    assert filling.said(piece, facts) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1200, "1,200 files")])
def test_a_number_and_its_word(number: int, text: str) -> None:
    """One of a thing has another word than several."""
    assert filling.filled("{files:file|files}", {"files": number}) == text


@pytest.mark.parametrize(("provider", "title"), [("QQ 邮箱", "QQ 邮箱要用授权码"), ("Gmail", "Gmail 要用授权码")])
def test_a_name_in_a_chinese_sentence(provider: str, title: str) -> None:
    """A name in Latin letters keeps its distance, a Chinese one needs none."""
    assert Words("zh").finding(found("auth.authcode", provider=provider)).title.startswith(title)


def test_pieces() -> None:
    """A list of pieces loses those that cannot be said, and nothing else."""
    assert filling.all_said(["a", "b {c}", ["d {c}", "d"]], {}) == ("a", "d")  # type: ignore[list-item]
    assert filling.all_said("a {c}", {"c": 1}) == ("a 1",)
    assert filling.all_said("a {c}", {}) == ()


def found(id: str, protocol: Protocol | None = None, **params: str | float) -> Finding:
    return Finding(id, Severity.ERROR, Fixer.YOU, tuple(params.items()), protocol)


def test_what_was_typed_is_quoted_back() -> None:
    """The person's own words stand beside what they should be; without them the sentence is gone."""
    typed = found("host.typo", typed="imap.exmaple.org", meant="imap.example.org")
    assert "You typed “imap.exmaple.org”; it should be “imap.example.org”." in Words("en").finding(typed).why
    assert "你填的是“imap.exmaple.org”，应当是“imap.example.org”。" in Words("zh").finding(typed).why
    assert "You typed" not in Words("en").finding(found("host.typo")).why


def test_the_protocol_is_named() -> None:
    """A finding about one protocol names it as people know it."""
    title = Words("zh").finding(found("auth.protocol_off_user", Protocol.POP3)).title
    assert title == "这个账户没有开启 POP3"
    assert Words("zh").finding(found("auth.protocol_off_user")).title == "这个账户没有开启这项服务"


def test_encryption_is_named_as_programs_name_it() -> None:
    """What should be chosen is written as it stands in the menu."""
    text = Words("en").finding(found("proto.tls_mode", right_host="imap.a.test", right_port=993, right_security="tls"))
    assert text.fix == "Use port 993 with SSL/TLS."
    assert "Type: server imap.a.test, port 993, encryption SSL/TLS" in text.steps


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (400.0, "7 minutes fast"),
        (-400.0, "7 minutes slow"),
        (-90.0, "90 seconds slow"),
        (7_200.0, "2 hours fast"),
        (-200_000_000.0, "2,315 days slow"),
    ],
)
def test_a_clock(ahead: float, said: str) -> None:
    """How far a clock is off is told in a unit that suits it, with the direction."""
    assert f"Your clock is {said}." in Words("en").finding(found("tls.clock", ahead=ahead)).why


def test_how_long_to_wait() -> None:
    """Seconds the server named are told in minutes or hours; what is no number stands as it is."""
    assert "Wait 3 minutes, as the server says" in Words("en").finding(found("limit.rate", wait="178")).steps
    assert "照服务器说的，等 2 小时" in Words("zh").finding(found("limit.rate", wait=7200)).steps
    assert "Wait a while, as the server says" in Words("en").finding(found("limit.rate", wait="a while")).steps


def test_a_sign() -> None:
    """A sign has a phrase of its own, or that of its kind with the cause it means in words."""
    words = Words("en")
    assert words.sign(Sign("tcp.refused")) == "the connection was refused"
    assert words.sign(Sign("reply.auth.authcode")) == f"the server's words mean: {words.cause('auth.authcode')}"
    assert words.sign(Sign("code.EXPIRED")) == "the server gave the code EXPIRED"
    listed = Sign("blocklist.listed", None, (("address", "192.0.2.1"), ("list", "l.test"), ("owner", "")))
    assert words.sign(listed) == "192.0.2.1 is listed at l.test"
    assert words.sign(Sign("blocklist.listed")) == "the address is on a block list"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", LookKind)
def test_a_look(language: str, kind: LookKind) -> None:
    """However a look ended, it can be told, with its facts or without."""
    for outcome in (Outcome.OK, Outcome.NO, Outcome.TIMEOUT, Outcome.FAILED):
        assert Words(language).look(Look(kind, "imap.example.org:993", outcome))


def test_a_look_with_facts() -> None:
    """What a look found stands in the phrase."""
    facts = (("speaks", "imap"), ("banner", "* OK ready"), ("alert", -1))
    look = Look(LookKind.BYTES, "a.test:143", Outcome.OK, None, 0.1, facts)
    assert Words("en").look(look) == "a.test:143 speaks IMAP: * OK ready"
    names = Look(LookKind.NAMES, "a.test", Outcome.OK, facts=(("resolver", "system"), ("a", "nxdomain"), ("aaaa", "x")))
    assert Words("zh").look(names) == "a.test：这里用的 DNS 没有给地址（IPv4：没有这个名字，IPv6：x）"
    silent = Look(LookKind.BYTES, "a.test:143", Outcome.OK, facts=(("speaks", "silent"),))
    assert Words("en").look(silent) == "a.test:143 says nothing"
    clock = Look(LookKind.CLOCK, "http date", Outcome.OK, None, 0.1, (("ahead", -3_600.0 * 5),))
    assert Words("en").look(clock) == "by http date this computer's clock is 5 hours slow"


def test_an_unknown_finding() -> None:
    """A finding without texts is a mistake of ours and says so."""
    with pytest.raises(KeyError):
        Words("en").finding(found("auth.no_such"))
    with pytest.raises(KeyError):
        Words("en").finding(found("nothing.at_all"))
