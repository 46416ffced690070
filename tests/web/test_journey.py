"""The way through the pages, against the lab: from an address to files, by browser without scripts and by stream."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from typing import Any

import pytest

from mailwright import web
from mailwright.web import jobs
from tests.web.asking import Answer, Site, events

ADDRESS, PASSWORD = "anna@auto.test", "correct-horse-7"
WRONG = "canary-Zq9-%41-pässword"


async def checked(site: Site, **fields: object) -> tuple[str, Answer]:
    """The place of a job and its page once it is over."""
    begun = await site.form("/check", {"address": ADDRESS, **fields})
    assert begun.status == 303
    place = begun.headers["location"]
    return place, await site.finished(place)


async def test_without_a_password(before_lab: web.Options) -> None:
    """An address alone gives the settings, a tree of what was seen, a form for the password, and files."""
    async with Site(before_lab) as site:
        place, page = await checked(site)
        assert page.status == 200
        assert "imap.auto.test" in page.text
        assert 'type="password"' in page.text
        assert f"{place}/file/mobileconfig" in page.text
        assert "popovertarget=" in page.text
        profile = await site.get(f"{place}/file/mobileconfig?name=Anna")
        assert profile.status == 200
        assert b"imap.auto.test" in profile.body
        assert "attachment" in profile.headers["content-disposition"]
        sheet = await site.get(f"{place}/file/sheet?show")
        assert "content-disposition" not in sheet.headers
        assert "sandbox" in sheet.headers["content-security-policy"]
        assert (await site.get(f"{place}/file/qr?show")).headers["content-type"].startswith("image/svg")
        assert (await site.get(f"{place}/file/nope")).status == 400
        assert b"examination" in (await site.get(f"{place}/report.html")).body


async def test_names_in_their_own_letters(before_lab: web.Options) -> None:
    """What was seen is told in the letters of the name; what is to be typed stands there as every program takes it."""
    async with Site(before_lab) as site:
        place, page = await checked(site, address="anna@例子.test")
        tree = page.text.partition('class="tree"')[2].partition("</section>")[0].partition("<details")[0]
        assert "box.例子.test:993" in tree
        assert "xn--" not in tree
        assert '<code>box.xn--fsqu00a.test</code> <span class="dim">box.例子.test</span>' in page.text
        rows = [data for _, name, data in events((await site.get(f"{place}/events")).text) if name == "row"]
        assert any("box.例子.test:993" in row for row in rows)
        assert not any("xn--" in row for row in rows)
        _, page = await checked(site)
        assert "<code>imap.auto.test</code></dd>" in page.text


async def test_an_empty_form(alone: web.Options) -> None:
    """Who typed nothing is told what to type, in words of a page."""
    async with Site(alone) as site:
        for language, said in (("en", "No e-mail address given. Type one"), ("zh", "没有给出邮箱地址。请写一个")):
            page = await site.form("/check", {"address": " "}, accept_language=language)
            assert page.status == 400
            assert said in page.text


async def test_with_a_password(before_lab: web.Options) -> None:
    """With the right one the mailbox is proved; the password stands in no answer."""
    async with Site(before_lab) as site:
        place, _ = await checked(site)
        begun = await site.form(f"{place}/sign-in", {"password": PASSWORD})
        assert begun.status == 303
        page = await site.finished(begun.headers["location"])
        assert 'class="verdict ok"' in page.text
        assert 'type="password"' not in page.text
        assert PASSWORD not in page.text


async def test_a_stranger_host_needs_a_yes(before_lab: web.Options) -> None:
    """A host that only unsigned DNS names gets the password after a tick, and not without it."""
    async with Site(before_lab) as site:
        place, page = await checked(site, address="anna@srvout.test")
        assert 'name="confirm" value="in.outside.test"' in page.text
        for ticked, verdict in (([], False), (["in.outside.test", "out.outside.test"], True)):
            begun = await site.form(f"{place}/sign-in", {"password": "far-away-host-1", "confirm": ticked})
            shown = await site.finished(begun.headers["location"])
            assert ('class="verdict ok"' in shown.text and "PLAIN" in shown.text) is verdict


async def test_where_no_password_is_taken(before_lab: web.Options) -> None:
    """A provider that takes tokens only is told to be one, and no password is asked for."""
    async with Site(before_lab) as site:
        _, page = await checked(site, address="anna@oauth.test")
        assert 'type="password"' not in page.text
        assert "takes no password" in page.text


async def test_what_was_typed(before_lab: web.Options) -> None:
    """The fields of a mail program are examined, and the answer says what to type instead."""
    async with Site(before_lab) as site:
        _, page = await checked(site, host="smtp.auto.test", port="587", protocol="imap")
        assert 'class="verdict bad"' in page.text
        assert "imap.auto.test" in page.text


async def test_the_stream(before_lab: web.Options) -> None:
    """Rows come as pieces of HTML, then the report; who was cut off goes on behind the last number."""
    async with Site(before_lab) as site:
        place = (await site.form("/check", {"address": ADDRESS})).headers["location"]
        whole = events((await site.get(f"{place}/events")).text)
        names = [name for _, name, _ in whole]
        assert names[-1] == "report"
        assert names.count("report") == 1
        assert {"row-settings", "row-incoming", "row-outgoing"} <= {
            found[1] for _, _, data in whole if (found := re.search(r'id="(row-\w+)"', data))
        }
        middle = whole[len(whole) // 2][0]
        rest = events((await site.get(f"{place}/events", last_event_id=str(middle))).text)
        assert rest == [event for event in whole if event[0] > middle]


async def test_the_canary(before_lab: web.Options, caplog: pytest.LogCaptureFixture) -> None:
    """A password that is refused is in no answer, stream, log, counter, file or report, in no spelling."""
    caplog.set_level(logging.DEBUG)
    seen: list[bytes] = []
    async with Site(before_lab) as site:
        place, _ = await checked(site)
        begun = await site.form(f"{place}/sign-in", {"password": WRONG})
        job = begun.headers["location"]
        seen += [(await site.finished(job)).body, (await site.get(f"{job}/events")).body]
        sent = await site.json("/api/v1/diagnose", {"address": ADDRESS, "password": WRONG})
        assert sent.status == 200
        seen.append(sent.body)
        asynchronous = await site.json("/api/v1/setup", {"address": ADDRESS, "password": WRONG}, prefer="respond-async")
        assert asynchronous.status == 202
        seen += [asynchronous.body, (await site.get(asynchronous.json()["events"])).body]
        kept = await site.form(f"{job}/keep", {"consent": "yes", "whole": "yes"})
        found = re.search(r"http://localhost(/r/[\w-]+)<", kept.text)
        assert found
        paths = (f"{job}/report.html", "/metrics", found[1])
        seen += [kept.body, *[(await site.get(path)).body for path in paths]]
    assert before_lab.keep is not None
    seen += [before_lab.keep.read_bytes(), caplog.text.encode()]
    for text in seen:
        assert b"canary-Zq9" not in text
        assert b"Y2FuYXJ5LVpxOS" not in text


async def test_the_log(before_lab: web.Options, caplog: pytest.LogCaptureFixture) -> None:
    """One line of JSON for each request, without addresses, queries, ids or IPs."""
    caplog.set_level(logging.INFO, "mailwright.access")
    async with Site(before_lab) as site:
        place, _ = await checked(site)
        await site.get(f"/?address={ADDRESS}&lang=zh")
        await site.get("/no/such/anna@auto.test")
    text = "\n".join(record.getMessage() for record in caplog.records if record.name == "mailwright.access")
    assert '"route": "check"' in text
    for secret in ("anna", "auto.test", "127.0.0.1", place.rpartition("/")[2], "lang"):
        assert secret not in text


async def test_sign_ins_are_capped(before_lab: web.Options) -> None:
    """A mailbox is not tried beyond its limit, whoever asks, nor under another domain's user name."""
    async with Site(replace(before_lab, logins_per_hour=3)) as site:

        async def tried(address: str, **more: Any) -> Answer:
            return await site.json("/api/v1/setup", {"address": address, "password": WRONG, **more})

        first = await tried(ADDRESS)
        assert first.status == 200
        assert first.json()["verdict"] == "broken"
        again = await tried(ADDRESS)
        assert (again.status, again.json()["problem"]) == (429, "web.sign_ins")
        assert (await tried("bert@auto.test")).status == 200
        page = await site.form("/check", {"address": ADDRESS, "password": WRONG})
        assert 'role="alert"' in (await site.finished(page.headers["location"])).text


async def test_sign_ins_that_succeed(before_lab: web.Options) -> None:
    """However often somebody signs in well, it is not refused."""
    async with Site(replace(before_lab, logins_per_hour=3)) as site:
        for _ in range(4):
            found = await site.json("/api/v1/setup", {"address": ADDRESS, "password": PASSWORD})
            assert (found.status, found.json()["verdict"]) == (200, "works")


async def test_a_mistake_of_ours(
    before_lab: web.Options, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A check that ends by a mistake of ours, wherever it was made, says so to whoever waits."""

    def broken(*_: object, **__: object) -> None:
        raise LookupError(ADDRESS)

    monkeypatch.setattr(jobs, "WebFace", broken)
    async with Site(before_lab) as site:
        answer = await asyncio.wait_for(site.json("/api/v1/setup", {"address": ADDRESS}), 5)
    assert (answer.status, answer.json()["problem"]) == (503, "internal")
    assert "LookupError at" in caplog.text
    assert ADDRESS not in caplog.text


async def test_a_job_that_stops(before_lab: web.Options) -> None:
    """When the server stops, what runs gets some seconds and comes to its end."""
    async with Site(before_lab) as site:
        begun = await site.json("/api/v1/diagnose", {"address": ADDRESS}, prefer="respond-async")
        stood = begun.json()
        assert stood["state"] in ("waiting", "running")
    assert stood["document"] is None
