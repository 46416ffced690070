"""One line of JSON for each request: no address, no query, no id, and a client only as a number of this run."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from mailwright.web.client import ASKER, asker, key
from mailwright.web.options import Asgi, Message, Receive, Scope, Send, Sent

if TYPE_CHECKING:
    from mailwright.web.metrics import Metrics
    from mailwright.web.options import Options

WRITTEN_SECONDS = 0.1
LOG = logging.getLogger("mailwright.access")


class AccessLog:
    """Notes each request in the log and the metrics, by the name of its route; whom Options name is asked first."""

    def __init__(self, inner: Asgi, options: Options, metrics: Metrics) -> None:
        self._inner, self._options, self._metrics = inner, options, metrics
        self._key = partial(key, options=options)
        self._salt = secrets.token_bytes(16)
        self._numbered = lru_cache(maxsize=4096)(self._number)
        self._lines: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            self._write()
            return
        began, first = time.monotonic(), self._options.autoconf
        scope[ASKER] = self._key
        seen = {"status": 0, "bytes": 0}
        told: Sent | None = None

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
            seen["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            # These are asked a hundred times as often, and take less time than to listen to what is sent.
            told = await first(scope, receive, send) if first is not None else None
            if told is None:
                await self._inner(scope, receive, sent)
        finally:
            self._note(scope, told or (seen["status"], seen["bytes"]), time.monotonic() - began)

    def _note(self, scope: Scope, sent: Sent, took: float) -> None:
        route = getattr(scope.get("endpoint"), "__name__", "none")
        status, size = sent
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
        self._metrics.answered(method, route, status, took)
        if not LOG.isEnabledFor(logging.INFO):
            return
        at, client = self._options.clock().isoformat(timespec="milliseconds"), self._numbered(asker(scope))
        # Nothing in it has to be escaped.
        self._lines.append(
            f'{{"time": "{at}", "method": "{method}", "route": "{route}", "status": {status}, '
            f'"bytes": {size}, "ms": {took * 1000:.1f}, "client": "{client}"}}'
        )
        if len(self._lines) == 1:
            asyncio.get_running_loop().call_later(WRITTEN_SECONDS, self._write)

    def _write(self) -> None:
        """The lines that came up meanwhile, at once: to write each by itself takes longer than most answers."""
        lines, self._lines = self._lines, []
        if lines:
            LOG.info("\n".join(lines))

    def _number(self, key: str) -> str:
        return hashlib.blake2b(key.encode(), key=self._salt, digest_size=6).hexdigest()
