"""The embedded web server that stands in for nginx, run as a process (main).

The same files under the same names, the same redirects, the issuer behind its own name.
"""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailwright.lab import plan
from mailwright.lab.state import load
from mailwright.lab.submission import tls

if TYPE_CHECKING:
    from mailwright.lab.state import Lab

_KINDS = {".json": "application/json", ".txt": "text/plain", ".html": "text/html"}
_POSTED = "/autodiscover/autodiscover.xml"
_ISSUER = urlsplit(plan.ISSUER).netloc
_SECONDS = 10


class _Handler(BaseHTTPRequestHandler):
    lab: Lab
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A file, or what the issuer says."""
        host = (self.headers.get("Host") or "").partition(":")[0].lower()
        if host == _ISSUER:
            self._issuer(b"")
            return
        self._file(host, urlsplit(self.path).path)

    def do_POST(self) -> None:
        """The issuer's endpoints, and Autodiscover, which is posted to."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        host = (self.headers.get("Host") or "").partition(":")[0].lower()
        if host == _ISSUER:
            self._issuer(body)
        elif urlsplit(self.path).path == _POSTED:
            self._file(host, _POSTED)
        else:
            self._send(405, b"", {})

    def _file(self, host: str, path: str) -> None:
        root = self.lab.dir / "web" / "www"
        # Only what lies below the host's own folder, whatever the path says.
        wanted = (root / host / path.lstrip("/")).resolve()
        wanted = wanted / "index.html" if wanted.is_dir() else wanted
        if not host or not wanted.is_relative_to(root / host) or not wanted.is_file():
            self._send(404, b"", {})
            return
        charset = "; charset=utf-8" if path == _POSTED else ""
        self._send(200, wanted.read_bytes(), {"Content-Type": _KINDS.get(wanted.suffix, "text/xml") + charset})

    def _issuer(self, body: bytes) -> None:
        session = http.client.HTTPConnection(
            self.lab.network.address(plan.ISSUER_OCTET), plan.ISSUER_PORT, timeout=_SECONDS
        )
        session.request(self.command, self.path, body or None)
        answer = session.getresponse()
        keep = {name: value for name, value in answer.getheaders() if name.lower() in ("location", "content-type")}
        self._send(answer.status, answer.read(), keep)
        session.close()

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Redirect(_Handler):
    """Plain HTTP that leads to HTTPS."""

    def do_GET(self) -> None:
        """Moved for good."""
        host = (self.headers.get("Host") or "").partition(":")[0]
        self._send(301, b"", {"Location": f"https://{host}{self.path}"})

    def do_POST(self) -> None:
        """The same."""
        self.do_GET()


def main(dir: str) -> None:
    """Serve the lab of that folder until ended."""
    lab = load(Path(dir))
    if lab is None:
        return
    _Handler.lab = lab
    web, plain = (lab.network.address(plan.WEB_OCTETS[name]) for name in ("web", "plainweb"))
    secure = ThreadingHTTPServer((web, plan.OFFSET + 443), _Handler)
    # The handshake is the connection's own thread's work, not the accepting one's.
    secure.socket = tls(lab, "web").wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    servers = (secure, ThreadingHTTPServer((web, plan.OFFSET + 80), _Redirect),
               ThreadingHTTPServer((plain, plan.OFFSET + 80), _Handler))  # fmt: skip
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
