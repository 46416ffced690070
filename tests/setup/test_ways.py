"""The same journey through proxies, and to servers that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mailwright import book, setup, wire
from mailwright import lab as room
from mailwright.core import EmailAddress
from mailwright.diagnose import Verdict
from tests.cli import proxy as proxies
from tests.setup.face import Script, journey, settings
from tests.wire import peers

PASSWORD = "canary-proxy-8"


def through(proxy: proxies.Proxy, password: str = PASSWORD) -> wire.Proxy:
    return wire.Proxy.parse(proxy.url.replace("@", f":{password}@"))


@pytest.mark.parametrize("kind", ["socks5", "http"])
async def test_through_a_proxy(lab: room.Lab, kind: str) -> None:
    """Settings and logins go through the proxy by name; its password shows nowhere."""
    face = Script("anna@auto.test", "correct-horse-7")
    with proxies.running(kind, lab, PASSWORD) as proxy:
        result = await journey(lab, face, "anna@auto.test", proxy=through(proxy))
    assert (result.verdict, result.findings) == (Verdict.WORKS, ())
    assert {"autoconfig.auto.test", "imap.auto.test", "smtp.auto.test"} <= set(proxy.asked)
    assert proxy.refused == 0
    assert PASSWORD not in repr(result)
    assert result.evidence is not None
    assert all(seen.trace.last("proxy") is not None for seen in result.evidence.services)


@pytest.mark.parametrize("kind", ["socks5", "http"])
async def test_a_proxy_that_refuses_the_password(lab: room.Lab, kind: str) -> None:
    """A proxy that wants another password is the finding, and the mailbox's password is not even asked for."""
    face = Script("anna@srv.test", "service-record-8")
    with proxies.running(kind, lab, PASSWORD) as proxy:
        result = await journey(lab, face, "anna@srv.test", proxy=through(proxy, "canary-other-9"))
    assert proxy.asked == []
    assert proxy.refused > 0
    assert {finding.id for finding in result.findings} == {"net.proxy_auth", "settings.not_verified"}
    assert (result.verdict, result.account) == (Verdict.BROKEN, None)
    assert "credentials" not in face.calls
    assert "canary-other-9" not in repr(result)


async def test_a_proxy_that_is_not_there(lab: room.Lab) -> None:
    """A proxy that does not run leaves it open whether the mailbox works."""
    face = Script("anna@srv.test", "service-record-8")
    with peers.closed_port() as port:
        result = await journey(lab, face, "anna@srv.test", proxy=wire.Proxy.parse(f"socks5://127.0.0.1:{port}"))
    assert {finding.id for finding in result.findings} == {"net.proxy", "settings.not_verified"}
    assert result.verdict is Verdict.UNKNOWN
    assert "credentials" not in face.calls


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
port = 143
security = "SECURITY"
username = "%EMAILADDRESS%"
source = "me"
checked = 2026-11-24
confidence = "high"
"""


async def own_provider(folder: Path, security: str, reach: wire.Settings, face: Script) -> setup.Result:
    """A provider of one's own, whose only server is the one the settings lead to."""
    (folder / "mine.toml").write_text(ENTRY.replace("SECURITY", security), encoding="utf-8")
    request = setup.Request(EmailAddress("li", "mine.example"))
    async with wire.World(reach) as world:
        return await setup.run(request, world, book.Book(folder), face)


@pytest.mark.parametrize(("security", "id"), [("none", "settings.plaintext"), ("starttls", "tls.starttls_missing"),
                                              ("tls", "proto.tls_mode")])  # fmt: skip
async def test_servers_without_encryption(lab: room.Lab, tmp_path: Path, security: str, id: str) -> None:
    """A server that has no encryption gets no password, and nobody is asked for one."""
    face, reach = Script("li@mine.example", "canary"), settings(lab)
    async with peers.serving(peers.says(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n", b"")) as peer:
        route = wire.Reroute("mail.example.org", 143, "127.0.0.1", peer.port)
        reach = replace(reach, reroutes=(route, *reach.reroutes))
        result = await own_provider(tmp_path, security, reach, face)
        assert b"LOGIN" not in peer.everything.upper()
    assert id in {finding.id for finding in result.findings}
    assert result.verdict is Verdict.BROKEN
    assert "credentials" not in face.calls
    assert (peer.got == []) is (security == "none")
