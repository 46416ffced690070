"""Requests have a size and a time: a body is read whole before anything is done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from mailwright.core import Problem
from mailwright.web.options import Asgi, Message, Receive, Scope, Send
from mailwright.web.refusal import Refusal

BODY_SECONDS = 15.0
LONGEST_QUERY = 4096
Refuse = Callable[[Scope, Receive, Send, Refusal], Awaitable[None]]


class Bounds:
    """Reads the body of every request within its bounds; `larger`: paths that may have more, and how much."""

    def __init__(self, inner: Asgi, refuse: Refuse, most: int, larger: dict[str, int]) -> None:
        self._inner, self._refuse, self._most, self._larger = inner, refuse, most, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        most = self._larger.get(scope["path"], self._most)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _bounded(scope, receive, most)
        except Refusal as refusal:
            await self._refuse(scope, receive, send, refusal)
        except TimeoutError:
            await self._refuse(scope, receive, send, Refusal(408, Problem("web.slow")))
        else:
            if body is not None:
                await self._inner(scope, _Again(body, receive), send)


async def _bounded(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """The body; None when whoever sent it has gone. Raises Refusal when it is too large."""
    if len(scope.get("query_string", b"")) > LONGEST_QUERY:
        raise Refusal(414, Problem("web.too_large", most=LONGEST_QUERY))
    refusal = Refusal(413, Problem("web.too_large", most=most))
    said = next((value for name, value in scope.get("headers", ()) if name.lower() == b"content-length"), b"0")
    if not said.isdigit() or int(said) > most:
        raise refusal
    sent = await read(receive, most)
    if sent is not None and len(sent) > most:
        raise refusal
    return sent


async def read(receive: Receive, most: int) -> bytes | None:
    """What is sent; of more than `most` as much as shows it. None when whoever sent it has gone."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most or not message.get("more_body"):
            return bytes(body)


class _Again:
    """A Receive that gives the body once, and then what comes."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        """As ASGI has it."""
        body, self._body = self._body, None
        if body is not None:
            return {"type": "http.request", "body": body, "more_body": False}
        return await self._receive()
