"""The application: routes, what is refused and how, and the layers around them."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailwright.core import BadInput, Problem
from mailwright.web import api as api_room
from mailwright.web import kept, mishap, openapi, templating
from mailwright.web.accesslog import AccessLog
from mailwright.web.api import Api
from mailwright.web.bounds import Bounds
from mailwright.web.client import client
from mailwright.web.desk import MOST_BYTES
from mailwright.web.extras import Extras
from mailwright.web.headers import Headers
from mailwright.web.pages import Pages
from mailwright.web.refusal import Refusal
from mailwright.web.shop import Shop

if TYPE_CHECKING:
    from mailwright.web.options import Asgi, Options, Receive, Scope, Send

_STATIC = {"page.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}


def app(options: Options) -> Asgi:
    """Everything, as one ASGI application."""
    shop = Shop(options)
    refusing = Refusing(options)
    inner = Starlette(
        routes=routes(shop),
        lifespan=_lifespan(shop),
        exception_handlers={
            Refusal: refusing.refused,
            BadInput: refusing.bad_input,
            HTTPException: refusing.http,
            Exception: refusing.failed,
        },
    )
    guarded = _OwnPages(inner, options, refusing)
    bounded = Bounds(guarded, refusing.plainly, options.max_body, {"/desk": MOST_BYTES})
    return AccessLog(Headers(bounded, https=options.https), options, shop.metrics)


def routes(shop: Shop) -> list[Route]:
    """Every path there is."""
    pages, extras, api, v1 = Pages(shop), Extras(shop), Api(shop), api_room.PREFIX
    get, post, both = ["GET"], ["POST"], ["GET", "POST"]
    return [
        Route("/", pages.home, methods=get),
        Route("/check", pages.check, methods=post),
        Route("/jobs/{id}", pages.job, methods=get),
        Route("/jobs/{id}/events", pages.events, methods=get),
        Route("/jobs/{id}/sign-in", pages.sign_in, methods=post),
        Route("/jobs/{id}/again", pages.again, methods=post),
        Route("/jobs/{id}/file/{format}", pages.file, methods=get),
        Route("/jobs/{id}/report.html", pages.saved, methods=get),
        Route("/jobs/{id}/keep", extras.keep, methods=post),
        Route("/explain", extras.explain, methods=both),
        Route("/desk", extras.help_desk, methods=both),
        Route("/desk/{id}", extras.listed, methods=get),
        Route("/desk/{id}/events", extras.listed_events, methods=get),
        Route("/desk/{id}/settings.csv", extras.listed_csv, methods=get),
        Route("/r/{id}", extras.report, methods=get),
        Route("/r/{id}/delete/{deletion}", extras.delete, methods=both),
        Route("/privacy", extras.privacy, methods=get),
        Route("/healthz", extras.healthz, methods=get),
        Route("/metrics", extras.measured, methods=get),
        Route("/static/{name}", static, methods=get),
        Route(f"{v1}/setup", api.setup, methods=post),
        Route(f"{v1}/diagnose", api.diagnose, methods=post),
        Route(f"{v1}/explain", api.api_explain, methods=post),
        Route(f"{v1}/export", api.api_export, methods=post),
        Route(f"{v1}/formats", api.formats, methods=get),
        Route(f"{v1}/openapi.json", api.openapi, methods=get),
        Route(f"{v1}/jobs/{{id}}", api.api_job, methods=get),
        Route(f"{v1}/jobs/{{id}}/events", api.api_events, methods=get),
    ]


async def static(request: Request) -> Response:
    """The style and the script."""
    name = request.path_params["name"]
    if name not in _STATIC:
        raise Refusal(404, Problem("web.not_found"))
    data = (templating.FOLDER / "static" / name).read_bytes()
    tag = f'"{sha256(data).hexdigest()[:16]}"'
    given = {"ETag": tag, "Cache-Control": "public, max-age=600"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=given)
    return Response(data, media_type=_STATIC[name], headers=given)


class _OwnPages:
    """Nothing is done for a stranger's page: a POST has to come from one of ours, or from a program."""

    def __init__(self, inner: Asgi, options: Options, refusing: Refusing) -> None:
        self._inner, self._options, self._refusing = inner, options, refusing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http" and scope["method"] == "POST":
            asker = client(scope, self._options)
            if not (asker.ours and asker.known):
                problem = Problem("web.cross_site") if asker.known else Problem("web.host")
                await self._refusing.plainly(scope, receive, send, Refusal(403, problem))
                return
        try:
            await self._inner(scope, receive, send)
        except Exception:  # noqa: BLE001  # Starlette has answered and raises it again, for a log that would show it all
            return


class Refusing:
    """Answers what is not granted: JSON under the API, a page elsewhere."""

    def __init__(self, options: Options) -> None:
        self._options = options

    async def refused(self, request: Request, error: Exception) -> Response:
        """For Starlette."""
        assert isinstance(error, Refusal)
        return self._answer(request, error)

    async def bad_input(self, request: Request, error: Exception) -> Response:
        """For Starlette."""
        assert isinstance(error, BadInput)
        return self._answer(request, Refusal(400, error))

    async def http(self, request: Request, error: Exception) -> Response:
        """What Starlette itself refuses: an unknown path, a wrong method."""
        assert isinstance(error, HTTPException)
        problem = Problem("web.method") if error.status_code == 405 else Problem("web.not_found")
        made = self._answer(request, Refusal(error.status_code, problem))
        made.headers.update(error.headers or {})
        return made

    async def failed(self, request: Request, error: Exception) -> Response:
        """A mistake of ours."""
        mishap.noted(error)
        return self._answer(request, Refusal(500, Problem("internal", kind=type(error).__name__)))

    async def plainly(self, scope: Scope, receive: Receive, send: Send, refusal: Refusal) -> None:
        """For the layers around Starlette."""
        await self._answer(Request(scope, receive), refusal)(scope, receive, send)

    def _answer(self, request: Request, refusal: Refusal) -> Response:
        if request.url.path.startswith(f"{api_room.PREFIX}/"):
            made = api_room.answer(openapi.problem(refusal.problem), refusal.status)
        else:
            words = templating.spoken(request, self._options)
            text = templating.problem_text(words, refusal.problem)
            made = templating.page(request, self._options, "refused.html", status=refusal.status, text=text)
        if refusal.retry > 0:
            made.headers["Retry-After"] = str(max(1, round(refusal.retry)))
            # Who is to come back later holds no connection until then.
            made.headers["Connection"] = "close"
        return made


async def _swept(store: kept.Kept) -> None:
    """What has expired goes also where nobody keeps anything new."""
    while True:
        await asyncio.sleep(kept.SWEEP_SECONDS)
        try:
            await asyncio.to_thread(store.sweep)
        except sqlite3.Error as error:
            mishap.noted(error)


def _lifespan(shop: Shop) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def lifespan(inner: Starlette) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_swept(shop.kept)) if shop.kept is not None else None
        yield
        if sweeping is not None:
            sweeping.cancel()
        await shop.jobs.stop()

    return lifespan
