"""The clientConfig file of a domain: valid, complete, and read back to the same settings."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright import export
from mailwright.core import (
    Auth,
    BadInput,
    Candidate,
    EmailAddress,
    Endpoint,
    Login,
    Profile,
    Protocol,
    Security,
    Source,
)
from mailwright.discover import clientconfig
from mailwright.export.formats import autoconfig
from tests.export import reading
from tests.export.conftest import nasty, profile_of

GRAMMAR = Path(__file__).parents[2].parent / "shared" / "schemas" / "autoconfig.rng"
FORMS = {"autoconfig": "1.1", "autoconfig-1.2": "1.2"}


def read(data: bytes, address: EmailAddress = reading.ANNA) -> Candidate | None:
    return clientconfig.parse(data, reading.saying(address, Source.AUTOCONFIG))


def made(form: str, profile: Profile) -> bytes:
    (file,) = export.render(export.get(form), profile, export.Choice()).files
    assert file.media == "text/xml; charset=utf-8"
    return file.data


@pytest.mark.parametrize("form", FORMS)
def test_our_reader_finds_the_same(form: str) -> None:
    """Every service of the profile is read back in its order, ways to sign in at one service together."""
    profile = reading.full()
    found = reading.services(read(made(form, profile)), profile.address)
    first, second = profile.incoming, profile.others[0]
    assert found[0] == (first.endpoint, first.username, (Auth.OAUTH2, Auth.PASSWORD))
    assert second.endpoint == first.endpoint
    rest = [login for login in profile.logins if login.endpoint != first.endpoint]
    assert found[1:] == [(login.endpoint, login.username, (login.auth,)) for login in rest]


@pytest.mark.parametrize("form", FORMS)
def test_it_serves_the_whole_domain(form: str) -> None:
    """User names made of the address are placeholders, so that another address has its own; others stay."""
    candidate = read(made(form, reading.full()))
    assert candidate is not None
    names = [service.username.value for service in candidate.services]
    assert names == [
        "%EMAILADDRESS%",
        "%EMAILADDRESS%",
        "%EMAILLOCALPART%",
        "u-1234",
        "%EMAILLOCALPART%@example.net",
        "%EMAILADDRESS%",
    ]


def test_for_one_address() -> None:
    """Made for one address, the user names are written out."""
    text = autoconfig.config(reading.full(), template=False).decode()
    assert "%EMAIL" not in text
    assert "<username>anna@example.org</username>" in text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tool", ["jing", "xmllint"])
def test_valid(program: Callable[[str], str], tmp_path: Path, form: str, tool: str) -> None:
    """The grammar of the format accepts it, whatever is in the profile."""
    if not GRAMMAR.exists():
        pytest.skip("the grammar is not here")
    command = [program(tool), *(("--noout", "--relaxng") if tool == "xmllint" else ()), str(GRAMMAR)]
    for number, profile in enumerate((reading.full(), reading.plain(), nasty(profile_of("anna@wellknown.test")))):
        path = tmp_path / f"{number}.xml"
        path.write_bytes(made(form, profile))
        ran = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("form", FORMS)
def test_the_parts(form: str) -> None:
    """Version, domain, both names within their limits, the help page, and where tokens are given but no client."""
    profile = replace(reading.full(), provider_name={"en": "x" * 19 + " " + "y" * 60})
    root = ElementTree.fromstring(made(form, profile))
    assert root.attrib == {"version": FORMS[form]}
    provider = root.find("emailProvider")
    assert provider is not None
    assert provider.attrib == {"id": "example.org"}
    assert provider.findtext("domain") == "example.org"
    assert provider.findtext("displayName") == "x" * 19 + " " + "y" * 40
    assert provider.findtext("displayShortName") == "x" * 19
    page = provider.find("documentation")
    assert page is not None
    assert page.attrib == {"url": "https://example.org/help?a=1&b=2"}
    assert {d.get("lang"): d.text for d in page} == {"zh": "授权码", "en": "app password"}
    oauth = root.find("oAuth2")
    assert oauth is not None
    assert {part.tag: part.text for part in oauth} == {
        "authURL": "https://login.example.org/auth",
        "tokenURL": "https://login.example.org/token",
        "issuer": "login.example.org",
        "scope": "mail offline_access",
    }


def test_names_in_a_language() -> None:
    """The provider is called as in the person's language; without a name it is its domain."""
    english = autoconfig.config(reading.full(), template=True).decode()
    assert "<displayName>Example Mail &amp; Sons &lt;the good&gt;</displayName>" in english
    assert "示例邮箱" in autoconfig.config(reading.full(), template=True, language="zh").decode()
    idn = replace(reading.plain(), address=EmailAddress.parse("a@例子.test"))
    text = autoconfig.config(idn, template=True).decode()
    assert "<displayName>例子.test</displayName>" in text
    assert "<domain>xn--fsqu00a.test</domain>" in text


def test_every_sign_arrives() -> None:
    """A user name full of signs is read back as it was."""
    profile = nasty(profile_of("anna@wellknown.test"))
    found = reading.services(read(made("autoconfig", profile), profile.address), profile.address)
    assert {name for endpoint, name, _ in found if endpoint.port != 20995} == {profile.incoming.username}


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=60))
def test_any_user_name(name: str) -> None:
    """Any user name arrives as it is in a parser of XML, or is refused."""
    profile = replace(reading.plain(), incoming=replace(reading.plain().incoming, username=name))
    if name != name.strip() or set(name) & {"\ufffe", "\uffff"}:
        with pytest.raises(BadInput, match="export.cannot_hold"):
            autoconfig.config(profile, template=False)
        return
    root = ElementTree.fromstring(autoconfig.config(profile, template=False))
    assert root.findtext("emailProvider/incomingServer/username") == name


@pytest.mark.parametrize(
    "name", ["%EMAILADDRESS%", "x%EMAILLOCALPART%", "%REALNAME%", "%emaildomain%", "%EMAILADDRESS", " a", "a\ufffe"]
)
def test_refused(name: str) -> None:
    """A user name that a reader would take for a placeholder, trim or not take at all is refused."""
    profile = replace(reading.plain(), incoming=replace(reading.plain().incoming, username=name))
    with pytest.raises(BadInput) as caught:
        made("autoconfig", profile)
    assert (caught.value.id, caught.value.params) == (
        "export.cannot_hold",
        {"format": "autoconfig", "field": "username"},
    )


def test_an_address_instead_of_a_name() -> None:
    """An IPv6 address stands there without brackets, which is how Thunderbird reads it."""
    endpoint = Endpoint(Protocol.IMAP, "2001:db8::1", 1993, Security.TLS)
    profile = replace(reading.plain(), incoming=Login(endpoint, "anna"))
    assert "<hostname>2001:db8::1</hostname>" in made("autoconfig", profile).decode()
