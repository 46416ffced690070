"""The help desk's list, and the box for a pasted error."""

from __future__ import annotations

import asyncio
import csv
import io
import socket
import time
from dataclasses import replace

import pytest

from mailwright import setup, texts, web, wire
from mailwright.core import BadInput
from mailwright.web import desk, stream, templating
from tests.web.asking import Answer, Site, events

LIST = "address\nanna@auto.test\nnobody\nli@qq.com\nanna@nothing.test\n"
FORM = "multipart/form-data; boundary=cut"


def upload(name: str, text: str) -> bytes:
    head = f'--cut\r\nContent-Disposition: form-data; name="{name}"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    return f"{head}{text}\r\n--cut--\r\n".encode()


async def begun(site: Site, text: str) -> Answer:
    return await site.ask("POST", "/desk", upload("file", text), {"content-type": FORM})


async def test_a_list(before_lab: web.Options) -> None:
    """A list in gives a table, row by row in its order, and a CSV; a bad row says what is wrong with it."""
    async with Site(before_lab) as site:
        place = (await begun(site, LIST)).headers["location"]
        got = events((await site.get(f"{place}/events")).text)
        assert got[-1][1] == "over"
        assert [name for _, name, _ in events((await site.get(f"{place}/events?from=4")).text)] == ["over"]
        page = (await site.get(place)).text
        assert page.index("anna@auto.test") < page.index("nobody") < page.index("li@qq.com")
        table = (await site.get(f"{place}/settings.csv")).body.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(table)))
        assert [row["address"] for row in rows] == ["anna@auto.test", "nobody", "li@qq.com", "anna@nothing.test"]
        assert rows[0]["imap_host"] == "imap.auto.test"
        assert rows[1]["problem"] == "input.address.no_at"


@pytest.mark.parametrize("header", ["地址", "邮箱", "邮箱地址", "电子邮件", "E-Mail", "Email Address", "address"])
async def test_a_header(alone: web.Options, header: str) -> None:
    """The column of addresses is found by what people call it in either language."""
    async with Site(alone) as site:
        place = (await begun(site, f"姓名,{header}\n李,li@qq.com\n")).headers["location"]
        await site.get(f"{place}/events")
        table = (await site.get(f"{place}/settings.csv")).body.decode("utf-8-sig")
    assert [row["address"] for row in csv.DictReader(io.StringIO(table))] == ["li@qq.com"]


async def test_a_plain_form(before_lab: web.Options) -> None:
    """A list comes in the other encoding of forms, too; what is no form is said to be none."""
    async with Site(before_lab) as site:
        begun = await site.form("/desk", {"text": "anna@auto.test\nli@qq.com"})
        assert begun.status == 303
        got = events((await site.get(f"{begun.headers['location']}/events")).text)
        assert "imap.auto.test" in got[0][2] + got[2][2]
        refused = await site.ask("POST", "/desk", b"anna@auto.test", {"content-type": "text/plain"})
        assert refused.status == 400
        assert "no form" in refused.text


async def test_why_not(before_lab: web.Options) -> None:
    """A domain that does not exist is said to be that."""
    async with Site(before_lab) as site:
        begun = await site.form("/desk", {"text": "a@no-such-domain.test\nanna@auto.test"})
        got = events((await site.get(f"{begun.headers['location']}/events")).text)
    rows = "".join(event[2] for event in got)
    assert rows.count("domain does not exist") == 1


async def test_whose_list_goes(alone: web.Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no more room, one's own lists that are over go first, and none that is being worked on."""
    monkeypatch.setattr(desk, "MOST_LISTS", 3)
    form = {"content-type": "application/x-www-form-urlencoded"}

    async def begun(site: Site, peer: str, name: str) -> Answer:
        return await site.ask("POST", "/desk", f"text=a%40{name}.test".encode(), form, peer=(peer, 1))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        settings = replace(alone.settings, resolvers=(wire.Resolver(*deaf.getsockname()),), dns_seconds=1.0)
        async with Site(replace(alone, settings=settings)) as site:
            done = (await begun(site, "192.0.2.1", "one")).headers["location"]
            mine = (await begun(site, "192.0.2.2", "two")).headers["location"]
            await asyncio.gather(*(site.get(f"{place}/events") for place in (done, mine)))
            runs = (await begun(site, "192.0.2.3", "three")).headers["location"]
            assert (await begun(site, "192.0.2.2", "four")).status == 303
            assert [(await site.get(place)).status for place in (done, mine, runs)] == [200, 404, 200]
            assert (await begun(site, "192.0.2.2", "five")).status == 303
            assert [(await site.get(place)).status for place in (done, runs)] == [404, 200]
            refused = await begun(site, "192.0.2.4", "six")
            assert (refused.status, "retry-after" in refused.headers) == (503, True)
            assert (await site.get(runs)).status == 200


async def test_a_list_is_drawn_once(alone: web.Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks at a list, its rows are made once in a language, and come alike on the page and in the stream."""
    drawn: list[str] = []
    render = templating.render

    def counted(template: str, words: texts.Words, /, **given: object) -> str:
        drawn.append(template)
        return render(template, words, **given)

    monkeypatch.setattr(templating, "render", counted)
    async with Site(replace(alone, client_per_minute=100)) as site:
        place = (await begun(site, LIST)).headers["location"]
        first = await site.get(f"{place}/events")
        pages = [await site.get(f"{place}?lang={code}") for code in ("en", "en", "zh", "zh")]
        rows = "".join(data + "\n" for _, name, data in events(first.text) if name == "rows")
    assert drawn.count("listed_row.html") == 8
    assert rows.count("<tr>") == 4
    assert [page.text.count('<th scope="row">') for page in pages] == [4] * 4
    body = pages[0].text.partition('<tbody id="rows">')[2].partition("</tbody>")[0]
    assert body.split() == rows.split()


async def test_a_quiet_list(alone: web.Options, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing comes, the stream says that it is still there, and nobody on the way may gather it."""
    monkeypatch.setattr(stream, "PAUSE", 0.05)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        settings = replace(alone.settings, resolvers=(wire.Resolver(*deaf.getsockname()),))
        got = await _quiet(replace(alone, settings=settings))
    assert got.headers["x-accel-buffering"] == "no"
    assert got.text.startswith("retry: ")
    assert "\n\n:\n\n" in got.text


async def _quiet(options: web.Options) -> Answer:
    async with Site(options) as site:
        place = (await site.form("/desk", {"text": "a@one.test"})).headers["location"]
        return await site.get(f"{place}/events")


async def test_a_long_list(alone: web.Options) -> None:
    """More rows than a server takes at a time are refused at once."""
    async with Site(alone) as site:
        assert (await begun(site, "a@b.test\n" * 2001)).status == 400


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("535 Login Fail. Please enter your authorization code to login", "auth.authcode"),
        ("250 2.0.0 OK", "ok"),
        ("the cat sat on the mat", "unknown"),
        ("<script>alert(1)</script>", "unknown"),
    ],
)
async def test_a_pasted_error(alone: web.Options, text: str, says: str) -> None:
    """An error text is explained, what is none is said to be none, and nothing of it is run."""
    async with Site(alone) as site:
        answer = await site.form("/explain", {"text": text})
    assert answer.status == 200
    assert says in answer.text
    assert "<script>alert" not in answer.text


async def test_a_pasted_password(alone: web.Options) -> None:
    """What is blanked in the answer is blanked in the box as well."""
    for pasted in (
        "a1 LOGIN li@qq.com canary-Zq9\r\na1 NO Login fail. Account is abnormal",
        "imaps://li%40qq.com:canary-Zq9@imap.qq.com/\n535 Login Fail",
    ):
        async with Site(alone) as site:
            answer = await site.form("/explain", {"text": pasted})
        assert answer.text.partition("<textarea")[2].partition("</textarea>")[0].rpartition(">")[2]
        assert "canary" not in answer.text


async def test_nothing_pasted(alone: web.Options) -> None:
    """An empty box is said to be empty."""
    async with Site(alone) as site:
        assert (await site.form("/explain", {"text": "  "})).status == 400


def test_a_form_of_boundaries() -> None:
    """A megabyte of boundaries, and parts within parts, are refused at once."""
    inner = b"--cut\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a--\r\n--cut--\r\n"
    begun = time.monotonic()
    for body in (b"--cut\r\n\r\n" * 100_000, inner):
        with pytest.raises(BadInput, match=r"web\.form"):
            desk.uploaded(body, FORM)
    assert time.monotonic() - begun < 1
    assert desk.uploaded(upload("text", "li@qq.com\r\n"), FORM) == b"li@qq.com\r\n"


async def test_a_mistake_of_ours_in_a_list(
    alone: web.Options, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A list that ends by a mistake of ours says so, and nothing of it is logged."""

    def broken(*_: object, **__: object) -> None:
        raise LookupError("anna@auto.test")

    monkeypatch.setattr(setup.bulk, "Bulk", broken)
    async with Site(alone) as site:
        place = (await begun(site, LIST)).headers["location"]
        over = events((await site.get(f"{place}/events")).text)[-1]
        page = (await site.get(place)).text
    assert "LookupError" in page
    assert over[1] == "over"
    assert "LookupError" in over[2]
    assert "LookupError at" in caplog.text
    assert "anna@auto.test" not in caplog.text
