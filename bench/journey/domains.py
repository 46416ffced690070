"""Servers for thousands of made-up domains on this machine's loopback, started and ended here."""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from journey import responder
from mailwright.lab import packages

END_SECONDS = 5
XML = """<clientConfig version="1.1"><emailProvider id="bench"><domain>%EMAILDOMAIN%</domain>
<displayName>Made up</displayName>
<incomingServer type="imap"><hostname>imap.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
<authentication>password-cleartext</authentication><username>%EMAILADDRESS%</username></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.%EMAILDOMAIN%</hostname><port>465</port><socketType>SSL</socketType>
<authentication>password-cleartext</authentication><username>%EMAILADDRESS%</username></outgoingServer>
</emailProvider></clientConfig>
"""


@dataclass(frozen=True, slots=True)
class Served:
    """Where the servers are: ports on 127.0.0.1, and the CA of the web server."""

    dns: int
    web: int
    ca: Path
    count: int

    def arguments(self) -> list[str]:
        """The options that lead mailwright there."""
        return [
            *("--resolver", f"127.0.0.1:{self.dns}"),
            *("--connect-to", f":443::{self.web}"),
            *("--ca", str(self.ca)),
            *("--isp-database", f"https://{responder.ISPDB}/v1.1/"),
        ]


@contextlib.contextmanager
def served(folder: Path, count: int) -> Iterator[Served]:
    """Servers for `count` domains for the length of the block. Raises LookupError without nginx."""
    nginx = packages.find("nginx")
    if nginx is None:
        raise LookupError("nginx")
    folder.chmod(0o711)
    place = Served(_free(socket.SOCK_DGRAM), _free(socket.SOCK_STREAM), folder / "ca.pem", count)
    _certificates(folder, count)
    (folder / "nginx.conf").write_text(_nginx(folder, place.web), encoding="utf-8")
    (folder / "config.xml").write_text(XML, encoding="utf-8")
    commands = (
        [nginx, "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")],
        [sys.executable, str(Path(responder.__file__)), str(place.dns)],
    )
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            started.append(process)
        assert started[-1].stdout is not None
        started[-1].stdout.readline()
        socket.create_connection(("127.0.0.1", place.web), 5).close()
        yield place
    finally:
        for process in started:
            _ended(process)


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _nginx(folder: Path, port: int) -> str:
    user = "user root;\n" if os.geteuid() == 0 else ""
    kinds = ("client_body", "proxy", "fastcgi", "scgi", "uwsgi")
    temporary = "".join(f"  {kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    return f"""{user}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
{temporary}  access_log off;
  types {{ text/xml xml; }}
  server {{
    listen 127.0.0.1:{port} ssl backlog=1024;
    ssl_protocols TLSv1.3;
    ssl_certificate {folder}/$ssl_server_name.pem;
    ssl_certificate_key {folder}/key.pem;
    location = /mail/config-v1.1.xml {{ alias {folder}/config.xml; }}
    location / {{ return 404; }}
  }}
}}
"""


def _certificates(folder: Path, count: int) -> None:
    """A CA, one key, and a certificate for each name that has a web server."""
    authority, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.datetime.now(datetime.UTC)

    def made(name: str, *, ca: bool) -> bytes:
        subject = issuer if ca else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(issuer, subject, (authority if ca else key).public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(1))
        builder = builder.not_valid_after(now + datetime.timedelta(30))
        builder = builder.add_extension(x509.BasicConstraints(ca, None), critical=True)
        if not ca:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return builder.sign(authority, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    (folder / "ca.pem").write_bytes(made("", ca=True))
    for name in (responder.ISPDB, *(f"autoconfig.{responder.domain(n)}" for n in range(1, count, 2))):
        (folder / f"{name}.pem").write_bytes(made(name, ca=False))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
