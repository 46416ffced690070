"""`mailwright export`: from an address, a login or a saved file to files that nothing else was lost for."""

from __future__ import annotations

import json
import plistlib
import stat
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.cli.program import LANGUAGES, SOURCE, Program, leaks, refused

SCHEMA = json.loads((SOURCE / "mailwright" / "cli" / "export.schema.json").read_text(encoding="utf-8"))
ANNA, PASSWORD = "anna@auto.test", "correct-horse-7"
QQ = ("export", "li@qq.com", "--offline")


def valid(text: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text)
    jsonschema.Draft7Validator(SCHEMA).validate(document)
    return document


def test_one_format_goes_to_stdout(program: Program) -> None:
    """Without -o the file itself is all there is on stdout, and how to use it is on stderr."""
    ran = program(*QQ, "--for", "mobileconfig", "--name", "李雷")
    assert ran.code == 0
    (mail,) = plistlib.loads(ran.out.encode())["PayloadContent"]
    assert (mail["EmailAccountName"], mail["IncomingMailServerHostName"]) == ("李雷", "imap.qq.com")
    assert "li@qq.com" in ran.err


def test_several_formats_go_to_a_folder(program: Program, tmp_path: Path) -> None:
    """Each format has a folder of its own; a second run overwrites nothing unless it is told to."""
    wanted = (*QQ, "--for", "mobileconfig,json,csv", "-o", str(tmp_path / "out"))
    assert program(*wanted).code == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.parent.name for path in before} == {"mobileconfig", "json", "csv"}
    refused(program(*wanted, "--name", "other"), "en", "--force")
    assert {path: path.read_bytes() for path in before} == before
    assert program(*wanted, "--name", "other", "--force").code == 0
    assert {path: path.read_bytes() for path in before} != before
    assert not list(tmp_path.rglob("*.part"))


def test_dry_run_writes_nothing(program: Program, tmp_path: Path) -> None:
    """--dry-run names the files and makes none."""
    ran = program(*QQ, "--for", "json", "-o", str(tmp_path / "a" / "b.json"), "--dry-run")
    assert ran.code == 0
    assert "b.json" in ran.err
    assert not list(tmp_path.iterdir())


def test_json(program: Program, tmp_path: Path) -> None:
    """--json follows its schema, with the content or, once written, the path; what cannot be made is said."""
    document = valid(program(*QQ, "--for", "mobileconfig,qr-png", "--json").out)
    assert [set(file) - {"name", "media", "private"} for one in document["exports"] for file in one["files"]] == [
        {"text"},
        {"base64"},
    ]
    written = valid(program(*QQ, "--for", "json", "--json", "-o", str(tmp_path / "p.json")).out)
    assert written["exports"][0]["files"][0]["path"] == str(tmp_path / "p.json")
    ran = program("export", "li@outlook.com", "--offline", "--for", "mobileconfig", "--json")
    assert ran.code == 1
    (one,) = valid(ran.out)["exports"]
    assert (one["files"], [note["id"] for note in one["notes"]]) == ([], ["oauth"])


def test_from_a_saved_setup(inside: Program, tmp_path: Path) -> None:
    """A saved `setup --json` of a login counts as proved, and so does what is exported as json from it."""
    code, _ = inside.json(ANNA, "--password-stdin", stdin=PASSWORD)
    assert code == 0
    saved = tmp_path / "seen.json"
    saved.write_text(inside("setup", ANNA, "--password-stdin", "--json", stdin=PASSWORD).out)
    again = inside("export", "--from", str(saved), "--for", "json")
    assert json.loads(again.out)["proof"] == "verified"
    once_more = inside("export", "--from", "-", "--for", "json", stdin=again.out)
    assert json.loads(once_more.out) == json.loads(again.out)
    pop = inside("export", "--from", "-", "--for", "json", "--protocol", "pop3", stdin=again.out)
    assert json.loads(pop.out)["incoming"]["host"] == "pop.auto.test"


@pytest.mark.parametrize("way", ["found", "login"])
def test_login_or_not(inside: Program, way: str) -> None:
    """Without a password what was found is written, and said to be just that; with one it is proved first."""
    asked = ("--password-stdin",) if way == "login" else ()
    ran = inside("export", ANNA, "--for", "json", *asked, stdin=PASSWORD if asked else "")
    document = json.loads(ran.out)
    assert (ran.code, document["proof"]) == (0, "verified" if asked else "found")
    assert ("not proved" in ran.err) is not bool(asked)
    assert document["incoming"]["host"] == "imap.auto.test"


def test_refused_login_writes_nothing(inside: Program, tmp_path: Path) -> None:
    """When the password is wrong, no file appears and the next step is said."""
    out = tmp_path / "x.json"
    ran = inside("export", ANNA, "--for", "json", "-o", str(out), "--password-stdin", stdin="wrong-wrong-1")
    assert ran.code == 1
    assert "diagnose" in ran.err
    assert not out.exists()


def test_secret_only_when_asked_for(program: Program, tmp_path: Path) -> None:
    """--with-secret writes it into a file nobody else can read, and says so; without it there is none anywhere."""
    canary = "canary-Zw7Qm2"
    out = tmp_path / "rc"
    ran = program(*QQ, "--for", "msmtp", "-o", str(out))
    assert ran.code == 0
    assert canary not in out.read_text()
    saved = program(*QQ, "--for", "json").out
    (tmp_path / "j.json").write_text(saved)
    ran = program("export", "--from", str(tmp_path / "j.json"), "--for", "msmtp", "-o", str(out), "--force",
                  "--with-secret", "--password-stdin", stdin=canary, hidden=[canary])  # fmt: skip
    assert ran.code == 0
    assert canary in out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "clear" in ran.err


def test_no_place_for_a_secret(program: Program, tmp_path: Path) -> None:
    """A format without a place for a secret refuses one before anything is written."""
    saved = tmp_path / "j.json"
    saved.write_text(program(*QQ, "--for", "json").out)
    ran = program("export", "--from", str(saved), "--for", "autoconfig", "--with-secret", "--password-stdin",
                  stdin="canary-Zw7Qm2", hidden=["canary-Zw7Qm2"])  # fmt: skip
    refused(ran, "en", "autoconfig")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "typed",
    [
        ("--for", "nope"),
        ("--for", "mobileconfg"),
        ("--for", ","),
        (),
        ("--for", "json", "--name", "a\nb"),
        ("--for", "json", "--name", "x" * 600),
        ("--for", "json,csv"),
        ("--for", "json", "-o", "/proc/nope/x"),
        ("--for", "mobileconfig", "--sign-cert", "x.pem"),
        ("--for", "mobileconfig", "--sign-cert", "/nonexistent", "--sign-key", "/nonexistent"),
        ("--for", "json", "--password-stdin"),
        ("--for", "json", "--protocol", "smtp"),
    ],
)
def test_bad_input(program: Program, language: str, typed: tuple[str, ...]) -> None:
    """What cannot be done is said in one sentence with the next step, exit code 2, and nothing is written."""
    refused(program(*QQ, *typed, "--lang", language), language)


@pytest.mark.parametrize(
    "document", ["", "{", "[]", "{}", '{"schema":1}', '{"incoming":1}', "\x00", "null", "[" * 9000]
)
def test_saved_files_that_are_none(program: Program, tmp_path: Path, document: str) -> None:
    """A file that holds no settings is named, and nothing else happens."""
    (tmp_path / "f.json").write_text(document)
    refused(program("export", "--from", str(tmp_path / "f.json"), "--for", "csv"), "en", "f.json")


def test_list(program: Program) -> None:
    """--list names every format in words; there are more than twenty."""
    for language in LANGUAGES:
        ran = program("export", "--list", "--lang", language)
        assert ran.code == 0
        assert sum(line.startswith("  ") for line in ran.out.splitlines()) >= 20
    assert not leaks(program("export", "--list", "--json").out)
