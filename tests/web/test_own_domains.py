"""The answers for an operator's own domains beside the pages: in the log, in the counters, fair, and linked to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import plistlib
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from mailwright import export, web
from mailwright.web.autoconf.lookups import kept
from tests.web.asking import Answer, Site
from tests.web.autoconf.served import PLAIN, made, request

STRANGER, NEIGHBOUR = ("192.0.2.7", 1), ("192.0.2.8", 1)
CONFIG = "/mail/config-v1.1.xml"
POX = "/autodiscover/autodiscover.xml"
AUTO = """
[[domain]]
names = ["auto.test"]
imap = [{ host = "imap.auto.test" }]
smtp = [{ host = "smtp.auto.test" }]
"""


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    told = [one.getMessage() for one in caplog.records if one.name == "mailwright.access"]
    return [json.loads(line) for text in told for line in text.splitlines()]


async def test_they_are_logged_and_counted(
    alone: web.Options, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each answer is a line with its kind, status and time, and a count; whose it was stands in neither."""
    caplog.set_level(logging.INFO, "mailwright.access")
    asked = [
        ("GET", f"{CONFIG}?emailaddress=canary@plain.test", "autoconfig", 200),
        ("GET", "/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=canary@other.test", "autoconfig", 404),
        ("POST", POX, "autodiscover", 200),
        ("GET", "/autodiscover/autodiscover.json/v1.0/canary@plain.test?Protocol=AutodiscoverV1",
         "autodiscover_json", 200),
        ("GET", "/.well-known/user-agent-configuration.json", "pacc", 404),
        ("GET", "/.well-known/mta-sts.txt", "mta_sts", 404),
        ("GET", "/mobileconfig/?emailaddress=canary@plain.test", "mobileconfig", 200),
        ("DELETE", CONFIG, "autoconfig", 405),
    ]  # fmt: skip
    async with Site(replace(alone, autoconf=made(tmp_path, PLAIN))) as site:
        for method, path, _, status in asked:
            body = request("canary@plain.test") if method == "POST" else b""
            assert (await site.ask(method, path, body, {}, peer=STRANGER)).status == status
        counted = (await site.get("/metrics")).text
    told = lines(caplog)[:-1]
    assert [(line["route"], line["status"]) for line in told] == [(route, status) for _, _, route, status in asked]
    assert {line["method"] for line in told} == {"GET", "POST", "other"}
    assert all(isinstance(line["ms"], float) and set(line) == set(told[0]) for line in told)
    assert len({line["client"] for line in told}) == 1
    assert 'mailwright_requests_total{method="GET",route="autoconfig",status="200"} 1' in counted
    assert f"mailwright_request_seconds_count {len(asked)}" in counted
    for text in (counted, caplog.text):
        assert "canary" not in text
        assert "plain.test" not in text
        assert STRANGER[0] not in text


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A database that answers nobody until this connection ends what it began."""
    with contextlib.closing(sqlite3.connect(tmp_path / "some.db", isolation_level=None)) as held:
        held.execute("CREATE TABLE mailbox (address TEXT, login TEXT)")
        held.execute("INSERT INTO mailbox VALUES ('anna@plain.test', 'u1')")
        held.execute("BEGIN EXCLUSIVE")
        yield held


LOOKUP = 'lookup = { sqlite = "some.db", query = "SELECT login FROM mailbox WHERE address = :address" }\n'


def asked(site: Site, local: str, peer: tuple[str, int], **headers: str) -> asyncio.Task[Answer]:
    path = f"{CONFIG}?emailaddress={local}@plain.test"
    return asyncio.create_task(site.ask("GET", path, b"", headers, peer=peer))


async def test_one_stranger_does_not_take_all_places(
    alone: web.Options, tmp_path: Path, locked: sqlite3.Connection
) -> None:
    """Of one client twenty addresses are looked up at once; the next is told to come back, and others are served."""
    async with Site(replace(alone, autoconf=made(tmp_path, PLAIN + LOOKUP))) as site:
        many = [asked(site, f"nobody{number}", STRANGER) for number in range(kept.MOST_WAITING * 2)]
        await asyncio.sleep(0.3)
        refused = [await one for one in many if one.done()]
        assert len(refused) == len(many) - kept.MOST_OF_ONE
        assert {(one.status, one.headers["retry-after"], one.body) for one in refused} == {(503, "30", b"")}
        # Who is known and who is not are refused alike.
        assert (await asked(site, "anna", STRANGER)).body == b""
        neighbour = asked(site, "anna", NEIGHBOUR)
        await asyncio.sleep(0.1)
        assert not neighbour.done()
        locked.execute("COMMIT")
        assert b"<username>u1<" in (await neighbour).body
        assert {one.status for one in await asyncio.gather(*many)} == {200, 503}
        assert [(await asked(site, local, STRANGER)).status for local in ("bert", "carl")] == [200, 200]


def signing(folder: Path) -> export.Signing:
    """A certificate and its key, as `[signing]` has them."""
    names = ["-keyout", str(folder / "k.pem"), "-out", str(folder / "c.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *names, "-days", "9", "-subj", "/CN=x"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return export.Signing((folder / "c.pem").read_bytes(), (folder / "k.pem").read_bytes())


SIGNED = '[signing]\ncertificate = "c.pem"\nkey = "k.pem"\n' + PLAIN


async def test_a_key_is_read_once(alone: web.Options, tmp_path: Path) -> None:
    """Signed profiles take less time than to read their key for each of them."""
    pair = signing(tmp_path)
    began = time.perf_counter()
    for _ in range(10):
        export.signer(pair)
    reading = (time.perf_counter() - began) / 10
    async with Site(replace(alone, autoconf=made(tmp_path, SIGNED))) as site:
        await profile(site, 0, STRANGER)
        began = time.perf_counter()
        answers = [await profile(site, number, STRANGER) for number in range(20)]
        took = (time.perf_counter() - began) / 20
    assert {answer.body[:1] for answer in answers} == {b"\x30"}
    assert took < reading / 2


async def profile(site: Site, number: int, peer: tuple[str, int]) -> Answer:
    return await site.ask("GET", f"/mobileconfig?emailaddress=n{number}@plain.test", b"", {}, peer=peer)


async def test_profiles_are_made_for_everybody(alone: web.Options, tmp_path: Path) -> None:
    """Of one client ten profiles are made or wait at a time; the next is told to come back, and others are served."""
    async with Site(replace(alone, autoconf=made(tmp_path, PLAIN))) as site:
        many = [asyncio.create_task(profile(site, number, STRANGER)) for number in range(60)]
        await asyncio.sleep(0)
        neighbour = await profile(site, 0, NEIGHBOUR)
        refused = [one for one in await asyncio.gather(*many) if one.status != 200]
        assert neighbour.status == 200
        assert len(refused) == len(many) - 10
        assert {(one.status, one.headers["retry-after"], one.body) for one in refused} == {(503, "30", b"")}
        assert (await profile(site, 0, STRANGER)).status == 200
        crowd = [profile(site, number, (f"192.0.2.{number}", 1)) for number in range(60)]
        assert sum(one.status == 200 for one in await asyncio.gather(*crowd)) == 40


async def test_what_broke_off_is_logged_too(
    alone: web.Options, tmp_path: Path, locked: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """A request that ended without an answer has its line, with status 0."""
    caplog.set_level(logging.INFO, "mailwright.access")
    async with Site(replace(alone, autoconf=made(tmp_path, PLAIN + LOOKUP))) as site:
        gone = asked(site, "anna", STRANGER)
        for _ in range(2):  # hangs up, and what was asked for is ended
            await asyncio.sleep(0.1)
            gone.cancel()
        await asyncio.wait([gone])
        locked.execute("COMMIT")
    assert [(line["route"], line["status"]) for line in lines(caplog)] == [("autoconfig", 0)]


async def test_behind_a_proxy_everybody_counts_alone(
    alone: web.Options, tmp_path: Path, locked: sqlite3.Connection
) -> None:
    """The client is whom a trusted proxy names; what anybody else names does not count."""
    options = replace(alone, autoconf=made(tmp_path, PLAIN + LOOKUP), trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with Site(options) as site:
        for peer, waiting in ((("127.0.0.1", 1), 2 * kept.MOST_OF_ONE), (STRANGER, kept.MOST_OF_ONE)):
            tasks = [
                asked(site, f"{peer[0]}-{number}", peer, x_forwarded_for=f"198.51.100.{number % 2}")
                for number in range(3 * kept.MOST_OF_ONE)
            ]
            await asyncio.sleep(0.2)
            assert sum(not task.done() for task in tasks) == waiting
            for task in tasks:
                task.cancel()
        locked.execute("COMMIT")


async def test_the_page_links_to_the_profile(before_lab: web.Options, tmp_path: Path) -> None:
    """Whose domain this server answers for gets the operator's own profile too, by a link that stays."""

    async def page(options: web.Options) -> str:
        async with Site(options) as site:
            begun = await site.form("/check", {"address": "anna+1@auto.test"})
            text = (await site.finished(begun.headers["location"])).text
            for link in re.findall(r'href="(/mobileconfig/[^"]*)"', text):
                answer = await site.get(link)
                account = plistlib.loads(answer.body)["PayloadContent"][0]
                assert account["EmailAddress"] == "anna+1@auto.test"
            return text

    assert '"/mobileconfig/?emailaddress=anna%2B1@auto.test"' in await page(
        replace(before_lab, autoconf=made(tmp_path, AUTO))
    )
    assert "/mobileconfig/" not in await page(before_lab)
    assert "/mobileconfig/" not in await page(replace(before_lab, autoconf=made(tmp_path, PLAIN)))
    tokens = made(tmp_path, f'{AUTO}auth = ["oauth2"]\noauth = {{ issuer = "https://login.test" }}\n')
    assert "/mobileconfig/" not in await page(replace(before_lab, autoconf=tokens))
