"""HTTP through one door: bounded in size, time and redirects, never from HTTPS down to HTTP."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from mailwright.core import BadInput, HttpAnswer, Outcome, Reason, check_host
from mailwright.wire import tls
from mailwright.wire.dial import dial, is_literal, resolve
from mailwright.wire.dns import Dns
from mailwright.wire.errors import WireError
from mailwright.wire.record import Recorder
from mailwright.wire.settings import Settings

if TYPE_CHECKING:
    import httpcore2

    from mailwright.wire.http_backend import Dialer

MAX_BODY = 512 * 1024
MAX_REDIRECTS = 5
MAX_URL = 2048
AGENT = "Mailwright"
# Whose request a connection is opened for: the library in between knows nothing of recorders.
_asking: ContextVar[Recorder] = ContextVar("asking")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class _Request:
    """What is asked; `redirects`: how many may be followed."""

    method: str
    url: str
    body: bytes
    headers: dict[str, str]
    redirects: int

    def redirected(self, status: int, url: str) -> _Request:
        """The same question elsewhere (RFC 9110 §15.4)."""
        if self.method == "POST" and status in (301, 302, 303):
            return replace(self, method="GET", url=url, body=b"")
        return replace(self, url=url)


class Http:
    """GET and POST. Never raises for what the network does: the answer says it."""

    def __init__(self, settings: Settings, dns: Dns) -> None:
        self._settings = settings
        self._dns = dns
        self._pool: httpcore2.AsyncConnectionPool | None = None
        self._open = asyncio.Semaphore(settings.most_open)

    async def get(self, url: str, recorder: Recorder, *, headers: dict[str, str] | None = None) -> HttpAnswer:
        """The answer to GET `url`, redirects followed."""
        return await self._ask(_Request("GET", url, b"", headers or {}, MAX_REDIRECTS), recorder)

    async def post(
        self,
        url: str,
        recorder: Recorder,
        *,
        body: bytes,
        headers: dict[str, str] | None = None,
        follow: bool = True,
    ) -> HttpAnswer:
        """The answer to POST `url`; only 307 and 308 send the body again (RFC 9110 §15.4).

        `follow` False: a redirect is refused, for a body nobody else may see.
        """
        return await self._ask(_Request("POST", url, body, headers or {}, MAX_REDIRECTS if follow else 0), recorder)

    async def close(self) -> None:
        """Drop all connections."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _ask(self, request: _Request, recorder: Recorder) -> HttpAnswer:
        _asking.set(recorder)
        # Waiting for a turn takes nothing from the time a server has for its answer.
        async with self._open:
            return await self._timed(request, recorder)

    async def _timed(self, request: _Request, recorder: Recorder) -> HttpAnswer:
        url = request.url
        with recorder.step("http", method=request.method, url=url) as step:
            try:
                async with asyncio.timeout(self._settings.http_seconds):
                    answer = await self._follow(request)
            except TimeoutError:
                answer = HttpAnswer(url, url, Outcome.TIMEOUT, Reason.READ_TIMEOUT)
            step.end(answer.outcome, status=answer.status, final=answer.url, reason=str(answer.reason))
        return answer

    async def _follow(self, request: _Request) -> HttpAnswer:
        asked, secure = request.url, True
        for _ in range(request.redirects + 1):
            url = request.url
            problem = _unfit(url)
            if problem:
                return HttpAnswer(asked, url, Outcome.STOPPED, problem)
            secure = secure and _is_https(url)
            try:
                status, kind, location, data = await self._one(request)
            except WireError as error:
                return HttpAnswer(asked, url, error.outcome, error.reason)
            if status not in _REDIRECTS or not location:
                return HttpAnswer(asked, url, Outcome.OK, Reason.NONE, status, kind, data, secure)
            following = _joined(url, location)
            if not following or (_is_https(url) and not _is_https(following)):
                return HttpAnswer(asked, following or url, Outcome.STOPPED, Reason.REDIRECT, status)
            request = request.redirected(status, following)
        return HttpAnswer(asked, request.url, Outcome.STOPPED, Reason.REDIRECT)

    async def _one(self, request: _Request) -> tuple[int, str, str, bytes]:
        """One request: status, content type, location, body."""
        await self._resolved(request.url)
        import httpcore2

        sent = {
            "User-Agent": AGENT,
            "Accept-Encoding": "identity",
            "Host": urlsplit(request.url).netloc,
            **request.headers,
        }
        pool = self.opened()
        try:
            async with pool.stream(
                request.method, request.url, headers=[*sent.items()], content=request.body
            ) as response:
                fields = {k.lower(): v.decode("latin-1") for k, v in response.headers}
                kind = fields.get(b"content-type", "").partition(";")[0].strip().lower()
                return response.status, kind, fields.get(b"location", ""), await _body(response)
        except (httpcore2.ProtocolError, httpcore2.NetworkError, httpcore2.TimeoutException) as error:
            raise WireError(Outcome.FAILED, Reason.NOT_THE_PROTOCOL) from error

    async def _resolved(self, url: str) -> None:
        """Most names that are tried do not exist: they never come as far as the library. Raises WireError(RESOLVE)."""
        parts = urlsplit(url)
        host, _ = self._settings.route(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        if self._settings.proxy is None and not is_literal(host):
            await resolve(self._settings, self._dns, host)

    def opened(self) -> httpcore2.AsyncConnectionPool:
        """The pool; making it takes a while, so it is made while there is time."""
        if self._pool is None:
            import httpcore2

            from mailwright.wire.http_backend import Dialer

            backend: Dialer = Dialer(
                lambda host, port, recorder: dial(self._settings, self._dns, (host, port), recorder), _asking.get
            )
            self._pool = httpcore2.AsyncConnectionPool(
                # One of its own: a mail server that is asked for "http/1.1" refuses (Dovecot 2.4 does).
                ssl_context=tls.verifying(self._settings.ca_file, "http/1.1"),
                network_backend=backend,
                max_connections=self._settings.most_open,
                max_keepalive_connections=self._settings.most_open,
                keepalive_expiry=5.0,
            )
        return self._pool


async def _body(response: httpcore2.Response) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_stream():
        data += chunk
        if len(data) > MAX_BODY:
            raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
    return bytes(data)


def _is_https(url: str) -> bool:
    return url[:8].lower() == "https://"


def _joined(url: str, location: str) -> str:
    """Where a redirect goes, "" when it cannot be read."""
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _unfit(url: str) -> Reason:
    """Why this URL is not asked at all (NONE: it is)."""
    try:
        parts = urlsplit(url)
        check_host(parts.hostname or "")
        fit = parts.scheme in ("http", "https") and parts.username is None and (parts.port is None or parts.port > 0)
    except (ValueError, BadInput):
        fit = False
    # Control characters would smuggle header lines.
    fit = fit and len(url) <= MAX_URL and url.isascii() and url.isprintable() and " " not in url
    return Reason.NONE if fit else Reason.REDIRECT
