"""The servers that are compared: ours, a constant answer from the same HTTP server, and automx2 in two ways."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

DOMAIN = "example.org"
HOST = "autoconfig.example.org"
START_SECONDS = 60
PEERS = ("automx2==2026.2", "gunicorn==27.0.1")
TOML = f"""
[[domain]]
names = ["{DOMAIN}"]
name = "Example Mail"
short_name = "Example"
imap = [{{ host = "imap.{DOMAIN}" }}]
smtp = [{{ host = "smtp.{DOMAIN}" }}]
"""
SEED = {
    "version": 2,
    "provider": "Example Mail",
    "domains": [{"name": DOMAIN}],
    "servers": [{"type": "imap", "name": f"imap.{DOMAIN}"}, {"type": "smtp", "name": f"smtp.{DOMAIN}"}],
}
SCHEMA = "http://schemas.microsoft.com/exchange/autodiscover/outlook"
POX = (
    f'<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="{SCHEMA}/requestschema/2006"><Request>'
    f"<EMailAddress>li@{DOMAIN}</EMailAddress><AcceptableResponseSchema>{SCHEMA}/responseschema/2006a"
    "</AcceptableResponseSchema></Request></Autodiscover>"
)


def _request(method: str, target: str, body: str = "") -> bytes:
    length = f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: bench\r\n{length}\r\n{body}".encode()


REQUESTS = {
    "autoconfig": _request("GET", f"/mail/config-v1.1.xml?emailaddress=li@{DOMAIN}"),
    "Autodiscover": _request("POST", "/autodiscover/autodiscover.xml", POX),
}


@dataclass(frozen=True, slots=True)
class Server:
    """A name, the process and where it listens."""

    name: str
    pid: int
    port: int

    def answer(self, request: bytes) -> bytes:
        """The body of one answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as asked:
            asked.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            data = b""
            while piece := asked.recv(65536):
                data += piece
        return data.partition(b"\r\n\r\n")[2]


@contextlib.contextmanager
def running(folder: Path, peers: Path | None) -> Iterator[list[Server]]:
    """All of them, each one process; `peers`: an environment with automx2 and gunicorn, None to leave them out."""
    (folder / "serve.toml").write_text(TOML, encoding="utf-8")
    with contextlib.ExitStack() as stack:
        listen = [sys.executable, "-m", "mailwright", "serve", "--quiet", "--config", str(folder / "serve.toml")]
        found = [stack.enter_context(_one("ours", [*listen, "--listen", "127.0.0.1:{port}"], folder))]
        constant = [sys.executable, str(Path(__file__).with_name("constant.py")), "127.0.0.1:{port}"]
        found.append(stack.enter_context(_one("constant", constant, folder)))
        if peers is not None:
            database = folder / "automx2.sqlite"
            (folder / "automx2.conf").write_text(f"[automx2]\ndb_uri = sqlite:///{database}\n", encoding="utf-8")
            flask = [str(peers / "bin/flask"), "--app", "automx2.server:app", "run", "--port", "{port}"]
            gunicorn = [str(peers / "bin/gunicorn"), "--workers=1", "--worker-class=gthread", "--threads=8",
                        "--bind=127.0.0.1:{port}", "automx2.server:app"]  # fmt: skip
            found.append(stack.enter_context(_one("automx2, flask run", flask, folder)))
            _seed(found[-1].port)
            found.append(stack.enter_context(_one("automx2, gunicorn", gunicorn, folder)))
        yield found


@contextlib.contextmanager
def _one(name: str, argv: Sequence[str], folder: Path) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "AUTOMX2_CONF": str(folder / "automx2.conf")}
    with (
        (folder / "log").open("ab") as log,
        subprocess.Popen(
            [word.format(port=port) for word in argv], cwd=folder, env=environment, stdout=log, stderr=log
        ) as process,
    ):
        try:
            _until(port)
            yield Server(name, process.pid, port)
        finally:
            process.terminate()


def _until(port: int) -> None:
    for _ in range(START_SECONDS * 20):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(port)


def _seed(port: int) -> None:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    asked.request("POST", "/initdb/", json.dumps(SEED), {"Content-Type": "application/json"})
    answer = asked.getresponse()
    assert answer.status == 200, answer.read()
    asked.close()


def environment(folder: Path) -> Path:
    """An environment with the peers, made there."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin/pip"), "install", "--quiet", *PEERS], check=True)
    return folder
