"""Debian's own proxies, where they are installed: apt-get install dante-server tinyproxy."""

from __future__ import annotations

import contextlib
import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailwright import wire
from mailwright.core import Reason
from tests.wire import peers
from tests.wire.peers import serving
from tests.wire.test_proxies import settings, tried

DANTE = """
internal: 127.0.0.1 port = {port}
external: 127.0.0.1
socksmethod: {method}
user.privileged: root
user.unprivileged: {user}
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks pass {{ from: 0.0.0.0/0 to: 127.0.0.1/32 }}
"""
TINYPROXY = "Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nBasicAuth u secretsecret\nTimeout 5\n"


@contextlib.contextmanager
def real(program: list[str], port: int) -> Iterator[None]:
    """A program that listens on `port` until the end of the block."""
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed")
    with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            wait_for(port)
            yield
        finally:
            running.terminate()


def wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail(f"nothing listens on {port}")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.mark.slow
async def test_dante(tmp_path: Path) -> None:
    """Debian's SOCKS5 server lets us through, and its refusals are understood."""
    port, config = free_port(), tmp_path / "danted.conf"
    config.write_text(DANTE.format(port=port, method="none", user=getpass.getuser()))
    async with serving(peers.imap_greeting) as server:
        there = wire.Reroute("", 0, "127.0.0.1", server.port)
        nowhere = wire.Reroute("", 0, "192.0.2.1", 993)
        with real(["danted", "-f", str(config), "-N", "1"], port):
            assert (await tried(settings("socks5", port, reroutes=(there,))))[0] is None
            error, _ = await tried(settings("socks5", port, reroutes=(nowhere,)))
        assert error is not None
        assert error.reason is Reason.PROXY_REFUSED
        config.write_text(DANTE.format(port=port, method="username", user=getpass.getuser()))
        with real(["danted", "-f", str(config), "-N", "1"], port):
            for given in ("", "no such user"):
                error, _ = await tried(settings("socks5", port, given, reroutes=(there,)))
                assert error is not None
                assert error.reason is Reason.PROXY_AUTH


@pytest.mark.slow
async def test_tinyproxy(tmp_path: Path) -> None:
    """A real HTTP proxy lets us through with the right password only."""
    port, config = free_port(), tmp_path / "tinyproxy.conf"
    config.write_text(TINYPROXY.format(port=port))
    async with serving(peers.imap_greeting) as server:
        there = wire.Reroute("", 0, "127.0.0.1", server.port)
        with real(["tinyproxy", "-d", "-c", str(config)], port):
            assert (await tried(settings("http", port, "secretsecret", reroutes=(there,))))[0] is None
            error, _ = await tried(settings("http", port, "wrong", reroutes=(there,)))
            assert error is not None
            assert error.reason is Reason.PROXY_AUTH
