"""Real mail programs against the lab: each in a mount namespace of its own, where the lab's names are known."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mailwright import export
from mailwright.core import Auth, EmailAddress, Endpoint, Login, Profile, Proof, Protocol, Security
from mailwright.lab import Lab, plan

HOSTS = {"box.wellknown.test": 10, "imap.auto.test": 10, "pop.auto.test": 10, "smtp.auto.test": 10,
         "box.starttls.test": 11, "box.oauth.test": 22}  # fmt: skip
_INSIDE = 'mount --bind "$0" /etc/hosts && exec "$@"'


@dataclass(frozen=True)
class Desk:
    """One person's home with files of ours in it, and the programs that read them."""

    home: Path
    lab: Lab
    hosts: Path

    def put(self, made: export.Exported, where: str = "") -> list[Path]:
        """Write what was exported below the home, as the face does."""
        paths = []
        for file in made.files:
            path = self.home / where / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
            path.chmod(0o600 if file.private else 0o644)
            paths.append(path)
        return paths

    def run(self, *command: str, seconds: float = 30, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """A program and what it said. Its whole process group is ended when it takes too long."""
        process = subprocess.Popen(
            self.inside(*command),
            env=self.environment(**more),
            cwd=self.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            pytest.fail(f"{command[0]} did not end: {out[-2000:]} {err[-2000:]}")
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def inside(self, *command: str) -> list[str]:
        """The command as it is run where the lab's names are known."""
        return ["unshare", "--mount", "sh", "-c", _INSIDE, str(self.hosts), *command]

    def environment(self, **more: str) -> dict[str, str]:
        """A person's environment, with the lab's authority among the trusted."""
        return {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "SSL_CERT_FILE": str(self.lab.ca),
            **more,
        }


@pytest.fixture
def desk(lab: Lab, tmp_path: Path) -> Desk:
    """An empty home whose programs reach the lab. Skipped where mount namespaces cannot be made."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("mount namespaces need root")
    hosts = tmp_path / "hosts"
    base = lab.resolver.rpartition(":")[0].rpartition(".")[0]
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{base}.{octet} {name}\n" for name, octet in HOSTS.items()))
    home = tmp_path / "home"
    home.mkdir()
    return Desk(home, lab, hosts)


@pytest.fixture
def program() -> Callable[[str], str]:
    """Where a program is; the test is skipped where it is not installed."""

    def found(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return found


def profile_of(address: str, *, incoming: Protocol = Protocol.IMAP, name: str = "李雷 “Lee”") -> Profile:
    """The profile of an account of the lab, on the ports where the lab listens."""
    account = next(account for account in plan.ACCOUNTS if account.address == address)
    logins = {
        row.service: Login(
            Endpoint(Protocol(row.service), row.host, plan.OFFSET + row.port, Security(row.security)),
            row.username,
            Auth.OAUTH2 if account.instance == "oauth" else Auth.PASSWORD,
        )
        for row in account.expect
    }
    first = logins.pop(incoming.value)
    out = logins.pop("smtp")
    return Profile(
        EmailAddress.parse(address), first, out, name=name, others=tuple(logins.values()), proof=Proof.VERIFIED
    )


@pytest.fixture
def tls_profile() -> Profile:
    """anna@wellknown.test: TLS from the first byte, host box.wellknown.test, user name = address."""
    return profile_of("anna@wellknown.test")


@pytest.fixture
def starttls_profile() -> Profile:
    """anna@starttls.test: STARTTLS everywhere, host box.starttls.test."""
    return profile_of("anna@starttls.test")


def password_of(address: str) -> str:
    """The password of an account of the lab."""
    return next(account.password for account in plan.ACCOUNTS if account.address == address)


NASTY = "a\"b'c\\d%e$f`g;h#i{j}<k>&l|m 李 😀"
"""What a name or password may hold and every format must keep."""


def nasty(profile: Profile) -> Profile:
    """The profile with every sign that some program takes for its own, in all fields that may hold it."""
    user = "an\"na\\%s$x`y'z;#{}@wellknown.test"
    return replace(
        profile,
        name=NASTY,
        incoming=replace(profile.incoming, username=user),
        outgoing=replace(profile.outgoing, username=user) if profile.outgoing else None,
    )
