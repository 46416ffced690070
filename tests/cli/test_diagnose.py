"""`mailwright diagnose` against real servers: the cause, the tree, what is kept and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mailwright import answers, book, setup, texts
from mailwright.cli import diagnose
from mailwright.cli.parser import parse
from mailwright.cli.screen import Screen
from mailwright.core import UNSAFE, BadInput
from mailwright.lab import Lab
from tests.cli.program import SOURCE, Program, answered, refused

SCHEMA = json.loads((SOURCE / "mailwright" / "answers" / "diagnose.schema.json").read_text(encoding="utf-8"))
ANNA = "anna@auto.test"
WRONG = "wrong-canary-31"


def diagnosed(program: Program, *arguments: str, stdin: str) -> tuple[int, dict[str, Any]]:
    ran = program("diagnose", *arguments, "--password-stdin", "--json", stdin=stdin, hidden=(stdin,))
    document: dict[str, Any] = json.loads(ran.out)
    jsonschema.validate(document, SCHEMA)
    return ran.code, document


def causes(document: dict[str, Any]) -> list[str]:
    return [cause["id"] for cause in document["causes"]]


@pytest.mark.parametrize("address", ["anna@auto.test", "anna@starttls.test", "anna@cram.test", "anna@localpart.test"])
def test_a_healthy_account_has_no_cause(inside: Program, lab: Lab, address: str) -> None:
    """Where everything works nothing is found, and no look is taken that setup would not take."""
    code, document = diagnosed(inside, address, stdin=lab.account(address).password)
    assert (code, document["verdict"], document["causes"], document["looks"]) == (0, "works", [], [])
    assert all(len(tried["logins"]) == 1 for tried in document["tried"])


def test_a_wrong_password_is_named(inside: Program, lab: Lab) -> None:
    """The refusal leads to the cause, with what speaks for it, and costs two refusals at most."""
    code, document = diagnosed(inside, ANNA, stdin=WRONG)
    assert (code, causes(document)[0]) == (1, "auth.bad_credentials")
    assert document["causes"][0]["for"]
    assert sum(len(tried["logins"]) for tried in document["tried"]) <= 2


@pytest.mark.parametrize(
    ("typed", "cause", "meant"),
    [
        (("--port", "143", "--security", "tls"), "proto.tls_mode", "993 tls"),
        (("--host", "imap.autp.test"), "host.typo", "imap.auto.test"),
        (("--host", " imap.auto.test "), "input.blank", "imap.auto.test"),
        (("--host", "imaps://imap.auto.test:993/"), "input.paste", "imap.auto.test"),
        (("--user", "\uff41nna@auto.test"), "input.fullwidth", ANNA),
        (("--user", "anna%40auto.test"), "input.percent", ANNA),
    ],
)
def test_what_was_typed_is_quoted_back(
    inside: Program, lab: Lab, typed: tuple[str, ...], cause: str, meant: str
) -> None:
    """A slip in a field is the cause, with the person's own words and what should stand there."""
    _, document = diagnosed(inside, ANNA, *typed, stdin=lab.account(ANNA).password)
    first = document["causes"][0]
    quoted = " ".join(typed[1::2])
    assert (first["id"], first["params"]["typed"], first["params"]["meant"]) == (cause, quoted, meant)


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_a_name_that_nobody_publishes(inside: Program, lab: Lab, language: str) -> None:
    """A typed server that works is told so, with the published name beside it; typed wrong, that one is advised."""
    words, password = texts.Words(language), lab.account(ANNA).password
    typed = ("diagnose", ANNA, "--password-stdin", "--protocol", "imap", "--host", "mx.auto.test", "--lang", language)
    ran = inside(*typed, stdin=password, hidden=(password,))
    answered(ran, 0, words.say("verdict.diagnose.works", address=ANNA), "id: settings.other_name", "imap.auto.test")
    ran = inside(*typed, "--port", "143", "--security", "tls", stdin=password, hidden=(password,))
    where = words.say("told.place", where="imap.auto.test:993", security=words.say("security.tls"))
    assert ran.code == 1
    assert words.say("verdict.diagnose.instead", address=ANNA, where=where) in ran.out
    assert "143 tls → imap.auto.test 993 tls" in ran.out


def test_a_file_is_judged_like_the_server(inside: Program, lab: Lab, tmp_path: Path) -> None:
    """What --json --trace wrote, and the page of --report, give the same causes elsewhere and without a network."""
    saved, page = tmp_path / "seen.json", tmp_path / "seen.html"
    ran = inside(
        "diagnose", ANNA, "--password-stdin", "--json", "--trace", "--report", str(page), stdin=WRONG, hidden=(WRONG,)
    )
    saved.write_text(ran.out, encoding="utf-8")
    assert WRONG not in page.read_text(encoding="utf-8")
    for file in (saved, page):
        again = inside("diagnose", "--from-trace", str(file), "--json", env={"MAILWRIGHT_RESOLVER": "127.0.0.1:1"})
        assert again.code == 1
        assert causes(json.loads(again.out)) == causes(json.loads(ran.out))
    piped = inside("diagnose", "--from-trace", "-", "--json", stdin=ran.out)
    assert causes(json.loads(piped.out)) == causes(json.loads(ran.out))


def test_a_report_that_cannot_be_written_is_refused_first(inside: Program, tmp_path: Path) -> None:
    """Nobody signs in for a page that has no place."""
    for place in (".", "..", str(tmp_path), str(tmp_path / "none" / "x.html"), "/dev/null", "x" * 300):
        refused(inside("diagnose", ANNA, "--password-stdin", "--report", place, stdin=WRONG), "en", place)
    assert not list(tmp_path.iterdir())


def test_what_was_seen_is_shown_before_it_is_written(
    inside: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """When there is no place any more at the end, the answer has been given."""
    ran = inside("diagnose", ANNA, "--no-login", "--json", "--trace")
    saved = tmp_path / "seen.json"
    saved.write_text(ran.out, encoding="utf-8")
    arguments = parse(["diagnose", ANNA, "--report", str(tmp_path / "none" / "x.html")], texts.Words("en"))
    assert not isinstance(arguments, str)
    examined = setup.judged(answers.kept.read(saved), setup.Shelf(book.Book(), book.Replies.load()))
    with pytest.raises(BadInput):
        diagnose.tell(arguments, Screen(texts.Words("en")), examined)
    assert "imap.auto.test" in capsys.readouterr().out


def test_a_report_of_anything_typed(inside: Program, tmp_path: Path) -> None:
    """Bytes that are no text, and marks that turn the reading direction, do no harm to a page."""
    page = tmp_path / "seen.html"
    user = "li\u2066\u2067\u200f\u061c\x9b".encode() + b"\xff"
    inside("diagnose", ANNA, "--password-stdin", "--user", user, "--report", str(page), stdin=WRONG, hidden=(WRONG,))
    assert not UNSAFE.search(page.read_text(encoding="utf-8"))
    assert list(tmp_path.iterdir()) == [page]
    again = inside("diagnose", "--from-trace", str(page), "--json")
    assert "li" in json.loads(again.out)["typed"]["username"]


def test_a_password_in_a_pasted_host(inside: Program, tmp_path: Path) -> None:
    """What stands before the @ of a URL is in no tree, no document and no page; that it was pasted is told."""
    page = tmp_path / "seen.html"
    host = "imaps://bob:hunter2@imap.auto.test"
    typed = ("diagnose", ANNA, "--no-login", "--host", host, "--report", str(page), "--trace")
    for shown in ((), ("--json",)):
        ran = inside(*typed, *shown, hidden=("hunter2",))
        assert "hunter2" not in ran.both + page.read_text(encoding="utf-8")
        assert "imaps://bob:‹…›@imap.auto.test" in ran.out


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("hello", "saved examination"),
        ('{"examination": {"form": 1, "address"', "cut short"),
        ('{"examination": {"form": 99}}', "another version"),
        ('{"examination": {"form": 1}}', "saved examination"),
        ("[1, 2]", "saved examination"),
        ("{" * 100_000, "cut short"),
        ("", "saved examination"),
    ],
)
def test_a_file_that_is_none_is_refused(inside: Program, tmp_path: Path, content: str, problem: str) -> None:
    """A cut, foreign or later file gives a clear sentence and exit code 2."""
    file = tmp_path / "seen.json"
    file.write_text(content, encoding="utf-8")
    refused(inside("diagnose", "--from-trace", str(file)), "en", problem)


def test_input_that_cannot_be_used(inside: Program, tmp_path: Path) -> None:
    """Wrong ports, files that are not there and options that exclude each other are told as such."""
    refused(inside("diagnose", ANNA, "--port", "0"), "en", "--port")
    refused(inside("diagnose", "--from-trace", str(tmp_path / "none.json")), "en", "none.json")
    refused(inside("diagnose", ANNA, "--from-trace", "x.json"), "en", "--from-trace")
    for secret in (["--password-command", "x"], ["--token-command", "x"], ["--oauth", "x"], ["--oauth"]):
        refused(inside("diagnose", *secret, "--from-trace", "x.json"), "en", "--from-trace", secret[0])
    refused(inside("diagnose", ANNA, "--password-stdin", "--no-login"), "en", "--no-login")
    without = inside("diagnose")
    refused(without, "en", "address", "like name@example.org")
    assert "setup" not in without.err
    refused(inside("diagnose", ANNA, "--port", "0"), "en", "1–65535")
    for name in ("", "-"):
        refused(inside("diagnose", ANNA, "--no-login", "--report", name), "en", f'"{name}" is not a file name')
    for host in ("a" * 300, "a." * 20_000 + "com", "a" * 20_000):
        refused(inside("diagnose", ANNA, "--no-login", "--host", host), "en", "is not a host name")
    refused(inside("diagnose", ANNA, "--no-login", "--host", "imap.auto.test:99999"), "en", "99999 is not a port")
    refused(inside("diagnose", ANNA, "--no-login", "--host", "x.test:993", "--port", "143"), "en", "two ports", "143")


def test_a_server_that_speaks_the_protocol_is_not_another_service(inside: Program) -> None:
    """A greeting is proof, whatever the name says; beside it stands the published name."""
    typed = ("--no-login", "--host", "smtp.auto.test", "--protocol", "imap", "--port", "993", "--lang", "en")
    ran = inside("diagnose", ANNA, *typed)
    answered(ran, 0, "id: settings.other_name", "imap.auto.test")
    assert "proto.wrong_service" not in ran.out


def test_nobody_is_asked_to_trust_a_host_that_is_none(inside: Program, lab: Lab) -> None:
    """A misspelt host is named, and not offered to be trusted; a foreign one that exists is, and leaves it open."""
    password = lab.account(ANNA).password
    give = ("--password-command", f"echo '{password}'", "--lang", "en")
    ran = inside("diagnose", ANNA, "--host", "imap.auto.tst", *give)
    answered(ran, 1, "id: host.typo")
    assert "--trust-host" not in ran.both
    ran = inside("diagnose", ANNA, "--host", "box.ispdb.test", *give)
    assert (ran.code, "--trust-host box.ispdb.test" in ran.err) == (3, True)


def test_a_report_names_no_folder(inside: Program, lab: Lab, tmp_path: Path) -> None:
    """The conversation is in it, the names of the person's folders are not."""
    password, page = lab.account(ANNA).password, tmp_path / "report.html"
    inside("diagnose", ANNA, "--password-stdin", "--report", str(page), stdin=password, hidden=(password,))
    text = page.read_text(encoding="utf-8")
    assert "mHl27g" not in text
    assert text.count("‹folder›") + text.count("\\u2039folder\\u203a") >= 10


def test_a_port_in_full_width_digits(inside: Program, lab: Lab) -> None:
    """It is understood, and the person is told."""
    password = lab.account(ANNA).password
    _, document = diagnosed(inside, ANNA, "--port", "\uff19\uff19\uff13", stdin=password)
    first = document["causes"][0]
    assert (first["id"], first["params"]["meant"]) == ("input.fullwidth", "993")


def test_a_port_where_nobody_listens(inside: Program) -> None:
    """Refused is not answered by something else."""
    typed = ("--no-login", "--host", "imap.auto.test", "--port", "994", "--lang", "en")
    answered(inside("diagnose", ANNA, *typed), 1, "Nothing listens on port 994 of imap.auto.test")


def test_a_name_that_does_not_exist_stands_beside_the_published_one(inside: Program) -> None:
    """What should have been typed is said, also where the two are not alike."""
    ran = inside("diagnose", ANNA, "--no-login", "--host", "www.auto.test", "--lang", "en")
    answered(ran, 1, "www.auto.test → imap.auto.test", "Type imap.auto.test as the server name.")


def test_a_port_of_no_server(inside: Program) -> None:
    """A port without a host is that of the server which was found; where none was, it is said that it was of no use."""
    ran = inside("diagnose", ANNA, "--no-login", "--port", "143")
    answered(ran, 0, "imap.auto.test:143, STARTTLS (as you typed it)")
    assert "not used" not in ran.err
    nothing = inside("diagnose", "anna@nothing.test", "--no-login", "--port", "143")
    assert "--port and --security were not used" in nothing.err


def test_the_tree_in_both_languages(inside: Program, lab: Lab) -> None:
    """The first broken joint stands out, what hangs below it was not checked, and the cause has a cure."""
    english = inside("diagnose", ANNA, "--password-stdin", stdin=WRONG)
    answered(english, 1, "✗ login", "– mailbox", "not checked", "id: auth.bad_credentials", "fix")
    chinese = inside("diagnose", ANNA, "--password-stdin", "--lang", "zh", stdin=WRONG)
    answered(chinese, 1, "✗ 登录", "没有检查", "id: auth.bad_credentials")


def test_without_a_login(inside: Program) -> None:
    """--no-login looks at the servers and says that nobody signed in."""
    ran = inside("diagnose", ANNA, "--no-login")
    answered(ran, 0, "✓ TLS", "– login")


def test_a_silent_dns_is_no_answer(program: Program) -> None:
    """Where no name can be looked up nothing else is told, and without a login nothing of a password or of trust."""
    typed = ("--host", "imap.elsewhere.test", "--no-login", "--resolver", "127.0.0.1:9")
    ran = program("diagnose", ANNA, *typed, "--json")
    document = json.loads(ran.out)
    assert (ran.code, document["verdict"]) == (3, "unknown")
    assert [finding["id"] for finding in document["findings"]] == ["dns.timeout", "settings.not_verified"]
    answered(program("diagnose", ANNA, *typed), 3, "? Settings", "could not be looked up", "id: dns.timeout")
