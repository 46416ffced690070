"""What docs/serve says works: nginx in front, systemd around, and an image whose parts exist."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.cli.program import Program, environment
from tests.cli.test_serve import serving
from tests.web.autoconf.databases import free_port, until

DOCS = Path(__file__).parents[3] / "docs" / "serve"
EXAMPLE = DOCS / "serve.toml"
SECONDS = 20


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(environment(tmp_path_factory.mktemp("home")))


@contextlib.contextmanager
def nginx(folder: Path, behind: int) -> Iterator[tuple[int, int]]:
    """The site as it is, but for ports and paths; HTTP and HTTPS ports."""
    if shutil.which("nginx") is None:
        pytest.skip("no nginx")
    plain, tls = free_port(), free_port()
    site = (DOCS / "nginx.conf").read_text(encoding="utf-8")
    for old, new in (
        ("127.0.0.1:8080", f"127.0.0.1:{behind}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen [::]:80;", ""),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{tls} ssl http2;"),
        ("listen [::]:443 ssl http2;", ""),
        ("/etc/ssl/mailwright", str(folder)),
        ("/var/log/nginx", str(folder)),
    ):
        assert old in site
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = (
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} "
        f"http {{ {temporary} include {folder}/site.conf; }}"
    )
    (folder / "nginx.conf").write_text(whole, encoding="utf-8")
    argv = ["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    seen = subprocess.run([*argv, "-t"], capture_output=True, text=True, check=False, timeout=SECONDS)
    assert seen.returncode == 0, seen.stderr
    assert "[warn]" not in seen.stderr.replace("deprecated", "")
    with subprocess.Popen(argv) as process:
        try:
            until(lambda: _listens(tls), "nginx")
            yield plain, tls
        finally:
            process.terminate()
            process.wait(SECONDS)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def test_nginx(program: Program, tmp_path: Path) -> None:
    """The site is accepted by nginx and leads there: settings, the page, a redirect to TLS; and it logs no address."""
    authority = trustme.CA()
    made = authority.issue_cert("autoconfig.example.org")
    (tmp_path / "chain.pem").write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    (tmp_path / "key.pem").write_bytes(made.private_key_pem.bytes())
    options = ("--config", str(EXAMPLE), "--behind-https", "--trusted-proxy", "127.0.0.1/32")
    with serving(program, *options) as served, nginx(tmp_path, served.port) as (plain, tls):
        context = ssl._create_unverified_context()  # what is tested is not the certificate
        opened = urllib.request.build_opener(Stay, urllib.request.HTTPSHandler(context=context))

        def get(port: int, path: str, *, scheme: str = "https", body: bytes | None = None) -> tuple[int, str, str]:
            asked = urllib.request.Request(f"{scheme}://127.0.0.1:{port}{path}", data=body)
            asked.add_header("Host", "autoconfig.example.org")
            try:
                with opened.open(asked, timeout=SECONDS) as answer:
                    return answer.status, answer.read().decode(), ""
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode(), error.headers.get("Location", "")

        query = "/mail/config-v1.1.xml?emailaddress=canary@example.org"
        assert "imap.example.org" in get(tls, query)[1]
        assert get(tls, "/")[0] == 200
        assert get(tls, "/metrics")[0] == 200
        assert get(plain, query, scheme="http") == (
            302,
            get(plain, query, scheme="http")[1],
            f"https://autoconfig.example.org{query}",
        )
        log = _written(tmp_path / "mailwright.log", 3)
    assert "canary" not in log + served.said
    assert "/mail/config-v1.1.xml 200" in log


def _written(file: Path, lines: int) -> str:
    for _ in range(SECONDS * 20):
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if text.count("\n") >= lines:
            return text
        time.sleep(0.05)
    raise AssertionError(text)


def test_systemd(tmp_path: Path) -> None:
    """The unit is understood by systemd, without a remark."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd")
    unit = (DOCS / "mailwright.service").read_text(encoding="utf-8")
    assert "/usr/bin/mailwright" in unit
    file = tmp_path / "mailwright.service"
    file.write_text(unit.replace("/usr/bin/mailwright", sys.executable), encoding="utf-8")
    seen = subprocess.run(
        ["systemd-analyze", "verify", str(file)], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    ours = [line for line in (seen.stderr + seen.stdout).splitlines() if "mailwright" in line]
    assert (seen.returncode, ours) == (0, [])


def test_commands(program: Program) -> None:
    """What the unit and the image start is a command that we understand, and copied files are there."""
    unit = re.search(r"^ExecStart=\S+ (.*)$", (DOCS / "mailwright.service").read_text(encoding="utf-8"), re.MULTILINE)
    image = re.search(r"^CMD (.*)$", (DOCS / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert unit is not None
    assert image is not None
    for words in (shlex.split(unit[1]), json.loads(image[1])):
        ran = program(*[str(EXAMPLE) if word.endswith("serve.toml") else word for word in words], "--print-dns")
        assert ran.code == 0
        # Else all that come through the proxy are one client.
        assert ("--behind-https" in words) is ("--trusted-proxy" in words)
    root = DOCS.parents[1]
    for name in re.findall(r"requirements/\w+\.txt", (DOCS / "Dockerfile").read_text(encoding="utf-8")):
        assert (root / name).is_file()
