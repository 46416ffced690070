"""Reading clientConfig files: what counts, what is passed over, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright.core import Auth, Candidate, Channel, EmailAddress, Protocol, Security, Source, expand
from mailwright.discover import clientconfig, markup
from mailwright.discover.saying import Saying
from tests.discover.scripted import ANNA, config, query, server, world


def parse(body: bytes, address: EmailAddress = ANNA) -> Candidate | None:
    saying = Saying(query(world(), address), Source.AUTOCONFIG, "https://x", Channel.HTTPS, own=True)
    return clientconfig.parse(body, saying)


def only(body: bytes, address: EmailAddress = ANNA) -> str:
    candidate = parse(body, address)
    assert candidate is not None
    return str(candidate.services[0].endpoint.value)


def test_servers_keep_the_order_of_the_file() -> None:
    """The first server of a kind is the preferred one, the others are alternatives."""
    candidate = parse(
        config(
            server("imap", "a.example.org", 993),
            server("imap", "b.example.org", 143, "STARTTLS"),
            server("pop3", "c.example.org", 995),
            server("smtp", "d.example.org", 465),
        )
    )
    assert candidate is not None
    assert [str(s.endpoint.value) for s in candidate.services] == [
        "a.example.org:993",
        "b.example.org:143",
        "c.example.org:995",
        "d.example.org:465",
    ]
    assert candidate.name == {"zh": "Example", "en": "Example"}
    best = candidate.best(Protocol.IMAP)
    assert best is not None
    assert (best.username.value, best.auth.value) == ("%EMAILADDRESS%", (Auth.PASSWORD,))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("SSL", Security.TLS),
        ("ssl", Security.TLS),
        ("TLS", Security.TLS),
        ("STARTTLS", Security.STARTTLS),
        ("plain", Security.NONE),
    ],
)
def test_socket_types(written: str, meant: Security) -> None:
    """Each socket type is understood in any case of letters."""
    candidate = parse(config(server("imap", "a.example.org", 993, written)))
    assert candidate is not None
    assert candidate.services[0].endpoint.value.security is meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("password-cleartext", Auth.PASSWORD),
        ("plain", Auth.PASSWORD),
        ("password-encrypted", Auth.ENCRYPTED_PASSWORD),
        ("secure", Auth.ENCRYPTED_PASSWORD),
        ("OAuth2", Auth.OAUTH2),
        ("OAuth", Auth.OAUTH2),
        ("GSSAPI", Auth.OTHER),
        ("SCRAM-SHA-256-PLUS", Auth.ENCRYPTED_PASSWORD),
    ],
)
def test_ways_to_sign_in(written: str, meant: Auth) -> None:
    """Old, new and SASL names of the ways to sign in are understood."""
    extra = f'<authentication system="sasl">{written}</authentication><username>u</username>'
    candidate = parse(config(server("imap", "a.example.org", 993, extra=extra)))
    assert candidate is not None
    assert candidate.services[0].auth.value == (meant,)


def test_what_is_unknown_is_passed_over() -> None:
    """Unknown server types, ways to sign in, elements and versions do not spoil the rest."""
    extra = (
        "<authentication>telepathy</authentication><authentication>OAuth2</authentication>"
        "<username>u</username><password>hunter2</password><colour>red</colour>"
    )
    body = config(
        server("exchange", "x.example.org", 443),
        server("jmap", "x.example.org", 443),
        server("imap", "a.example.org", 993, "QUANTUM"),
        server("imap", "b.example.org", 993, extra=extra),
        "<addressbook type='carddav'><url>https://example.org</url></addressbook>",
        version="9.7",
    )
    candidate = parse(body)
    assert candidate is not None
    assert [str(s.endpoint.value) for s in candidate.services] == ["b.example.org:993"]
    assert candidate.services[0].auth.value == (Auth.OAUTH2,)
    assert "hunter2" not in repr(candidate)


@pytest.mark.parametrize(
    ("written", "expanded"),
    [
        ("%EMAILADDRESS%", "anna@example.org"),
        ("%EMAILADDRESS", "anna@example.org"),
        ("%emailaddress%", "anna@example.org"),
        ("%EMAILLOCALPART%", "anna"),
        ("%EMAILLOCALPART%.%EMAILDOMAIN%", "anna.example.org"),
        ("%EMAILLOCALPART%%EMAILDOMAIN%", "annaexample.org"),
        ("%EMAILLOCALPART%EMAILDOMAIN%", "annaexample.org"),
        ("emailaddress", "emailaddress"),
        ("x-%EMAILLOCALPART%-y", "x-anna-y"),
        ("anna", "anna"),
        ("%REALNAME%", ""),
        ("50%", "50%"),
    ],
)
def test_placeholders_in_user_names(written: str, expanded: str) -> None:
    """Placeholders work in any position, misspelt too; one that cannot be filled is as good as none."""
    extra = f"<username>{written}</username>"
    candidate = parse(config(server("imap", "a.example.org", 993, extra=extra)))
    assert candidate is not None
    assert expand(candidate.services[0].username.value, ANNA) == expanded


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("imap.%EMAILDOMAIN%", "imap.example.org:993"),
        ("%EMAILDOMAIN", "example.org:993"),
        ("%EMAILLOCALPART%.example.net", "anna.example.net:993"),
        ("MAIL.Example.ORG.", "mail.example.org:993"),
        ("emaildomain.example.org", "emaildomain.example.org:993"),
        ("例子.测试.example", "xn--fsqu00a.xn--0zwm56d.example:993"),
    ],
)
def test_placeholders_and_spelling_of_hosts(written: str, host: str) -> None:
    """Host names are filled in and brought to their canonical form."""
    assert only(config(server("imap", written, 993))) == host


@pytest.mark.parametrize(
    "written",
    [
        "%REALNAME%.example.org",
        "a%0a.example.org",
        "a.example.org\nb",
        "a.example.org&#13;&#10;QUIT",
        "localhost",
        "a b.example.org",
        "user@a.example.org",
        "https://a.example.org",
        "a.example.org:993",
        "[::1]",
        "..",
        "-a.example.org",
        "a" * 70 + ".example.org",
        "",
    ],
)
def test_host_names_that_cannot_be(written: str) -> None:
    """A host with percent signs, line ends, blanks or without a dot is no host."""
    assert parse(config(server("imap", written, 993))) is None


@pytest.mark.parametrize("written", ["anna&#13;&#10;a2 LOGOUT", "anna&#0;", "a" * 400, "anna&#x202e;"])
def test_user_names_that_inject(written: str) -> None:
    """A server whose user name holds control characters, or is endless, is not used."""
    body = config(server("imap", "a.example.org", 993, extra=f"<username>{written}</username>"))
    try:
        assert parse(body) is None
    except markup.NotMarkupError:
        assert "&#0;" in written


@pytest.mark.parametrize("port", ["0", "65536", "-1", "imap", "9" * 5000, "99.3"])
def test_ports_that_cannot_be(port: str) -> None:
    """A server with an impossible port is passed over."""
    body = config(server("imap", "a.example.org", 993)).replace(b"993", port.encode())
    assert parse(body) is None


def test_no_port_is_the_usual_one() -> None:
    """Without a port the registered one for protocol and protection is meant."""
    assert only(config(server("imap", "a.example.org", 993)).replace(b"<port>993</port>", b"")) == "a.example.org:993"


ENTITIES = '<?xml version="1.0"?><!DOCTYPE c [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><clientConfig>&b;</clientConfig>'
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><clientConfig>&a;</clientConfig>'
BARE_DTD = '<!DOCTYPE clientConfig SYSTEM "https://evil.example/x.dtd"><clientConfig/>'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(ENTITIES.encode(), id="entities"),
        pytest.param(EXTERNAL.encode(), id="external entity"),
        pytest.param(BARE_DTD.encode(), id="external DTD"),
        pytest.param(ENTITIES.encode("utf-16"), id="entities in UTF-16"),
        pytest.param(b"<a>" * 100_000, id="endless depth"),
        pytest.param(b"<a>" * 30 + b"</a>" * 30, id="too deep"),
        pytest.param(b"<c>" + b"<a/>" * 5000 + b"</c>", id="too many elements"),
        pytest.param(b"<c>" + b"x" * 1024 * 1024 + b"</c>", id="1 MB"),
    ],
)
def test_hostile_documents_are_refused(body: bytes) -> None:
    """Entities, DTDs and documents beyond the limits are recognised as hostile."""
    with pytest.raises(markup.HostileError):
        parse(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe",
        b"<clientConfig>",
        b"<!doctype html><title>shop</title>",
        b"<html><p>shop</html>",
        b'<?xml version="1.0" encoding="zip"?><a/>',
        b'<?xml version="1.0" encoding="unicode_escape"?><a/>',
        b'<?xml version="1.0" encoding="utf-8"?><a>\xff</a>',
    ],
)
def test_what_is_no_document(body: bytes) -> None:
    """Web pages, broken files and encodings that are none are "no settings", at worst hostile."""
    with pytest.raises((markup.NotMarkupError, markup.HostileError)):
        parse(body)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "gb18030", "utf-8-sig", "windows-1252"])
def test_other_encodings(encoding: str) -> None:
    """Files in other encodings are read, multi-byte ones too."""
    text = config(server("imap", "a.example.org", 993)).decode().replace("Example<", "Caf\u00e9<")
    name = encoding.removesuffix("-sig")
    candidate = parse(text.replace("UTF-8", name).encode(encoding))
    assert candidate is not None
    assert candidate.name["en"] == "Caf\u00e9"


@pytest.mark.parametrize("body", [b"<other/>", b"<clientConfig/>", b"<clientConfig><emailProvider/></clientConfig>"])
def test_other_documents_say_nothing(body: bytes) -> None:
    """XML that is no clientConfig, or has no server, is no answer."""
    assert parse(body) is None


def test_non_ascii_local_part() -> None:
    """Internationalised addresses fill the placeholders as they are (RFC 6531)."""
    li = EmailAddress.parse("\u674e@\u4f8b\u5b50.test")
    candidate = parse(config(server("imap", "imap.%EMAILDOMAIN%", 993)), li)
    assert candidate is not None
    assert candidate.services[0].endpoint.value.host == "imap.xn--fsqu00a.test"
    assert expand(candidate.services[0].username.value, li) == "\u674e@\u4f8b\u5b50.test"


@given(st.binary(max_size=400) | st.text(max_size=200).map(config))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    """Whatever is served, the parser ends with settings, nothing, or one of its two errors."""
    try:
        parse(body)
    except (markup.HostileError, markup.NotMarkupError):
        return


_ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=200)
@given(host=_ANY, user=_ANY, port=_ANY, socket=st.sampled_from(["SSL", "STARTTLS", "plain", "x"]))
def test_nothing_unsafe_gets_through(host: str, user: str, port: str, socket: str) -> None:
    """Whatever stands in the fields, hosts and user names that come out hold no control characters."""
    from xml.sax.saxutils import escape

    extra = f"<username>{escape(user)}</username>"
    body = config(server("imap", escape(host), 1, socket, extra=extra)).replace(
        b"<port>1</port>", f"<port>{escape(port)}</port>".encode()
    )
    try:
        candidate = parse(body)
    except (markup.HostileError, markup.NotMarkupError):
        return
    for service in candidate.services if candidate else ():
        endpoint = service.endpoint.value
        assert endpoint.host.isascii()
        assert not set(endpoint.host) & set("%@/\\ \r\n\t\"'")
        assert 1 <= endpoint.port <= 65535
        assert service.username.value.isprintable()
