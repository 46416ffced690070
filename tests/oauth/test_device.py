"""Signing in with a code that is entered on another device (RFC 8628)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mailwright import wire
from mailwright.core import OAuth, Problem, Secret
from mailwright.wire import oauth
from tests.oauth.small_issuer import (
    ACCESS,
    CLIENT_SECRET,
    DEVICE_CODE,
    ISSUER,
    OAUTH,
    REFRESH,
    SECRETS,
    Answer,
    SmallIssuer,
    tokens,
    waiting,
)

CLIENT = oauth.Client("mailwright-test")
PENDING: Answer = 400, {"error": "authorization_pending"}
SLOW: Answer = 400, {"error": "slow_down"}


@dataclass
class Person:
    """A face with a clock of its own: what was shown, how long was slept."""

    shown: list[tuple[str, str, str | None]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def show(self, page: str, code: str, page_with_code: str | None) -> None:
        self.shown.append((page, code, page_with_code))

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now(self) -> float:
        return sum(self.slept)


async def sign_in(world: wire.World, person: Person, *, facts: OAuth = OAUTH, **more: Any) -> oauth.Tokens:
    client = more.pop("client", CLIENT)
    return await oauth.device(world, facts, client, show=person.show, sleep=person.sleep, now=person.now, **more)


async def refused(world: wire.World, person: Person, **more: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await sign_in(world, person, **more)
    return caught.value


async def test_approved(issuer: SmallIssuer, world: wire.World) -> None:
    """The person is shown page and code; once they agree, the tokens are there."""
    person = Person()
    issuer.answers |= {"/device": (200, waiting()), "/token": [PENDING, PENDING, (200, tokens(scope="mail"))]}
    found = await sign_in(world, person)
    assert person.shown == [(f"{ISSUER}/enter", "WDJB-MJHT", f"{ISSUER}/enter?user_code=WDJB-MJHT")]
    assert person.slept == [5, 5, 5]
    assert (found.access, found.refresh, found.scope) == (Secret(ACCESS), Secret(REFRESH), ("mail",))
    assert issuer.forms("/device") == [{"client_id": CLIENT.id, "scope": "mail offline_access"}]
    assert issuer.forms("/token")[0] == {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": DEVICE_CODE,
        "client_id": CLIENT.id,
    }


async def test_slow_down(issuer: SmallIssuer, world: wire.World) -> None:
    """Each slow_down makes all later waits five seconds longer."""
    person = Person()
    issuer.answers |= {"/device": (200, waiting(interval=2)), "/token": [SLOW, PENDING, SLOW, (200, tokens())]}
    await sign_in(world, person)
    assert person.slept == [2, 7, 7, 12]


@pytest.mark.parametrize(
    ("error", "id"),
    [
        ("access_denied", "oauth.denied"),
        ("authorization_declined", "oauth.denied"),
        ("expired_token", "oauth.expired"),
        ("invalid_grant", "oauth.expired"),
        ("invalid_client", "oauth.error"),
    ],
)
async def test_refused(issuer: SmallIssuer, world: wire.World, error: str, id: str) -> None:
    """A no ends the wait at once, and says what kind of no it was."""
    person = Person()
    issuer.answers |= {"/device": (200, waiting()), "/token": [PENDING, (400, {"error": error})]}
    problem = await refused(world, person)
    assert (problem.id, problem.params["host"], len(person.slept)) == (id, "issuer.test", 2)


@pytest.mark.parametrize(("lifetime", "polls"), [(120, 1), (1e9, 29), (-4, 0), (None, 29), ("600", 9), (True, 29)])
async def test_nobody_comes(issuer: SmallIssuer, world: wire.World, lifetime: object, polls: int) -> None:
    """The wait ends when the code does, and after half an hour whatever the server says."""
    person = Person()
    issuer.answers |= {"/device": (200, waiting(interval=60, expires_in=lifetime)), "/token": PENDING}
    assert (await refused(world, person)).id == "oauth.expired"
    assert len(issuer.forms("/token")) == polls


@pytest.mark.parametrize("interval", [0, -5, 0.001, "soon", None])
async def test_hasty_server(issuer: SmallIssuer, world: wire.World, interval: object) -> None:
    """However hasty the server, it is not asked more than once a second."""
    person = Person()
    issuer.answers |= {"/device": (200, waiting(interval=interval)), "/token": [(200, tokens())]}
    await sign_in(world, person)
    assert person.slept[0] >= 1


async def test_outage(issuer: SmallIssuer, world: wire.World) -> None:
    """While the server fails it is asked less and less often, and the wait goes on."""
    person = Person()
    busy: Answer = 503, b"busy"
    issuer.answers |= {"/device": (200, waiting()), "/token": [busy, (429, b""), PENDING, (200, tokens())]}
    await sign_in(world, person)
    assert person.slept == [5, 10, 20, 20]


async def test_outage_to_the_end(issuer: SmallIssuer, world: wire.World) -> None:
    """A server that never comes back did not say that the code expired."""
    issuer.answers |= {"/device": (200, waiting()), "/token": (503, b"busy")}
    problem = await refused(world, Person())
    assert (problem.id, problem.params["reason"]) == ("oauth.unreachable", "http_503")


async def test_google_spelling(issuer: SmallIssuer, world: wire.World) -> None:
    """Google's verification_url serves as well, and its client secret travels along."""
    person = Person()
    given = waiting(verification_uri=None, verification_url=f"{ISSUER}/device", verification_uri_complete=None)
    issuer.answers |= {"/device": (200, given), "/token": [(200, tokens())]}
    await sign_in(world, person, client=oauth.Client("id", Secret(CLIENT_SECRET)))
    assert person.shown == [(f"{ISSUER}/device", "WDJB-MJHT", None)]
    assert [form["client_secret"] for _, _, form in issuer.asked] == [CLIENT_SECRET, CLIENT_SECRET]


@pytest.mark.parametrize(
    "change",
    [
        {"verification_uri": "http://issuer.test/enter"},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": "https://issuer.test/\x1b[2J"},
        {"verification_uri": ["x"]},
        {"user_code": "A\x1b[2J"},
        {"user_code": "A" * 65},
        {"user_code": 7},
        {"device_code": None},
        {"device_code": "two words"},
    ],
)
async def test_unfit_to_show(issuer: SmallIssuer, world: wire.World, change: dict[str, object]) -> None:
    """What could harm the person or their terminal is not shown."""
    person = Person()
    issuer.answers["/device"] = 200, waiting(**change)
    problem = await refused(world, person)
    assert (problem.id, problem.params["code"], person.shown) == ("oauth.error", "device_answer", [])


async def test_unfit_page_with_code(issuer: SmallIssuer, world: wire.World) -> None:
    """An unfit page that knows the code is left out; the other one is enough."""
    person = Person()
    given = waiting(verification_uri_complete="http://issuer.test/enter?user_code=1")
    issuer.answers |= {"/device": (200, given), "/token": [(200, tokens())]}
    await sign_in(world, person)
    assert person.shown[0][2] is None


@pytest.mark.parametrize(
    ("name", "url", "id"),
    [
        ("device_authorization_endpoint", "", "oauth.no_endpoint"),
        ("token_endpoint", "", "oauth.no_endpoint"),
        ("token_endpoint", "http://issuer.test/token", "oauth.metadata"),
        ("device_authorization_endpoint", "http://issuer.test/device", "oauth.metadata"),
    ],
)
async def test_no_endpoint(issuer: SmallIssuer, world: wire.World, name: str, url: str, id: str) -> None:
    """Without two HTTPS endpoints nothing is asked at all."""
    changes: dict[str, Any] = {name: url}
    assert (await refused(world, Person(), facts=replace(OAUTH, **changes))).id == id
    assert not issuer.asked


async def test_no_mail_by_device(issuer: SmallIssuer, world: wire.World) -> None:
    """A provider whose device flow gives no mail tokens is not asked for one, endpoint or not."""
    problem = await refused(world, Person(), facts=replace(OAUTH, device=False))
    expected = {"host": "issuer.test", "endpoint": "device_authorization_endpoint"}
    assert (problem.id, problem.params) == ("oauth.no_endpoint", expected)
    assert not issuer.asked


async def test_stopped(issuer: SmallIssuer, world: wire.World) -> None:
    """Who stops waiting is let go at once."""
    issuer.answers |= {"/device": (200, waiting()), "/token": PENDING}
    shown = asyncio.Event()
    task = asyncio.create_task(oauth.device(world, OAUTH, CLIENT, show=lambda *_: shown.set()))
    await shown.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not issuer.forms("/token")


@pytest.mark.parametrize("status", [400, 200])
async def test_nothing_leaks(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder, status: int) -> None:
    """A server that repeats our secrets in its error and in its redirects brings none of them to light."""
    echo = f"{DEVICE_CODE} {CLIENT_SECRET}"
    said = {"error": echo, "error_description": echo, "error_uri": f"{ISSUER}/{DEVICE_CODE}"}
    issuer.answers |= {"/device": (200, waiting()), "/token": (status, said)}
    client = oauth.Client("id", Secret(CLIENT_SECRET))
    problem = await refused(world, Person(), client=client, recorder=recorder)
    issuer.answers["/token"] = 302, f"{ISSUER}/{DEVICE_CODE}/{CLIENT_SECRET}"
    moved = await refused(world, Person(), client=client, recorder=recorder)
    assert moved.params["code"] == "redirect"
    texts = (repr(problem), str(problem), repr(moved), repr(client), repr(recorder.trace()))
    assert not [secret for secret in SECRETS if any(secret in text for text in texts)]
