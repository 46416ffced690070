"""Asks an application in this process, without a server between: ASGI in, ASGI out."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from mailwright import web

PEER = ("127.0.0.1", 50000)


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Site:
    """One application from its start to its stop."""

    def __init__(self, options: web.Options) -> None:
        self.app = web.app(options)
        self._lifespan: asyncio.Task[None] | None = None
        self._said: asyncio.Queue[str] = asyncio.Queue()
        self._tell: asyncio.Queue[str] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        async def receive() -> dict[str, str]:
            return {"type": await self._tell.get()}

        async def send(message: Any) -> None:
            self._said.put_nowait(message["type"])

        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        self._lifespan = asyncio.create_task(self.app(scope, receive, send))  # type: ignore[arg-type]  # an Awaitable
        self._tell.put_nowait("lifespan.startup")
        assert await self._said.get() == "lifespan.startup.complete"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._tell.put_nowait("lifespan.shutdown")
        assert await self._said.get() == "lifespan.shutdown.complete"
        assert self._lifespan is not None
        await self._lifespan

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, b"", headers)

    async def form(self, path: str, fields: Mapping[str, object], **headers: str) -> Answer:
        given = {"content-type": "application/x-www-form-urlencoded", **headers}
        return await self.ask("POST", path, urlencode(fields, doseq=True).encode(), given)

    async def json(self, path: str, document: object, **headers: str) -> Answer:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return await self.ask("POST", path, body, {"content-type": "application/json", **headers})

    async def ask(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], *, peer: tuple[str, int] = PEER
    ) -> Answer:
        """One request; a header is written with _ for -."""
        got = Answer()
        async with self.stream(method, path, body, headers, peer=peer, answer=got) as pieces:
            got.body = b"".join([piece async for piece in pieces])
        return got

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        *,
        peer: tuple[str, int] = PEER,
        answer: Answer | None = None,
    ) -> AsyncIterator[AsyncIterator[bytes]]:  # budget: a request has that many parts
        """The pieces of an answer as they come; leaving hangs up."""
        got, out = answer or Answer(), asyncio.Queue[bytes | None]()
        gone, sent = asyncio.Event(), [body]

        async def receive() -> dict[str, Any]:
            if sent:
                return {"type": "http.request", "body": sent.pop(), "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                got.status = message["status"]
                got.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            elif message.get("body"):
                out.put_nowait(message["body"])

        task = asyncio.ensure_future(self.app(_scope(method, path, headers or {}, peer), receive, send))
        task.add_done_callback(lambda _: out.put_nowait(None))
        try:
            yield _pieces(out)
        finally:
            gone.set()
            await asyncio.wait_for(task, 30)

    async def finished(self, place: str) -> Answer:
        """The page of a job once it is over."""
        for _ in range(600):
            page = await self.get(place)
            if "data-events" not in page.text:
                return page
            await asyncio.sleep(0.05)
        raise AssertionError(place)


async def _pieces(out: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while (piece := await out.get()) is not None:
        yield piece


def _scope(method: str, path: str, headers: Mapping[str, str], peer: tuple[str, int]) -> dict[str, Any]:
    parts = urlsplit(path)
    named = {"host": "localhost", **{name.replace("_", "-").lower(): value for name, value in headers.items()}}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "root_path": "",
        "query_string": parts.query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items()],
        "client": peer,
        "server": ("127.0.0.1", 80),
        "state": {},
    }


def events(text: str) -> list[tuple[int, str, str]]:
    """Number, name and data of each event of a stream."""
    found = []
    for block in text.split("\n\n"):
        fields = re.findall(r"^(id|event|data): ?(.*)$", block, re.MULTILINE)
        if fields:
            named = dict(fields)
            found.append((int(named["id"]), named["event"], "\n".join(v for k, v in fields if k == "data")))
    return found
