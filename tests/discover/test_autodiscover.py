"""Autodiscover: which ways are asked, what is followed, what is trusted."""

from __future__ import annotations

import json

import pytest

from mailwright.core import HttpAnswer, Outcome, Srv, Told, Trust
from mailwright.discover import Options
from mailwright.discover.sources import autodiscover
from tests.discover.scripted import hosts, ok, query, world
from tests.discover.test_pox import answer as pox
from tests.discover.test_pox import protocol

IN, OUT = protocol("IMAP", "993"), protocol("SMTP", "465")
SETTINGS = pox(f"<Action>settings</Action>{IN}{OUT}")
URL_1 = "https://autodiscover.example.org/autodiscover/autodiscover.xml"
URL_2 = "https://example.org/autodiscover/autodiscover.xml"


async def test_autodiscover_posts_exactly_what_old_servers_want() -> None:
    """The content type is exact, nothing signs in, and the address goes over HTTPS only."""
    made = world(pages={URL_1: SETTINGS})
    answer = await autodiscover.ask(query(made))
    assert hosts(answer.candidate) == ["imap m.example.org:993", "smtp m.example.org:465"]
    posts = [
        headers for (method, _), headers in zip(made.http.asked, made.http.headers, strict=True) if method == "POST"
    ]
    assert all(headers == {"Content-Type": "text/xml; charset=utf-8"} for headers in posts)
    assert all(url.startswith("https://") for method, url in made.http.asked if method == "POST")
    assert not any("anna" in url for url in made.http.urls())


@pytest.mark.parametrize("send", [True, False])
async def test_autodiscover_asks_for_the_postmaster_unless_allowed(*, send: bool) -> None:
    """The person's address is in the question only when they allowed it; the answer is theirs either way."""
    asked = "anna@example.org" if send else "postmaster@example.org"
    login = f"<SSL>on</SSL><LoginName>{asked}</LoginName>"
    made = world(pages={URL_1: pox(protocol("IMAP", "993", login))})
    answer = await autodiscover.ask(query(made, options=Options(send_address=send)))
    assert answer.candidate is not None
    assert answer.candidate.services[0].username.value == "%EMAILADDRESS%"
    assert made.http.bodies
    assert all(f"<EMailAddress>{asked}</EMailAddress>".encode() in body for body in made.http.bodies)


async def test_autodiscover_at_the_bare_domain_meets_a_web_shop() -> None:
    """HTML instead of an answer is nothing."""
    made = world(pages={URL_2: b"<!doctype html><html><body><br>shop</body></html>"})
    assert (await autodiscover.ask(query(made))).told in (Told.NOTHING, Told.STOPPED)


@pytest.mark.parametrize(
    ("final", "trust"),
    [
        ("https://mail.example.org/autodiscover/autodiscover.xml", Trust.TRUSTED),
        ("https://hoster.example/autodiscover/autodiscover.xml", Trust.CONFIRM),
    ],
)
async def test_autodiscover_by_a_redirect_over_http(final: str, trust: Trust) -> None:
    """The question over HTTP says nothing; where it leads is trusted inside the domain only."""
    plain = URL_1.replace("https", "http")
    settings = pox(IN.replace("m.example.org", "m.hoster.example"))
    made = world(pages={plain: HttpAnswer(plain, final, Outcome.OK, status=405), final: settings})
    answer = await autodiscover.ask(query(made))
    assert answer.candidate is not None
    assert answer.candidate.services[0].trust is trust
    assert ("GET", plain) in made.http.asked


@pytest.mark.parametrize(
    ("final", "trust"), [("https://x.example.org/a", Trust.TRUSTED), ("https://hoster.example/a", Trust.CONFIRM)]
)
async def test_autodiscover_answered_elsewhere(final: str, trust: Trust) -> None:
    """It counts who answered in the end, not who was asked."""
    settings = pox(IN.replace("m.example.org", "m.hoster.example"))
    answer = await autodiscover.ask(query(world(pages={URL_1: ok(URL_1, settings, final)})))
    assert answer.candidate is not None
    assert answer.candidate.services[0].trust is trust


async def test_autodiscover_by_srv() -> None:
    """The SRV record names host and port; unsigned and elsewhere it has to be confirmed."""
    url = "https://f.hoster.example:8443/autodiscover/autodiscover.xml"
    page = {url: pox(IN.replace("m.example.org", "m.hoster.example"))}
    key = "SRV _autodiscover._tcp.example.org"
    records = {key: [Srv(0, 0, 8443, "f.hoster.example")]}
    for signed, trust in (((), Trust.CONFIRM), ((key,), Trust.TRUSTED)):
        answer = await autodiscover.ask(query(world(records, page, signed=signed)))
        assert answer.candidate is not None
        assert answer.candidate.services[0].trust is trust


async def test_autodiscover_redirects_to_another_address_are_bounded() -> None:
    """Two changes of address are followed, a third is not."""

    def moved(to: str) -> bytes:
        return pox(f"<Action>redirectAddr</Action><RedirectAddr>{to}</RedirectAddr>")

    made = world(
        pages={
            URL_1: moved("anna@b.example"),
            "https://autodiscover.b.example/autodiscover/autodiscover.xml": moved("anna@c.example"),
            "https://c.example/autodiscover/autodiscover.xml": pox(IN),
        }
    )
    answer = await autodiscover.ask(query(made))
    assert answer.candidate is not None
    assert answer.candidate.services[0].username.value == ""  # of the stand-in's address there is nothing to say
    own = await autodiscover.ask(query(made, options=Options(send_address=True)))
    assert own.candidate is not None
    assert own.candidate.services[0].username.value == "anna@c.example"
    made.http.pages["https://c.example/autodiscover/autodiscover.xml"] = ok("https://c.example/", moved("a@d.example"))
    assert (await autodiscover.ask(query(made))).told is Told.STOPPED
    assert not any("d.example" in url for url in made.http.urls())


@pytest.mark.parametrize("target", [URL_1, "http://autodiscover.example.org/x", "https://other.example/loop"])
async def test_autodiscover_redirects_to_urls_are_bounded(target: str) -> None:
    """Loops end, and no redirect leads to HTTP."""
    again = pox(f"<Action>redirectUrl</Action><RedirectUrl>{target}</RedirectUrl>")
    made = world(pages={URL_1: again, "https://other.example/loop": again})
    assert (await autodiscover.ask(query(made))).told is Told.STOPPED
    assert len(made.http.asked) < 12


@pytest.mark.parametrize("text", ["nonsense", "a@b", "anna@com.pl", ""])
async def test_autodiscover_redirects_to_addresses_that_are_none(text: str) -> None:
    """A redirect to something that is no address, or to a public suffix, leads nowhere."""
    page = pox(f"<Action>redirectAddr</Action><RedirectAddr>{text}</RedirectAddr>")
    made = world(pages={URL_1: page})
    assert (await autodiscover.ask(query(made))).candidate is None
    assert not any("autodiscover.com.pl" in url for url in made.http.urls())


@pytest.mark.parametrize(
    ("url", "provider"),
    [
        ("https://outlook.office365.com/autodiscover/autodiscover.xml", "microsoft365"),
        ("https://partner.outlook.cn/autodiscover/autodiscover.xml", "m365-cn"),
        ("https://mail.example.org/autodiscover/autodiscover.xml", None),
    ],
)
async def test_autodiscover_version_2_shows_the_cloud(url: str, provider: str | None) -> None:
    """Version 2 names no mail servers, but whose Exchange it is: the book knows the rest."""
    page = json.dumps({"Protocol": "AutodiscoverV1", "Url": url}).encode()
    asked = (
        "https://autodiscover.example.org/autodiscover/autodiscover.json"
        "?Email=postmaster@example.org&Protocol=AutodiscoverV1&RedirectCount=1"
    )
    answer = await autodiscover.ask(query(world(pages={asked: page})))
    assert (answer.candidate.provider if answer.candidate else None) == provider


async def test_autodiscover_at_a_known_cloud_sends_no_address() -> None:
    """A redirect to Microsoft's cloud is recognised; the address is not sent there."""
    plain = URL_1.replace("https", "http")
    final = "https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml"
    made = world(pages={plain: HttpAnswer(plain, final, Outcome.OK, status=401)})
    answer = await autodiscover.ask(query(made))
    assert answer.candidate is not None
    assert answer.candidate.provider == "microsoft365"
    assert ("POST", final) not in made.http.asked
