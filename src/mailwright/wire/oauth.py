"""OAuth 2.0 as a mail program: get tokens by one of two flows, and renew them.

device() is for a person with another screen (RFC 8628), loopback() for one with a browser on
this machine (RFC 8252); neither sees the password. Endpoints are HTTPS only. Tokens, codes and
verifiers are hidden from the trace before they are used. All problems are core.Problem; of
what a server says only its error code is kept, short and printable.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mailwright.core import EmailAddress, OAuth, Problem, Secret
from mailwright.wire import issuer, redirect
from mailwright.wire.issuer import JsonObject, Unreachable, complete, metadata
from mailwright.wire.record import Recorder
from mailwright.wire.redirect import Pages

if TYPE_CHECKING:
    from mailwright.wire.world import World

__all__ = ["Client", "Pages", "Show", "Tokens", "complete", "device", "loopback", "metadata", "refresh"]

Show = Callable[[str, str, str | None], None]
Sleep = Callable[[float], Awaitable[None]]
Now = Callable[[], float]

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
LOOPBACK_SECONDS = 300.0
DEVICE_SECONDS = 1800.0
HIDDEN = ("access_token", "refresh_token", "id_token", "device_code")
SLOWER = 5.0
MAX_INTERVAL = 60.0
TOO_MANY = 429  # RFC 6585 §4
TEN_YEARS = 10 * 366 * 86400.0
# RFC 6749 §A.12, §A.17: visible characters. Anything else would break out of the SASL message it goes into.
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}\Z")
_SCOPE = re.compile(r"(?<![^ ])[\x21-\x7e]{1,200}(?![^ ])")
_USER_CODE = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,63}\Z")
# "authorization_declined" is Microsoft's word for it; invalid_grant: a code or refresh token that no longer counts.
_PROBLEMS = {
    "access_denied": "oauth.denied",
    "authorization_declined": "oauth.denied",
    "expired_token": "oauth.expired",
    "invalid_grant": "oauth.expired",
}


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks: what the provider registered. A native program's secret proves nothing (RFC 8252 §8.5)."""

    id: str
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """`expires_at`: seconds since 1970, None if the server did not say."""

    access: Secret
    refresh: Secret | None
    expires_at: float | None
    scope: tuple[str, ...] = ()


async def device(
    world: World,
    oauth: OAuth,
    client: Client,
    *,
    show: Show,
    recorder: Recorder | None = None,
    sleep: Sleep = asyncio.sleep,
    now: Now = time.monotonic,
) -> Tokens:
    """Tokens after the person entered a code elsewhere (RFC 8628).

    `show` gets the page to open, the code to enter there and, if there is one, a page that
    knows the code already. Raises Problem (oauth.…). Can be cancelled at any time.
    """
    asker = _Asker(world, oauth, client, recorder or Recorder(oauth.issuer))
    asker.endpoint("token_endpoint")
    started = now()
    wait = _Wait.read(await asker.ask("device_authorization_endpoint", asker.scope()))
    show(wait.page, wait.user_code, wait.page_with_code)
    form = {"grant_type": DEVICE_GRANT, "device_code": wait.device_code.reveal()}
    interval, trouble = wait.interval, Problem("oauth.expired", host=wait.host)
    while now() + interval < started + wait.seconds:
        await sleep(interval)
        try:
            reply = await asker.post("token_endpoint", form)
        except Unreachable as problem:
            # RFC 8628 §3.5: a network that fails is asked less and less often.
            interval, trouble = max(interval, min(interval * 2, MAX_INTERVAL)), problem
            continue
        if reply.error not in ("slow_down", "authorization_pending"):
            return asker.tokens(reply)
        interval += SLOWER if reply.error == "slow_down" else 0
        trouble = Problem("oauth.expired", host=wait.host)
    raise trouble


async def loopback(
    world: World,
    oauth: OAuth,
    client: Client,
    *,
    open_url: Callable[[str], object],
    pages: Pages,
    address: EmailAddress | None = None,
    recorder: Recorder | None = None,
    seconds: float = LOOPBACK_SECONDS,
) -> Tokens:
    """Tokens by way of the browser on this machine (RFC 8252 §7.3, RFC 7636).

    `open_url` gets the address to open and must return at once; `pages` is what the browser
    shows at the end; `address` is suggested as the account. Raises Problem (oauth.…).
    """
    asker = _Asker(world, oauth, client, recorder or Recorder(oauth.issuer))
    asker.endpoint("token_endpoint")
    start = asker.endpoint("authorization_endpoint")
    verifier, state = Secret(secrets.token_urlsafe(48)), Secret(secrets.token_urlsafe(24))
    asker.hide(verifier, state)
    expected = redirect.Expected(state, oauth.issuer, oauth.redirect_host)
    with redirect.listening(expected, pages, asker.recorder.step("redirect")) as listener:
        hint = {"login_hint": address.wire} if address else {}
        query = {**asker.scope(), **hint, **_challenge(verifier), "state": state.reveal(), "redirect_uri": listener.uri}
        fields = urlencode({"response_type": "code", "client_id": client.id, **query})
        open_url(f"{start}{'&' if '?' in start else '?'}{fields}")
        arrival = await listener.arrival(seconds)
    asker.hide(arrival.code)
    if arrival.error:
        raise asker.refusal(arrival.error, issuer.host_of(start))
    form = {"grant_type": "authorization_code", "code": arrival.code.reveal(), "redirect_uri": listener.uri}
    return asker.tokens(await asker.ask("token_endpoint", {**form, "code_verifier": verifier.reveal()}))


async def refresh(
    world: World, oauth: OAuth, client: Client, refresh_token: Secret, *, recorder: Recorder | None = None
) -> Tokens:
    """New tokens for a refresh token (RFC 6749 §6); the old one comes back when there is no new one.

    Raises Problem: oauth.expired when the person has to sign in again.
    """
    asker = _Asker(world, oauth, client, recorder or Recorder(oauth.issuer))
    asker.hide(refresh_token)
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()}
    return asker.tokens(await asker.ask("token_endpoint", form), refresh_token)


@dataclass(frozen=True, slots=True)
class _Reply:
    """What an endpoint said; `error` is "" for a yes. The body may hold tokens."""

    host: str
    error: str
    body: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Asker:
    """One client at one issuer."""

    world: World
    oauth: OAuth
    client: Client
    recorder: Recorder

    def __post_init__(self) -> None:
        if self.client.secret:
            self.hide(self.client.secret)

    def hide(self, *hidden: Secret) -> None:
        """Keep them out of the trace from now on."""
        for secret in hidden:
            self.recorder.hide(secret)

    def scope(self) -> dict[str, str]:
        """RFC 6749 §3.3."""
        return {"scope": " ".join(self.oauth.scopes)} if self.oauth.scopes else {}

    def endpoint(self, name: str) -> str:
        """The URL, from the book or metadata: HTTPS, or a secret does not go there."""
        refused = name == "device_authorization_endpoint" and not self.oauth.device
        url: str = "" if refused else getattr(self.oauth, name)
        host = issuer.printable(self.oauth.issuer.removeprefix("https://"))
        if not url:
            raise Problem("oauth.no_endpoint", host=host, endpoint=name)
        if not issuer.is_https(url):
            raise Problem("oauth.metadata", host=host, reason=name)
        return url

    async def ask(self, name: str, form: dict[str, str]) -> _Reply:
        """The answer of an endpoint, if it is a yes; else raises Problem."""
        reply = await self.post(name, form)
        if reply.error:
            raise self.refusal(reply.error, reply.host)
        return reply

    async def post(self, name: str, form: dict[str, str]) -> _Reply:
        """The answer, yes or no. Raises Problem("oauth.unreachable") for neither."""
        url = self.endpoint(name)
        host = issuer.host_of(url)
        proof = {"client_secret": self.client.secret.reveal()} if self.client.secret else {}
        headers = {"Content-Type": "application/x-www-form-urlencoded", **issuer.ACCEPT_JSON}
        body = urlencode({**form, "client_id": self.client.id, **proof}).encode()
        answer = await self.world.http.post(url, self.recorder, body=body, headers=headers, follow=False)
        if answer.url != url:
            return _Reply(host, "redirect", {})  # no token is taken from a place the endpoint points to
        if not answer.told or answer.status == TOO_MANY:
            raise Unreachable(answer, host)
        found = issuer.json_object(answer) or {}
        self.hide(*(token for name in HIDDEN if (token := _token(found.get(name)))))
        error = found.get("error") or ("" if answer.ok and found else f"http_{answer.status}")
        return _Reply(host, str(error), found)

    def refusal(self, error: str, host: str) -> Problem:
        """RFC 6749 §5.2: only the code counts. A server may put anything there, a token too."""
        id = _PROBLEMS.get(error, "oauth.error")
        code = issuer.printable(self.recorder.redact(error)) or "unknown"
        return Problem(id, host=host, code=code) if id == "oauth.error" else Problem(id, host=host)

    def tokens(self, reply: _Reply, old: Secret | None = None) -> Tokens:
        """RFC 6749 §5.1."""
        if reply.error:
            raise self.refusal(reply.error, reply.host)
        access, renewal = _token(reply.body.get("access_token")), _token(reply.body.get("refresh_token"))
        if not access:
            raise Problem("oauth.error", host=reply.host, code="no_token")
        # RFC 6749 §7.1: a kind of token we cannot use is no token.
        if str(reply.body.get("token_type")).lower() != "bearer":
            raise Problem("oauth.error", host=reply.host, code="token_type")
        seconds = issuer.number(reply.body.get("expires_in"))
        expires_at = None if seconds is None else time.time() + min(max(seconds, 0), TEN_YEARS)
        return Tokens(access, renewal or old, expires_at, _scopes(reply.body.get("scope"), self.oauth.scopes))


@dataclass(frozen=True, slots=True)
class _Wait:
    """RFC 8628 §3.2, bounded."""

    host: str
    device_code: Secret
    user_code: str
    page: str
    page_with_code: str | None
    seconds: float
    interval: float

    @classmethod
    def read(cls, reply: _Reply) -> _Wait:
        """Raises Problem("oauth.error") when something that is needed is missing."""
        body = reply.body
        device_code, user_code = _token(body.get("device_code")), body.get("user_code")
        # Google's name for it (docs/quirks.md "google-verification-url")
        page = _page(body.get("verification_uri") or body.get("verification_url"))
        if not device_code or not page or not isinstance(user_code, str) or not _USER_CODE.match(user_code):
            raise Problem("oauth.error", host=reply.host, code="device_answer")
        return cls(
            host=reply.host,
            device_code=device_code,
            user_code=user_code,
            page=page,
            page_with_code=_page(body.get("verification_uri_complete")),
            seconds=min(issuer.number(body.get("expires_in")) or DEVICE_SECONDS, DEVICE_SECONDS),
            interval=max(issuer.number(body.get("interval")) or 5.0, 1.0),
        )


def _challenge(verifier: Secret) -> dict[str, str]:
    """RFC 7636 §4.2."""
    digest = hashlib.sha256(verifier.reveal().encode()).digest()
    return {"code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), "code_challenge_method": "S256"}


def _token(value: object) -> Secret | None:
    return Secret(value) if isinstance(value, str) and _TOKEN.match(value) else None


def _page(value: object) -> str | None:
    """A page to show to a person: nothing but HTTPS."""
    return value if isinstance(value, str) and issuer.is_https(value) else None


def _scopes(granted: object, asked: tuple[str, ...]) -> tuple[str, ...]:
    """RFC 6749 §5.1: left out means as asked."""
    return tuple(_SCOPE.findall(granted)[:64]) if isinstance(granted, str) else asked
