"""The least an HTTP server of Python can do: the same bytes for everyone, from the server that ours stands on."""

from __future__ import annotations

import sys
from typing import Any

from mailwright import web

BODY = b"x" * 900
HEADERS = [(b"content-type", b"text/xml; charset=utf-8"), (b"content-length", str(len(BODY)).encode())]


async def constant(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401  # as ASGI has it
    """Anything gets the same."""
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})
        return
    if scope["method"] == "POST":
        while (await receive()).get("more_body"):
            pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def main() -> None:
    """Until it is told to stop."""
    sockets = web.running.listen((sys.argv[1],))
    nothing = web.running.Running(constant, sockets, None, lambda: None, lambda _: None, lambda _: None)
    web.running.run(nothing)


if __name__ == "__main__":
    main()
