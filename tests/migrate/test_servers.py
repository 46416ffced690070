"""The servers that migrations are tested between: each is real, private, its own master, and gone afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import imaplib
import os
import poplib
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mailwright.lab import processes
from tests.migrate import servers
from tests.migrate.servers import maildir

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Serve = Callable[..., servers.Server]

USERS = {"anna": "a secret", "bert": "another"}
KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "dovecot-2.3-maildir": (servers.dovecot, {}),
    "dovecot-2.3-mdbox": (servers.dovecot, {"store": "mdbox", "fsync": "never"}),
    "dovecot-2.4-maildir": (servers.dovecot, {"version": "2.4"}),
    "dovecot-2.4-mdbox": (servers.dovecot, {"version": "2.4", "store": "mdbox"}),
    "cyrus": (servers.cyrus, {}),
    "courier": (servers.courier, {}),
}


@pytest.fixture(params=KINDS)
def server(serve: Serve, request: pytest.FixtureRequest) -> servers.Server:
    kind, given = KINDS[request.param]
    return serve(kind, users=USERS, tls=True, **given)


def signed_in(port: int, user: str = "anna", password: str = USERS["anna"]) -> AbstractContextManager[imaplib.IMAP4]:
    return servers.signed_in(port, user, password)


def test_mail_is_there_whole_and_survives_a_kill(server: servers.Server, ground: Path) -> None:
    """What was put in is read back, in the clear and over TLS; after kill -9 and a new start it is the same."""
    servers.corpus(ground / "corpus", messages=40, seed=7)
    server.load("anna", ground / "corpus")
    found = servers.reread(server.port, "anna", USERS["anna"])
    assert digests(found) == sorted(
        (tuple(sorted(file.flags)), file.date, crlf_digest(file.path))
        for _, folder in maildir.folders(ground / "corpus")
        for file in maildir.files(folder)
    )
    names = {name.removeprefix("INBOX/") for name in found}
    assert {"INBOX", "Work/Projects/Alpha", "Entw&APw-rfe", "&mHl27g-", "Bills &- receipts"} <= names
    assert servers.reread(server.tls_port, "anna", USERS["anna"], server.ca) == found
    if server.pop3_port:
        pop = poplib.POP3("127.0.0.1", server.pop3_port, timeout=20)
        pop.user("anna")
        pop.pass_(USERS["anna"])
        assert pop.stat()[0] == len(found["INBOX"])
        pop.quit()
    assert listening(server) <= {"127.0.0.1"}
    running = server.pid
    server.kill()
    assert processes.start_time(running) is None
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port))
    server.start()
    assert servers.reread(server.port, "anna", USERS["anna"]) == found
    assert servers.reread(server.port, "bert", USERS["bert"]) == {"INBOX": []}


def digests(found: dict[str, list[servers.Message]]) -> list[tuple[tuple[str, ...], int, str]]:
    return sorted((message.flags, message.date, message.digest) for folder in found.values() for message in folder)


def crlf_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes().replace(b"\n", b"\r\n")).hexdigest()


def listening(server: servers.Server) -> set[str]:
    """The addresses that a server's processes listen at."""
    assert server._running is not None
    inodes = set()
    for pid in processes.members(server._running):
        # Processes of a server come and go.
        with contextlib.suppress(FileNotFoundError):
            for entry in Path(f"/proc/{pid}/fd").iterdir():
                inodes.add(str(entry.readlink()).removeprefix("socket:[").removesuffix("]"))
    found = set()
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                words = fields[1].partition(":")[0]
                packed = b"".join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
                found.add(socket.inet_ntop(family, packed))
    return found


@pytest.mark.parametrize("kind", ["dovecot-2.3-maildir", "dovecot-2.4-maildir"])
def test_dovecot_knows_a_master_user_and_limits(serve: Serve, kind: str) -> None:
    """user*master signs in with the master's password; a message too large and one too many are refused."""
    make, given = KINDS[kind]
    server = serve(make, users=USERS, master=("boss", "of all"), quota=60_000, largest=40_000, **given)
    with signed_in(server.port, "anna*boss", "of all") as client:
        assert append(client, 30_000).startswith(b"OK")
        assert append(client, 45_000).startswith(b"NO")
        assert b"[OVERQUOTA]" in append(client, 35_000)
    stopped_in_order(server)


def test_cyrus_knows_a_master_user_and_limits(serve: Serve) -> None:
    """An administrator signs in for another by SASL PLAIN; a message too large and one too many are refused."""
    server = serve(servers.cyrus, users=USERS, master=("boss", "of all"), quota=60_000, largest=40_000)
    with imaplib.IMAP4("127.0.0.1", server.port, timeout=20) as client:
        client.authenticate("PLAIN", lambda _: b"anna\0boss\0of all")
        assert append(client, 30_000).startswith(b"OK")
        assert append(client, 45_000).startswith(b"NO")
        assert append(client, 35_000) == b"NO Over quota"
    stopped_in_order(server)


def test_courier_knows_a_limit(serve: Serve) -> None:
    """One message too many is refused."""
    server = serve(servers.courier, users=USERS, quota=60_000)
    with signed_in(server.port) as client:
        assert append(client, 30_000).startswith(b"OK")
        assert append(client, 35_000).startswith(b"NO")
    stopped_in_order(server)


def stopped_in_order(server: servers.Server) -> None:
    running = server._running
    assert running is not None
    began = time.monotonic()
    server.stop()
    assert not processes.members(running)
    assert time.monotonic() - began < processes.STOP_SECONDS


def append(client: imaplib.IMAP4, size: int) -> bytes:
    """What the server says to a message of that size, its status first."""
    kind, answer = client.append("INBOX", "", "", b"Subject: x\r\n\r\n" + b"y" * 70 * (size // 72) + b"\r\n")
    return kind.encode() + b" " + b" ".join(map(bytes, answer))


def test_an_owner_ends_the_server_when_its_starter_cannot(ground: Path) -> None:
    """A test that is killed itself leaves no server behind."""
    code = (
        "import sys, time, pathlib; from tests.migrate import servers\n"
        "with servers.dovecot(pathlib.Path(sys.argv[1]), users={'a': 'b'}) as server:\n"
        "    print(server.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": f"{root}:{root / 'src'}"}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(ground / "s")], stdout=subprocess.PIPE, env=environment
    ) as starter:
        assert starter.stdout is not None
        line = starter.stdout.readline()
        if not line:
            pytest.skip("no Dovecot 2.3 here")
        assert processes.start_time(int(line)) is not None
        starter.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while processes.start_time(int(line)) is not None:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_corpus_is_the_same_for_the_same_seed(ground: Path) -> None:
    """Sizes, flags and dates as people's mailboxes have them, and no chance in it."""
    first, second, other = (
        servers.corpus(ground / name, messages=300, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == second != other
    one, two = (
        [(file.path.name, file.flags, file.date, file.path.read_bytes()) for _, folder in maildir.folders(ground / name)
         for file in maildir.files(folder)]
        for name in ("a", "b")
    )  # fmt: skip
    assert one == two
    assert len(one) == 300
    sizes = sorted(len(body) for *_, body in one)
    assert 10_000 < sizes[150] < 20_000
    assert 25_000 < first.bytes / 300 < 70_000
    assert len(list(maildir.folders(ground / "a"))) == 20
    assert {"$Label1", "$Forwarded", r"\Draft"} <= {flag for _, flags, _, _ in one for flag in flags}
    assert any(b"\nMessage-ID:" not in body for *_, body in one)


def test_hostile_mailboxes_are_what_they_say(serve: Serve, ground: Path) -> None:
    """At least twenty; a server shows the oddest as they were meant."""
    assert len(servers.HOSTILE) >= 20
    chosen = ("hundred_keywords", "dates", "uid_gap", "uid_validity", "names", "long_names", "empty", "short_size")
    server = serve(servers.dovecot, users=dict.fromkeys(chosen, "secret"))
    found = {}
    for oddity in servers.hostile(ground / "hostile", *chosen):
        server.load(oddity.name, oddity.root)
        oddity.finish(server.port, oddity.name, "secret")
        found[oddity.name] = servers.reread(server.port, oddity.name, "secret")
    assert {len(message.flags) for message in found["hundred_keywords"]["INBOX"]} == {101}
    assert {-86400, 2**32 - 2} <= {message.date for message in found["dates"]["INBOX"]}
    assert [message.uid for message in found["uid_gap"]["INBOX"]] == [1, 2**31, 2**32 - 10]
    assert {'say "hi"', "back\\slash", "at end ", "100%", "star*", "INBOX/INBOX", "&-"} <= set(found["names"])
    assert max(map(len, found["long_names"])) == 250
    with signed_in(server.port, "uid_validity", "secret") as client:
        assert str(2**32 - 1).encode() in bytes(client.status("INBOX", "(UIDVALIDITY)")[1][0])


def test_some_hostile_mailboxes_cannot_be_read(serve: Serve, ground: Path) -> None:
    """A wrong size makes Dovecot hang up: once, if it can mend it, else each time; some folders never open."""
    chosen = ("healing_size", "unreadable", "unopenable")
    server = serve(servers.dovecot, users=dict.fromkeys(chosen, "secret"))
    for oddity in servers.hostile(ground / "hostile", *chosen):
        server.load(oddity.name, oddity.root)
        with pytest.raises(imaplib.IMAP4.error):
            servers.reread(server.port, oddity.name, "secret")
    assert len(servers.reread(server.port, "healing_size", "secret")["INBOX"]) == 3
    for name in ("unreadable", "unopenable"):
        with pytest.raises(imaplib.IMAP4.error):
            servers.reread(server.port, name, "secret")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_hostile_mailbox_can_be_served(serve: Serve, ground: Path) -> None:
    """All of them on one server: as many messages as files, but for those above."""
    server = serve(servers.dovecot, users=dict.fromkeys(servers.HOSTILE, "secret"), fsync="never")
    for oddity in servers.hostile(ground / "hostile"):
        written = len(
            [path for path in oddity.root.rglob("*") if path.parent.name in ("cur", "new") and path.is_file()]
        )
        server.load(oddity.name, oddity.root)
        if oddity.name in ("healing_size", "unreadable", "unopenable"):
            continue
        oddity.finish(server.port, oddity.name, "secret")
        found = servers.reread(server.port, oddity.name, "secret")
        assert (oddity.name, sum(map(len, found.values()))) == (oddity.name, written)
