"""What every answer says to the browser: load nothing from elsewhere, run nothing that is not a file of ours."""

from __future__ import annotations

from mailwright.web.options import Asgi, Message, Receive, Scope, Send

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SHEET_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; sandbox"
)
"""For pages that stand alone: their style is in them, and they run nothing."""
_ALWAYS = {
    b"content-security-policy": CSP.encode(),
    b"referrer-policy": b"same-origin",
    b"x-content-type-options": b"nosniff",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"cache-control": b"no-store",
}
_HSTS = (b"strict-transport-security", b"max-age=31536000")


class Headers:
    """Adds them to every answer that does not say them itself."""

    def __init__(self, inner: Asgi, *, https: bool) -> None:
        self._inner, self._https = inner, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                given += [(name, value) for name, value in _ALWAYS.items() if name not in names]
                message = {**message, "headers": [*given, *([_HSTS] if self._https else [])]}
            await send(message)

        await self._inner(scope, receive, sent)
