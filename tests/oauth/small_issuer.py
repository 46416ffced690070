"""An OAuth issuer as small as can be: HTTPS on a loopback port, every answer set by the test."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import trustme

from mailwright import wire
from mailwright.core import OAuth

HOST = "issuer.test"
ISSUER = f"https://{HOST}"
ACCESS, REFRESH, DEVICE_CODE = "access-canary-Zq81", "refresh-canary-Yw72", "device-canary-Xe63"
ID_TOKEN, CLIENT_SECRET = "id-canary-Wr54", "client-canary-Vt45"
SECRETS = (ACCESS, REFRESH, DEVICE_CODE, ID_TOKEN, CLIENT_SECRET)
OAUTH = OAuth(ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token", f"{ISSUER}/device", ("mail", "offline_access"))
METADATA = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"

Form = dict[str, str]
Answer = tuple[int, Any]


def described(**changes: object) -> dict[str, object]:
    """Good metadata of the issuer, with changes."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": OAUTH.authorization_endpoint,
        "token_endpoint": OAUTH.token_endpoint,
        "device_authorization_endpoint": OAUTH.device_authorization_endpoint,
        **changes,
    }


def tokens(**changes: object) -> dict[str, object]:
    """A good answer of the token endpoint, with changes."""
    return {
        "access_token": ACCESS,
        "refresh_token": REFRESH,
        "id_token": ID_TOKEN,
        "token_type": "Bearer",
        "expires_in": 3600,
        **changes,
    }


def waiting(**changes: object) -> dict[str, object]:
    """A good answer of the device authorization endpoint, with changes."""
    return {
        "device_code": DEVICE_CODE,
        "user_code": "WDJB-MJHT",
        "verification_uri": f"{ISSUER}/enter",
        "verification_uri_complete": f"{ISSUER}/enter?user_code=WDJB-MJHT",
        "expires_in": 900,
        "interval": 5,
        **changes,
    }


@dataclass(slots=True)
class SmallIssuer:
    """`answers`: per path one answer for good, or a list that is used up. `asked`: what came in."""

    port: int
    answers: dict[str, Answer | list[Answer] | Callable[[Form], Answer]] = field(default_factory=dict)
    asked: list[tuple[str, str, Form]] = field(default_factory=list)

    def answer(self, method: str, path: str, form: Form) -> Answer:
        """What to say now."""
        self.asked.append((method, path, form))
        found = self.answers.get(path, (404, {}))
        if isinstance(found, list):
            return found.pop(0)
        return found(form) if callable(found) else found

    def forms(self, path: str) -> list[Form]:
        """The forms sent to a path."""
        return [form for _, place, form in self.asked if place == path]


@contextmanager
def serving(authority: trustme.CA) -> Iterator[SmallIssuer]:
    """A running issuer; ended and its socket closed at the end of the block."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    issuer = SmallIssuer(server.server_address[1])
    server.RequestHandlerClass = type("Handler", (_Handler,), {"issuer": issuer})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settings(issuer: SmallIssuer, ca_file: Path) -> wire.Settings:
    """How a World reaches it."""
    reroute = wire.Reroute(HOST, 443, "127.0.0.1", issuer.port)
    return wire.Settings(ca_file=ca_file, reroutes=(reroute,), http_seconds=5)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        pass


class _Handler(BaseHTTPRequestHandler):
    issuer: SmallIssuer
    timeout = 5

    def do_GET(self) -> None:
        self._answer("GET", "")

    def do_POST(self) -> None:
        self._answer("POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def _answer(self, method: str, body: str) -> None:
        status, content = self.issuer.answer(method, self.path, dict(parse_qsl(body)))
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", content)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass
