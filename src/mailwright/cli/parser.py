"""The command line as a table: verbs, options, and where their defaults come from."""

from __future__ import annotations

import argparse
import contextlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mailwright import __version__, texts
from mailwright.cli.usage import Help, Usage
from mailwright.core import Protocol, Security

# These may stand anywhere before `--`, also before the verb.
COMMON: dict[str, Any] = {"json": False, "lang": None, "no_color": False, "quiet": False}
MAX_JOBS = 512
MAX_PAIRS = 16
MAX_SECONDS = 600
MAX_KEEP_DAYS = 3650


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


def parse(typed: Sequence[str], words: texts.Words) -> Arguments | str:
    """The arguments, or the text to print (help, version). Raises BadInput("input.usage")."""
    if set(typed) <= {"--lang", *texts.LANGUAGES, *(f"--lang={code}" for code in texts.LANGUAGES)}:
        return words.say("help.short")
    ours = _ours(typed)
    if "--version" in ours or "-V" in ours:
        return f"mailwright {__version__}"
    parser = _build(words)
    if ours[0] == "help" or {"-h", "--help"} & set(ours):
        return _help(parser, ours, words)
    if ours[0] == "explain":
        # RFC 1939 §3: so a refusal begins, which looks like an option; a blank in it says that it is none.
        typed = [f" {word}" if word.upper() == "-ERR" else word for word in typed]
    asked, surplus = parser.parse_known_args(typed)
    if len(surplus) == 1 and vars(asked).get("source") in ("compare", "status"):
        # argparse gives an optional word away as soon as an option stands behind it.
        asked.action, asked.source, asked.destination = asked.source, asked.destination, surplus.pop()
    if surplus:
        raise _deepest(parser, ours).surplus(surplus)
    options = {**COMMON, **vars(asked)}
    return Arguments(options.pop("verb"), options.pop("action", "") or "", options)


def early_language(typed: Sequence[str]) -> str | None:
    """--lang must count for the help and for errors in the other options."""
    ours = _ours(typed)
    for at, word in enumerate(ours):
        if word.startswith("--lang="):
            return word.partition("=")[2]
        if word == "--lang" and at + 1 < len(ours):
            return ours[at + 1]
    return None


def _ours(typed: Sequence[str]) -> list[str]:
    """What stands before `--`: the rest belongs to the command that `lab run` starts."""
    return list(typed[: typed.index("--")] if "--" in typed else typed)


def _help(parser: Usage, typed: Sequence[str], words: texts.Words) -> str:
    """The help of the deepest verb named."""
    found = _deepest(parser, typed)
    return words.say("help.long") if found is parser else found.format_help().rstrip()


def _deepest(parser: Usage, typed: Sequence[str]) -> Usage:
    for word in typed:
        parser = _choices(parser).get(word, parser)
    return parser


def _choices(parser: Usage) -> dict[str, Usage]:
    actions = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001  # no public way
    return next((dict(a.choices) for a in actions), {})


def _build(words: texts.Words) -> Usage:
    parser = Usage(words, prog="mailwright")
    _common(parser, words)
    verbs = parser.add_subparsers(
        dest="verb", required=True, metavar="setup|diagnose|export|migrate|explain|tls|check|serve|book|lab"
    )
    _setup(_verb(verbs, words, "setup"), words)
    _diagnose(_verb(verbs, words, "diagnose"), words)
    _export(_verb(verbs, words, "export"), words)
    _migrate(_verb(verbs, words, "migrate"), words)
    _explain(_verb(verbs, words, "explain"), words)
    _tls(_verb(verbs, words, "tls"), words)
    _check(_verb(verbs, words, "check"), words)
    _serve(_verb(verbs, words, "serve"), words)
    _book(_verb(verbs, words, "book"), words)
    _lab(_verb(verbs, words, "lab"), words)
    return parser


def _verb(verbs: Any, words: texts.Words, name: str) -> Usage:  # noqa: ANN401  # argparse's private type
    made: Usage = verbs.add_parser(
        name.rpartition(".")[2],
        words=words,
        description=words.say(f"help.{name}"),
        epilog=words.say(f"help.{name}.examples"),
        formatter_class=Help,
    )
    _common(made, words)
    return made


def _option(parser: argparse._ActionsContainer, words: texts.Words, flag: str, **more: Any) -> None:  # noqa: ANN401  # argparse's own
    name = flag.lstrip("-").replace("-", "_")
    parser.add_argument(flag, help=words.say(f"option.{name}"), **more)


def _common(parser: argparse.ArgumentParser, words: texts.Words) -> None:
    group = parser.add_argument_group(words.say("help.group.output"))
    group.add_argument("-h", "--help", action="store_true", default=argparse.SUPPRESS, help=words.say("option.help"))
    for flag in ("--json", "--no-color", "--quiet"):
        _option(group, words, flag, action="store_true", default=argparse.SUPPRESS)
    _option(group, words, "--lang", choices=texts.LANGUAGES, metavar="zh|en", default=argparse.SUPPRESS)


def _number(least: float, most: float, read: Callable[[str], float] = float) -> Callable[[str], float]:
    """A converter that says least–most where a text is no number, or one outside of them."""

    def converted(text: str) -> float:
        with contextlib.suppress(ValueError):
            value = read(text)
            if math.isfinite(value) and least <= value <= most:
                return value
        raise argparse.ArgumentTypeError(f"{least:g}–{most:g}")

    return converted


def _port(text: str) -> str:
    """A port as it was typed: what was wrong with it is told, as of a host."""
    _number(1, 65535, int)(text)
    return text


def _words(*values: str) -> dict[str, Any]:
    return {"choices": values, "metavar": "|".join(values)}


def _setup(parser: Usage, words: texts.Words) -> None:
    parser.add_argument("address", nargs="?", metavar="ADDRESS", help=words.say("option.address"))
    find = parser.add_argument_group(words.say("help.group.find"))
    _option(find, words, "--protocol", **_words("imap", "pop3"))
    _flags(find, words, ("--offline", "--no-login", "--send-address"))
    _option(find, words, "--book", metavar="FOLDER")
    _secret(parser, words)
    _network(parser, words)
    many = parser.add_argument_group(words.say("help.group.bulk"))
    _option(many, words, "--bulk", metavar="FILE.csv")
    many.add_argument("-o", "--output", metavar="FILE", help=words.say("option.output"))
    _option(many, words, "--format", **_words("csv", "jsonl"))
    _option(many, words, "--jobs", type=_number(1, MAX_JOBS, int), metavar="N")
    _flags(parser.add_argument_group(words.say("help.group.proof")), words, ("--trace",))


def _secret(parser: argparse.ArgumentParser, words: texts.Words) -> None:
    secret = parser.add_argument_group(words.say("help.group.secret"))
    _option(secret, words, "--user", metavar="NAME")
    _flags(secret, words, ("--password-stdin",))
    _option(secret, words, "--password-command", metavar="COMMAND")
    _option(secret, words, "--token-command", metavar="COMMAND")
    _option(secret, words, "--oauth", metavar="CLIENT_ID", nargs="?", const="")
    _option(secret, words, "--oauth-flow", **_words("browser", "device"), default="browser")
    _option(secret, words, "--oauth-issuer", metavar="URL")
    _option(secret, words, "--oauth-secret-command", metavar="COMMAND")
    _option(secret, words, "--trust-host", metavar="HOST", action="append", default=[])


def _diagnose(parser: Usage, words: texts.Words) -> None:
    parser.add_argument("address", nargs="?", metavar="ADDRESS", help=words.say("option.address"))
    typed = parser.add_argument_group(words.say("help.group.typed"))
    typed.add_argument("--protocol", **_words(*Protocol), help=words.say("option.protocol_typed"))
    _option(typed, words, "--host", metavar="HOST")
    typed.add_argument("--port", type=_port, metavar="PORT", help=words.say("option.port"))
    _option(typed, words, "--security", **_words(*Security))
    find = parser.add_argument_group(words.say("help.group.find"))
    _flags(find, words, ("--no-login", "--send-address"))
    _option(find, words, "--book", metavar="FOLDER")
    _secret(parser, words)
    _network(parser, words)
    _option(parser, words, "--second-resolver", metavar="IP[:PORT]", action="append", default=[])
    proof = parser.add_argument_group(words.say("help.group.proof"))
    _flags(proof, words, ("--trace", "--watch"))
    _option(proof, words, "--report", metavar="FILE.html")
    _option(proof, words, "--from-trace", metavar="FILE")


def _export(parser: Usage, words: texts.Words) -> None:
    parser.add_argument("address", nargs="?", metavar="ADDRESS", help=words.say("option.address"))
    what = parser.add_argument_group(words.say("help.group.export"))
    what.add_argument("--for", dest="formats", metavar="FORMAT[,FORMAT…]", help=words.say("option.for"))
    _flags(what, words, ("--list",))
    what.add_argument("-o", "--output", metavar="FILE|FOLDER", help=words.say("option.output_export"))
    _flags(what, words, ("--force", "--dry-run", "--pdf"))
    what.add_argument("--name", dest="person", metavar="NAME", help=words.say("option.person"))
    _flags(what, words, ("--with-secret",))
    _option(what, words, "--secret-command", metavar="COMMAND")
    _option(what, words, "--sign-cert", metavar="FILE.pem")
    _option(what, words, "--sign-key", metavar="FILE.pem")
    _option(what, words, "--sign-chain", metavar="FILE.pem", action="append", default=[])
    _option(what, words, "--sign-key-password-command", metavar="COMMAND")
    find = parser.add_argument_group(words.say("help.group.find"))
    find.add_argument("--from", dest="from_file", metavar="FILE.json", help=words.say("option.from_file"))
    _option(find, words, "--protocol", **_words("imap", "pop3"))
    _flags(find, words, ("--offline", "--login", "--send-address"))
    _option(find, words, "--book", metavar="FOLDER")
    _secret(parser, words)
    _network(parser, words)


def _migrate(parser: Usage, words: texts.Words) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=("compare", "status"),
        metavar="compare|status",
        help=words.say("option.migrate_actions"),
    )
    parser.add_argument("source", metavar="SOURCE", help=words.say("option.source"))
    parser.add_argument("destination", metavar="DESTINATION", help=words.say("option.destination"))
    sides = parser.add_argument_group(words.say("help.group.sides"))
    for side in ("from", "to"):
        _option(sides, words, f"--{side}-password-command", metavar="COMMAND")
        _option(sides, words, f"--{side}-token-command", metavar="COMMAND")
        _option(sides, words, f"--{side}-as", metavar="USER")
    _flags(sides, words, ("--passwords-stdin",))
    _option(sides, words, "--trust-host", metavar="HOST", action="append", default=[])
    what = parser.add_argument_group(words.say("help.group.moved"))
    what.add_argument("--folder", metavar="OLD=NEW", action="append", default=[], help=words.say("option.folder_moved"))
    _option(what, words, "--exclude", metavar="PATTERN", action="append", default=[])
    _option(what, words, "--below", metavar="FOLDER")
    _flags(what, words, ("--newest-first", "--retry-failed"))
    _option(what, words, "--pairs", type=_number(1, MAX_PAIRS, int), metavar="N")
    what.add_argument("--dry-run", action="store_true", help=words.say("option.dry_run_move"))
    _option(what, words, "--journal", metavar="FILE")
    find = parser.add_argument_group(words.say("help.group.find"))
    _flags(find, words, ("--send-address",))
    _option(find, words, "--book", metavar="FOLDER")
    _network(parser, words)


def _explain(parser: Usage, words: texts.Words) -> None:
    parser.add_argument("text", nargs="*", metavar="TEXT", help=words.say("option.text"))
    where = parser.add_argument_group(words.say("help.group.where"))
    where.add_argument("--protocol", **_words(*Protocol), help=words.say("option.protocol_said"))
    where.add_argument("--host", metavar="HOST", help=words.say("option.host_said"))
    _option(where, words, "--provider", metavar="ID")
    _option(where, words, "--book", metavar="FOLDER")


def _tls(parser: Usage, words: texts.Words) -> None:
    parser.add_argument("endpoint", metavar="HOST:PORT", help=words.say("option.endpoint"))
    look = parser.add_argument_group(words.say("help.group.look"))
    _option(look, words, "--starttls", **_words(*Protocol))
    _option(look, words, "--name", metavar="NAME")
    _network(parser, words)


def _serve(parser: Usage, words: texts.Words) -> None:
    place = parser.add_argument_group(words.say("help.group.listen"))
    _option(place, words, "--listen", metavar="HOST:PORT", action="append", default=[])
    _option(place, words, "--tls-cert", metavar="FILE.pem")
    _option(place, words, "--tls-key", metavar="FILE.pem")
    _flags(place, words, ("--behind-https",))
    _option(place, words, "--trusted-proxy", metavar="NETWORK", action="append", default=[])
    own = parser.add_argument_group(words.say("help.group.own"))
    _option(own, words, "--config", metavar="FILE.toml")
    _flags(own, words, ("--print-dns",))
    allowed = parser.add_argument_group(words.say("help.group.allowed"))
    _option(allowed, words, "--keep", metavar="FILE")
    _option(allowed, words, "--keep-days", type=_number(1, MAX_KEEP_DAYS, int), metavar="N")
    _flags(allowed, words, ("--private-targets",))
    _option(allowed, words, "--concurrent", type=_number(1, MAX_JOBS, int), metavar="N")
    find = parser.add_argument_group(words.say("help.group.find"))
    _option(find, words, "--book", metavar="FOLDER")
    _flags(find, words, ("--send-address",))
    _network(parser, words)
    _option(parser, words, "--second-resolver", metavar="IP[:PORT]", action="append", default=[])


def _check(parser: argparse.ArgumentParser, words: texts.Words) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="autoconfig", help=words.say("option.check_actions")
    )
    autoconfig = _verb(actions, words, "check.autoconfig")
    autoconfig.add_argument("domain", metavar="DOMAIN", help=words.say("option.domain"))
    _network(autoconfig, words)


def _flags(group: argparse._ActionsContainer, words: texts.Words, flags: Iterable[str]) -> None:
    for flag in flags:
        _option(group, words, flag, action="store_true")


def _network(parser: argparse.ArgumentParser, words: texts.Words) -> None:
    group = parser.add_argument_group(words.say("help.group.network"))
    _option(group, words, "--proxy", metavar="URL")
    _option(group, words, "--proxy-password-command", metavar="COMMAND")
    _option(group, words, "--resolver", metavar="IP[:PORT]", action="append", default=[])
    _option(group, words, "--trust-ad", action="store_true")
    _option(group, words, "--ca", metavar="FILE")
    _option(group, words, "--connect-to", metavar="H1:P1:H2:P2", action="append", default=[])
    _option(group, words, "--isp-database", metavar="URL")
    _option(group, words, "--timeout", type=_number(0.1, MAX_SECONDS), default=None, metavar="SECONDS")


def _book(parser: argparse.ArgumentParser, words: texts.Words) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="show|search|lint", help=words.say("option.book_actions")
    )
    show = _verb(actions, words, "book.show")
    show.add_argument("id", metavar="ID", help=words.say("option.id"))
    search = _verb(actions, words, "book.search")
    search.add_argument("word", metavar="WORD", help=words.say("option.word"))
    lint = _verb(actions, words, "book.lint")
    lint.add_argument("folder", nargs="?", metavar="FOLDER", help=words.say("option.folder"))
    for made in (show, search):
        _option(made, words, "--book", metavar="FOLDER")


def _lab(parser: argparse.ArgumentParser, words: texts.Words) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="up|down|status|run|faults", help=words.say("option.lab_actions")
    )
    _verb(actions, words, "lab.faults")
    for name in ("up", "down", "status", "run"):
        made = _verb(actions, words, f"lab.{name}")
        _option(made, words, "--dir", metavar="FOLDER")
        if name in ("up", "run"):
            _option(made, words, "--network", **_words("loopback", "namespace"), default="loopback")
            _option(made, words, "--delay-ms", type=_number(0, 60_000), default=0.0, metavar="MS")
            _option(made, words, "--loss-percent", type=_number(0, 100), default=0.0, metavar="PERCENT")
            _option(made, words, "--dovecot", **_words("installed", "2.4"), default="installed")
            _flags(made, words, ("--unpack",))
            _option(made, words, "--fault", metavar="ID")
        if name == "run":
            made.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND", help=words.say("option.run"))
