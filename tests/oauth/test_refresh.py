"""What the token endpoint gives, and what of it is taken."""

from __future__ import annotations

import time
import traceback

import pytest

from mailwright import wire
from mailwright.core import Problem, Secret, plain
from mailwright.wire import oauth
from tests.oauth.small_issuer import (
    ACCESS,
    CLIENT_SECRET,
    ID_TOKEN,
    OAUTH,
    REFRESH,
    SECRETS,
    SmallIssuer,
    tokens,
)

CLIENT = oauth.Client("id", Secret(CLIENT_SECRET))
OLD = "old-refresh-canary-Us36"


async def refused(world: wire.World, recorder: wire.Recorder) -> Problem:
    with pytest.raises(Problem) as caught:
        await oauth.refresh(world, OAUTH, CLIENT, Secret(OLD), recorder=recorder)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(recorder.trace())
    assert not [secret for secret in (*SECRETS, OLD) if secret in shown]
    return caught.value


async def test_refresh(issuer: SmallIssuer, world: wire.World) -> None:
    """A refresh token gives a new access token and, if the server wants it so, the next refresh token."""
    issuer.answers["/token"] = 200, tokens(scope="mail\x1b[2J imap  smtp")
    found = await oauth.refresh(world, OAUTH, CLIENT, Secret(OLD))
    assert (found.access, found.refresh, found.scope) == (Secret(ACCESS), Secret(REFRESH), ("imap", "smtp"))
    assert issuer.forms("/token") == [
        {"grant_type": "refresh_token", "refresh_token": OLD, "client_id": "id", "client_secret": CLIENT_SECRET}
    ]


async def test_old_one_stays(issuer: SmallIssuer, world: wire.World) -> None:
    """Without a new refresh token the old one goes on; without a scope it is the one asked for."""
    issuer.answers["/token"] = 200, tokens(refresh_token=None)
    found = await oauth.refresh(world, OAUTH, CLIENT, Secret(OLD))
    assert (found.refresh, found.scope) == (Secret(OLD), OAUTH.scopes)


async def test_revoked(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder) -> None:
    """A refresh token that no longer counts means: sign in again."""
    issuer.answers["/token"] = 400, {"error": "invalid_grant", "error_description": OLD}
    assert (await refused(world, recorder)).id == "oauth.expired"


@pytest.mark.parametrize(
    ("expires_in", "expected"),
    [(3600, 3600), ("60", 60), (-5, 0), (1e300, oauth.TEN_YEARS), (None, None), ("soon", None), (True, None)],
)
async def test_lifetime(issuer: SmallIssuer, world: wire.World, expires_in: object, expected: float | None) -> None:
    """The end of an access token is a time, or unknown; never far from reason."""
    issuer.answers["/token"] = 200, tokens(expires_in=expires_in)
    before = time.time()
    ends = (await oauth.refresh(world, OAUTH, CLIENT, Secret(OLD))).expires_at
    if expected is None:
        assert ends is None
    else:
        assert ends is not None
        assert before <= ends - expected <= time.time()


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999", b"9" * 400])
async def test_no_number(issuer: SmallIssuer, world: wire.World, number: bytes) -> None:
    """A lifetime that is no finite number is unknown."""
    issuer.answers["/token"] = 200, b'{"access_token": "abcdefgh", "token_type": "bearer", "expires_in": %b}' % number
    assert (await oauth.refresh(world, OAUTH, CLIENT, Secret(OLD))).expires_at is None


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, tokens(access_token=None)), "no_token"),
        ((200, tokens(access_token="")), "no_token"),
        ((200, tokens(access_token=f"{ACCESS}\x01\r\n")), "no_token"),
        ((200, tokens(access_token="x" * 20_000)), "no_token"),
        ((200, tokens(token_type="DPoP")), "token_type"),
        ((200, tokens(token_type=None)), "token_type"),
        ((200, b"<html>"), "http_200"),
        ((200, b"[]"), "http_200"),
        ((401, b""), "http_401"),
        ((200, {"error": "invalid_client"}), "invalid_client"),
        ((400, {"error": {"code": OLD}}), "code:secret"),
        ((400, {"error": ["x" * 5000]}), "x" * 60),
        ((400, {"error": "\x1b[2J\u202e"}), "2J"),
        ((400, {"error": "\u4e0d\u884c"}), "unknown"),
        ((400, {"error": f"{'y' * 990} {OLD}"}), "y" * 60),
        ((307, "https://issuer.test/token2"), "redirect"),
    ],
)
async def test_no_good(
    issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder, answer: tuple[int, object], code: str
) -> None:
    """An answer that is not a bearer token in clean letters is an error with a short code, and nothing more."""
    issuer.answers |= {"/token": answer, "/token2": (200, tokens())}
    problem = await refused(world, recorder)
    assert (problem.id, problem.params) == ("oauth.error", {"host": "issuer.test", "code": code})


async def test_unreachable(world: wire.World, recorder: wire.Recorder, issuer: SmallIssuer) -> None:
    """A server that fails has not refused."""
    issuer.answers["/token"] = 500, {"error": "server_error"}
    assert (await refused(world, recorder)).params == {"host": "issuer.test", "reason": "http_500"}


async def test_long_token_in_error(issuer: SmallIssuer, world: wire.World) -> None:
    """A token longer than what is kept of an error does not leak by its beginning."""
    long = "eyJ" + "k" * 3000
    issuer.answers["/token"] = 400, {"error": long}
    with pytest.raises(Problem) as caught:
        await oauth.refresh(world, OAUTH, CLIENT, Secret(long))
    assert caught.value.params["code"] == "secret"


async def test_nothing_leaks(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder) -> None:
    """Tokens show in no repr, no trace and no JSON; what is written after them is redacted too."""
    issuer.answers["/token"] = 200, tokens()
    found = await oauth.refresh(world, OAUTH, CLIENT, Secret(OLD), recorder=recorder)
    recorder.step("later", echo=f"{ACCESS} {REFRESH} {ID_TOKEN} {CLIENT_SECRET} {OLD}")
    texts = (repr(found), str(found), repr(CLIENT), repr(plain(recorder.trace())))
    assert not [secret for secret in (*SECRETS, OLD) if any(secret in text for text in texts)]
    with pytest.raises(TypeError):
        plain(found)
