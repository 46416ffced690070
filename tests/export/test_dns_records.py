"""The records and the PACC file of a domain: a name server takes them, and our own readers find the same by them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dns.rdata
import dns.zone
import pytest
from dns.rdtypes.ANY.TXT import TXT
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
    Srv,
    Told,
)
from mailwright.discover.sources import pacc as pacc_source
from mailwright.discover.sources import srv as srv_source
from mailwright.export.formats import dns as dns_format
from mailwright.export.formats import pacc
from mailwright.texts import Words
from tests.discover.scripted import hosts, query, world
from tests.export import reading

REST = "@ IN SOA ns hostmaster 1 3600 600 86400 60\n@ IN NS ns\nns IN A 192.0.2.1\n"
SERVICES = ("_imaps", "_imap", "_pop3s", "_pop3", "_submissions", "_submission")


def made(profile: Profile, language: str = "en") -> export.File:
    choice = export.Choice(Words(language).client, language)
    (file,) = export.render(export.get("dns"), profile, choice).files
    return file


def zone(profile: Profile, language: str = "en") -> dict[tuple[str, str], list[str]]:
    """The records of the file in a zone, by name and type, as text."""
    text = made(profile, language).data.decode()
    read = dns.zone.from_text(text + REST, origin=profile.address.domain, relativize=False)
    origin = read.origin
    assert origin is not None
    found: dict[tuple[str, str], list[str]] = {}
    for name, _, data in read.iterate_rdatas():
        label = name.relativize(origin).to_text()
        found.setdefault((label, data.rdtype.name), []).append(data.to_text())
    return found


def test_every_service() -> None:
    """Each service has its record, the preferred the lowest number; what is not offered says so."""
    found = zone(reading.full())
    shown = {label: found[f"{label}._tcp", "SRV"] for label in SERVICES}
    assert shown == {
        "_imaps": ["0 1 993 imap.example.org."],
        "_imap": ["30 1 143 imap.example.org."],
        "_pop3s": ["40 1 995 pop3.example.org."],
        "_pop3": ["0 0 0 ."],
        "_submissions": ["10 1 465 smtp.example.org."],
        "_submission": ["60 1 587 smtp.example.org."],
    }


def test_where_settings_are_published() -> None:
    """The names that programs ask for lead to the web server, and the digest is that of the file."""
    found = zone(reading.full())
    assert found["autoconfig", "CNAME"] == found["autodiscover", "CNAME"] == ["example.org."]
    assert found["ua-auto-config", "CNAME"] == ["example.org."]
    assert found["_autodiscover._tcp", "SRV"] == ["0 0 443 example.org."]
    (file,) = export.render(export.get("pacc"), reading.full(), export.Choice(language="zh")).files
    assert found["_ua-auto-config", "TXT"] == [f'"{pacc.digest(file.data)}"']
    assert zone(reading.full(), "zh") == found


def test_another_web_server() -> None:
    """A server that prints its own records gives its own name and file."""
    records = dns_format.records(reading.plain(), web="web.example.net", file=b"{}")
    shown = {str(record) for record in records if not record.name.endswith("_tcp")}
    assert shown == {
        "autoconfig IN CNAME web.example.net.",
        "autodiscover IN CNAME web.example.net.",
        "ua-auto-config IN CNAME web.example.net.",
        f'_ua-auto-config IN TXT "{pacc.digest(b"{}")}"',
    }
    without = dns_format.records(reading.plain())
    assert not any("ua-auto-config" in record.name for record in without)


def test_no_alias_of_itself() -> None:
    """The web server's own name is left out, and the others lead to it."""
    records = dns_format.records(reading.plain(), web="AutoConfig.example.org", file=b"{}")
    assert [record.name for record in records if record.type == "CNAME"] == ["autodiscover", "ua-auto-config"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_name_server_takes_it(program: Callable[[str], str], tmp_path: Path, language: str) -> None:
    """NSD finds nothing wrong with a zone that has the file in it."""
    check = program("nsd-checkzone")
    idn = replace(reading.full(), address=EmailAddress.parse("anna@例子.test"))
    for profile in (reading.full(), reading.plain(), idn):
        path = tmp_path / "zone"
        path.write_bytes(made(profile, language).data + REST.encode())
        ran = subprocess.run(
            [check, profile.address.domain, str(path)], capture_output=True, text=True, timeout=30, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        assert "error" not in ran.stdout + ran.stderr


async def test_our_reader_finds_the_same() -> None:
    """The services are found by the records, the preferred first; open ones are not told."""
    profile = reading.full()
    answers: dict[str, list[Srv]] = {}
    for (name, kind), texts in zone(profile).items():
        if kind == "SRV":
            rows = [text.split() for text in texts]
            answers[f"SRV {name}.example.org"] = [Srv(int(a), int(b), int(c), target) for a, b, c, target in rows]
    answer = await srv_source.ask(query(world(answers), profile.address))
    assert hosts(answer.candidate) == [
        "imap imap.example.org:993",
        "imap imap.example.org:143",
        "pop3 pop3.example.org:995",
        "smtp smtp.example.org:465",
        "smtp smtp.example.org:587",
    ]


def test_a_server_without_a_name() -> None:
    """A service record leads to a name: an address is refused."""
    login = Login(Endpoint(Protocol.IMAP, "192.0.2.7", 993, Security.TLS), "anna")
    with pytest.raises(BadInput) as caught:
        made(replace(reading.plain(), incoming=login))
    assert caught.value.params == {"format": "dns", "field": "host"}


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=600))
def test_quoting(text: str) -> None:
    """A zone parser reads back what was quoted, however long."""
    data = dns.rdata.from_text("IN", "TXT", dns_format.quoted(text))
    assert isinstance(data, TXT)
    assert b"".join(data.strings).decode() == text


def read(data: bytes, profile: Profile) -> Candidate | None:
    return pacc_source.parse(data, reading.saying(profile.address, Source.PACC))


def test_the_file_is_read_back() -> None:
    """Services at their usual places, both ways to sign in, the issuer and the name are read back."""
    profile = reading.full()
    (file,) = export.render(export.get("pacc"), profile, export.Choice()).files
    assert (file.name, file.media) == ("user-agent-configuration.json", "application/json")
    candidate = read(file.data, profile)
    found = reading.services(candidate, profile.address)
    ways = (Auth.PASSWORD, Auth.OAUTH2)
    assert found == [
        (Endpoint(Protocol.IMAP, "imap.example.org", 993, Security.TLS), "anna@example.org", ways),
        (Endpoint(Protocol.SMTP, "smtp.example.org", 465, Security.TLS), "anna@example.org", ways),
    ]
    assert candidate is not None
    assert candidate.oauth is not None
    assert candidate.oauth.value.issuer == "https://login.example.org"
    assert json.loads(file.data)["info"] == {
        "provider": {"name": "Example Mail & Sons <the good>", "shortName": "Example Mail & Sons"},
        "help": {"documentation": "https://example.org/help?a=1&b=2"},
    }


async def test_digest_and_file_agree() -> None:
    """Published as they are, file and record are trusted by our reader; a changed byte is not."""
    profile = reading.plain()
    data = pacc.document(profile)
    assert data is not None
    text = zone(profile)["_ua-auto-config", "TXT"][0].strip('"')
    url = "https://ua-auto-config.example.org/.well-known/user-agent-configuration.json"
    for body, told in ((data, Told.FOUND), (data + b" ", Told.STOPPED)):
        there = world({"TXT _ua-auto-config.example.org": [text]}, {url: body})
        assert (await pacc_source.ask(query(there, profile.address))).told is told


@pytest.mark.parametrize(
    ("incoming", "field"),
    [
        (reading.login(Protocol.IMAP, 143, Security.STARTTLS), "security"),
        (reading.login(Protocol.IMAP, 20993, Security.TLS), "port"),
        (reading.login(Protocol.IMAP, 993, Security.TLS, user="anna"), "username"),
    ],
)
def test_what_the_file_cannot_say(incoming: Login, field: str) -> None:
    """Without a service that it can express there is no file, and no record of one."""
    profile = replace(reading.plain(), incoming=incoming)
    with pytest.raises(BadInput) as caught:
        export.render(export.get("pacc"), profile, export.Choice())
    assert caught.value.params == {"format": "pacc", "field": field}
    assert not any("ua-auto-config" in name for name, _ in zone(profile))


def test_comments_are_comments() -> None:
    """Every line is a record, a directive or a comment, in both languages."""
    for language in ("en", "zh"):
        for line in made(reading.full(), language).data.decode().splitlines():
            assert re.fullmatch(r"|; \S.*|\$(ORIGIN|TTL) \S+|\S+ IN (SRV|CNAME|TXT) [!-~ ]+", line), line
