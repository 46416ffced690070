"""What a person is asked, for providers of one's own whose only server says nothing good: never what is of no use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright import book, diagnose, setup, wire
from mailwright import lab as room
from mailwright.core import (
    Auth,
    Candidate,
    Channel,
    EmailAddress,
    Endpoint,
    Protocol,
    Provenance,
    Security,
    Service,
    Source,
    Sourced,
    Trust,
)
from mailwright.setup import journey
from tests.setup.face import Script, settings
from tests.wire import peers

ENTRY = """
id = "mine"
name = { zh = "我的", en = "Mine" }
country = "CN"
status = "open"
[sources]
me = "I run it"
[domains]
names = ["mine.example"]
source = "me"
checked = 2026-11-24
confidence = "high"
[[imap]]
host = "mail.example.org"
port = 993
security = "tls"
username = "%EMAILADDRESS%"
source = "me"
checked = 2026-11-24
confidence = "high"
[secret]
kind = "KIND"
when = "WHEN"
name = { zh = "令牌", en = "token" }
zh = ["打开网页"]
en = ["Open the page"]
source = "me"
checked = 2026-11-24
confidence = "high"
"""

WANTED = [
    # kind, when, a token is at hand, the secret is known before, how it ends: told in vain, or asked for
    ("oauth2", "always", False, False, "told"),
    ("oauth2", "always", False, True, "told"),
    ("oauth2", "always", True, True, "asked"),
    ("oauth2", "always", True, False, "looked"),
    ("oauth2", "two_factor", False, True, "asked"),
    ("app_password", "always", False, True, "asked"),
]


@pytest.mark.parametrize(("kind", "when", "token", "known", "end"), WANTED)
async def test_where_only_tokens_are_taken(
    lab: room.Lab, tmp_path: Path, kind: str, when: str, end: str, *, token: bool, known: bool
) -> None:
    """Nobody types a password, or says yes to a host, for a provider that takes none: it is told at once."""
    (tmp_path / "mine.toml").write_text(ENTRY.replace("KIND", kind).replace("WHEN", when), encoding="utf-8")
    face = Script("li@mine.example", None, yes=True)
    with peers.closed_port() as port:
        route = wire.Reroute("mail.example.org", 993, "127.0.0.1", port)
        reach = replace(settings(lab), reroutes=(route,))
        async with wire.World(reach) as world:
            request = setup.Request(EmailAddress("li", "mine.example"), known=known, token=token)
            result = await setup.run(request, world, book.Book(tmp_path), face)
    told = [finding.id for finding in result.findings]
    if end == "told":
        assert (told, result.verdict) == (["auth.oauth_only", "settings.not_verified"], diagnose.Verdict.BROKEN)
        assert (result.evidence, set(face.calls)) == (None, {"answered", "settings"})
    else:
        assert "auth.oauth_only" not in told
        assert ("credentials" in face.calls) is (end == "asked")
        assert ("probed imap no" in face.calls or "probed imap failed" in face.calls) is (end == "looked")


async def test_settings_alone_need_no_token(tmp_path: Path, lab: room.Lab) -> None:
    """Who wants only the settings is told them, and not that a password would be of no use."""
    (tmp_path / "mine.toml").write_text(ENTRY.replace("KIND", "oauth2").replace("WHEN", "always"), encoding="utf-8")
    face = Script("li@mine.example", None)
    async with wire.World(settings(lab)) as world:
        request = setup.Request(EmailAddress("li", "mine.example"), login=False)
        result = await setup.run(request, world, book.Book(tmp_path), face)
    assert [finding.id for finding in result.findings] == ["settings.not_verified"]
    assert result.verdict is diagnose.Verdict.FOUND


GOOD, BAD, OPEN = "good", "bad", "open"
CONSENT = [
    # hosts of IMAP and SMTP, best first; those that are asked about
    ([GOOD], [GOOD], set()),
    ([BAD], [GOOD], {"imap0"}),
    ([GOOD], [BAD], {"smtp0"}),
    ([BAD], [BAD], {"imap0", "smtp0"}),
    ([GOOD, BAD], [GOOD, BAD], set()),
    ([GOOD, BAD], [BAD, BAD], {"smtp0", "smtp1"}),
    ([BAD, GOOD, BAD], [GOOD], {"imap0", "imap2"}),
    ([BAD, OPEN], [OPEN], {"imap0"}),
    ([OPEN, BAD], [GOOD], set()),
]


def services(protocol: Protocol, hosts: Iterable[str]) -> Iterable[Service]:
    for number, kind in enumerate(hosts):
        trust = Trust.TRUSTED if kind == GOOD else Trust.CONFIRM
        origin = Provenance(Source.SRV, "SRV mine.example", Channel.HTTP, trust)
        security = Security.NONE if kind == OPEN else Security.TLS
        endpoint = Endpoint(protocol, f"{protocol.value}{number}.example.org", 993, security)
        yield Service(Sourced(endpoint, origin), Sourced("%EMAILADDRESS%", origin), Sourced((Auth.PASSWORD,), origin))


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize(("imap", "smtp", "asked"), CONSENT)
async def test_which_hosts_are_asked_about(imap: list[str], smtp: list[str], asked: set[str], *, yes: bool) -> None:
    """A question comes only where the preferred host is doubtful, and names only hosts a secret could go to."""
    face = Script("li@mine.example", None, yes=yes)
    found = Candidate((*services(Protocol.IMAP, imap), *services(Protocol.SMTP, smtp)))
    hosts = {f"{name}.example.org" for name in asked}
    assert await journey._consent(found.services, face) == (hosts if yes else frozenset())
    assert set(face.doubted) == hosts
    assert ("confirm" in face.calls) is bool(asked)
