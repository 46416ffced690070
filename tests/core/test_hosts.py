"""Host names, registrable domains and endpoints: what can be reached, and whose it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core import BadInput, Endpoint, Protocol, Security, check_host, registrable_domain, to_ascii


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("imap.example.org", "example.org"),
        ("example.org", "example.org"),
        ("Imap.Example.ORG.", "example.org"),
        ("org", None),
        ("mail.example.co.uk", "example.co.uk"),
        ("co.uk", None),
        ("mail.example.com.pl", "example.com.pl"),
        ("com.pl", None),
        ("me.github.io", "me.github.io"),
        ("a.me.github.io", "me.github.io"),
        ("github.io", None),
        ("imap.xn--fsqu00a.xn--fiqs8s", "xn--fsqu00a.xn--fiqs8s"),
        ("xn--fiqs8s", None),
        ("mail.example.xn--55qx5d.cn", "example.xn--55qx5d.cn"),
        ("xn--55qx5d.cn", None),
        ("imap.auto.test", "auto.test"),
        ("localhost", None),
        ("", None),
    ],
)
def test_registrable_domain(name: str, owner: str | None) -> None:
    """A domain belongs to whoever stands right below the public suffix; a suffix belongs to nobody."""
    assert registrable_domain(name) == owner


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("imap.example.org", "imap.example.org"),
        (" IMAP.Example.org. ", "imap.example.org"),
        ("imap。example。org。", "imap.example.org"),
        ("imap．example．org", "imap.example.org"),
        ("邮箱.例子.中国", "xn--c0zu34b.xn--fsqu00a.xn--fiqs8s"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        (" 127.0.0.1\n", "127.0.0.1"),
        ("::1", "::1"),
        ("[2001:DB8::0:1]", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_good_hosts(typed: str, host: str) -> None:
    """Names and addresses come in one canonical form, however they were written."""
    assert check_host(typed) == host


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ".",
        "https://imap.example.org",
        "imap.example.org:993",
        "imap.example.org/mail",
        "li@imap.example.org",
        "imap example.org",
        "imap..example.org",
        "imap.example.org..",
        "imap.example.org\r\nQUIT",
        "imap.example.org\0",
        "fe80::1%\r\nQUIT",
        "fe80::1%a b",
        "fe80::1%" + "a" * 33,
        "[imap.example.org]",
        "[[::1]]",
        "256.1.1.1",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "１２７.0.0.1",
        "-imap.example.org",
        "a" * 64 + ".org",
        ".".join(["a" * 63] * 4) + ".org",
        "例." * 50_000,
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_bad_hosts(typed: str) -> None:
    """What is more or less than a host is refused, and shown cut short."""
    with pytest.raises(BadInput) as raised:
        check_host(typed)
    assert raised.value.id == "input.host"
    assert len(str(raised.value.params["host"])) <= 80


@given(st.one_of(st.text(), st.builds("{}%{}".format, st.sampled_from(["::1", "fe80::a"]), st.text())))
def test_any_host(typed: str) -> None:
    """Nothing but BadInput comes out of a bad host, and a good one can neither end a line nor a word."""
    try:
        host = check_host(typed)
    except BadInput:
        return
    assert host.isascii()
    assert host.isprintable()
    assert " " not in host
    assert check_host(host) == host


@pytest.mark.parametrize("port", [1, 143, 65535])
def test_ports(port: int) -> None:
    """Every port that TCP has is one."""
    assert Endpoint(Protocol.IMAP, "imap.example.org", port, Security.TLS).port == port


@pytest.mark.parametrize("port", [-1, 0, 65536, 993_993])
def test_ports_that_are_none(port: int) -> None:
    """A number outside is refused by its own id."""
    with pytest.raises(BadInput) as raised:
        Endpoint(Protocol.IMAP, "imap.example.org", port, Security.TLS)
    assert (raised.value.id, raised.value.params) == ("input.port", {"port": port})


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("IMAP.Example.org", "imap.example.org:993"),
        ("[2001:DB8::1]", "[2001:db8::1]:993"),
        ("127.0.0.1", "127.0.0.1:993"),
        ("例子.test", "xn--fsqu00a.test:993"),
    ],
)
def test_endpoints(host: str, shown: str) -> None:
    """An endpoint keeps the canonical host and is written so that the port cannot be mistaken."""
    assert str(Endpoint(Protocol.IMAP, host, 993, Security.TLS)) == shown


def test_endpoint_with_a_bad_host() -> None:
    """No endpoint is made of what cannot be a host."""
    with pytest.raises(BadInput) as raised:
        Endpoint(Protocol.SMTP, "smtp.example.org\r\nRCPT", 465, Security.TLS)
    assert raised.value.id == "input.host"


@pytest.mark.parametrize("name", ["exa mple.org", "a..b", "1.2.3.4", "", ".", "xn--.org", "a" * 254])
def test_names_that_are_none(name: str) -> None:
    """A domain name that cannot be one is BadInput, not an error of a library."""
    with pytest.raises(BadInput) as raised:
        to_ascii(name)
    assert raised.value.id == "input.domain"
