"""The command line as a table: verbs, options, and where their defaults come from."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from mailwright import __version__
from mailwright.core import BadInput
from mailwright.texts import LANGUAGES, Words


@dataclass(slots=True)
class Arguments:
    """What was typed: `verb`, `action` (for book and lab), and every option by its name."""

    verb: str
    action: str
    options: dict[str, Any]

    @property
    def color(self) -> bool:
        """False with --no-color."""
        return not self.options.get("no_color")

    @property
    def quiet(self) -> bool:
        """True with --quiet."""
        return bool(self.options.get("quiet"))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # an option's own type
        try:
            return self.options[name]
        except KeyError:
            raise AttributeError(name) from None


class _Parser(argparse.ArgumentParser):
    """Raises BadInput where argparse would print and exit."""

    def error(self, message: str) -> NoReturn:
        raise BadInput("input.usage", detail=message, verb=self.prog.partition(" ")[2] or "setup")


def parse(typed: Sequence[str], words: Words) -> Arguments | str:
    """The arguments, or the text to print (help, version). Raises BadInput("input.usage")."""
    if not typed or list(typed) in (["--help"], ["-h"], ["help"]):
        return words.say("help.short" if not typed else "help.long")
    if typed[0] in ("--version", "-V"):
        return f"mailwright {__version__}"
    parser = _build(words)
    asked = parser.parse_args(typed) if not {"-h", "--help"} & set(typed) else None
    if asked is None:
        return _help(parser, typed)
    options = vars(asked)
    return Arguments(options.pop("verb"), options.pop("action", ""), options)


def _help(parser: argparse.ArgumentParser, typed: Sequence[str]) -> str:
    """The help of the deepest verb named."""
    for word in typed:
        below = _choices(parser).get(word)
        if below is None:
            break
        parser = below
    return parser.format_help().rstrip()


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    actions = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001  # no public way
    return next((dict(a.choices) for a in actions), {})


def _build(words: Words) -> argparse.ArgumentParser:
    parser = _Parser(prog="mailwright", add_help=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    _setup(_verb(verbs, words, "setup"), words)
    _book(_verb(verbs, words, "book"), words)
    _lab(_verb(verbs, words, "lab"), words)
    return parser


def _verb(verbs: Any, words: Words, name: str) -> argparse.ArgumentParser:  # noqa: ANN401  # argparse's private type
    made: argparse.ArgumentParser = verbs.add_parser(
        name.rpartition(".")[2],
        add_help=False,
        description=words.say(f"help.{name}"),
        epilog=words.say(f"help.{name}.examples"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _common(made, words)
    return made


def _option(parser: argparse._ActionsContainer, words: Words, flag: str, **more: Any) -> None:
    name = flag.lstrip("-").replace("-", "_")
    parser.add_argument(flag, help=words.say(f"option.{name}"), **more)


def _common(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words.say("help.group.output"))
    group.add_argument("-h", "--help", action="store_true", help=words.say("option.help"))
    _option(group, words, "--json", action="store_true")
    _option(group, words, "--lang", choices=LANGUAGES, metavar="zh|en")
    _option(group, words, "--no-color", action="store_true")
    _option(group, words, "--quiet", action="store_true")


def _setup(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("address", nargs="?", metavar="ADDRESS", help=words.say("option.address"))
    find = parser.add_argument_group(words.say("help.group.find"))
    _option(find, words, "--protocol", choices=("imap", "pop3"), metavar="imap|pop3")
    _option(find, words, "--offline", action="store_true")
    _option(find, words, "--no-login", action="store_true")
    _option(find, words, "--send-address", action="store_true")
    _option(find, words, "--book", metavar="FOLDER")
    secret = parser.add_argument_group(words.say("help.group.secret"))
    _option(secret, words, "--user", metavar="NAME")
    _option(secret, words, "--password-stdin", action="store_true")
    _option(secret, words, "--password-command", metavar="COMMAND")
    _option(secret, words, "--token-command", metavar="COMMAND")
    _option(secret, words, "--oauth", metavar="CLIENT_ID", nargs="?", const="")
    _option(secret, words, "--oauth-flow", choices=("browser", "device"), default="browser", metavar="browser|device")
    _option(secret, words, "--oauth-issuer", metavar="URL")
    _option(secret, words, "--oauth-secret-command", metavar="COMMAND")
    _option(secret, words, "--trust-host", metavar="HOST", action="append", default=[])
    _network(parser, words)
    many = parser.add_argument_group(words.say("help.group.bulk"))
    _option(many, words, "--bulk", metavar="FILE.csv")
    many.add_argument("-o", "--output", metavar="FILE", help=words.say("option.output"))
    _option(many, words, "--format", choices=("csv", "jsonl"), metavar="csv|jsonl")
    _option(many, words, "--jobs", type=int, default=32, metavar="N")
    _option(parser.add_argument_group(words.say("help.group.proof")), words, "--trace", action="store_true")


def _network(parser: argparse.ArgumentParser, words: Words) -> None:
    group = parser.add_argument_group(words.say("help.group.network"))
    _option(group, words, "--proxy", metavar="URL")
    _option(group, words, "--proxy-password-command", metavar="COMMAND")
    _option(group, words, "--resolver", metavar="IP[:PORT]", action="append", default=[])
    _option(group, words, "--ca", metavar="FILE")
    _option(group, words, "--connect-to", metavar="H1:P1:H2:P2", action="append", default=[])
    _option(group, words, "--isp-database", metavar="URL")
    _option(group, words, "--timeout", type=float, default=10.0, metavar="SECONDS")


def _book(parser: argparse.ArgumentParser, words: Words) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    show = _verb(actions, words, "book.show")
    show.add_argument("id", metavar="ID", help=words.say("option.id"))
    search = _verb(actions, words, "book.search")
    search.add_argument("word", metavar="WORD", help=words.say("option.word"))
    lint = _verb(actions, words, "book.lint")
    lint.add_argument("folder", nargs="?", metavar="FOLDER", help=words.say("option.folder"))
    for made in (show, search):
        _option(made, words, "--book", metavar="FOLDER")


def _lab(parser: argparse.ArgumentParser, words: Words) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    for name in ("up", "down", "status", "run"):
        made = _verb(actions, words, f"lab.{name}")
        _option(made, words, "--dir", metavar="FOLDER")
        if name in ("up", "run"):
            _option(made, words, "--network", choices=("loopback", "namespace"), default="loopback", metavar="KIND")
            _option(made, words, "--delay-ms", type=float, default=0.0, metavar="MS")
            _option(made, words, "--loss-percent", type=float, default=0.0, metavar="PERCENT")
            _option(made, words, "--dovecot", choices=("installed", "2.4"), default="installed", metavar="VERSION")
            _option(made, words, "--unpack", action="store_true")
        if name == "run":
            made.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help=words.say("option.run"))
