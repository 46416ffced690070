"""Server-sent events of a job (WHATWG HTML §9.2): numbered, so that a browser goes on where it was cut off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from starlette.responses import StreamingResponse

from mailwright.web.face import Event

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from mailwright.web.jobs import Job

MOST_OF_ONE = 8
MOST_OF_CLIENT = 32
"""Streams that are open at the same time: of one job or list, and for one client."""
PAUSE = 15.0
"""Seconds after which a comment says that we are still there: proxies close what is silent."""
BEAT = ":\n\n"
RETRY_MS = 2000
Happened: TypeAlias = Event | None


@dataclass(frozen=True, slots=True)
class Sent:
    """One event of a stream."""

    event: str
    data: str
    number: int

    def encoded(self) -> str:
        """As it goes over the line: no line of the data can end it."""
        lines = self.data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return f"id: {self.number}\nevent: {self.event}\n" + "".join(f"data: {line}\n" for line in lines) + "\n"


def response(
    job: Job, request: Request, told: Callable[[int, Happened], list[Sent]], place: AbstractContextManager[object]
) -> Response:
    """The stream. `told`: what is sent for an event, and for None at the end; `place`: see `flowing`."""
    seen = last_seen(request)

    async def sent() -> AsyncIterator[str]:
        async for one in job.after(seen, PAUSE):
            yield BEAT if one is None else "".join(piece.encoded() for piece in told(*one))
        yield "".join(piece.encoded() for piece in told(len(job.events) + 1, None))

    return flowing(sent(), place)


def flowing(pieces: AsyncIterator[str], place: AbstractContextManager[object]) -> Response:
    """A stream of events that are encoded already; nobody on the way shall gather them. Then the place is left."""

    async def sent() -> AsyncIterator[str]:
        yield f"retry: {RETRY_MS}\n\n"
        async for piece in pieces:
            yield piece

    return _Held(place, sent())


class _Held(StreamingResponse):
    """However it ends, the place is left: also where nobody listens any more when it begins."""

    def __init__(self, place: AbstractContextManager[object], pieces: AsyncIterator[str]) -> None:
        super().__init__(pieces, media_type="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"})
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        with self._place:
            await super().__call__(scope, receive, send)


def last_seen(request: Request) -> int:
    """The number behind which to go on: of a stream that was cut off, else of what the page has already (`?from`)."""
    text = request.headers.get("last-event-id") or request.query_params.get("from", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
