"""`mailwright migrate` as a person runs it, between two mailboxes of real servers."""

from __future__ import annotations

import imaplib
import json
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from mailwright.lab import plan
from tests.cli.program import SOURCE, Program, command, leaks, refused
from tests.lab import clients

if TYPE_CHECKING:
    from mailwright.lab import Lab

ANNA, LI = "anna@auto.test", "anna@wellknown.test"
BOTH = (ANNA, LI)
URLS = ("imaps://anna%40auto.test@imap.auto.test", "imaps://anna%40wellknown.test@box.wellknown.test")
SCHEMA = SOURCE / "mailwright" / "cli" / "migrate.schema.json"
PASSWORDS = {account.address: account.password for account in plan.ACCOUNTS}
SECRETS = f"{PASSWORDS[ANNA]}\n{PASSWORDS[LI]}\n"


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return str(tmp_path / "journal.db")


def valid(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    return document


def signed_in(lab: Lab, address: str) -> imaplib.IMAP4:
    """An independent client."""
    found = next(account for account in plan.ACCOUNTS if account.address == address)
    client = clients.imap(lab, next(one for one in found.expect if one.service == "imap"))
    client.login(address, PASSWORDS[address])
    return client


def test_all_of_it_and_then_only_what_is_new(inside: Program, journal: str) -> None:
    """A whole move, compared; a second run changes nothing; status without network."""
    more = (*BOTH, "--below", "whole", "--journal", journal, "--passwords-stdin")
    ran = inside("migrate", *more, stdin=SECRETS)
    assert ran.code == 0, ran
    assert "INBOX → whole" in ran.err
    again = inside("migrate", *more, "--json", stdin=SECRETS)
    document = valid(again.out)
    assert {row["fate"] for row in document["folders"]} == {"unchanged"}
    assert document["totals"]["messages"] >= 12
    assert document["next"] == "compare"
    compared = inside("migrate", "compare", *more, "--json", stdin=SECRETS)
    assert (compared.code, valid(compared.out)["good"]) == (0, True)
    status = inside("migrate", "status", *BOTH, "--journal", journal, "--json", env={"MAILWRIGHT_CONNECT_TO": ""})
    assert (status.code, valid(status.out)["totals"]) == (0, document["totals"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_look_beforehand(inside: Program, journal: str, language: str) -> None:
    """--dry-run names folders, messages and bytes, and keeps no journal."""
    more = (*BOTH, "--below", "dry", "--journal", journal, "--passwords-stdin", "--dry-run", "--lang", language)
    ran = inside("migrate", *more, stdin=SECRETS)
    assert ran.code == 0, ran
    assert "INBOX → dry" in ran.out
    assert "{" not in ran.both
    assert not Path(journal).exists()
    valid(inside("migrate", *more, "--json", stdin=SECRETS).out)
    after = inside("migrate", LI, ANNA, *more[2:], "--json", stdin=f"{PASSWORDS[LI]}\n{PASSWORDS[ANNA]}\n")
    assert not [row for row in valid(after.out)["folders"] if row["source"].startswith("dry")]


@pytest.mark.parametrize("typed", [BOTH, URLS], ids=["addresses", "urls"])
@pytest.mark.parametrize("wrong", [0, 1])
def test_a_side_that_does_not_let_us_in(inside: Program, journal: str, typed: tuple[str, str], wrong: int) -> None:
    """It is said which, with the next step."""
    lines = SECRETS.splitlines()
    lines[wrong] = "not this one"
    ran = inside("migrate", *typed, "--journal", journal, "--passwords-stdin", stdin="\n".join(lines) + "\n")
    assert ran.code == 1, ran
    assert ("source", "destination")[wrong] in ran.err
    document = inside(
        "migrate", *typed, "--journal", journal, "--passwords-stdin", "--json", stdin="\n".join(lines) + "\n"
    )
    valid(document.out)


def test_nobody_there(inside: Program, journal: str) -> None:
    """Exit code 3 and the command to go on with."""
    away = {"MAILWRIGHT_CONNECT_TO": ":993:127.0.0.1:9"}
    ran = inside("migrate", *URLS, "--journal", journal, "--passwords-stdin", stdin=SECRETS, env=away)
    assert ran.code == 3, ran
    assert "mailwright migrate imaps://" in ran.err


def test_stopped_and_gone_on_with(inside: Program, lab: Lab, journal: str) -> None:
    """^C: what is there is counted, the next run brings the rest, each message once."""
    with signed_in(lab, ANNA) as client:
        client.create("many")
        for number in range(400):
            client.append("many", "", "", f"Subject: {number}\r\n\r\n".encode() + b"x" * 20_000 + b"\r\n")
    more = (*URLS, "--folder", "many=stopped", "--exclude", "[!m]*", "--journal", journal, "--passwords-stdin")
    with subprocess.Popen(
        command("migrate", *more), stdin=-1, stdout=-1, stderr=-1, env=inside.variables, text=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write(SECRETS)
        process.stdin.flush()
        try:
            process.wait(1.2)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode in (0, 130), err
    assert "Traceback" not in err
    assert not leaks(out + err)
    if process.returncode == 130:
        assert "mailwright migrate imaps://" in out + err
    ran = inside("migrate", *more, stdin=SECRETS)
    assert ran.code == 0, ran
    with signed_in(lab, LI) as client:
        assert client.select("stopped", readonly=True) == ("OK", [b"400"])
        there = client.fetch("1:*", "(BODY.PEEK[])")[1]
    with signed_in(lab, ANNA) as client:
        client.select("many", readonly=True)
        here = client.fetch("1:*", "(BODY.PEEK[])")[1]
        client.unselect()
        client.delete("many")
    assert [row[1] for row in there if isinstance(row, tuple)] == [row[1] for row in here if isinstance(row, tuple)]


def test_two_at_once(inside: Program, journal: str) -> None:
    """The second is refused, in words."""
    import sqlite3

    lock = sqlite3.connect(f"{journal}.lock", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    ran = inside("migrate", *URLS, "--journal", journal, "--passwords-stdin", stdin=SECRETS)
    refused(ran, "en", "another run".capitalize())
    lock.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "typed",
    [
        (ANNA, ANNA),
        (ANNA, "ANNA@AUTO.TEST".replace("ANNA", "anna")),
        ("imaps://host.test", LI),
        ("http://a@host.test", LI),
        ("imaps://a@host.test/INBOX", LI),
        ("imaps://a:geheim@host.test", LI),
        ("nobody", LI),
        (*BOTH, "--folder", "only"),
        (*BOTH, "--from-as", "a\nb"),
        (*BOTH, "--passwords-stdin", "--from-password-command", "true"),
        (*BOTH, "--to-token-command", "true", "--to-password-command", "true"),
        (*BOTH, "--pairs", "17"),
        ("compare", *BOTH, "--journal", "/nowhere/there.db"),
        ("status", *BOTH, "--journal", "/nowhere/there.db"),
        (*BOTH, "--journal", "/proc/none/there.db"),
        (ANNA,),
    ],
)
def test_what_cannot_be_meant(program: Program, language: str, typed: tuple[str, ...]) -> None:
    """Exit code 2, one sentence and the next step."""
    ran = program("migrate", *typed, "--lang", language)
    assert ran.code == 2, ran
    refused(ran, language)
    assert "geheim" not in ran.both


def test_one_journal_however_it_is_typed(inside: Program, tmp_path: Path) -> None:
    """By address and by URL the same is gone on with, and status finds it by both; an option may stand between."""
    env = {"XDG_STATE_HOME": str(tmp_path)}
    assert inside("migrate", *BOTH, "--below", "one", "--passwords-stdin", stdin=SECRETS, env=env).code == 0
    urls = URLS
    ran = inside("migrate", *urls, "--below", "one", "--passwords-stdin", "--json", stdin=SECRETS, env=env)
    assert {row["fate"] for row in valid(ran.out)["folders"]} == {"unchanged"}
    assert len(list(tmp_path.rglob("*.db"))) == 1
    for typed in (BOTH, urls):
        assert inside("migrate", "status", "--json", *typed, env=env | {"MAILWRIGHT_CONNECT_TO": ""}).code == 0


def test_a_side_that_does_not_work_names_no_option_of_another_verb(inside: Program, journal: str) -> None:
    """What `setup` would say to do next is not said here."""
    ran = inside("migrate", *BOTH, "--journal", journal, "--passwords-stdin", stdin="wrong\nwrong\n")
    assert "--trace" not in ran.both
