"""One line of JSON for each request: no address, no query, no id, and a client only as a number of this run."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from typing import TYPE_CHECKING

from mailwright.web.client import client
from mailwright.web.options import Asgi, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from mailwright.web.metrics import Metrics
    from mailwright.web.options import Options

LOG = logging.getLogger("mailwright.access")


class AccessLog:
    """Notes each request in the log and the metrics, by the name of its route."""

    def __init__(self, inner: Asgi, options: Options, metrics: Metrics) -> None:
        self._inner, self._options, self._metrics = inner, options, metrics
        self._salt = secrets.token_bytes(16)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        began, seen = time.monotonic(), {"status": 0, "bytes": 0}

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
            seen["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self._inner(scope, receive, sent)
        finally:
            self._note(scope, seen, time.monotonic() - began)

    def _note(self, scope: Scope, seen: dict[str, int], took: float) -> None:
        route = getattr(scope.get("endpoint"), "__name__", "none")
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
        self._metrics.count("requests", route=route, method=method, status=str(seen["status"]))
        self._metrics.took(took)
        key = client(scope, self._options).key.encode()
        line = {
            "time": self._options.clock().isoformat(timespec="milliseconds"),
            "method": method,
            "route": route,
            "status": seen["status"],
            "bytes": seen["bytes"],
            "ms": round(took * 1000, 1),
            "client": hashlib.blake2b(key, key=self._salt, digest_size=6).hexdigest(),
        }
        LOG.info(json.dumps(line))
