"""argparse that speaks our languages: its help, and what it says about mistakes."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from mailwright import texts
from mailwright.cli.screen import fold
from mailwright.core import BadInput


class Help(argparse.RawDescriptionHelpFormatter):
    """Lines are measured in columns, so that Chinese fits too."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return fold(text, width)


class Usage(argparse.ArgumentParser):
    """Raises BadInput("input.usage") where argparse would print English and exit."""

    def __init__(self, words: texts.Words, **more: Any) -> None:  # noqa: ANN401  # argparse's own
        super().__init__(add_help=False, allow_abbrev=False, exit_on_error=False, **more)
        self.words = words
        self._positionals.title = words.say("help.group.arguments")
        self._optionals.title = words.say("help.group.more")

    def wrong(self, key: str, **params: str) -> BadInput:
        """The problem, in words."""
        verb = self.prog.partition(" ")[2]
        return BadInput("input.usage", detail=self.words.say(key, **params), verb=verb or "setup")

    def parse_known_args(  # type: ignore[override]  # argparse's own overloads are for its users
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As argparse, but whatever is wrong becomes a problem."""
        try:
            return super().parse_known_args(args, namespace)
        except argparse.ArgumentError as error:
            if error.argument_name is None:
                self.error(error.message)
            raise self.wrong("usage.flag", option=error.argument_name) from error

    def error(self, message: str) -> NoReturn:
        """Something that must be there is not: argparse has no other reason left to come here."""
        missing = [a for a in self._actions if a.required and not a.option_strings]
        raise self.wrong("usage.missing", what=" ".join(str(a.metavar or a.dest) for a in missing))

    def surplus(self, words: Sequence[str]) -> BadInput:
        """What to say about words that nothing is known of. A value is not repeated: it may be a password."""
        option = next((word.partition("=")[0][:80] for word in words if word.startswith("-")), "")
        if not option:
            return self.wrong("usage.words")
        import difflib

        known = {option for action in self._actions for option in action.option_strings}
        guess = difflib.get_close_matches(option, sorted(known), 1, 0.7)
        return (
            self.wrong("usage.meant", what=option, guess=guess[0])
            if guess
            else self.wrong("usage.surplus", what=option)
        )

    def _match_argument(self, action: argparse.Action, arg_strings_pattern: str) -> int:
        try:
            return super()._match_argument(action, arg_strings_pattern)
        except argparse.ArgumentError as error:
            raise self.wrong("usage.value", option=_name(action), what=str(action.metavar)) from error

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:  # noqa: ANN401  # an option's own type
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError as error:
            raise self.wrong(
                "usage.number", option=_name(action), value=arg_string[:80], range=error.message
            ) from error

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401  # an option's own type
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            choices = list(map(str, action.choices or ()))
            raise self.wrong("usage.choice", value=str(value)[:80], choices=" | ".join(choices)) from error

    def format_help(self) -> str:
        """Usage in one line, then every group, then the examples."""
        formatter = self._get_formatter()
        places = [a for a in self._actions if not a.option_strings]
        typed = " ".join(f"[{a.metavar}]" if a.nargs == "?" else str(a.metavar) for a in places)
        more = self.words.say("help.options")
        formatter.add_usage(f"{self.prog} {typed} {more}", [], [], prefix=self.words.say("help.usage"))
        formatter.add_text(self.description)
        for group in self._action_groups:
            formatter.start_section(group.title)
            formatter.add_arguments(group._group_actions)  # noqa: SLF001  # as argparse does
            formatter.end_section()
        formatter.add_text(self.epilog)
        return formatter.format_help()


def _name(action: argparse.Action) -> str:
    return action.option_strings[-1] if action.option_strings else str(action.metavar or action.dest)
