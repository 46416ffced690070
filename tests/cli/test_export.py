"""`mailwright export`: from an address, a login or a saved file to files that nothing else was lost for."""

from __future__ import annotations

import json
import plistlib
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import trustme

from tests.cli.program import LANGUAGES, SOURCE, Program, Ran, command, leaks, refused

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
    assert "would be written: " in ran.err
    assert "b.json" in ran.err
    assert not list(tmp_path.iterdir())
    assert "would be written: stdout" in program(*QQ, "--for", "json", "--dry-run").err
    assert "会写入" in program(*QQ, "--for", "json", "--dry-run", "--lang", "zh").err


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


XML_CANNOT = "a\ufffe"


def test_all_that_can_be(program: Program, tmp_path: Path) -> None:
    """Of all formats those are written that can be; each of the others is named with its reason."""
    ran = program(*QQ, "--for", "all", "-o", str(tmp_path / "out"), "--name", XML_CANNOT)
    assert ran.code == 0
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"neomutt", "json"} <= written
    assert not {"mobileconfig", "k9"} & written
    assert re.search("left out: mobileconfig.*cannot carry this name.*--list", ran.err)
    told = valid(program(*QQ, "--for", "all", "--json", "--name", XML_CANNOT).out)["exports"]
    (one,) = (one for one in told if one["format"] == "k9")
    assert (one["files"], [(note["id"], note["stops"]) for note in one["notes"]]) == (
        [],
        [("export.cannot_hold", True)],
    )
    assert "change the name" in one["notes"][0]["text"]["en"]
    assert {one["format"] for one in told if one["files"]} == written


def test_what_was_named_is_missed(program: Program, tmp_path: Path) -> None:
    """Of formats that were named one by one, one left out makes the exit code 1; with none left it is as for one."""
    named = (*QQ, "-o", str(tmp_path / "out"), "--name", XML_CANNOT)
    ran = program(*named, "--for", "mobileconfig,json")
    assert (ran.code, [path.name for path in (tmp_path / "out").iterdir()]) == (1, ["json"])
    refused(program(*named, "--for", "mobileconfig,k9"), "en", "mobileconfig")
    stopped = program("export", "li@outlook.com", "--offline", "--for", "mobileconfig,himalaya-1")
    assert (stopped.code, stopped.out) == (1, "")
    assert stopped.err.count("left out") == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_dns_and_no_domain(inside: Program, language: str) -> None:
    """Where nothing is found, the reason is said as by setup, and the exit code is that of setup."""
    for address, env, code in (
        ("anna@nowhere.test", {}, 1),
        ("anna@nowhere.test", {"MAILWRIGHT_RESOLVER": "127.0.0.1:1"}, 3),
    ):
        asked = (address, "--lang", language)
        ran = inside("export", *asked, "--for", "json", env=env)
        assert (ran.code, ran.out) == (code, "")
        assert inside("setup", *asked, "--no-login", env=env).code == code
        assert ("nowhere.test does not exist" if language == "en" else "nowhere.test 不存在") in ran.err or code == 3
        assert f"mailwright diagnose {address}" in ran.err
    ran = inside("export", "anna@gmial.com", "--offline", "--for", "json", "--lang", language)
    assert ran.code == 3
    assert "anna@gmail.com" in ran.err


def test_signing_needs_a_profile(program: Program, tmp_path: Path) -> None:
    """A signature that would go nowhere is not passed over."""
    made = trustme.CA().issue_cert("mail.example")
    made.private_key_pem.write_to_path(tmp_path / "key.pem")
    made.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    signing = ("--sign-cert", str(tmp_path / "cert.pem"), "--sign-key", str(tmp_path / "key.pem"))
    refused(program(*QQ, "--for", "qr", *signing, "-o", "/nowhere/x"), "en", "--sign-cert", "mobileconfig")


def test_pdf_needs_a_page(program: Program) -> None:
    """--pdf with no format that is a page is not passed over."""
    refused(program(*QQ, "--for", "json,neomutt", "--pdf", "-o", "/nowhere/x"), "en", "--pdf", "sheet")


def test_nobody_takes_the_file(program: Program, tmp_path: Path) -> None:
    """A stdout that is closed takes no file, so that is no success; with -o nothing is lost."""

    def closed(*arguments: str) -> int:
        shell = ["sh", "-c", 'exec "$@" >&-', "sh", *command(*QQ, "--for", "json", *arguments)]
        return subprocess.run(shell, env=program.variables, capture_output=True, check=False).returncode

    assert [closed(), closed("--json"), closed("-o", "-")] == [2, 2, 2]
    assert closed("-o", str(tmp_path / "p.json")) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_on_stdin(program: Program, language: str) -> None:
    """--from - with a stdin that is closed or empty says that nothing came."""
    asked = ("export", "--from", "-", "--for", "json", "--lang", language)
    refused(program(*asked), language, "stdin" if language == "en" else "标准输入")
    shell = ["sh", "-c", 'exec "$@" <&-', "sh", *command(*asked)]
    done = subprocess.run(shell, env=program.variables, capture_output=True, check=False)
    refused(Ran(done.returncode, done.stdout.decode(), done.stderr.decode()), language, "--from -")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_terminal(program: Program, tmp_path: Path, language: str) -> None:
    """Without a terminal the next step names options that this verb has."""
    saved = tmp_path / "j.json"
    saved.write_text(program(*QQ, "--for", "json").out)
    ran = program("export", "--from", str(saved), "--for", "msmtp", "--with-secret", "--lang", language)
    refused(ran, language, "--with-secret")
    assert "--no-login" not in ran.err


def signer(folder: Path) -> None:
    """A certificate, its key open and locked, and another's."""
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k.pem", "-out", "c.pem"]
    for order in (
        [*made, "-subj", "/CN=Signer", "-days", "3"],
        ["openssl", "genrsa", "-out", "other.pem", "2048"],
        ["openssl", "rsa", "-aes256", "-passout", "pass:hush", "-in", "k.pem", "-out", "locked.pem"],
        ["openssl", "rsa", "-in", "k.pem", "-outform", "der", "-out", "k.der"],
    ):
        subprocess.run(order, cwd=folder, check=True, capture_output=True)


def test_signing(program: Program, tmp_path: Path) -> None:
    """What is wrong is said of the file it is about, and a signed profile is not called unsigned."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    signer(tmp_path)
    out = tmp_path / "out.mobileconfig"

    def sign(certificate: str, key: str, *more: str) -> Ran:
        files = ("--sign-cert", str(tmp_path / certificate), "--sign-key", str(tmp_path / key))
        return program(*QQ, "--for", "mobileconfig", "-o", str(out), "--force", *files, *more)

    unlocking = "--sign-key-password-command"
    refused(sign("c.pem", "other.pem"), "en", "other.pem belongs to another", "c.pem")
    refused(sign("c.pem", "k.der"), "en", "k.der", "private key")
    refused(sign("k.der", "k.pem"), "en", "k.der", "certificate")
    refused(sign("c.pem", "k.pem", "--sign-chain", str(tmp_path / "other.pem")), "en", "other.pem", "certificate")
    refused(sign("c.pem", "locked.pem"), "en", "locked.pem", unlocking)
    refused(sign("c.pem", "locked.pem", unlocking, "echo no"), "en", "locked.pem", unlocking)
    assert not out.exists()
    for signed in (sign("c.pem", "k.pem"), sign("c.pem", "locked.pem", unlocking, "echo hush")):
        assert signed.code == 0
        assert "Not signed" not in signed.err
    assert "Not signed" in program(*QQ, "--for", "mobileconfig", "-o", str(out), "--force").err


def test_steps_name_the_file(program: Program, tmp_path: Path) -> None:
    """How to use it is said of the file that was written."""
    out = tmp_path / "rc"
    assert f'source "{out}"' in program(*QQ, "--for", "neomutt", "-o", str(out)).err


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
