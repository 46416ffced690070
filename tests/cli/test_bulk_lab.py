"""`--bulk` against real servers: found by the network, signed in row by row."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.program import Program

if TYPE_CHECKING:
    from mailwright.lab import Lab

PROVED = ("anna@auto.test", "bert@auto.test", "李@auto.test", "anna@starttls.test", "anna@scram.test")
WRONG = "canary-bulk-3b7f"


def listed(folder: Path, *addresses: str) -> str:
    file = folder / "list.csv"
    file.write_text("\n".join(addresses), encoding="utf-8")
    return str(file)


def verdicts(text: str) -> dict[str, str]:
    return {record["address"]: record["verdict"] for record in csv.DictReader(io.StringIO(text))}


def vault(folder: Path, lab: Lab) -> str:
    """A command that prints the password of $MAILWRIGHT_ADDRESS."""
    for account in lab.accounts:
        (folder / account.address).write_text(account.password, encoding="utf-8")
    (folder / "guess@auto.test").write_text(WRONG)
    return f'cat "{folder}/$MAILWRIGHT_ADDRESS" 2>/dev/null'


def test_found_by_the_network(inside: Program, tmp_path: Path) -> None:
    """Without a source of secrets nobody signs in; each way of publishing is found, and what is not there is told."""
    file = listed(tmp_path, "anna@auto.test", "anna@srv.test", "x@auto.test", "anna@nullmx.test", "anna@no-such.test")
    ran = inside("setup", "--bulk", file)
    assert ran.code == 1
    assert list(verdicts(ran.out).values()) == ["found", "found", "found", "broken", "broken"]
    assert "5 addresses: 3 found, 0 proved, 2 not working" in ran.err


def test_a_password_command_per_row(inside: Program, lab: Lab, tmp_path: Path) -> None:
    """The command finds each address in its environment; every row is proved by its own login."""
    (tmp_path / "vault").mkdir()
    file = listed(tmp_path, *PROVED)
    ran = inside("setup", "--bulk", file, "--password-command", vault(tmp_path / "vault", lab))
    assert ran.code == 0, ran
    assert verdicts(ran.out) == dict.fromkeys(PROVED, "works")
    assert ran.err == "5 addresses: 0 found, 5 proved, 0 not working, 0 could not tell, 0 bad rows\n"


def test_some_cannot_sign_in(inside: Program, lab: Lab, tmp_path: Path) -> None:
    """A wrong password, a missing one and a host nobody vouches for stop no other row; no secret is written."""
    (tmp_path / "vault").mkdir()
    file = listed(tmp_path, "anna@auto.test", "guess@auto.test", "nobody@auto.test", "anna@srvout.test", "anna@v6.test")
    output = tmp_path / "out.csv"
    arguments = ("setup", "--bulk", file, "-o", str(output), "--password-command", vault(tmp_path / "vault", lab))
    ran = inside(*arguments, hidden=[WRONG])
    found = verdicts(output.read_text(encoding="utf-8"))
    assert ran.code == 1
    assert {name: found[name] for name in ("anna@auto.test", "guess@auto.test", "anna@v6.test")} == {
        "anna@auto.test": "works",
        "guess@auto.test": "broken",
        "anna@v6.test": "works",
    }
    assert found["anna@srvout.test"] in ("broken", "unknown")
    assert "row 3: The command" in ran.err
    assert WRONG not in output.read_text(encoding="utf-8")


def test_trusted_hosts(inside: Program, lab: Lab, tmp_path: Path) -> None:
    """--trust-host counts for every row."""
    (tmp_path / "vault").mkdir()
    hosts = ("--trust-host", "in.outside.test", "--trust-host", "OUT.outside.test")
    command = vault(tmp_path / "vault", lab)
    ran = inside("setup", "--bulk", listed(tmp_path, "anna@srvout.test"), "--password-command", command, *hosts)
    assert (ran.code, verdicts(ran.out)) == (0, {"anna@srvout.test": "works"})
