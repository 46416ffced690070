"""An Autoconf made of a text, and one request to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mailwright.web import autoconf

DOMAIN = """
[[domain]]
names = ["example.org", "例子.cn"]
name = "Example & Söhne"
short_name = "Example"
documentation = "https://example.org/mail"
imap = [{ host = "imap.example.org" }, { host = "imap.example.org", security = "starttls" }]
pop3 = [{ host = "pop.example.org" }]
smtp = [{ host = "smtp.example.org" }]
mta_sts = { mode = "enforce", mx = ["mx.example.org", "*.mx.example.org"] }
"""
PLAIN = """
[[domain]]
names = ["plain.test"]
imap = [{ host = "imap.plain.test" }]
smtp = [{ host = "smtp.plain.test" }]
"""
SCHEMA = "http://schemas.microsoft.com/exchange/autodiscover/outlook"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def made(folder: Path, text: str) -> autoconf.Autoconf:
    return autoconf.Autoconf(read(folder, text))


def read(folder: Path, text: str) -> autoconf.Config:
    file = folder / "serve.toml"
    file.write_text(text, encoding="utf-8")
    return autoconf.read(file)


async def ask(
    own: autoconf.Autoconf, target: str, *, host: str = "", method: str = "GET", body: bytes = b""
) -> Answer | None:
    """The answer; None where the request is left alone."""
    path, _, query = target.partition("?")
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)] or [b""]
    sent: list[Mapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0) if pieces else None
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": unquote(path),
        "query_string": query.encode(),
        "headers": [(b"host", host.encode())] if host else [],
    }
    if not await own(scope, receive, send):
        assert not sent
        return None
    start, end = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert int(headers["content-length"]) == len(end["body"])
    return Answer(start["status"], headers, end["body"])


async def got(own: autoconf.Autoconf, target: str, *, host: str = "", method: str = "GET", body: bytes = b"") -> Answer:
    answer = await ask(own, target, host=host, method=method, body=body)
    assert answer is not None
    return answer


def request(address: str, schema: str = f"{SCHEMA}/responseschema/2006a") -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{SCHEMA}/requestschema/2006"><Request>'
        f"<EMailAddress>{address}</EMailAddress><AcceptableResponseSchema>{schema}</AcceptableResponseSchema>"
        "</Request></Autodiscover>"
    ).encode()
