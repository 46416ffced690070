"""The real Thunderbird sets itself up by the autoconfig file, reads a message and sends one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mailwright import export
from tests.export import letters
from tests.export.conftest import Desk, password_of, profile_of
from tests.export.thunderbird import READ, SEND, thunderbird

SET_UP = """
const [address, name, secret] = args;
const found = await FindConfig.parallelAutoDiscovery(
  address.split("@")[1], address, new AbortController().signal, "").next();
const config = found.value;
if (!config) { return {found: null}; }
AccountConfig.replaceVariables(config, name, address, secret);
config.rememberPassword = true;
await new ConfigVerifier(null, new AbortController().signal).verifyConfig(config);
const account = await CreateInBackend.createAccountInBackend(config);
const seen = (side) => [side.hostname, side.port, side.socketType, side.username];
return {found: config.displayName, incoming: seen(config.incoming), outgoing: seen(config.outgoing)};
"""


@dataclass
class Site:
    """A web server of one file for each domain, and what it was asked for."""

    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def up(self) -> Iterator[Site]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                body = site.files.get(self.path, b"")
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "text/xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_port
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("address", ["anna@wellknown.test", "anna@starttls.test"])
@pytest.mark.parametrize("form", ["autoconfig", "autoconfig-1.2"])
def test_set_up(desk: Desk, program: Callable[[str], str], form: str, address: str) -> None:
    """Found by the file, the account signs in by TLS and by STARTTLS, reads a message and sends one."""
    program("thunderbird")
    profile = profile_of(address)
    assert profile.outgoing is not None
    (file,) = export.render(export.get(form), profile, export.Choice()).files
    domain, subject = profile.address.domain, f"thunderbird-{form}-{int(time.time())}"
    letters.put(desk.lab, address, subject, "only for Thunderbird")
    with Site({f"/{domain}": file.data}).up() as site, thunderbird(desk, f"http://127.0.0.1:{site.port}/") as run:
        done = run(SET_UP, address, profile.name, password_of(address))
        kinds = {"tls": 3, "starttls": 2}
        sides = [
            [login.endpoint.host, login.endpoint.port, kinds[login.endpoint.security.value], address]
            for login in (profile.incoming, profile.outgoing)
        ]
        assert done == {"found": domain, "incoming": sides[0], "outgoing": sides[1]}
        assert f"/{domain}" in site.asked
        assert "only for Thunderbird" in run(READ, subject)
        assert run(SEND, address, f"{subject}-sent") == "status 0"
    assert "sent by it" in letters.arrived(desk.lab, address, f"{subject}-sent")
