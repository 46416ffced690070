"""What mail programs are told about a domain, by each way they ask."""

from __future__ import annotations

import hashlib
import json
import plistlib
from base64 import b64encode
from pathlib import Path
from xml.etree.ElementTree import Element

import defusedxml.ElementTree
import pytest

from mailwright.web import autoconf
from tests.web.autoconf.served import DOMAIN, PLAIN, SCHEMA, ask, got, made, read, request

AUTOCONFIG = "/mail/config-v1.1.xml"
WELL_KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"
POX = "/autodiscover/autodiscover.xml"
V2 = "/autodiscover/autodiscover.json"
PACC = "/.well-known/user-agent-configuration.json"
POLICY = "/.well-known/mta-sts.txt"


@pytest.fixture
def own(tmp_path: Path) -> autoconf.Autoconf:
    return made(tmp_path, DOMAIN + PLAIN)


def tree(data: bytes) -> Element:
    root: Element = defusedxml.ElementTree.fromstring(data)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def names(data: bytes) -> set[str]:
    return {str(element.text) for element in tree(data).iter() if element.tag in ("username", "LoginName")}


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (AUTOCONFIG, "autoconfig.example.org"),
        (AUTOCONFIG, "AutoConfig.Example.ORG.:443"),
        (WELL_KNOWN, "example.org"),
        (WELL_KNOWN, "example.org:8443"),
        (f"{AUTOCONFIG}?emailaddress=li@example.org", "autoconfig.example.org"),
        (f"{AUTOCONFIG}?emailaddress=li%40EXAMPLE.org", "settings.host.test"),
        (f"{AUTOCONFIG}?emailaddress=li@example.org", "plain.test"),
        (f"{AUTOCONFIG}?emailaddress=%00%ff%", "example.org"),
        (f"{AUTOCONFIG}?emailaddress=someone@elsewhere.test", "example.org"),
        ("/MAIL/Config-v1.1.XML", "example.org"),
    ],
)
async def test_autoconfig(own: autoconf.Autoconf, target: str, host: str) -> None:
    """By the name of the host or by the address, the same file for everyone of the domain."""
    answer = await got(own, target, host=host)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/xml")
    root = tree(answer.body)
    provider = root.find("emailProvider")
    assert provider is not None
    assert provider.findtext("domain") == "example.org"
    assert provider.findtext("displayName") == "Example & Söhne"
    assert provider.findtext("displayShortName") == "Example"
    servers = [(s.get("type"), s.findtext("hostname"), s.findtext("port"), s.findtext("socketType")) for s in provider
               if s.tag.endswith("Server")]  # fmt: skip
    assert servers == [
        ("imap", "imap.example.org", "993", "SSL"),
        ("smtp", "smtp.example.org", "465", "SSL"),
        ("imap", "imap.example.org", "143", "STARTTLS"),
        ("pop3", "pop.example.org", "995", "SSL"),
    ]
    assert names(answer.body) == {"%EMAILADDRESS%"}


async def test_international_names(own: autoconf.Autoconf) -> None:
    """A domain is found by its letters and by what DNS makes of them."""
    for target, host in (
        (AUTOCONFIG, "autoconfig.xn--fsqu00a.cn"),
        (f"{AUTOCONFIG}?emailaddress=li@%E4%BE%8B%E5%AD%90.cn", ""),
    ):
        assert tree((await got(own, target, host=host)).body).findtext("emailProvider/domain") == "xn--fsqu00a.cn"


@pytest.mark.parametrize("target", [AUTOCONFIG, WELL_KNOWN, PACC, POLICY, V2, f"{AUTOCONFIG}?emailaddress=x@y.test"])
async def test_domains_of_others(own: autoconf.Autoconf, target: str) -> None:
    """Nothing is said about a domain that is not in the file."""
    for host in ("", "elsewhere.test", "org", "evil.example.org", "autoconfig.", "\x00", "[::1]:80"):
        assert (await got(own, target, host=host)).status == 404


@pytest.mark.parametrize("path", ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml",
                                  "/AutoDiscover/AutoDiscover.xml", "/AUTODISCOVER/AUTODISCOVER.XML"])  # fmt: skip
async def test_pox(own: autoconf.Autoconf, path: str) -> None:
    """The address in the request decides, in any spelling of the path; it is escaped where it is written."""
    answer = await got(own, path, host="elsewhere.test", method="POST", body=request("a&amp;b'c@Example.org"))
    assert answer.status == 200
    root = tree(answer.body)
    assert root.findtext("Response/Account/Action") == "settings"
    assert root.findtext("Response/User/DisplayName") == "a&b'c@example.org"
    protocols = [(p.findtext("Type"), p.findtext("Server"), p.findtext("Port"), p.findtext("Encryption"))
                 for p in root.iter("Protocol")]  # fmt: skip
    assert protocols == [
        ("IMAP", "imap.example.org", "993", "SSL"),
        ("SMTP", "smtp.example.org", "465", "SSL"),
        ("IMAP", "imap.example.org", "143", "TLS"),
        ("POP3", "pop.example.org", "995", "SSL"),
    ]
    assert names(answer.body) == {"a&b'c@example.org"}


BOMB = b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]>' + request("&c;@example.org").partition(b"?>")[2]
BAD = {
    "nothing": b"",
    "text": b"hello",
    "cut": request("li@example.org")[:-5],
    "no address": b"<Autodiscover><Request/></Autodiscover>",
    "no e-mail address": request("li"),
    "two": request("li@a@example.org"),
    "no character of XML": request("li&#xfffe;@example.org"),
    "noncharacter": request("li\uffff@example.org"),
    "entities": BOMB,
    "a DTD": b"<!DOCTYPE Autodiscover SYSTEM 'file:///etc/passwd'>" + request("li@example.org").partition(b"?>")[2],
    "unknown encoding": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "encoding of several bytes": b'<?xml version="1.0" encoding="gb2312"?><a/>',
    "many elements": b"<a>" + b"<b/>" * 300 + b"<EMailAddress>li@example.org</EMailAddress></a>",
    "deep": b"<a>" * 5000,
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
async def test_malformed_requests(own: autoconf.Autoconf, body: bytes) -> None:
    """What is no request gets error 600, in XML, and nothing of it comes back."""
    answer = await got(own, POX, method="POST", body=body)
    assert answer.status == 200
    assert tree(answer.body).findtext("Response/Error/ErrorCode") == "600"
    assert answer.body == (await got(own, POX)).body


async def test_large_requests(own: autoconf.Autoconf) -> None:
    """A request of any length is not read further than it makes sense."""
    answer = await got(own, POX, method="POST", body=b"<a>" + b" " * 20_000 + b"</a>")
    assert answer.status == 413
    assert tree(answer.body).findtext("Response/Error/ErrorCode") == "600"
    assert (await got(own, f"{AUTOCONFIG}?{'x' * 5000}", host="example.org")).status == 414


@pytest.mark.parametrize(
    "body",
    [
        request("li@elsewhere.test"),
        request("li@example.org", "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/responseschema/2006"),
    ],
    ids=["domain", "kind"],
)
async def test_nobody_for_it(own: autoconf.Autoconf, body: bytes) -> None:
    """A domain of others, or answers of another kind: error 601."""
    answer = await got(own, POX, method="POST", body=body)
    assert (answer.status, tree(answer.body).findtext("Response/Error/ErrorCode")) == (200, "601")


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (f"{V2}?Email=li@example.org&Protocol=AutodiscoverV1", ""),
        (f"{V2}/v1.0/li@example.org?Protocol=autodiscoverv1&RedirectCount=1", ""),
        ("/Autodiscover/Autodiscover.json/v1.0/li%40example.org?Protocol=AutodiscoverV1", "x.test"),
        (f"{V2}?Protocol=AutodiscoverV1", "autodiscover.example.org"),
    ],
)
async def test_version_2(own: autoconf.Autoconf, target: str, host: str) -> None:
    """The JSON of version 2 says where version 1 is."""
    answer = await got(own, target, host=host)
    url = "https://autodiscover.example.org/autodiscover/autodiscover.xml"
    assert (answer.status, json.loads(answer.body)) == (200, {"Protocol": "AutodiscoverV1", "Url": url})
    other = await got(
        own, target.replace("utodiscoverV1", "ctiveSync").replace("utodiscoverv1", "ctiveSync"), host=host
    )
    assert (other.status, json.loads(other.body)["ErrorCode"]) == (400, "InvalidProtocol")


async def test_pacc_is_what_dns_vouches_for(own: autoconf.Autoconf, tmp_path: Path) -> None:
    """The digest in the record is that of the file, byte by byte."""
    answer = await got(own, PACC, host="ua-auto-config.example.org")
    digest = b64encode(hashlib.sha256(answer.body).digest()).decode()
    records = autoconf.records(autoconf.read(tmp_path / "serve.toml"))["example.org"]
    assert [r.data for r in records if r.name == "_ua-auto-config"] == [f'"v=UAAC1; a=sha256; d={digest}"']
    assert json.loads(answer.body)["protocols"]["imap"] == {"host": "imap.example.org"}


@pytest.mark.parametrize("label", ["mta-sts", "autoconfig", "ua-auto-config"])
def test_no_alias_of_itself(tmp_path: Path, label: str) -> None:
    """The name this server is reached by is no alias of its own name."""
    records = autoconf.records(read(tmp_path, f'web = "{label}.example.org"\n{DOMAIN}'))["example.org"]
    aliases = {r.name for r in records if r.type == "CNAME"}
    assert aliases == {"autoconfig", "autodiscover", "mta-sts", "ua-auto-config"} - {label}


async def test_what_pacc_cannot_say(tmp_path: Path) -> None:
    """Another user name than the address is nothing for PACC: no file, and no record that vouches for one."""
    for text in (f'{PLAIN}username = "localpart"\n', f'{PLAIN}lookup = {{ table = {{ "a@plain.test" = "u1" }} }}\n'):
        own = made(tmp_path, text)
        assert (await got(own, PACC, host="plain.test")).status == 404
        names = {r.name for r in autoconf.records(autoconf.read(tmp_path / "serve.toml"))["plain.test"]}
        assert not names & {"_ua-auto-config", "ua-auto-config"}
        assert {"autoconfig", "autodiscover", "_imaps._tcp", "_pop3._tcp"} <= names


async def test_mta_sts(own: autoconf.Autoconf) -> None:
    """The policy, where there is one; its record has another id when it changes."""
    answer = await got(own, POLICY, host="mta-sts.example.org")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = ["version: STSv1", "mode: enforce", "mx: mx.example.org", "mx: *.mx.example.org", "max_age: 604800", ""]
    assert answer.text.split("\r\n") == lines
    assert (await got(own, POLICY, host="mta-sts.plain.test")).status == 404


async def test_mobileconfig(own: autoconf.Autoconf) -> None:
    """A profile for Apple's devices, in the language of the browser; who mistypes is told what is wrong."""
    answer = await got(own, "/mobileconfig?address=li@example.org")
    assert answer.headers["content-type"] == "application/x-apple-aspen-config"
    account = plistlib.loads(answer.body)["PayloadContent"][0]
    assert account["IncomingMailServerUsername"] == account["EmailAddress"] == "li@example.org"
    assert account["OutgoingMailServerPortNumber"] == 465
    assert (await got(own, "/mobileconfig?address=li@elsewhere.test")).status == 404
    wrong = await got(own, "/mobileconfig?address=li")
    assert (wrong.status, wrong.text) == (400, '"li" has no @, so it is not an e-mail address\n')
    assert (await got(own, "/mobileconfig")).status == 400
    same = [f"/{path}?{name}=li%40example.org" for path in ("mobileconfig", "mobileconfig/", "MobileConfig/")
            for name in ("address", "emailaddress", "EmailAddress")]  # fmt: skip
    assert {(await got(own, target)).body for target in same} == {answer.body}


@pytest.mark.parametrize("target", [AUTOCONFIG, PACC, POLICY, "/mobileconfig", "/mobileconfig/", V2, POX])
async def test_methods(own: autoconf.Autoconf, target: str) -> None:
    """Other methods than those of the way are refused."""
    assert (await got(own, target, host="example.org", method="DELETE")).status == 405


@pytest.mark.parametrize("path", ["/", "/mail", "/autodiscover", "/healthz", "/api/v1/setup", "/.well-known/other"])
async def test_the_rest_is_left_alone(own: autoconf.Autoconf, path: str) -> None:
    """Whatever else is asked for belongs to the pages."""
    assert await ask(own, path, host="example.org") is None


@pytest.mark.parametrize(
    ("rule", "template", "name"),
    [
        ("address", "%EMAILADDRESS%", "li@plain.test"),
        ("localpart", "%EMAILLOCALPART%", "li"),
        ("%EMAILLOCALPART%@in.test", "%EMAILLOCALPART%@in.test", "li@in.test"),
        ("%EMAILDOMAIN%/<%EMAILLOCALPART%>", "%EMAILDOMAIN%/<%EMAILLOCALPART%>", "plain.test/<li>"),
    ],
)
async def test_rules_for_user_names(tmp_path: Path, rule: str, template: str, name: str) -> None:
    """Autoconfig leaves it to the reader, the others write it out."""
    own = made(tmp_path, f'{PLAIN}username = "{rule}"\n')
    assert names((await got(own, AUTOCONFIG, host="plain.test")).body) == {template}
    assert names((await got(own, POX, method="POST", body=request("li@plain.test"))).body) == {name}
    profile = plistlib.loads((await got(own, "/mobileconfig?address=li@plain.test")).body)
    assert profile["PayloadContent"][0]["IncomingMailServerUsername"] == name


async def test_tokens_only(tmp_path: Path) -> None:
    """Where passwords are not taken, ways that know only passwords say nothing."""
    more = 'auth = ["oauth2"]\noauth = { issuer = "https://login.test" }\n'
    own = made(tmp_path, PLAIN + more)
    assert b"<authentication>OAuth2<" in (await got(own, AUTOCONFIG, host="plain.test")).body
    pox = await got(own, POX, method="POST", body=request("li@plain.test"))
    assert tree(pox.body).findtext("Response/Error/ErrorCode") == "601"
    assert (await got(own, "/mobileconfig?address=li@plain.test")).status == 404
    pacc = json.loads((await got(own, PACC, host="plain.test")).body)
    assert pacc["authentication"] == {"oauth-public": {"issuer": "https://login.test"}}


async def test_another_file(own: autoconf.Autoconf, tmp_path: Path) -> None:
    """A changed file counts from the next request on; a domain that is gone is gone."""
    (tmp_path / "serve.toml").write_text(PLAIN.replace("imap.plain", "new.plain"), encoding="utf-8")
    own.use(autoconf.read(tmp_path / "serve.toml"))
    assert b"new.plain.test" in (await got(own, AUTOCONFIG, host="plain.test")).body
    assert (await got(own, AUTOCONFIG, host="autoconfig.example.org")).status == 404
    assert SCHEMA.endswith("outlook")
