"""Signing in through the browser on this machine (RFC 8252)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from mailwright import wire
from mailwright.core import EmailAddress, OAuth, Outcome, Problem, Secret
from mailwright.wire import oauth, redirect
from tests.oauth.small_issuer import ACCESS, CLIENT_SECRET, ISSUER, OAUTH, REFRESH, SECRETS, SmallIssuer, tokens

CLIENT = oauth.Client("mailwright-test", Secret(CLIENT_SECRET))
PAGES = oauth.Pages("gut 好", "schlecht 坏")
CODE = "code-canary-Tu21"


@dataclass
class Browser:
    """Opens the address it is given by doing what the test says; `pages` is what it was shown."""

    acts: list[Callable[[Browser], str | bytes]]
    pages: list[str] = field(default_factory=list)
    url: str = ""
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    doing: asyncio.Task[None] | None = None

    def open(self, url: str) -> None:
        self.url = url
        self.opened.set()
        self.doing = asyncio.create_task(self._do())

    async def _do(self) -> None:
        for act in self.acts:
            asked = act(self)
            self.pages.append(await self.ask(asked.encode() if isinstance(asked, str) else asked))

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query))

    @property
    def place(self) -> tuple[str, int]:
        back = urlsplit(self.query["redirect_uri"])
        assert back.hostname
        assert back.port
        return back.hostname, back.port

    async def ask(self, asked: bytes) -> str:
        reader, writer = await asyncio.open_connection(*self.place)
        try:
            writer.write(asked)
            async with asyncio.timeout(5):
                return (await reader.read()).decode()
        except ConnectionResetError:
            return ""
        finally:
            writer.close()
            await writer.wait_closed()


def get(
    fields: dict[str, str] | None = None, *, method: str = "GET", path: str = "/", host: str = "", more: str = ""
) -> Callable[[Browser], str]:
    """A request for the redirect, good if nothing is changed; a field set to "" is left out."""

    def request(browser: Browser) -> str:
        answer = {"code": CODE, "state": browser.query["state"], **(fields or {})}
        query = urlencode({key: value for key, value in answer.items() if value}) + more
        name = host or "{}:{}".format(*browser.place)
        return f"{method} {path}?{query} HTTP/1.1\r\nHost: {name}\r\nAccept: */*\r\n\r\n"

    return request


async def sign_in(world: wire.World, browser: Browser, *, facts: OAuth = OAUTH, **more: Any) -> oauth.Tokens:
    try:
        return await oauth.loopback(world, facts, CLIENT, open_url=browser.open, pages=PAGES, **more)
    finally:
        if browser.doing is not None:
            await browser.doing


async def refused(world: wire.World, browser: Browser, **more: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await sign_in(world, browser, **more)
    return caught.value


async def test_signed_in(issuer: SmallIssuer, world: wire.World) -> None:
    """The code that the browser brings back is traded in, with the proof that we asked for it (RFC 7636)."""
    issuer.answers["/token"] = 200, tokens()
    browser = Browser([get()])
    found = await sign_in(world, browser, address=EmailAddress.parse("anna@例子.test"))
    assert (found.access, found.refresh) == (Secret(ACCESS), Secret(REFRESH))
    query = browser.query
    challenge, state = query.pop("code_challenge"), query.pop("state")
    assert query == {
        "response_type": "code",
        "client_id": CLIENT.id,
        "scope": "mail offline_access",
        "login_hint": "anna@xn--fsqu00a.test",
        "code_challenge_method": "S256",
        "redirect_uri": f"http://127.0.0.1:{browser.place[1]}/",
    }
    (form,) = issuer.forms("/token")
    verifier = form.pop("code_verifier")
    assert base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode() == f"{challenge}="
    assert len(verifier) >= 43
    assert len(state) >= 22
    assert form == {
        "grant_type": "authorization_code",
        "code": CODE,
        "redirect_uri": query["redirect_uri"],
        "client_id": CLIENT.id,
        "client_secret": CLIENT_SECRET,
    }


async def test_page(issuer: SmallIssuer, world: wire.World) -> None:
    """The browser is shown the good page as plain text that nothing can be loaded from or leaked by."""
    issuer.answers["/token"] = 200, tokens()
    browser = Browser([get()])
    await sign_in(world, browser)
    head, _, body = browser.pages[0].partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 ")
    assert body == PAGES.good
    for line in ("Content-Type: text/plain; charset=utf-8", "Cache-Control: no-store", "Referrer-Policy: no-referrer"):
        assert line in head


async def test_address_with_query(issuer: SmallIssuer, world: wire.World) -> None:
    """A query that belongs to the authorization endpoint stays (RFC 6749 §3.1)."""
    issuer.answers["/token"] = 200, tokens()
    browser = Browser([get()])
    await sign_in(world, browser, facts=replace(OAUTH, authorization_endpoint=f"{ISSUER}/authorize?tenant=1"))
    assert browser.query["tenant"] == "1"
    assert browser.url.count("?") == 1


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (get({"state": "guessed"}), 400),
        (get({"state": ""}), 400),
        (get({"state": "", "code": "", "error": "access_denied"}), 400),
        (get(more="&code=second"), 400),
        (get(more="&a=1" * 40), 400),
        (get(method="POST"), 405),
        (get(method="HEAD"), 405),
        (get(method="OPTIONS"), 405),
        (get(path="/favicon.ico"), 404),
        (get(path="//"), 404),
        (get(path="http://127.0.0.1/"), 404),
        (get(host="evil.test"), 400),
        (get(host="localhost"), 400),
        (lambda b: get(host=f"localhost:{b.place[1]}")(b), 400),
        (get({"code": "x" * 9000}), 431),
        (lambda _: "GET / HTTP/1.1\r\n" + "X: y\r\n" * 4000, 431),
        (lambda _: b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400),
        (lambda _: "\r\n\r\n", 400),
        (lambda _: "GET\r\n\r\n", 400),
    ],
)
async def test_not_the_redirect(
    issuer: SmallIssuer, world: wire.World, act: Callable[[Browser], str | bytes], status: int
) -> None:
    """Whatever is not the one redirect gets the bad page and changes nothing; the true one still counts."""
    issuer.answers["/token"] = 200, tokens()
    browser = Browser([act, get()])
    assert (await sign_in(world, browser)).access == Secret(ACCESS)
    assert issuer.forms("/token")[0]["code"] == CODE
    first, second = browser.pages
    # A peer that sent more than we read may see a reset instead of the page.
    assert first.startswith(f"HTTP/1.1 {status} ") or (status == 431 and not first)
    assert PAGES.good not in first
    assert second.endswith(PAGES.good)


@pytest.mark.parametrize(
    ("fields", "id", "code"),
    [
        ({"code": "", "error": "access_denied"}, "oauth.denied", None),
        ({"code": "", "error": "invalid_scope"}, "oauth.error", "invalid_scope"),
        ({"error": "server_error"}, "oauth.error", "server_error"),
        ({"code": "", "error": "<b>\x1b[2J" + "e" * 200}, "oauth.error", "b2J" + "e" * 57),
        ({"code": ""}, "oauth.error", "no_code"),
        ({"iss": "https://evil.test"}, "oauth.error", "issuer_mismatch"),
        ({"iss": f"{ISSUER}/"}, "oauth.error", "issuer_mismatch"),
    ],
)
async def test_no_code(
    issuer: SmallIssuer, world: wire.World, fields: dict[str, str], id: str, code: str | None
) -> None:
    """A redirect with our state but without a code of our issuer ends it, and no token is asked for."""
    browser = Browser([get(fields)])
    problem = await refused(world, browser)
    assert (problem.id, problem.params.get("code")) == (id, code)
    assert browser.pages[0].endswith(PAGES.bad)
    assert not issuer.asked


async def test_issuer_named(issuer: SmallIssuer, world: wire.World) -> None:
    """A redirect that names our issuer is good (RFC 9207)."""
    issuer.answers["/token"] = 200, tokens()
    assert (await sign_in(world, Browser([get({"iss": ISSUER})]))).access == Secret(ACCESS)


async def test_only_one(issuer: SmallIssuer, world: wire.World) -> None:
    """After the one good answer nobody listens any more."""
    issuer.answers["/token"] = 200, tokens()
    browser = Browser([get()])
    await sign_in(world, browser)
    with pytest.raises(ConnectionRefusedError):
        await browser.ask(b"GET / HTTP/1.1\r\n\r\n")


async def test_slow_clients(issuer: SmallIssuer, world: wire.World) -> None:
    """Clients that connect and say little hold nobody up, and are dropped at the end."""
    issuer.answers["/token"] = 200, tokens()
    slow: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def with_slow_ones(browser: Browser) -> None:
        for _ in range(redirect.MAX_CLIENTS - 1):
            slow.append(await asyncio.open_connection(*browser.place))
            slow[-1][1].write(b"GET / HT")
        browser.pages.append(await browser.ask(get()(browser).encode()))

    browser = Browser([])
    browser._do = lambda: with_slow_ones(browser)  # type: ignore[method-assign]  # this browser does several things
    assert (await sign_in(world, browser)).access == Secret(ACCESS)
    for reader, writer in slow:
        assert await reader.read() == b""
        writer.close()


async def test_slow_client_is_dropped(world: wire.World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that never ends its request is dropped after a while."""
    monkeypatch.setattr(redirect, "HEAD_SECONDS", 0.05)
    browser = Browser([lambda _: "GET / HTTP/1.1\r\n"])
    assert (await refused(world, browser, seconds=0.3)).id == "oauth.timeout"
    assert browser.pages == [""]


async def test_too_many_clients(issuer: SmallIssuer, world: wire.World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many clients are heard at a time; the others are turned away."""
    monkeypatch.setattr(redirect, "MAX_CLIENTS", 0)
    browser = Browser([get()])
    assert (await refused(world, browser, seconds=0.2)).id == "oauth.timeout"
    assert browser.pages == [""]


async def test_time_limit(world: wire.World, recorder: wire.Recorder) -> None:
    """When nobody comes back in time it ends, and that is no refusal."""
    problem = await refused(world, Browser([]), seconds=0.05, recorder=recorder)
    step = recorder.trace().last("redirect")
    assert problem.id == "oauth.timeout"
    assert step is not None
    assert step.outcome is Outcome.TIMEOUT


async def test_stopped(world: wire.World) -> None:
    """Who stops waiting is let go at once, and the port is free again."""
    browser = Browser([])
    task = asyncio.create_task(sign_in(world, browser))
    await browser.opened.wait()
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ConnectionRefusedError):
        await browser.ask(b"")


async def test_browser_fails(world: wire.World, recorder: wire.Recorder) -> None:
    """When the browser cannot be opened the face's own error comes through, and nothing is left open."""

    def no_browser(url: str) -> None:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        await oauth.loopback(world, OAUTH, CLIENT, open_url=no_browser, pages=PAGES, recorder=recorder)
    assert [step.outcome for step in recorder.trace().steps] == [Outcome.CANCELLED]


@pytest.mark.parametrize("missing", ["authorization_endpoint", "token_endpoint"])
async def test_no_endpoint(world: wire.World, missing: str) -> None:
    """Without both endpoints no browser is opened."""
    browser = Browser([])
    changes: dict[str, Any] = {missing: ""}
    problem = await refused(world, browser, facts=replace(OAUTH, **changes))
    assert (problem.id, problem.params["endpoint"], browser.url) == ("oauth.no_endpoint", missing, "")


async def test_localhost(issuer: SmallIssuer, world: wire.World) -> None:
    """A provider that takes nothing but the name is told the name; it is the only Host that counts then."""
    issuer.answers["/token"] = 200, tokens()
    browser = Browser([lambda b: get(host=f"127.0.0.1:{b.place[1]}")(b), get()])
    found = await sign_in(world, browser, facts=replace(OAUTH, redirect_host="localhost"), seconds=5)
    assert found.access == Secret(ACCESS)
    assert browser.query["redirect_uri"] == f"http://localhost:{browser.place[1]}/"
    assert issuer.forms("/token")[0]["redirect_uri"] == browser.query["redirect_uri"]
    assert [page.partition(" ")[2][:3] for page in browser.pages] == ["400", "200"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
async def test_only_loopback(recorder: wire.Recorder, host: str) -> None:
    """Whatever the redirect is called, nobody but this machine can reach the listener."""
    expected = redirect.Expected(Secret("state"), ISSUER, host)
    with redirect.listening(expected, PAGES, recorder.step("redirect")) as listener:
        assert ipaddress.ip_address(listener._sock.getsockname()[0]).is_loopback


@pytest.mark.parametrize("host", ["evil.test", "0.0.0.0", "localhost.evil.test", "", "127.0.0.1:80"])
def test_no_other_redirect(host: str) -> None:
    """A redirect to anywhere else cannot even be named."""
    with pytest.raises(ValueError, match="redirect_host"):
        replace(OAUTH, redirect_host=host)


async def test_ipv6_first(issuer: SmallIssuer, world: wire.World) -> None:
    """A provider that wants [::1] gets it where the machine has it."""
    try:
        redirect._open(socket.AF_INET6, "::1").close()
    except OSError:
        pytest.skip("no IPv6 loopback address here")
    issuer.answers["/token"] = 200, tokens()
    browser = Browser([lambda b: get(host=f"[::1]:{b.place[1]}")(b)])
    await sign_in(world, browser, facts=replace(OAUTH, redirect_host="[::1]"), seconds=5)
    assert browser.query["redirect_uri"].startswith("http://[::1]:")


async def test_ipv6(issuer: SmallIssuer, world: wire.World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an IPv4 loopback address the redirect goes to [::1]."""
    true_open = redirect._open

    def only_ipv6(family: Any, host: str) -> Any:
        if host == "127.0.0.1":
            raise OSError
        return true_open(family, host)

    monkeypatch.setattr(redirect, "_open", only_ipv6)
    issuer.answers["/token"] = 200, tokens()
    browser = Browser([get(host="")])
    try:
        true_open(socket.AF_INET6, "::1").close()
    except OSError:
        assert (await refused(world, browser)).params["code"] == "no_loopback"
        return
    browser.acts = [lambda b: get(host=f"[::1]:{b.place[1]}")(b)]
    assert (await sign_in(world, browser)).access == Secret(ACCESS)
    assert browser.query["redirect_uri"].startswith("http://[::1]:")


async def test_nothing_leaks(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder) -> None:
    """Neither code nor verifier, state, tokens or client secret show in trace or problem, though the server tells."""

    def tell_all(form: dict[str, str]) -> tuple[int, object]:
        seen.update({name: form[name] for name in ("code", "code_verifier", "client_secret")})
        echo = "/".join((*seen.values(), ACCESS))
        return 400, {"error": echo, "error_description": echo, "access_token": ACCESS}

    seen: dict[str, str] = {}
    issuer.answers["/token"] = tell_all
    browser = Browser([get()])
    problem = await refused(world, browser, recorder=recorder)
    seen["state"] = browser.query["state"]
    recorder.step("later", echo=" ".join(seen.values()))
    shown = repr(problem) + repr(recorder.trace())
    assert not [secret for secret in (*seen.values(), *SECRETS) if secret in shown]
