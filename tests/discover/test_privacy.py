"""Who learns what: the name before the @ stays here unless the person allowed to send it."""

from __future__ import annotations

import json

import pytest

from mailwright import discover
from mailwright.core import EmailAddress, HttpAnswer, Mx, Outcome, Srv
from tests.discover.scripted import SHELF, World, world
from tests.discover.test_pox import answer as pox
from tests.discover.test_pox import protocol

LOCAL = "qxzanna"
HTTP = "http://autodiscover.example.org/autodiscover/autodiscover.xml"


def busy() -> World:
    """A domain at which every way is open and leads on to others, but to no settings."""
    moved = pox("<Action>redirectAddr</Action><RedirectAddr>postmaster@moved.example</RedirectAddr>")
    url = pox("<Action>redirectUrl</Action><RedirectUrl>https://url.example/a</RedirectUrl>")
    return world(
        {
            "MX example.org": [Mx(10, "mx.hoster.example")],
            "TXT example.org": ["mailconf=https://conf.example/a.xml"],
            "SRV _autodiscover._tcp.example.org": [Srv(0, 0, 443, "srv.example")],
            "A imap.example.org": ["192.0.2.1"],
            "A smtp.example.org": ["192.0.2.1"],
        },
        {
            "https://autodiscover.example.org/autodiscover/autodiscover.xml": moved,
            "https://example.org/autodiscover/autodiscover.xml": url,
            "https://srv.example/autodiscover/autodiscover.xml": pox(protocol("EXCH", "443")),
            HTTP: HttpAnswer(HTTP, "https://away.example/a", Outcome.OK, status=405),
            "https://autodiscover.moved.example/autodiscover/autodiscover.xml": url,
            "https://autodiscover.example.org/autodiscover/autodiscover.json": json.dumps(
                {"Url": "https://x"}
            ).encode(),
        },
    )


def told(made: World) -> str:
    """All that anybody was told, as one text."""
    names = [name for name, _ in made.dns.asked]
    headers = [f"{key}: {value}" for sent in made.http.headers for key, value in sent.items()]
    bodies = [body.decode() for body in made.http.bodies]
    return "\n".join((*names, *made.http.urls(), *headers, *bodies, *made.probed))


@pytest.mark.parametrize("send", [True, False])
async def test_the_local_part_stays_here(*, send: bool) -> None:
    """In a whole search no name, URL, header, body or probe holds the local part, unless sending it was allowed."""
    made = busy()
    address = EmailAddress.parse(f"{LOCAL}@example.org")
    await discover.find(address, made.wire, SHELF, options=discover.Options(send_address=send))
    assert len(made.http.bodies) >= 5
    assert len(made.http.urls()) > 12
    assert (LOCAL in told(made).lower()) is send
    assert not any(LOCAL in url for url in made.http.urls() if url.startswith("http://"))
