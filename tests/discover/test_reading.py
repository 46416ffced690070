"""Whatever is published is read without an error: documents cut, spliced and mixed up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import discover, export
from mailwright.core import (
    Asked,
    EmailAddress,
    FlawKind,
    HttpAnswer,
    Protocol,
    Publication,
    Security,
    Told,
    Way,
)
from mailwright.discover.reading import client_config, mta_sts
from tests.discover import scripted
from tests.export.conftest import profile_of
from tests.setup import domain as made
from tests.setup.domain import answer

WORLD = scripted.world()
ADDRESS = EmailAddress.parse(made.STRANGER)
WHOLE = {
    Way.AUTOCONFIG: made.CONFIG,
    Way.AUTODISCOVER: made.ANSWER,
    Way.PACC: made.FILE,
    Way.MOBILECONFIG: made.PROFILE,
    Way.MTA_STS: made.POLICY,
    Way.AUTODISCOVER_V2: '{"Url": "https://autodiscover.example.org/"}',
}
TEXT = scripted.world({"TXT a": ["v=STSv1; id=1"], "MX a": []}).dns.records


def read(way: Way, body: bytes) -> Publication:
    page = replace(answer("https://x.example.org/"), body=body)
    records = (TEXT["a", "TXT"], TEXT["a", "MX"])
    return discover.read(Asked(way, "https://x.example.org/", page, page, records), ADDRESS, WORLD.wire, scripted.SHELF)


@pytest.mark.parametrize("way", [way for way in WHOLE if way is not Way.PACC])
def test_whole(way: Way) -> None:
    """As it is, each document is found."""
    assert read(way, WHOLE[way].encode()).told is Told.FOUND


@given(st.sampled_from(list(WHOLE)), st.integers(0, 900), st.integers(0, 900), st.binary(max_size=40))
def test_spliced(way: Way, start: int, end: int, middle: bytes) -> None:
    """Cut out anywhere and with anything in the gap: an answer all the same."""
    whole = WHOLE[way].encode()
    assert read(way, whole[:start] + middle + whole[end:]).told in Told


def pox(host: str, name: str) -> HttpAnswer:
    login = f"<Server>{host}</Server><LoginName>{name}</LoginName>"
    return answer("https://x.example.org/", made.ANSWER.replace(f"<Server>{made.IMAP}</Server>", login))


@pytest.mark.parametrize(
    ("mine", "theirs", "alike"),
    [
        (made.STRANGER, f"postmaster@{made.DOMAIN}", True),
        (ADDRESS.local, "postmaster", True),
        (f"{ADDRESS.local}.{made.DOMAIN}", f"postmaster.{made.DOMAIN}", True),
        (f"{made.DOMAIN}/{ADDRESS.local}", f"{made.DOMAIN}/postmaster", True),
        (made.STRANGER, "postmaster", False),
        (made.STRANGER, "u1001", False),
        (made.STRANGER, made.STRANGER, False),
    ],
)
def test_answers_for_two_people(mine: str, theirs: str, alike: bool) -> None:  # noqa: FBT001  # a row of the table
    """Each answer names whom it is for: they differ if the rule does, or the server."""

    def seen(one: HttpAnswer, other: HttpAnswer) -> Publication:
        known = EmailAddress("postmaster", made.DOMAIN)
        asked = Asked(Way.AUTODISCOVER, "https://x.example.org/", one, other, other=known)
        return discover.read(asked, ADDRESS, WORLD.wire, scripted.SHELF)

    found = seen(pox(made.IMAP, mine), pox(made.IMAP, theirs))
    assert (found.alike, found.has(FlawKind.UNLIKE_USER)) == (alike, not alike)
    elsewhere = seen(pox(made.IMAP, mine), pox(f"other.{made.DOMAIN}", theirs))
    assert (elsewhere.alike, elsewhere.has(FlawKind.UNLIKE_USER)) == (False, True)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%EMAILADDRESS%", ""),
        ("%EMAILLOCALPART%.%EMAILDOMAIN%", ""),
        ("%REALNAME%", ""),
        ("li", ""),
        ("100%", ""),
        ("%EMAILADDRESS", "%EMAILADDRESS"),
        ("EMAILADDRESS%", "EMAILADDRESS%"),
        ("%EMAILDOMAIN%%EMAILADDRESS", "%EMAILADDRESS"),
        ("%emailaddress%", "%emailaddress%"),
        ("%USERNAME%", "%USERNAME%"),
        ("%USERNAME", "%USERNAME"),
        ("%EMAILLOCALPART%%example.com", ""),
        ("%EMAILLOCALPART%%mail-1.example.com", ""),
        ("%EMAILLOCALPART%%EMAILDOMAIN.example.com", "%EMAILDOMAIN"),
    ],
)
def test_placeholders(text: str, found: str) -> None:
    """Only the known ones, whole and in capitals, are filled in by programs."""
    assert client_config.placeholder(text) == found


@pytest.mark.parametrize(
    ("host", "patterns", "covered"),
    [
        ("mx.example.org", ("mx.example.org",), True),
        ("mx.example.org", ("*.example.org",), True),
        ("a.mx.example.org", ("*.example.org",), False),
        ("example.org", ("*.example.org",), False),
        ("mx.example.org", (), False),
    ],
)
def test_a_star_is_one_label(host: str, patterns: tuple[str, ...], covered: bool) -> None:  # noqa: FBT001  # a column of the table
    """RFC 8461: a star stands for exactly one label."""
    assert mta_sts._covered(host, patterns) is covered


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ("v=STSv1; id=1", Told.FOUND),
        ("v=STSv1 \t;id=1;", Told.FOUND),
        ("v=STSv1", Told.STOPPED),
        ("v=STSV1; id=1", Told.STOPPED),
        ("V=STSv1; id=1", Told.STOPPED),
        ("v=STSv10; id=1", Told.STOPPED),
        ("v = STSv1; id=1", Told.STOPPED),
    ],
)
def test_the_version_of_a_record(record: str, told: Told) -> None:
    """RFC 8461: "v=STSv1" in these very letters, alone in its field; anything else is no record."""
    records = scripted.world({"TXT a": [record], "MX a": []}).dns.records
    page = answer("https://x.example.org/", made.POLICY, kind="text/plain")
    asked = Asked(Way.MTA_STS, "https://x.example.org/", page, page, (records["a", "TXT"], records["a", "MX"]))
    assert discover.read(asked, ADDRESS, WORLD.wire, scripted.SHELF).told is told


@pytest.mark.parametrize("way", [Way.AUTOCONFIG, Way.AUTODISCOVER, Way.MOBILECONFIG])
def test_what_we_write_ourselves(way: Way) -> None:
    """The files that `export` writes are read back without a flaw."""
    format = {Way.AUTOCONFIG: "autoconfig", Way.AUTODISCOVER: "autodiscover", Way.MOBILECONFIG: "mobileconfig"}[way]
    choice = export.Choice(lambda key, /, **params: key, "en")
    (file,) = export.render(export.get(format), profile_of("anna@wellknown.test"), choice).files
    found = read(way, file.data)
    assert found.told is Told.FOUND
    assert found.candidate is not None
    assert {s.protocol for s in found.candidate.services} >= {Protocol.IMAP, Protocol.SMTP}
    assert all(s.endpoint.value.security is not Security.NONE for s in found.candidate.services)
    assert not {flaw.kind for flaw in found.flaws} - {FlawKind.CONTENT_TYPE}
