"""Sheets for people: whole, safe, and on paper one page."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import (
    Auth,
    Endpoint,
    Login,
    Protocol,
    SecretHelp,
    SecretKind,
    Security,
)
from mailwright.texts import LANGUAGES
from tests.export.conftest import NASTY, nasty
from tests.export.sheet_cases import FULL, PLAIN, SHEETS, STEP, chosen, made

EMPTY = {"meta", "br", "hr", "link", "img"}


class Reader(HTMLParser):
    """The tags, the attributes and the text of a page whose tags are well nested."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id", SHEETS)
def test_a_page_that_needs_nothing_else(id: str, language: str) -> None:
    """No script, nothing from elsewhere, only the style whose hash the policy names, and a language."""
    page = made(id, FULL, chosen(language))
    read = Reader(page)
    assert not {"script", "img", "link", "iframe", "object", "form", "input"} & set(read.tags)
    assert not re.search(r"url\(|@import|javascript:| on[a-z]+=| style=", page)
    policy = next(value for tag, name, value in read.attributes if name == "content" and "default-src" in value)
    (style,) = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    assert ("html", "lang", {"zh": "zh-Hans", "en": "en"}[language]) in read.attributes
    assert made(id, FULL, chosen(language)) == page


@pytest.mark.parametrize("id", SHEETS)
def test_everything_is_on_it(id: str) -> None:
    """Address, person, provider, servers, ports, what the password is, how to get it, what is not proven."""
    text = " ".join(Reader(made(id, FULL, chosen())).texts)
    wanted = ("lilei@example.org", "李雷", "Example Mail", "imap.example.org", "993", "smtp.example.org", "587",
              "imap.example.org:993", "smtp.example.org:587", "authorization code", STEP["en"],
              "mail.example.org/settings", "First switch IMAP and SMTP on", "nobody has signed in")  # fmt: skip
    assert [part for part in wanted if part not in text] == []
    assert "nobody has signed in" not in made(id, PLAIN, chosen())


@pytest.mark.parametrize("id", SHEETS)
def test_nothing_in_a_field_becomes_markup(id: str) -> None:
    """Whatever stands in a name, user name, password or in the book stays text."""
    help = SecretHelp(SecretKind.APP_PASSWORD, {"en": NASTY}, "always", 'javascript:"<b>', {"en": (NASTY, "</ol>")})
    profile = replace(nasty(PLAIN), provider_name={"en": "</p><script>"}, secret=help)
    plain = replace(PLAIN, provider_name={"en": "x"}, secret=replace(help, name={"en": "x"}, steps={"en": ("x", "x")}))
    read = Reader(made(id, profile, chosen(secret=NASTY)))
    assert read.tags == Reader(made(id, plain, chosen(secret="x"))).tags
    text = "\n".join(read.texts)
    for field in (NASTY, profile.incoming.username, "</p><script>", "</ol>"):
        assert field in text
    assert "a" not in read.tags


TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=40)


@given(name=TEXTS, username=TEXTS, secret=TEXTS)
def test_every_letter_arrives(name: str, username: str, secret: str) -> None:
    """A reader of HTML finds name, user name and password letter by letter."""
    profile = replace(PLAIN, name=name, incoming=replace(PLAIN.incoming, username=username))
    page = made("sheet-apple", profile, chosen(secret=secret))
    cells = [unescape(cell) for cell in re.findall("<td><code>(.*?)</code></td>", page)]
    assert {name, username, secret} <= set(cells)


def test_the_secret_is_on_it_only_if_wanted() -> None:
    """With the secret the file is private and says so; without, it says what the password is."""
    for id in SHEETS:
        (file,) = export.render(export.get(id), FULL, chosen(secret="kuku-ruku-17")).files
        assert file.private
        assert b"kuku-ruku-17" in file.data
        assert "destroy it" in file.data.decode()
        (file,) = export.render(export.get(id), FULL, chosen()).files
        assert not file.private
        assert "destroy it" not in file.data.decode()


def rows(page: str) -> list[tuple[str, str]]:
    """The labels and values of all tables."""
    found = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', page)
    return [(unescape(label), unescape(re.sub("<.*?>", "", value))) for label, value in found]


def test_outlook_asks_like_outlook() -> None:
    """The words of the dialog and the names of its encryption."""
    assert rows(made("sheet-outlook", PLAIN, chosen()))[:8] == [
        ("Server", "imap.example.org"),
        ("Port", "993"),
        ("Encryption method", "SSL/TLS"),
        ("Require logon using Secure Password Authentication (SPA)", "not ticked"),
        ("Server", "smtp.example.org"),
        ("Port", "587"),
        ("Encryption method", "STARTTLS"),
        ("Require logon using Secure Password Authentication (SPA)", "not ticked"),
    ]


def test_foxmail_asks_like_foxmail() -> None:
    """SSL and STARTTLS are two boxes there, and its STARTTLS is only a try."""
    page = made("sheet-foxmail", PLAIN, chosen("zh"))
    assert rows(page)[3:] == [
        ("IMAP 服务器", "imap.example.org"),
        ("SSL", "勾选"),
        ("端口", "993"),
        ("SMTP 服务器", "smtp.example.org"),
        ("SSL", "不勾选"),
        ("端口", "587"),
        ("如果服务器支持，就使用 STARTTLS 加密传输", "勾选"),
    ]
    assert "会不加密地继续" in page
    safe = replace(PLAIN, outgoing=Login(Endpoint(Protocol.SMTP, "smtp.example.org", 465, Security.TLS), "li"))
    assert "会不加密地继续" not in made("sheet-foxmail", safe, chosen("zh"))


def test_apple_has_one_switch() -> None:
    """Use SSL is on for TLS and for STARTTLS, off for neither."""
    bare = replace(PLAIN, outgoing=Login(Endpoint(Protocol.SMTP, "smtp.example.org", 25, Security.NONE), "li"))
    assert [value for label, value in rows(made("sheet-apple", PLAIN, chosen())) if label == "Use SSL"] == ["on", "on"]
    page = made("sheet-apple", bare, chosen())
    assert [value for label, value in rows(page) if label == "Use SSL"] == ["on", "off"]
    assert "without encryption" in page


def test_groupwise_says_imap4() -> None:
    """GroupWise has its own name for the protocol."""
    assert ("Account type", "IMAP4") in rows(made("sheet-groupwise", PLAIN, chosen()))
    pop = replace(PLAIN, incoming=Login(Endpoint(Protocol.POP3, "pop.example.org", 995, Security.TLS), "li"))
    assert ("Account type", "POP3") in rows(made("sheet-groupwise", pop, chosen()))


def test_without_a_way_to_send() -> None:
    """Where nobody knows how to send, the sheet says so and has the rest."""
    for id in SHEETS:
        page = made(id, replace(PLAIN, outgoing=None), chosen())
        assert "Nobody knows yet how mail is sent" in page
        assert "SMTP</span>" not in page


def test_browser_sign_in() -> None:
    """Where no password is taken, the sheet for any program says so; the others are not made."""
    login = replace(PLAIN.incoming, auth=Auth.OAUTH2)
    page = made("sheet", replace(PLAIN, incoming=login), chosen())
    assert ("Sign-in method", "OAuth2") in rows(page)
    assert "none, sign in in the browser" in page
    assert export.render(export.get("sheet-foxmail"), replace(PLAIN, incoming=login), chosen()).notes[0].id == "oauth"


def test_the_network_of_the_house() -> None:
    """A proxy and certificates of the house are named; IPv6 addresses keep their brackets beside a port."""
    proxy = export.Proxy("socks5", "2001:db8::1", 1080)
    choice = replace(chosen(), proxy=proxy, ca_file="C:\\ca <1>.pem")
    six = replace(PLAIN, incoming=Login(Endpoint(Protocol.IMAP, "2001:db8::9", 993, Security.TLS), "li"))
    text = "\n".join(Reader(made("sheet", six, choice)).texts)
    for wanted in ("SOCKS5", "[2001:db8::1]", "1080", "C:\\ca <1>.pem", "[2001:db8::9]:993"):
        assert wanted in text


@pytest.mark.parametrize("kind", [kind for kind in SecretKind if kind is not SecretKind.OAUTH2])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_password_is_told(kind: SecretKind, language: str) -> None:
    """What the password is there is said for each kind and each condition, in both languages."""
    for when in ("always", "two_factor", "optional"):
        help = SecretHelp(kind, {"en": "KEY"}, when)
        page = made("sheet", replace(PLAIN, secret=help), chosen(language))
        assert page.count("KEY") == 3
