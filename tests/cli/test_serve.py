"""`mailwright serve` as an operator and a service manager see it."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.cli.program import HAN, Program, check, command, refused

TOML = """
[[domain]]
names = ["plain.test"]
imap = [{ host = "imap.plain.test" }]
smtp = [{ host = "smtp.plain.test" }]
mta_sts = { mode = "none" }
"""
CONFIG = "/mail/config-v1.1.xml"
SECONDS = 20


class Served:
    """A running server; what it says is read as it comes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process, self.said = process, ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line.decode()

    def hears(self, pattern: str, times: int = 1) -> str:
        """Waits until it has said that."""
        for _ in range(SECONDS * 50):
            found = re.findall(pattern, self.said)
            if len(found) >= times:
                return str(found[-1])
            time.sleep(0.02)
        raise AssertionError(self.said)

    @property
    def port(self) -> int:
        return int(self.hears(r"https?://[^/ ]*:(\d+)/"))

    def get(self, path: str, host: str = "localhost", context: ssl.SSLContext | None = None) -> tuple[int, str]:
        if context is None:
            asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        else:
            asked = http.client.HTTPSConnection("localhost", self.port, timeout=SECONDS, context=context)
        with contextlib.closing(asked):
            asked.request("GET", path, headers={"Host": host})
            answer = asked.getresponse()
            return answer.status, answer.read().decode()

    def post(self, path: str, fields: dict[str, str], **headers: str) -> tuple[int, str, str]:
        """A form; status, where it leads, and the page."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        given = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        with contextlib.closing(asked):
            asked.request("POST", path, urllib.parse.urlencode(fields), given)
            answer = asked.getresponse()
            return answer.status, answer.getheader("location", ""), answer.read().decode()

    def ends(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        return code


@contextlib.contextmanager
def serving(program: Program, *arguments: str, **variables: str) -> Iterator[Served]:
    argv = command("serve", *(() if "--listen" in arguments else ("--listen", "127.0.0.1:0")), *arguments)
    environment = {**program.variables, **variables}
    with subprocess.Popen(
        argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        served = Served(process)
        try:
            yield served
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(SECONDS)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "serve.toml"
    file.write_text(TOML, encoding="utf-8")
    return file


def test_nothing_is_needed_to_try_it(program: Program) -> None:
    """Without any option it listens on this machine, says where, shows the page, and ends well when told to."""
    with serving(program) as served:
        assert served.get("/")[0] == 200
        assert served.get(CONFIG)[0] == 404
        assert served.ends() == 0
        assert "https" not in served.said
        assert "Traceback" not in served.said
        lines = [json.loads(line) for line in served.said.splitlines() if line.startswith("{")]
        assert [line["status"] for line in lines] == [200, 404]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_manager_stops_it(program: Program, number: int) -> None:
    """Both signals, of managers and of terminals, end it with 0."""
    with serving(program, "--lang", "zh") as served:
        assert served.get("/")[0] == 200
        assert served.ends(number) == 0
        assert HAN.search(served.said)


def test_domains_of_ones_own(program: Program, config: Path) -> None:
    """The file is read at the start, and again at SIGHUP; one that has become wrong changes nothing."""
    with serving(program, "--config", str(config)) as served:
        assert "imap.plain.test" in served.get(CONFIG, "autoconfig.plain.test")[1]
        assert served.get("/", "autoconfig.plain.test")[0] == 200
        config.write_text(TOML.replace("imap.plain", "new.plain"), encoding="utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.hears("read again")
        assert "new.plain.test" in served.get(CONFIG, "autoconfig.plain.test")[1]
        config.write_text(f"{TOML}nonsense = 1\n", encoding="utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.hears("going on with what was read before")
        assert re.search(r"serve\.toml, line 7: there is no key domain\[1\]\.nonsense", served.said)
        assert "new.plain.test" in served.get(CONFIG, "autoconfig.plain.test")[1]
        assert served.ends() == 0


def test_others_are_served_while_it_reads(program: Program, config: Path) -> None:
    """Thousands of domains take seconds to read and to prove; nobody waits for that."""
    with serving(program, "--config", str(config)) as served:
        assert served.get("/healthz")[0] == 200
        many = "".join(TOML.replace("plain.test", f"d{number}.test") for number in range(2000))
        config.write_text(many, encoding="utf-8")
        served.process.send_signal(signal.SIGHUP)
        took = []
        while "read again" not in served.said:
            began = time.monotonic()
            assert served.get("/healthz")[0] == 200
            took.append(time.monotonic() - began)
        # Whole in one go it is one long wait.
        assert len(took) > 3
        assert max(took) < sum(took) / 2
        assert "imap.d7.test" in served.get(CONFIG, "autoconfig.d7.test")[1]
        assert served.ends() == 0


def write(authority: trustme.CA, folder: Path) -> None:
    made = authority.issue_cert("localhost")
    (folder / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    (folder / "key.pem").write_bytes(made.private_key_pem.bytes())


def test_a_certificate_of_its_own(program: Program, tmp_path: Path) -> None:
    """TLS; a renewed certificate counts after SIGHUP, and one that cannot be used changes nothing."""
    old, new = trustme.CA(), trustme.CA()
    write(old, tmp_path)
    trusting = {
        name: ssl.create_default_context(cadata=ca.cert_pem.bytes().decode())
        for name, ca in (("old", old), ("new", new))
    }
    files = ("--tls-cert", str(tmp_path / "chain.pem"), "--tls-key", str(tmp_path / "key.pem"))
    with serving(program, *files) as served:
        assert served.get("/", context=trusting["old"])[0] == 200
        write(new, tmp_path)
        served.process.send_signal(signal.SIGHUP)
        served.hears("read again")
        assert served.get("/", context=trusting["new"])[0] == 200
        (tmp_path / "chain.pem").write_text("nothing", encoding="utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.hears("going on with what was read before")
        assert served.get("/", context=trusting["new"])[0] == 200
        assert served.ends() == 0


def test_several_places(program: Program, tmp_path: Path) -> None:
    """Ports and a socket of the file system at once, also where one was left behind."""
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(place))
    with serving(program, "--listen", "127.0.0.1:0", "--listen", f"unix:{place}") as served:
        served.hears(f"listening on unix:{place}")
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(SECONDS)
            asked.connect(str(place))
            asked.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert asked.recv(100).startswith(b"HTTP/1.1 200")
        assert served.get("/")[0] == 200


def test_the_service_manager_is_told(program: Program, tmp_path: Path) -> None:
    """Whoever waits for it by sd_notify hears when it listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(SECONDS)
        with serving(program, NOTIFY_SOCKET=str(tmp_path / "notify")) as served:
            assert manager.recv(100) == b"READY=1"
            assert served.get("/")[0] == 200


def test_as_many_files_as_it_may(program: Program) -> None:
    """Where the system would allow more open files than it begins with, it takes them: each connection is one."""
    resource = pytest.importorskip("resource")
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, most), most))
    try:
        with serving(program) as served:
            assert served.get("/healthz")[0] == 200
            assert resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (few, most))


def test_plain_http_for_others(program: Program) -> None:
    """Where others reach it without TLS it says that it takes no passwords, and not behind a proxy that speaks TLS."""
    note = "no password is taken"
    with serving(program, "--listen", "0.0.0.0:0") as served:
        served.hears(note)
    with serving(program, "--listen", "0.0.0.0:0", "--behind-https", "--trusted-proxy", "127.0.0.1/32") as served:
        assert served.get("/")[0] == 200
        assert note not in served.said


BASED = f'web = "settings.plain.test"\n{TOML}'
NAMED = [
    ((), "localhost", True),
    ((), "evil.test", False),
    (("--listen", "0.0.0.0:0"), "evil.test", True),
    (("--trusted-proxy", "127.0.0.1/32"), "mail.example.org", True),
    (("--config", "serve.toml"), "settings.plain.test", True),
    (("--config", "serve.toml"), "evil.test", False),
]


@pytest.mark.parametrize(("arguments", "host", "taken"), NAMED)
def test_by_which_name_it_is_asked(
    program: Program, config: Path, arguments: tuple[str, ...], host: str, *, taken: bool
) -> None:
    """On loopback a form is taken under a name of this machine, the configured one, or what a trusted proxy says."""
    config.write_text(BASED, encoding="utf-8")
    with serving(program, *(str(config) if one == config.name else one for one in arguments)) as served:
        status, _, page = served.post("/explain", {"text": "535 Login Fail"}, Host=host)
        assert (status == 200) is taken
        assert taken or "not under the name it was asked by" in page


def test_the_name_is_read_again(program: Program, config: Path) -> None:
    """The name in the file counts from SIGHUP on, and stands in what the API says of itself."""
    with serving(program, "--config", str(config)) as served:
        assert '"url": "/"' in served.get("/api/v1/openapi.json")[1]
        config.write_text(BASED, encoding="utf-8")
        served.process.send_signal(signal.SIGHUP)
        served.hears("read again")
        assert '"url": "https://settings.plain.test"' in served.get("/api/v1/openapi.json")[1]
        assert served.post("/explain", {"text": "535 no"}, Host="settings.plain.test")[0] == 200


def test_records(program: Program, config: Path) -> None:
    """--print-dns prints a zone, or JSON, and ends."""
    ran = program("serve", "--config", str(config), "--print-dns")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "$ORIGIN plain.test."
    assert "_imaps._tcp IN SRV 0 1 993 imap.plain.test." in lines
    assert "_pop3s._tcp IN SRV 0 0 0 ." in lines
    assert "autoconfig IN CNAME plain.test." in lines
    assert any(line.startswith('_mta-sts IN TXT "v=STSv1; id=') for line in lines)
    rows = json.loads(program("serve", "--config", str(config), "--print-dns", "--json").out)
    assert [f"{row['name']} IN {row['type']} {row['data']}" for row in rows] == lines[1:-1]
    assert {row["domain"] for row in rows} == {"plain.test"}


def test_what_does_not_go(program: Program, config: Path, tmp_path: Path) -> None:
    """Each mistake is named before anything listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = f"127.0.0.1:{taken.getsockname()[1]}"
        for arguments, said in (
            (("--print-dns",), "--print-dns is of no use without --config"),
            (("--keep-days", "3"), "--keep-days is of no use without --keep"),
            (("--tls-cert", "x"), "--tls-cert is of no use without --tls-key"),
            (("--tls-cert", "x", "--tls-key", "x", "--behind-https"), "do not go together"),
            (("--tls-cert", "x", "--tls-key", "x", "--listen", "127.0.0.1:0"), "x and x cannot be used"),
            (("--trusted-proxy", "proxy"), '"proxy" is not a network'),
            (("--config", str(tmp_path / "none.toml")), "cannot be read"),
            (("--listen", busy), f"Cannot listen on {busy}"),
            (("--listen", "8080"), '"8080" is no place to listen on'),
            (("--listen", "http://x:80"), "is no place to listen on"),
            (("--listen", "127.0.0.1:99999"), "is no place to listen on"),
            (("--listen", f"unix:{tmp_path}/none/socket"), "Cannot listen on unix:"),
            (("--listen", "a..b:80"), '"a..b:80" is no place to listen on'),
            (("--keep", f"{tmp_path}/none/kept"), "cannot be written"),
            (("--keep", str(tmp_path)), f"{tmp_path} cannot hold reports"),
            (("--keep", str(config)), f"{config} cannot hold reports"),
            (("--concurrent", "0"), "cannot be"),
        ):
            ran = program("serve", *arguments)
            assert ran.code == 2, arguments
            assert said in ran.err, arguments
            check(ran)
    config.write_text("[[domain]]\n", encoding="utf-8")
    for language in ("zh", "en"):
        refused(program("serve", "--config", str(config), "--lang", language), language, "domain[1].names")
