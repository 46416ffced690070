"""What an issuer says about itself, and what of it is believed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailwright import wire
from mailwright.core import OAuth, Problem
from mailwright.wire import oauth
from tests.oauth import small_issuer
from tests.oauth.small_issuer import ISSUER, METADATA, OAUTH, OPENID, SmallIssuer, described


async def refused(world: wire.World, issuer: str, recorder: wire.Recorder) -> tuple[str, object]:
    with pytest.raises(Problem) as caught:
        await oauth.metadata(world, issuer, recorder)
    return caught.value.id, caught.value.params.get("reason")


async def test_metadata(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder) -> None:
    """An issuer's endpoints come from its RFC 8414 metadata, and of its scopes those for mail."""
    known = ["urn:ietf:params:oauth:scope:calendars", "offline_access", "urn:ietf:params:oauth:scope:mail"]
    issuer.answers[METADATA] = 200, described(scopes_supported=known)
    found = await oauth.metadata(world, ISSUER, recorder)
    assert found == replace(OAUTH, scopes=("urn:ietf:params:oauth:scope:mail", "offline_access"))


async def test_path_is_inserted(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder) -> None:
    """The path of an issuer goes behind the well-known part, its last slash dropped."""
    name = f"{ISSUER}/realms/one/"
    issuer.answers[f"{METADATA}/realms/one"] = 200, described(issuer=name)
    assert (await oauth.metadata(world, name, recorder)).issuer == name


async def test_openid_is_second(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder) -> None:
    """Where RFC 8414 metadata is missing or a web page, OpenID discovery is asked, behind the path."""
    name = f"{ISSUER}/realms/one"
    issuer.answers[f"{METADATA}/realms/one"] = 200, b"<!doctype html>"
    issuer.answers[f"/realms/one{OPENID}"] = 200, described(issuer=name, device_authorization_endpoint=None)
    found = await oauth.metadata(world, name, recorder)
    assert (found.token_endpoint, found.device_authorization_endpoint) == (OAUTH.token_endpoint, "")


@pytest.mark.parametrize("name", [f"{ISSUER}/", "https://ISSUER.test", "https://other.test", None, ["x"]])
async def test_wrong_issuer(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder, name: object) -> None:
    """Metadata that names any other issuer, be it by a letter, is refused for good."""
    issuer.answers[METADATA] = 200, described(issuer=name)
    issuer.answers[OPENID] = 200, described()
    assert await refused(world, ISSUER, recorder) == ("oauth.metadata", "issuer_mismatch")


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.test/token",
        "http://127.0.0.1/token",
        "https://user@issuer.test/token",
        "https://issuer.test/token#part",
        "https:///token",
        "https://issuer.test:0/token",
        "https://issuer.test/to\nken",
        f"https://issuer.test/{'t' * 2048}",
        "javascript:alert(1)",
        17,
    ],
)
async def test_bad_endpoint(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder, url: object) -> None:
    """An endpoint that is not a plain HTTPS address spoils the metadata."""
    issuer.answers[METADATA] = 200, described(token_endpoint=url)
    assert await refused(world, ISSUER, recorder) == ("oauth.metadata", "token_endpoint")


async def test_no_token_endpoint(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder) -> None:
    """Metadata without a token endpoint is of no use."""
    issuer.answers[METADATA] = 200, described(token_endpoint=None)
    assert await refused(world, ISSUER, recorder) == ("oauth.metadata", "token_endpoint")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[" * 60_000, ("oauth.metadata", "missing")),
        (b'{"issuer": "x", "more": "' + b"x" * 70_000 + b'"}', ("oauth.metadata", "missing")),
        (b"x" * 600_000, ("oauth.unreachable", "too_much")),
        (b'["issuer"]', ("oauth.metadata", "missing")),
        (b"\xff\xfe\xfd", ("oauth.metadata", "missing")),
        (b'{"expires_in": ' + b"9" * 5000 + b"}", ("oauth.metadata", "missing")),
    ],
)
async def test_bad_json(
    issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder, body: bytes, expected: tuple[str, str]
) -> None:
    """What is too large, too deep or no JSON object is not metadata."""
    issuer.answers[METADATA] = issuer.answers[OPENID] = 200, body
    assert await refused(world, ISSUER, recorder) == expected


@pytest.mark.parametrize("name", ["http://issuer.test", f"{ISSUER}?x", f"{ISSUER}#x", "issuer.test", "", "https://"])
async def test_unfit_issuer(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder, name: str) -> None:
    """An issuer that is not an HTTPS address without query and fragment is not even asked."""
    assert await refused(world, name, recorder) == ("oauth.metadata", "issuer")
    assert not issuer.asked


async def test_nobody_home(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder) -> None:
    """A server that fails has not said that there is no metadata."""
    issuer.answers[METADATA] = 500, {}
    assert await refused(world, ISSUER, recorder) == ("oauth.unreachable", "http_500")


async def test_down_to_http(issuer: SmallIssuer, world: wire.World, recorder: wire.Recorder) -> None:
    """A redirect from HTTPS to HTTP is not followed for metadata."""
    issuer.answers[METADATA] = issuer.answers[OPENID] = 302, "http://issuer.test/metadata"
    assert await refused(world, ISSUER, recorder) == ("oauth.metadata", "missing")


async def test_complete(issuer: SmallIssuer, world: wire.World) -> None:
    """What the book says stays; only what it leaves out comes from the issuer."""
    issuer.answers[METADATA] = 200, described(token_endpoint=f"{ISSUER}/other")
    book = OAuth(ISSUER, token_endpoint=OAUTH.token_endpoint, scopes=("imap",))
    assert await oauth.complete(world, book, "browser") == replace(OAUTH, scopes=("imap",))


@pytest.mark.parametrize(
    ("flow", "unneeded"), [("browser", "device_authorization_endpoint"), ("device", "authorization_endpoint")]
)
async def test_complete_enough(issuer: SmallIssuer, world: wire.World, flow: str, unneeded: str) -> None:
    """An issuer is asked only for what the chosen way to sign in needs; then one without metadata is of no use."""
    changes: dict[str, Any] = {unneeded: ""}
    book = replace(OAUTH, **changes)
    assert await oauth.complete(world, book, flow) is book
    assert not issuer.asked
    other = {"browser": "device", "device": "browser"}[flow]
    with pytest.raises(Problem, match="oauth.metadata"):
        await oauth.complete(world, book, other)


async def test_complete_without_device(issuer: SmallIssuer, world: wire.World) -> None:
    """Where the book says that the device flow gives no mail tokens, the metadata's endpoint for it is not taken."""
    issuer.answers[METADATA] = 200, described()
    enough = replace(OAUTH, device=False, device_authorization_endpoint="")
    assert await oauth.complete(world, enough, "device") is enough
    assert not issuer.asked
    found = await oauth.complete(world, OAuth(ISSUER, device=False), "device")
    assert (found.token_endpoint, found.device_authorization_endpoint) == (OAUTH.token_endpoint, "")


async def test_untrusted_certificate(issuer: SmallIssuer) -> None:
    """An issuer without a trusted certificate is not listened to."""
    reroutes = (wire.Reroute(small_issuer.HOST, 443, "127.0.0.1", issuer.port),)
    async with wire.World(wire.Settings(reroutes=reroutes)) as world:
        assert await refused(world, ISSUER, wire.Recorder("x")) == ("oauth.unreachable", "tls_certificate")
    assert not issuer.asked
