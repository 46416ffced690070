"""The lab as a value, and the file lab.json that says everything about it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mailwright.core import Problem
from mailwright.lab import plan
from mailwright.lab.network import Network

VERSION = 1
FILE = "lab.json"


@dataclass(frozen=True, slots=True)
class Server:
    """A child process: `started` is its start time in clock ticks since boot (/proc/PID/stat).

    `kind` is "real" (Dovecot, Postfix, …), "embedded" (a Python stand-in) or "part" (our own
    issuer and relay).
    """

    name: str
    pid: int
    started: int
    version: str
    kind: str


@dataclass(frozen=True, slots=True)
class Staged:
    """A fault that is there, as `mailwright diagnose` is to meet it.

    `cause`: what is really wrong. `options` and `prefix`: of the command; `environment`: what
    leads it here, in pairs.
    """

    id: str
    cause: str
    address: str
    password: str
    options: tuple[str, ...]
    prefix: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Lab:
    """A running lab.

    `connect_to` holds rules HOST1:PORT1:HOST2:PORT2; `notes` are ids of remarks
    (lab.note.…) on what is not as it would be elsewhere.
    """

    dir: Path
    network: Network
    ca: Path
    servers: tuple[Server, ...] = ()
    accounts: tuple[plan.Account, ...] = plan.ACCOUNTS
    notes: tuple[str, ...] = ()
    ispdb: str = plan.ISPDB
    cleanup: tuple[str, ...] = ()
    """Folders outside `dir` that go when empty (mount points in the trixie folder)."""
    faults: tuple[Staged, ...] = ()
    """Not empty: a lab in which these are wrong, instead of the ordinary one."""

    @property
    def resolver(self) -> str:
        """Address and port of the validating resolver."""
        return self.network.resolver

    @property
    def connect_to(self) -> tuple[str, ...]:
        """Rules for --connect-to, in the order to try them."""
        return self.network.connect_to()

    def account(self, address: str) -> plan.Account:
        """The account with that address; raises KeyError."""
        found = next((account for account in self.accounts if account.address == address), None)
        if found is None:
            raise KeyError(address)
        return found

    def fault(self, id: str = "") -> Staged:
        """The fault of that id, "" for the first; raises KeyError."""
        found = next((fault for fault in self.faults if id in ("", fault.id)), None)
        if found is None:
            raise KeyError(id)
        return found

    def with_server(self, server: Server) -> Lab:
        """The same lab with one more server."""
        return replace(self, servers=(*self.servers, server))


def save(lab: Lab) -> None:
    """Write lab.json, readable by its owner only (it holds the lab's passwords)."""
    body = {
        "version": VERSION,
        "dir": str(lab.dir),
        "resolver": lab.resolver,
        "ca": str(lab.ca),
        "connect_to": list(lab.connect_to),
        "ispdb": lab.ispdb,
        "network": asdict(lab.network),
        "servers": {server.name: _without_name(server) for server in lab.servers},
        "accounts": [_account(account) for account in lab.accounts],
        "notes": list(lab.notes),
        "cleanup": list(lab.cleanup),
        "faults": [asdict(fault) for fault in lab.faults],
    }
    fresh = lab.dir / (FILE + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(body, file, ensure_ascii=False, indent=1)
    fresh.replace(lab.dir / FILE)


def load(dir: Path) -> Lab | None:
    """The lab that lab.json in `dir` speaks of, or None; raises Problem("lab.state_unreadable")."""
    path = dir / FILE
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if body["version"] != VERSION:
            raise Problem("lab.state_unreadable", file=str(path))
        return _lab(body)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem("lab.state_unreadable", file=str(path)) from error


def _lab(body: dict[str, Any]) -> Lab:
    return Lab(
        dir=Path(body["dir"]),
        network=Network(**body["network"]),
        ca=Path(body["ca"]),
        servers=tuple(Server(name=name, **rest) for name, rest in body["servers"].items()),
        accounts=tuple(_read_account(account) for account in body["accounts"]),
        notes=tuple(body["notes"]),
        ispdb=body["ispdb"],
        cleanup=tuple(body["cleanup"]),
        faults=tuple(_read_fault(fault) for fault in body.get("faults", ())),
    )


def _read_fault(body: dict[str, Any]) -> Staged:
    pairs = tuple((key, value) for key, value in body["environment"])
    return Staged(**(body | {"options": tuple(body["options"]), "prefix": tuple(body["prefix"]), "environment": pairs}))


def _without_name(server: Server) -> dict[str, str | int]:
    return {key: value for key, value in asdict(server).items() if key != "name"}


def _account(account: plan.Account) -> dict[str, object]:
    expect = {e.service: [e.host, e.port, e.security, e.username] for e in account.expect}
    return {
        "address": account.address,
        "password": account.password,
        "how": account.how,
        "instance": account.instance,
        "expect": expect,
    }


def _read_account(body: dict[str, Any]) -> plan.Account:
    expect = tuple(plan.Expected(service, *rest) for service, rest in body["expect"].items())
    return plan.Account(**(body | {"expect": expect}))
