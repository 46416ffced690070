"""Whatever cannot be used: exit 2, nothing on stdout, a sentence and a next step, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import HAN, LANGUAGES, Program, answered, refused

ADDRESSES: dict[str, str | bytes] = {
    "none": "",
    "blank": "  ",
    "no_at": "anna.example.org",
    "two_at": "a@b@example.org",
    "no_local": "@example.org",
    "no_domain": "anna@",
    "no_dot": "anna@localhost",
    "line_break": "anna@example.org\nRCPT TO:<x>",
    "tab": "an\tna@example.org",
    "escape_sequence": "\x1b[2J\x1b[31manna@example.org",
    "c1_control": "\x9b31manna@example.org",
    "reading_direction": "anna\u202e@example.org",
    "long": "a" * 10_000 + "@example.org",
    "long_local": "a" * 65 + "@example.org",
    "not_utf8": b"\xff\xfeanna@example.org",
    "half_a_letter": b"\xe6\x9d@example.org",
    "space": "an na@example.org",
    "path": "../../etc/passwd@..",
    "shell": "$(touch /tmp/never)@example.org;",
    "address_literal": "anna@[127.0.0.1]",
}
OPTIONS: dict[str, tuple[str, ...]] = {
    "resolver_port": ("--resolver", "9.9.9.9:70000"),
    "resolver_name": ("--resolver", "dns.example.org"),
    "resolver_escape": ("--resolver", "\x1b[31m"),
    "proxy_port": ("--proxy", "socks5://127.0.0.1:70000"),
    "proxy_scheme": ("--proxy", "ftp://127.0.0.1"),
    "proxy_nothing": ("--proxy", "://"),
    "connect_to_port": ("--connect-to", ":993::70000"),
    "connect_to_word": ("--connect-to", "imap:imap:imap:imap"),
    "connect_to_short": ("--connect-to", "a:1"),
    "ca_missing": ("--ca", "/nowhere/ca.pem"),
    "ca_folder": ("--ca", "/"),
    "ca_other": ("--ca", "/etc/passwd"),
    "timeout_zero": ("--timeout", "0"),
    "timeout_nan": ("--timeout", "nan"),
    "timeout_inf": ("--timeout", "inf"),
    "timeout_long": ("--timeout", "1e9"),
    "timeout_word": ("--timeout", "soon"),
    "jobs_zero": ("--jobs", "0"),
    "jobs_negative": ("--jobs=-1",),
    "jobs_many": ("--jobs", "100000"),
    "jobs_word": ("--jobs", "abc"),
    "protocol": ("--protocol", "smtp"),
    "no_value": ("--user",),
    "flag_value": ("--json=yes",),
    "unknown": ("--no-logn",),
    "abbreviated": ("--off",),
    "book_missing": ("--book", "/nowhere/book"),
    "second_word": ("hunter2",),
    "two_secrets": ("--password-stdin", "--password-command", "true"),
    "secret_offline": ("--password-stdin", "--offline"),
    "secret_no_login": ("--token-command", "true", "--no-login"),
    "bulk_and_address": ("--bulk", "list.csv"),
    "output_alone": ("-o", "out.csv", "--offline"),
    "jobs_alone": ("--jobs", "3"),
    "issuer_alone": ("--oauth-issuer", "https://issuer.example"),
    "command_empty": ("--password-command", ""),
    "command_missing": ("--password-command", "no-such-program-here"),
    "command_fails": ("--password-command", "echo nonsense; exit 7"),
    "command_silent": ("--password-command", "true"),
    "command_blank_line": ("--password-command", "echo"),
    "command_endless": ("--password-command", "yes"),
    "command_huge_line": ("--password-command", "head -c 30000 /dev/zero | tr '\\0' x"),
}
VERBS = [("diagnose",), ("explain",), ("tls",), ("check",), ("check", "autoconfig"), ("lab", "faults"),
    ("setup",), ("book",), ("book", "show"), ("book", "search"), ("book", "lint"), ("lab",), ("lab", "up"),
    ("lab", "down"), ("lab", "status"), ("lab", "run"),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ADDRESSES)
def test_no_address(program: Program, name: str, language: str) -> None:
    """What is no address is refused before any network, and reaches the terminal with nothing in it to obey."""
    refused(program("setup", ADDRESSES[name], "--lang", language, "--no-login"), language)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_bad_option(program: Program, name: str) -> None:
    """What an option cannot take is refused before any network; a second word, perhaps a password, is not repeated."""
    ran = program("setup", "anna@example.invalid", *OPTIONS[name], "--lang", "en", stdin="")
    refused(ran, "en")
    assert "hunter2" not in ran.err
    assert "nonsense" not in ran.err


@pytest.mark.parametrize("name", [name for name in OPTIONS if not name.startswith("command_")])
def test_a_bad_option_in_chinese(program: Program, name: str) -> None:
    """The same in Chinese, chosen by the environment; nothing of argparse's English is left."""
    ran = program("setup", "anna@example.invalid", *OPTIONS[name], env={"MAILWRIGHT_LANG": "zh"})
    refused(ran, "zh")
    assert not any(word in ran.err for word in ("argument", "invalid", "choose", "expected", "required"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_verb(program: Program, language: str) -> None:
    """An unknown verb is answered with those there are."""
    refused(
        program("frobnicate", "--lang", language),
        language,
        "setup | diagnose | export | migrate | explain | tls | check | serve | book | lab",
    )
    refused(program("book", "--lang", language), language, "show|search|lint")
    refused(program("lab", "fly", "--lang", language), language, "up | down | status | run")
    refused(program("lab", "run", "--dir", "/nowhere/lab", "--lang", language), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verb", VERBS, ids="_".join)
def test_help(program: Program, verb: tuple[str, ...], language: str) -> None:
    """Each verb has its help with examples, in one language, and lines that fit 80 columns."""
    ran = program(*verb, "--help", "--lang", language)
    answered(ran, 0, f"mailwright {' '.join(verb)}", {"zh": "例子", "en": "example"}[language], "--json")
    assert not ran.err
    assert bool(HAN.search(ran.out)) == (language == "zh")
    options = [line for line in ran.out.partition("example")[0].splitlines() if line.startswith("  ")]
    assert max(len(line) + len(HAN.findall(line)) for line in options) <= 100
    assert not any(english in ran.out for english in ("positional", "optional arguments", "show this help message"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_without_a_verb(program: Program, language: str) -> None:
    """`mailwright` alone is a few lines with four examples; --help and help say more; help VERB is VERB --help."""
    short = program(env={"MAILWRIGHT_LANG": language})
    assert short.code == 0
    assert short.out.count("  mailwright ") == 4
    assert program("--lang", language).out == short.out
    long = program("--help", "--lang", language)
    assert long.out == program("help", "--lang", language).out
    assert "130" in long.out
    assert program("help", "setup", "--lang", language).out == program("setup", "-h", "--lang", language).out


def test_version(program: Program) -> None:
    """--version and -V print name and version."""
    assert program("--version").out == program("-V").out
    assert program("--version").out.startswith("mailwright ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_terminal_for_the_prompt(inside: Program, language: str) -> None:
    """Where nobody can be asked, exit 2 names the ways to give the password."""
    ran = inside("setup", "anna@auto.test", "--json", "--lang", language)
    assert (ran.code, json.loads(ran.out)["verdict"]) == (2, "found")
    assert all(word in ran.err for word in ("--password-stdin", "--password-command", "--no-login"))
    assert bool(HAN.search(ran.err)) == (language == "zh")


@pytest.mark.parametrize("stdin", ["", "\n", "\r\n", "\nsecond line\n"])
def test_an_empty_stdin(program: Program, stdin: str) -> None:
    """An empty first line is no password."""
    ran = program("setup", "anna@example.invalid", "--password-stdin", stdin=stdin)
    refused(ran, "en")
    assert "second line" not in ran.err


def test_a_huge_stdin(program: Program) -> None:
    """A first line beyond 16 KiB is no password; it is not read to its end."""
    refused(program("setup", "anna@example.invalid", "--password-stdin", stdin="x" * 5_000_000), "en", "16384")


def test_a_broken_book_of_ones_own(program: Program, tmp_path: Path) -> None:
    """A broken file among one's own providers is named, with the command that says what is wrong."""
    (tmp_path / "mine.toml").write_text("id = [")
    ran = program("setup", "li@qq.com", "--offline", "--json", "--book", str(tmp_path))
    refused(ran, "en", "mine.toml", "book lint")


def test_the_locale_chooses_the_language(program: Program) -> None:
    """--lang over MAILWRIGHT_LANG over LC_ALL over LANG; what is not ours is English."""
    chosen = {"LANG": "zh_CN.UTF-8"}
    assert HAN.search(program(env=chosen).out)
    assert not HAN.search(program(env={**chosen, "LC_ALL": "C.UTF-8"}).out)
    assert HAN.search(program(env={"LANG": "de_DE.UTF-8", "MAILWRIGHT_LANG": "zh"}).out)
    assert not HAN.search(program("--help", "--lang=en", env={**chosen, "MAILWRIGHT_LANG": "zh"}).out)
    refused(program("setup", "--lang", "fr"), "en", "zh | en")


def test_control_characters_in_the_document(program: Program, tmp_path: Path) -> None:
    """What a terminal would obey is escaped in JSON too."""
    (tmp_path / "\x9b31m.toml").write_text("id = [")
    ran = program("book", "lint", str(tmp_path), "--json")
    assert ran.code == 1
    assert "\\u009b31m" in ran.out
    assert json.loads(ran.out)
