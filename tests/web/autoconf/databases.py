"""Real servers to look up in, each in a folder of its own, ended by their process."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

SECONDS = 60
MODULES = ("/usr/lib/ldap", "/usr/lib/openldap", "/usr/libexec/openldap")
BASE = "dc=example,dc=org"
ADMIN = f"cn=admin,{BASE}"


@dataclass
class Postgresql:
    """`connection`: how it is reached, by whom may only read."""

    folder: Path
    programs: Path
    user: str | None

    @property
    def connection(self) -> str:
        return f"host={self.folder} dbname=postgres user=reader"

    def sql(self, text: str) -> None:
        self._run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", "owner", "postgres", "-c", text)

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        argv = ["postgres", "-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses="]
        with running([str(self.programs / argv[0]), *argv[1:]], self.folder, self.user):
            until(self._ready, "postgres")
            yield

    def make(self) -> None:
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "owner", "-A", "trust", "--no-sync")

    def _ready(self) -> bool:
        argv = [str(self.programs / "pg_isready"), "-q", "-h", str(self.folder)]
        return subprocess.run(argv, check=False, timeout=SECONDS).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        argv = [str(self.programs / program), *arguments]
        subprocess.run(argv, check=True, capture_output=True, timeout=SECONDS, cwd=self.folder, user=self.user)


@contextlib.contextmanager
def running(argv: Sequence[str], folder: Path, user: str | None = None) -> Iterator[None]:
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(argv, cwd=folder, user=user, stdout=log, stderr=log, stdin=subprocess.DEVNULL) as process,
    ):
        try:
            yield
        finally:
            # What PostgreSQL takes for: now, whoever is connected.
            process.send_signal(2)
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def until(ready: object, name: str) -> None:
    assert callable(ready)
    for _ in range(SECONDS * 20):
        if ready():
            return
        time.sleep(0.05)
    pytest.fail(f"{name} does not start")


def postgresql(folder: Path) -> Postgresql:
    """Not started yet."""
    pytest.importorskip("psycopg")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    which = shutil.which("postgres")
    if not found and which is None:
        pytest.skip("no PostgreSQL")
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    made = Postgresql(folder, found[-1].parent if found else Path(str(which)).parent, user)
    made.make()
    return made


CONFIGURATION = """\
include {schema}/core.schema
include {schema}/cosine.schema
include {schema}/inetorgperson.schema
moduleload back_mdb
modulepath {modules}
pidfile {folder}/pid
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/cert.pem
TLSCertificateKeyFile {folder}/key.pem
database mdb
maxsize 10485760
suffix "{base}"
rootdn "{admin}"
rootpw canary-directory
directory {folder}/data
access to * by anonymous auth by * none
"""
ENTRIES = f"""\
dn: {BASE}
objectClass: organization
objectClass: dcObject
dc: example
o: Example

dn: uid=u1001,{BASE}
objectClass: inetOrgPerson
uid: u1001
cn: Anna
sn: A
mail: anna@plain.test
mail: info@plain.test

dn: uid=u1002,{BASE}
objectClass: inetOrgPerson
uid: u1002
cn: Star
sn: S
mail: *@plain.test
"""


@dataclass
class Directory:
    folder: Path
    plain: int
    tls: int

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        urls = f"ldap://127.0.0.1:{self.plain} ldaps://127.0.0.1:{self.tls}"
        with running(["slapd", "-d", "0", "-f", str(self.folder / "slapd.conf"), "-h", urls], self.folder):
            until(lambda: _listens(self.plain), "slapd")
            yield


def directory(folder: Path) -> Directory:
    """Not started yet."""
    if importlib.util.find_spec("ldap3") is None:
        pytest.skip("no ldap3")
    os.environ["PATH"] = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
    schema = next((p for p in (Path("/etc/ldap/schema"), Path("/etc/openldap/schema")) if p.is_dir()), None)
    modules = next((p for p in map(Path, MODULES) if p.is_dir()), None)
    if shutil.which("slapd") is None or schema is None or modules is None:
        pytest.skip("no slapd")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "data").mkdir()
    text = CONFIGURATION.format(schema=schema, modules=modules, folder=folder, base=BASE, admin=ADMIN)
    # The module path has to stand before what is loaded from it.
    lines = sorted(text.splitlines(), key=lambda line: not line.startswith("modulepath"))
    (folder / "slapd.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    argv = ["slapadd", "-q", "-f", str(folder / "slapd.conf")]
    subprocess.run(argv, input=ENTRIES.encode(), check=True, capture_output=True, timeout=SECONDS)
    return Directory(folder, free_port(), free_port())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
