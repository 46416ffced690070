"""What people type as an address is read, or refused with the one thing that is wrong."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailwright.core import BadInput, EmailAddress, to_unicode

ROW = "b" * 63
GOOD = [
    # typed, local, domain as sent
    ("li@example.org", "li", "example.org"),
    ("Li Ming <li@example.org>", "li", "example.org"),
    ("<li@example.org>", "li", "example.org"),
    ("mailto:li@example.org", "li", "example.org"),
    ("Li.Ming@Example.ORG", "Li.Ming", "example.org"),
    ("  li@example.org\n", "li", "example.org"),
    ("\u3000li@example.org\u3000", "li", "example.org"),
    ("li@ example.org", "li", "example.org"),
    ("li@example.org.", "li", "example.org"),
    ("li@example.org\u3002", "li", "example.org"),
    ("li\uff20example\uff0eorg", "li", "example.org"),
    ("li\uff20example\u3002org", "li", "example.org"),
    ("li\uff0eming@example.org", "li.ming", "example.org"),
    ("li@例子.中国", "li", "xn--fsqu00a.xn--fiqs8s"),
    ("li@例子。中国", "li", "xn--fsqu00a.xn--fiqs8s"),
    ("li@XN--FSQU00A.test", "li", "xn--fsqu00a.test"),
    ("li@BÜCHER.DE", "li", "xn--bcher-kva.de"),
    ("li@bu\u0308cher.de", "li", "xn--bcher-kva.de"),
    ("li@ｅｘａｍｐｌｅ.org", "li", "example.org"),
    ("李@example.org", "李", "example.org"),
    ("用户@例子.中国", "用户", "xn--fsqu00a.xn--fiqs8s"),
    ("e\u0301@example.org", "\u00e9", "example.org"),
    ("!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~", "example.org"),
    ("a_b@x_y.example.org", "a_b", "x_y.example.org"),
    ("li+tag@a--b.example", "li+tag", "a--b.example"),
    ('"li ming"@example.org', '"li ming"', "example.org"),
    ('"li@home"@example.org', '"li@home"', "example.org"),
    (r'"li\"ming\\"@example.org', r'"li\"ming\\"', "example.org"),
    ('"李"@example.org', '"李"', "example.org"),
    ("a" * 64 + "@example.org", "a" * 64, "example.org"),
    ("李" * 21 + "a@example.org", "李" * 21 + "a", "example.org"),
    (f"a@{ROW}.{ROW}.{ROW}.{'b' * 57}.org", "a", f"{ROW}.{ROW}.{ROW}.{'b' * 57}.org"),
    ("a@xn--a.test", "a", "xn--a.test"),
]


@pytest.mark.parametrize(("typed", "local", "domain"), GOOD, ids=[ascii(row[0])[:40] for row in GOOD])
def test_good_addresses(typed: str, local: str, domain: str) -> None:
    """An address is read as it was meant: blanks around and full-width signs are no mistake."""
    assert EmailAddress.parse(typed) == EmailAddress(local, domain)


BAD = [
    ("", "empty", {}),
    (" \t\u3000", "empty", {}),
    ("a" * 10_240 + "@example.org", "too_long", {"length": 10_252, "limit": 320}),
    ("a\0b@example.org", "control", {"position": 2, "code": "U+0000"}),
    ("li@example.org\r\nRCPT TO:<x>", "control", {"position": 15, "code": "U+000D"}),
    ("l\u200bi@example.org", "control", {"position": 2, "code": "U+200B"}),
    ("\ufeffli@example.org", "control", {"position": 1, "code": "U+FEFF"}),
    ("li@exam\u00adple.org", "control", {"position": 8, "code": "U+00AD"}),
    ("li\u202e@example.org", "control", {"position": 3, "code": "U+202E"}),
    ("li\ud800@example.org", "control", {"position": 3, "code": "U+D800"}),
    ("example.org", "no_at", {"text": "example.org"}),
    ("li", "no_at", {"text": "li"}),
    ("li@home@example.org", "two_at", {}),
    ("li@home\uff20example.org", "two_at", {"text": "li@home@example.org"}),
    ("li@example.org, ming@example.org", "two_at", {}),
    ('"li"@a.example,"ming"@example.org', "two_at", {}),
    (r'"li@home\"@example.org', "two_at", {}),
    ("@example.org", "no_local", {}),
    ("li@", "no_domain", {}),
    ("a" * 65 + "@example.org", "local_too_long", {"limit": 64}),
    ("李" * 22 + "@example.org", "local_too_long", {"limit": 64}),
    (".li@example.org", "dots", {}),
    ("li.@example.org", "dots", {}),
    ("li..ming@example.org", "dots", {}),
    ("li ming@example.org", "character", {"character": " "}),
    ("li\u00a0ming@example.org", "character", {"character": " "}),
    ("li,ming@example.org", "character", {"character": ","}),
    ('""@example.org', "character", {"character": '"'}),
    ('"@example.org', "character", {"character": '"'}),
    ('"a"b"@example.org', "character", {"character": '"'}),
    (r'"a\"@example.org', "character", {"character": '"'}),
    ("li@[127.0.0.1]", "domain", {"domain": "[127.0.0.1]"}),
    ("li@127.0.0.1", "domain", {"domain": "127.0.0.1"}),
    ("li@example..org", "domain", {"domain": "example..org"}),
    ("li@.example.org", "domain", {"domain": ".example.org"}),
    ("li@example.org..", "domain", {"domain": "example.org.."}),
    ("li@exam ple.org", "domain", {"domain": "exam ple.org"}),
    ("li@-example.org", "domain", {"domain": "-example.org"}),
    ("li@example-.org", "domain", {"domain": "example-.org"}),
    ("li@example.org:993", "domain", {"domain": "example.org:993"}),
    ("li@example.org/", "domain", {"domain": "example.org/"}),
    ("li@☃.example", "domain", {"domain": "☃.example"}),
    ("li@" + "b" * 64 + ".org", "domain", {}),
    (f"a@{ROW}.{ROW}.{ROW}.{'b' * 58}.org", "domain", {}),
    ("li@localhost", "no_dot", {"domain": "localhost"}),
    ("li@例子", "no_dot", {"domain": "例子"}),
]


@pytest.mark.parametrize(("typed", "id", "params"), BAD, ids=[f"{row[1]}-{ascii(row[0])[:30]}" for row in BAD])
def test_bad_addresses(typed: str, id: str, params: dict[str, str | int]) -> None:
    """A mistake is named by its own id, with what a person needs to find it."""
    with pytest.raises(BadInput) as raised:
        EmailAddress.parse(typed)
    assert raised.value.id == f"input.address.{id}"
    assert raised.value.params.items() >= params.items()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("xn--fsqu00a.xn--fiqs8s", "例子.中国"),
        ("https://autoconfig.xn--fsqu00a.test:8443/mail", "https://autoconfig.例子.test:8443/mail"),
        ("box.xn--fsqu00a.test, xn--fsqu00a.test", "box.例子.test, 例子.test"),
        ("a-xn--fsqu00a.test, xn--a.test, xn--.test", "a-xn--fsqu00a.test, xn--a.test, xn--.test"),
    ],
)
def test_names_as_people_read_them(text: str, read: str) -> None:
    """Each name within a text is shown in its own letters, if it has any."""
    assert to_unicode(text) == read


@pytest.mark.parametrize(
    ("typed", "text", "wire", "ascii_only"),
    [
        ("li@Example.org", "li@example.org", "li@example.org", True),
        ("li@xn--fsqu00a.test", "li@例子.test", "li@xn--fsqu00a.test", True),
        ("李@xn--fsqu00a.test", "李@例子.test", "李@例子.test", False),
        ("li@xn--fsqu00a.xn--a.test", "li@例子.xn--a.test", "li@xn--fsqu00a.xn--a.test", True),
    ],
)
def test_forms(typed: str, text: str, wire: str, *, ascii_only: bool) -> None:
    """People see U-labels; servers get A-labels unless the local part needs SMTPUTF8 anyway."""
    address = EmailAddress.parse(typed)
    assert (str(address), address.wire, address.is_ascii) == (text, wire, ascii_only)


LETTERS = st.sampled_from('aZ0.-_+%"\\@ ,<中例子ßéıİﬁⅧ\u0301\u200b\u200d\u3002\uff0e\uff20\uff41\u00a0\0\n')
TYPED = st.one_of(
    st.text(),
    st.text(LETTERS, max_size=30),
    st.builds("{}@{}.{}".format, *[st.text(LETTERS, min_size=1, max_size=8)] * 3),
    st.builds("{}@xn--{}.org".format, st.text(min_size=1, max_size=8), st.text("abcxyz0129-", max_size=12)),
    st.builds("a@{}.{}".format, st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=4)),
)


@given(TYPED)
@example("a@xn--ls8h.la")
@example("a@İ.example")
@example("a@ẞ.example")
@example("a@xn--fa-hia.example")
def test_any_text(typed: str) -> None:
    """Whatever is typed is refused as BadInput, or read as what reads the same again, in every form, on one line."""
    try:
        address = EmailAddress.parse(typed)
    except BadInput as problem:
        assert problem.id.startswith("input.address.")  # noqa: PT017  # most texts are refused: both ways are looked at
        return
    assert EmailAddress.parse(str(address)) == address
    assert EmailAddress.parse(address.wire) == address
    assert address.domain.isascii()
    assert not {"\r", "\n", "\0"} & set(address.wire)
