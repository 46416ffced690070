"""Two hundred diagnoses at once: a server in a process of its own before the lab, every one answered, and rightly."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from figures.table import Table

from mailwright import lab

AT_ONCE = 200
MOST_MB = 400.0
START_SECONDS = 30.0
ANSWER_SECONDS = 170.0
_RIGHT = "works"
_VERDICTS = (_RIGHT, "found", "unknown", "broken")
# What stands in the lab for IPv6 is not there on every machine.
_NOT_HERE = {"lab.note.no_ipv6": ("v6.test",)}
SERVER = """
import json, sys
from mailwright import book, discover, lab, setup, web, wire
import uvicorn
given = json.loads(sys.argv[1])
settings = wire.Settings(
    resolvers=(wire.Resolver.parse(given["resolver"]),), ca_file=__import__("pathlib").Path(given["ca"]),
    reroutes=tuple(map(wire.Reroute.parse, given["connect_to"])),
)
shelf = setup.Shelf(book.Book(), book.Replies.load())
options = web.Options(
    settings, shelf, discovery=discover.Options(isp_database=given["ispdb"]), private_targets=True,
    client_per_minute=10**6, target_per_minute=10**6, logins_per_hour=10**6, concurrent=given["at_once"],
)
uvicorn.run(web.app(options), port=given["port"], access_log=False, log_level="error")
"""


def measured(at_once: int = AT_ONCE) -> list[Table]:
    """The table: answered, seconds, peak memory of the server."""
    table = Table(f"{at_once} live diagnoses at once", ("", "answered", "seconds", "peak MB"))
    with tempfile.TemporaryDirectory(prefix="mw-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with lab.running(Path(folder) / "lab") as found:
            statuses, seconds, peak = _run(found, at_once, _free_port())
    right, answered = statuses[_RIGHT], sum(statuses[verdict] for verdict in _VERDICTS)
    table.row("with a sign-in each", f"{answered} of {at_once}", seconds, peak)
    table.bar("none lost", f"{at_once - answered} lost", reached=answered == at_once)
    table.bar("every mailbox found to work", str(dict(statuses)), reached=right == at_once)
    table.bar(f"under {MOST_MB:.0f} MB", f"{peak:.0f} MB", reached=peak < MOST_MB)
    return [table]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _run(found: lab.Lab, at_once: int, port: int) -> tuple[Counter[str], float, float]:
    given = {
        "resolver": found.resolver,
        "ca": str(found.ca),
        "connect_to": list(found.connect_to),
        "ispdb": found.ispdb,
        "at_once": at_once,
        "port": port,
    }
    server = subprocess.Popen([sys.executable, "-c", SERVER, json.dumps(given)])
    try:
        _up(port)
        began = time.monotonic()
        statuses = asyncio.run(_ask(found, at_once, port))
        return statuses, time.monotonic() - began, _peak(server.pid)
    finally:
        server.terminate()
        server.wait(30)


def _up(port: int) -> None:
    """Wait for the server. Raises TimeoutError."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            asyncio.run(_http(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(port)


async def _ask(found: lab.Lab, at_once: int, port: int) -> Counter[str]:
    """All at once; what each was answered with."""
    absent = {domain for note in found.notes for domain in _NOT_HERE.get(note, ())}
    known = [account for account in found.accounts if account.expect and account.instance != "oauth"]
    known = [account for account in known if account.domain not in absent]
    sent = (_diagnosis(known[at % len(known)]) for at in range(at_once))
    return Counter(await asyncio.gather(*(_status(port, request) for request in sent)))


def _diagnosis(account: lab.Account) -> bytes:
    hosts = [expected.host for expected in account.expect]
    body = json.dumps({"address": account.address, "password": account.password, "confirm": hosts}).encode()
    head = (
        "POST /api/v1/diagnose HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _status(port: int, request: bytes) -> str:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = await _http(port, request)
    except (OSError, TimeoutError) as error:
        return type(error).__name__
    status = answer.split(b" ", 2)[1].decode()
    if status != "200":
        return status
    try:
        verdict: str = json.loads(answer.partition(b"\r\n\r\n")[2])["verdict"]
    except ValueError:
        return "cut"
    return verdict


async def _http(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()


def _peak(pid: int) -> float:
    """The most memory that a process ever had, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
