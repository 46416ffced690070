"""The help desk's list, and the box for a pasted error."""

from __future__ import annotations

import csv
import io
import time

import pytest

from mailwright import setup, web
from mailwright.core import BadInput
from mailwright.web import desk
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
        await site.get(f"{place}/events")
        page = (await site.get(place)).text
    assert "LookupError" in page
    assert "anna@auto.test" not in caplog.text
