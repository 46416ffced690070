"""What the command line says of itself is true: the options it names are there, and its examples work."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailwright import cli
from mailwright.cli import parser
from mailwright.cli.usage import Usage
from mailwright.lab import plan
from mailwright.texts import LANGUAGES, Words, words
from tests.cli.program import Program
from tests.texts import ids

FAMILIES = ("problems", "face", "diagnosis")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
COMMAND = re.compile(r"mailwright ([a-z]+)((?: (?!mailwright )[^\s；，;,|。）)]+)*)")
FOLDER = Path(cli.__file__).parent


def options() -> dict[str, set[str]]:
    """The options of each verb, those of its actions too."""

    def of(made: Usage) -> set[str]:
        own = {flag for action in made._actions for flag in action.option_strings}
        return own.union(*(of(below) for below in parser._choices(made).values()))

    return {verb: of(made) for verb, made in parser._choices(parser._build(Words("en"))).items()}


OPTIONS = options()


def texts(language: str) -> Iterator[tuple[str, str]]:
    """Every text with its id: those of faces, of findings and of formats."""
    exports = (f"export/{path.stem}" for path in sorted((words.FOLDER / language / "export").glob("*.toml")))
    findings = (f"findings/{name}" for name in words.families(language))
    for family in (*FAMILIES, *exports, *findings):
        yield from ids.phrases(language, family).items()


@pytest.mark.parametrize("language", LANGUAGES)
def test_commands_that_are_named(language: str) -> None:
    """Where a command of ours is written out, its verb has each option beside it."""
    named = [(key, *found.groups()) for key, text in texts(language) for found in COMMAND.finditer(text)]
    assert len(named) > 50
    wrong = [
        (key, verb, rest)
        for key, verb, rest in named
        if verb in OPTIONS and not set(OPTION.findall(rest.partition(" -- ")[0])) <= OPTIONS[verb]
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_that_are_named(language: str) -> None:
    """An option stands in the text of a verb only if the verb has it, and elsewhere only if there is one."""
    wrong = []
    for key, text in texts(language):
        verb = key.partition(".")[0]
        known = OPTIONS.get(verb if verb != "bulk" else "setup", set().union(*OPTIONS.values()))
        plain = re.sub(
            r"(?:mailwright|curl|systemctl|evolution|himalaya|fetchmail|mu|gpg|docker) [^；，;,。]*", "", text
        )
        wrong += [(key, option) for option in OPTION.findall(plain) if option not in known]
    assert [row for row in wrong if not row[1].startswith("--fault")] == []


def imported(path: Path) -> set[str]:
    """The modules of the command line that one uses by name."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {
        alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "mailwright.cli"
        for alias in node.names
    }


def raised(module: str) -> set[str]:
    """The problems raised in a module of the command line."""
    return {id for place, id, _ in ids.raised() if place.startswith(f"cli/{module}.py:")}


@pytest.mark.parametrize("verb", sorted(OPTIONS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_hints_of_what_verbs_share(verb: str, language: str) -> None:
    """What several verbs may say (of passwords, of the network) names no option that one of them lacks.

    A verb that has words of its own for one of these problems names its id.
    """
    path = FOLDER / f"{verb}.py"
    source = path.read_text(encoding="utf-8") if path.exists() else ""
    shared = [id for module in imported(path) & {"secrets", "oauth"} for id in raised(module)] if source else []
    rows = words.family(language, "problems")
    wrong = [
        (id, option)
        for id in shared
        if f'"{id}"' not in source
        for option in OPTION.findall(f"{rows[id]['say']} {rows[id]['next']}")
        if option not in OPTIONS[verb]
    ]
    assert wrong == []


def examples(language: str) -> list[tuple[str, str]]:
    """Every example of the help, without the remark behind it."""
    pages = {key: text for key, text in words.family(language, "face").items() if re.match(r"help\..*examples$", key)}
    lines = [(key, line.strip()) for key, text in pages.items() for line in text.splitlines()]
    return [(key, re.split(r"\s{3,}", line)[0]) for key, line in lines if "mailwright " in line]


def typed(line: str) -> list[list[str]]:
    """The arguments of each time the program is started in a line of a shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    started: list[list[str]] = [[]]
    for word in lexer:
        if set(word) <= set(";|&<>"):
            started.append([])
        else:
            started[-1].append(word)
    return [part[1:] for part in started if part[:1] == ["mailwright"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_parse(language: str) -> None:
    """Each example of each --help is a command line that the program takes."""
    shown = examples(language)
    assert {key.split(".")[1] for key, _ in shown} == set(OPTIONS)
    for key, line in shown:
        commands = typed(line)
        assert commands, (key, line)
        for arguments in commands:
            assert isinstance(parser.parse(arguments, Words(language)), parser.Arguments), (key, line)
            if "--" in arguments:
                inner = arguments[arguments.index("--") + 1 :]
                assert inner[0] != "mailwright" or parser.parse(inner[1:], Words(language))


ANNA = next(account for account in plan.ACCOUNTS if account.address == "anna@auto.test")
# In the lab it is this person who follows them.
THERE = {"name@example.org": ANNA.address, "imap.example.org": "imap.auto.test", "example.org": "auto.test"}
SIGNS_IN = ("setup", "diagnose")


@pytest.mark.parametrize("key", ["setup", "diagnose", "export", "explain", "tls", "check", "book", "book.show"])
def test_the_first_example_works(inside: Program, key: str) -> None:
    """What stands first in the help of a verb does what it says."""
    line = next(line for page, line in examples("en") if page == f"help.{key}.examples")
    for meant, there in THERE.items():
        line = line.replace(meant, there)
    (arguments,) = typed(line)
    verb = key.partition(".")[0]
    more = ["--password-stdin"] if verb in SIGNS_IN else []
    ran = inside(*arguments, *more, stdin=ANNA.password if more else "")
    assert ran.code == 0, ran
    assert len(ran.out.splitlines()) > 1
