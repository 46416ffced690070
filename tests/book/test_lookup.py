"""Looking up: by domain, by the hosts of the MX, by endpoint, and what people mean by a wrong host."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright import book
from mailwright.core import BadInput, Channel, EmailAddress, OAuth, Protocol, SecretKind, Source, Trust


@pytest.fixture(scope="module")
def shelf() -> book.Book:
    return book.Book()


KNOWN = [
    # domain, provider, host for reading, kind of secret
    ("qq.com", "qq", "imap.qq.com", SecretKind.AUTHORIZATION_CODE),
    ("foxmail.com", "qq", "imap.qq.com", SecretKind.AUTHORIZATION_CODE),
    ("163.com", "netease-163", "imap.163.com", SecretKind.AUTHORIZATION_CODE),
    ("126.com", "netease-126", "imap.126.com", SecretKind.AUTHORIZATION_CODE),
    ("yeah.net", "netease-yeah", "imap.yeah.net", SecretKind.AUTHORIZATION_CODE),
    ("vip.163.com", "netease-vip-163", "imap.vip.163.com", SecretKind.AUTHORIZATION_CODE),
    ("188.com", "netease-188", "imap.188.com", SecretKind.AUTHORIZATION_CODE),
    ("sina.com", "sina", "imap.sina.com", SecretKind.AUTHORIZATION_CODE),
    ("sina.cn", "sina", "imap.sina.cn", SecretKind.AUTHORIZATION_CODE),
    ("vip.sina.com", "sina-vip", "imap.vip.sina.com", SecretKind.AUTHORIZATION_CODE),
    ("sohu.com", "sohu", "imap.sohu.com", SecretKind.SEPARATE_PASSWORD),
    ("139.com", "139", "imap.139.com", SecretKind.SEPARATE_PASSWORD),
    ("gmail.com", "gmail", "imap.gmail.com", SecretKind.APP_PASSWORD),
    ("outlook.com", "outlook", "outlook.office365.com", SecretKind.OAUTH2),
    ("icloud.com", "icloud", "imap.mail.me.com", SecretKind.APP_PASSWORD),
    ("yahoo.com", "yahoo", "imap.mail.yahoo.com", SecretKind.APP_PASSWORD),
    ("t-online.de", "t-online", "secureimap.t-online.de", SecretKind.SEPARATE_PASSWORD),
    ("proton.me", "protonmail", "127.0.0.1", SecretKind.BRIDGE_PASSWORD),
]


@pytest.mark.parametrize(("domain", "id", "host", "kind"), KNOWN, ids=[row[0] for row in KNOWN])
def test_domains(shelf: book.Book, domain: str, id: str, host: str, kind: SecretKind) -> None:
    """A domain leads to its provider, that to servers and to the kind of secret which is asked for there."""
    provider = shelf.by_domain(domain)
    assert provider is not None
    assert provider.id == id
    candidate = provider.candidate(EmailAddress("li", domain), Source.BOOK)
    reading = candidate.best(Protocol.IMAP)
    assert reading is not None
    assert reading.endpoint.value.host == host
    assert candidate.secret is not None
    assert candidate.secret.value.kind is kind
    origin = reading.endpoint.provenance
    assert (origin.source, origin.channel, origin.trust) == (Source.BOOK, Channel.BOOK, Trust.TRUSTED)
    assert origin.where == f"book:{id}"
    assert origin.checked is not None


@pytest.mark.parametrize("domain", ["tuta.com", "tutanota.com"])
def test_closed_providers(shelf: book.Book, domain: str) -> None:
    """Who lets no mail program in is known, too, and offers no service."""
    provider = shelf.by_domain(domain)
    assert provider is not None
    assert provider.status == "closed"
    assert provider.candidate(EmailAddress("li", domain), Source.BOOK).services == ()


@pytest.mark.parametrize("domain", ["", "example.org", "com", "mail.qq.com", "xqq.com", "例子.中国"])
def test_unknown_domains(shelf: book.Book, domain: str) -> None:
    """A domain is known as a whole or not at all."""
    assert shelf.by_domain(domain) is None


@pytest.mark.parametrize(
    ("host", "id"),
    [
        ("mx1.qq.com", "qq"),
        ("MX3.QQ.COM.", "qq"),
        ("mxdomain.qq.com", "qq-domain"),
        ("mxbiz1.qq.com", "tencent-exmail"),
        ("163mx01.mxmail.netease.com", "netease-163"),
        ("126mx02.mxmail.netease.com", "netease-126"),
        ("qiye163mx01.mxmail.netease.com", "netease-qiye"),
        ("hzmx01.mxmail.netease.com", "netease-qiye"),
        ("mxn.mxhichina.com", "aliyun-qiye"),
        ("mx1.sg.aliyun.com", "aliyun-qiye-intl"),
        ("mx1.feishu.cn", "feishu"),
        ("example-com.mail.protection.partner.outlook.cn", "m365-cn"),
        ("example-com.mail.protection.outlook.com", "microsoft365"),
        ("example-com.olc.protection.outlook.com", "outlook"),
        ("alt1.aspmx.l.google.com", "google-workspace"),
        ("mx01.mail.icloud.com", "icloud"),
        ("in1-smtp.messagingengine.com", "fastmail"),
        ("mx2.zoho.eu", "zoho-eu-pro"),
        ("", None),
        ("qq.com", None),
        ("mx.evilqq.com", None),
        ("mx1.qq.com.evil.test", None),
        ("mx1.qq.com\nmx1.qq.com", None),
        ("xmx1-qq.com", None),
    ],
)
def test_mx_hosts(shelf: book.Book, host: str, id: str | None) -> None:
    """The most specific pattern that fits the whole host decides; look-alikes fit none."""
    provider = shelf.by_mx(host)
    assert (provider.id if provider else None) == id


@pytest.mark.parametrize(
    ("typed", "provider", "meant"),
    [
        ("imap.google.com", None, "imap.gmail.com"),
        (" IMAP.Google.com ", None, "imap.gmail.com"),
        ("stmp.qq.com", None, "smtp.qq.com"),
        ("imap.gmx.de", None, "imap.gmx.net"),
        ("imap.office365.com", None, "outlook.office365.com"),
        ("imap.qq.com", "tencent-exmail", "imap.exmail.qq.com"),
        ("imap.exmail.qq.com", "qq", "imap.qq.com"),
        ("imap.163.com", "netease-126", "imap.126.com"),
        ("imap.qq.com", "qq", None),
        ("imap.qq.com", None, None),
        ("imap.163.com", None, None),
        ("imap.sina.com", None, None),
        ("imap.sina.com", "sina-vip", "imap.vip.sina.com"),
        ("imap.example.org", None, None),
        ("imap.google.com", "qq", None),
    ],
)
def test_wrong_hosts(shelf: book.Book, typed: str, provider: str | None, meant: str | None) -> None:
    """A known mistake is put right; a host that is right for somebody is no mistake until the provider is known."""
    assert shelf.meant_host(typed, provider) == meant


@pytest.mark.parametrize(
    ("host", "id"),
    [
        ("imap.qq.com", "qq"),
        ("imap.exmail.qq.com", "tencent-exmail"),
        ("imap.sina.cn", "sina"),
        ("imap.vip.188.com", "netease-188"),
        ("imap.example.org", None),
        ("imap.%emaildomain%", None),
        ("", None),
    ],
)
def test_vouching(shelf: book.Book, host: str, id: str | None) -> None:
    """The book vouches for the hosts of its endpoints and for no other."""
    provider = shelf.by_host(host)
    assert (provider.id if provider else None) == id


@pytest.mark.parametrize(
    ("host", "domain", "id"),
    [
        ("imap.gmail.com", "gmail.com", "gmail"),
        ("imap.gmail.com", "company.example", "google-workspace"),
        ("imap.gmail.com", "qq.com", "google-workspace"),
        ("imap.gmail.com", None, "gmail"),
        ("outlook.office365.com", "hotmail.com", "outlook"),
        ("outlook.office365.com", "mit.edu", "mit"),
        ("outlook.office365.com", "company.example", "microsoft365"),
        ("imap.qq.com", "company.example", "qq-domain"),
        ("imap.zoho.eu", "company.example", "zoho-eu-pro"),
        ("imap.aol.com", "verizon.net", "verizon"),
        ("imap.aol.com", "company.example", "aol"),
        ("imap.163.com", "company.example", "netease-163"),
        ("imap.example.org", "gmail.com", None),
    ],
)
def test_vouching_for_a_domain(shelf: book.Book, host: str, domain: str | None, id: str | None) -> None:
    """Of several providers with one host: whose domain it is, else who hosts domains of others, else the likeliest."""
    provider = shelf.by_host(host, domain)
    assert (provider.id if provider else None) == id


def test_all_that_name_a_host(shelf: book.Book) -> None:
    """All providers with a host are known, the likeliest first."""
    assert [provider.id for provider in shelf.naming("outlook.office365.com")] == ["outlook", "microsoft365", "mit"]
    assert shelf.naming("imap.example.org") == []


def test_what_is_meant_is_offered(shelf: book.Book) -> None:
    """A host that a mistake is turned into is one of that provider's own."""
    strays = []
    for id in shelf.ids():
        provider = shelf.get(id)
        assert provider is not None
        hosts = {entry.host for entry in provider.endpoints}
        hosts |= {host.replace("%EMAILDOMAIN%", domain) for host in hosts for domain in provider.domains}
        strays += [f"{id}: {row.meant}" for row in provider.wrong_hosts if row.meant not in hosts]
    assert strays == []


@pytest.mark.parametrize(
    ("words", "ids"),
    [("foxmail", ["qq"]), ("IMAP.QQ.COM", ["qq", "qq-domain"]), ("网易", "netease-163"), ("no such thing", [])],
)
def test_searching(shelf: book.Book, words: str, ids: list[str] | str) -> None:
    """Words are found in ids, names, domains and hosts, in the order of the ids."""
    found = [provider.id for provider in shelf.search(words)]
    assert found == sorted(found)
    assert found == ids if isinstance(ids, list) else ids in found


ENTRY = """
id = "{id}"
name = {{ zh = "我的", en = "Mine" }}
country = "CN"
status = "open"
[sources]
me = "I run it"
[domains]
names = [{domains}]
source = "me"
checked = 2026-11-24
confidence = "high"
[mx]
patterns = ["*.{id}.example"]
source = "me"
checked = 2026-11-24
confidence = "high"
[[imap]]
host = "imap.{id}.example"
port = 993
security = "tls"
username = "%EMAILLOCALPART%"
source = "me"
checked = 2026-11-24
confidence = "high"
"""


def own(folder: Path, id: str, *domains: str) -> Path:
    """A folder with one entry of its own."""
    quoted = ", ".join(f'"{domain}"' for domain in domains)
    (folder / f"{id}.toml").write_text(ENTRY.format(id=id, domains=quoted), encoding="utf-8")
    return folder


def test_an_entry_of_ones_own(tmp_path: Path) -> None:
    """A new entry is found by its domain (international ones by their A-labels), MX and host, next to the shipped."""
    shelf = book.Book(own(tmp_path, "mine", "例子.中国", "mine.example"))
    mine = shelf.get("mine")
    assert mine is not None
    assert shelf.by_domain("xn--fsqu00a.xn--fiqs8s") == mine
    assert shelf.by_domain("mine.example") == mine
    assert shelf.by_mx("mx.mine.example") == mine
    assert shelf.by_host("imap.mine.example") == mine
    assert "mine" in shelf.ids()
    assert [provider.id for provider in shelf.search("imap.mine")] == ["mine"]
    assert shelf.by_domain("qq.com") == book.Book().by_domain("qq.com")


def test_a_host_taken_over(tmp_path: Path) -> None:
    """An own entry that names a shipped host is the first to vouch for it; the shipped ones are still known."""
    folder = own(tmp_path, "mine", "mine.example")
    file = folder / "mine.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("imap.mine.example", "imap.gmail.com"), encoding="utf-8")
    shelf = book.Book(folder)
    assert [provider.id for provider in shelf.naming("imap.gmail.com")] == ["mine", "gmail", "google-workspace"]
    assert shelf.by_host("imap.gmail.com") == shelf.get("mine")


OAUTH = """[oauth]
issuer = "https://login.mine.example"
scopes = ["mail"]
source = "me"
checked = 2026-11-24
confidence = "high"
"""


def test_a_client_of_ones_own(tmp_path: Path) -> None:
    """An own entry may carry a client id; what it does not say is as usual."""
    file = own(tmp_path, "mine", "mine.example") / "mine.toml"
    told = 'redirect_host = "localhost"\ndevice = false\nclient_id = "me"\n'
    given = file.read_text(encoding="utf-8") + OAUTH
    issuer = "https://login.mine.example"
    for text, expected in (
        (given, OAuth(issuer, scopes=("mail",))),
        (given + told, OAuth(issuer, "", "", "", ("mail",), "localhost", False, "me")),  # noqa: FBT003  # in the order of the fields
    ):
        file.write_text(text, encoding="utf-8")
        shelf = book.Book(tmp_path)
        mine = shelf.get("mine")
        assert mine is not None
        assert mine.oauth is not None
        assert mine.oauth.value == expected
        assert issuer in shelf.issuers()


@pytest.mark.parametrize("line", ['redirect_host = "evil.example"', "device = 0", "client_id = 7"])
def test_a_broken_client_of_ones_own(tmp_path: Path, line: str) -> None:
    """What cannot be used is told when the file is read."""
    file = own(tmp_path, "mine", "mine.example") / "mine.toml"
    file.write_text(f"{file.read_text(encoding='utf-8')}{OAUTH}{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="book.file"):
        book.Book(tmp_path)


def test_an_entry_takes_a_domain_over(tmp_path: Path) -> None:
    """A shipped domain that an own entry names belongs to that one."""
    shelf = book.Book(own(tmp_path, "mine", "qq.com"))
    assert shelf.by_domain("qq.com") == shelf.get("mine")
    foxmail = shelf.by_domain("foxmail.com")
    assert foxmail is not None
    assert foxmail.id == "qq"


def test_an_entry_is_replaced(tmp_path: Path) -> None:
    """An own entry of the same id replaces the shipped one with all its domains, patterns and hosts."""
    shelf = book.Book(own(tmp_path, "qq", "qq.com"))
    found = shelf.by_domain("qq.com")
    assert found is not None
    assert [entry.host for entry in found.endpoints] == ["imap.qq.example"]
    assert shelf.by_mx("mx1.qq.example") == found
    assert (shelf.by_domain("foxmail.com"), shelf.by_mx("mx3.qq.com")) == (None, None)
    assert [provider.id for provider in shelf.naming("imap.qq.com")] == ["qq-domain"]
    assert shelf.meant_host("stmp.qq.com", "qq") is None


@pytest.mark.parametrize("ids", [("wide", "narrow"), ("a-narrow", "b-wide")])
def test_the_most_specific_pattern(tmp_path: Path, ids: tuple[str, str]) -> None:
    """Of two patterns that fit, the one that says more of the name decides, whatever the files are called."""
    for id in ids:
        own(tmp_path, id, f"{id}.example")
        pattern = "mx*.in.big.example" if "narrow" in id else "*.big.example"
        file = tmp_path / f"{id}.toml"
        file.write_text(file.read_text(encoding="utf-8").replace(f"*.{id}.example", pattern), encoding="utf-8")
    shelf = book.Book(tmp_path)
    found = {host: shelf.by_mx(host) for host in ("mx1.in.big.example", "mx1.out.big.example")}
    assert ["narrow" in provider.id for provider in found.values() if provider] == [True, False]


def test_no_folder_no_entries(tmp_path: Path) -> None:
    """A folder that is not there adds nothing."""
    assert book.Book(tmp_path / "none").ids() == book.Book().ids()
