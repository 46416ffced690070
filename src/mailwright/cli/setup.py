"""`mailwright setup`: one address, rows as they finish, one answer, one next step."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from mailwright import answers, book, setup
from mailwright.cli import reach, render, secrets
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.core import (
    BadInput,
    Candidate,
    Credentials,
    Discovery,
    EmailAddress,
    Probe,
    Protocol,
    Service,
    ServiceEvidence,
    SourceAnswer,
)

if TYPE_CHECKING:
    from mailwright import wire

F = TypeVar("F", bound="TerminalFace")
CODES = {"works": Exit.WORKS, "found": Exit.WORKS, "broken": Exit.BROKEN, "unknown": Exit.UNKNOWN}
_ONE_SECRET = ("password_stdin", "password_command", "token_command", "oauth")
_BULK = ("output", "format", "jobs")
_NOT_BULK = ("address", "password_stdin", "oauth", "user", "trace")


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    _check(arguments, screen)
    if arguments.bulk is not None:
        from mailwright.cli.bulk import run as bulk

        return bulk(arguments, screen)
    address = EmailAddress.parse(arguments.address or "")
    shelf = book.Book(reach.own_book(arguments))
    lacking: BadInput | None = None
    if arguments.offline:
        result = setup.offline(address, shelf)
        if not arguments.json:
            render.settings(screen, result.discovery)
    else:
        result, face = searched(arguments, screen, address, shelf, kind=TerminalFace)
        lacking = face.lacking
    if arguments.json:
        screen.document(answers.document.as_json(result, trace=arguments.trace))
    else:
        render.conclusion(screen, result, trace=arguments.trace)
    if lacking is not None:
        raise lacking
    return CODES[result.verdict]


def _check(arguments: Arguments, screen: Screen) -> None:
    """Refuse what would be ignored. Raises BadInput."""
    options = arguments.options
    if arguments.address is None and "@" in (arguments.oauth or ""):
        # `setup --oauth ADDRESS`: a client id has no @.
        options["address"], options["oauth"] = arguments.oauth, ""
    secret = _given(arguments, _ONE_SECRET)
    where = _given(arguments, ("offline", "no_login"))
    several = _given(arguments, _BULK)
    clashes = [secret[:2], [*secret[:1], *where[:1]]]
    if arguments.bulk is not None:
        clashes += [["--bulk", other] for other in _given(arguments, _NOT_BULK)]
    elif several:
        raise _usage(screen, several[0], "--bulk")
    for name in _given(arguments, ("oauth_issuer", "oauth_secret_command")):
        if arguments.oauth is None:
            raise _usage(screen, name, "--oauth")
    for clash in clashes:
        if len(clash) == 2:
            raise BadInput("input.together", first=clash[0], second=clash[1])


def _given(arguments: Arguments, names: tuple[str, ...]) -> list[str]:
    """Those of the options that were typed."""
    typed = (name for name in names if arguments.options[name] not in (None, False))
    return ["ADDRESS" if name == "address" else f"--{name.replace('_', '-')}" for name in typed]


def _usage(screen: Screen, option: str, other: str) -> BadInput:
    return BadInput("input.usage", detail=screen.words.say("usage.only_with", option=option, other=other), verb="setup")


def searched(
    arguments: Arguments, screen: Screen, address: EmailAddress, shelf: book.Book, *, kind: type[F]
) -> tuple[setup.Result, F]:
    """The journey with a face of that kind, and the face. Raises BadInput."""
    import asyncio

    settings = reach.settings(arguments)
    face = kind(arguments, screen, address)
    request = setup.Request(
        address=address,
        incoming=Protocol(arguments.protocol) if arguments.protocol else None,
        login=face.login,
        known=face.known,
        token=arguments.token_command is not None or arguments.oauth is not None,
        discovery=reach.discovery(arguments),
    )

    async def journey() -> setup.Result:
        from mailwright import wire

        async with wire.World(settings) as world:
            face.world = world
            return await setup.run(request, world, shelf, face)

    try:
        return asyncio.run(journey()), face
    finally:
        screen.clear()


def no_answer(hosts: list[str]) -> BadInput:
    """There is nobody to ask whether these hosts may have the secret."""
    return BadInput("input.no_answer", hosts=", ".join(hosts), host=" --trust-host ".join(hosts))


class TerminalFace:
    """Tells a person at a terminal what happens, and asks; with --json it only asks what it must."""

    def __init__(self, arguments: Arguments, screen: Screen, address: EmailAddress) -> None:
        self._arguments = arguments
        self._screen = screen
        self._address = address
        self._rows = not arguments.json
        self.world: wire.World | None = None
        # What a terminal would have been needed for: told at the end, when all that was found has been shown.
        self.lacking: BadInput | None = None
        self.doubted: list[str] = []
        # A secret that does not need a person is fetched before anything is done with it.
        self._secret = secrets.ready(arguments, address)
        if self._rows:
            screen.progress(screen.words.say("progress.search", domain=address.unicode_domain))

    @property
    def login(self) -> bool:
        """True when it is to sign in."""
        return not self._arguments.no_login

    @property
    def known(self) -> bool:
        """True when nobody has to be asked for the secret."""
        return self._secret is not None

    def answered(self, answer: SourceAnswer) -> None:
        """Show which source has just answered."""
        if self._rows:
            self._screen.progress(self._screen.words.say("progress.source", source=answer.source.value))

    def settings(self, discovery: Discovery) -> None:
        """The first row."""
        self._screen.clear()
        if self._rows:
            render.settings(self._screen, discovery)

    def probed(self, service: Service, probe: Probe) -> None:
        """A row for a service that was looked at."""
        if self._rows:
            render.probed(self._screen, service, probe)

    def seen(self, evidence: ServiceEvidence) -> None:
        """Rows for a service that has greeted us or is done."""
        if self._rows:
            self._screen.clear()
            render.seen(self._screen, evidence, before=self.known)

    async def confirm(self, services: tuple[Service, ...]) -> bool:
        """Trusted by --trust-host, or a yes at the terminal."""
        trusted = {host.lower() for host in self._arguments.trust_host}
        asked = tuple(s for s in services if s.endpoint.value.host not in trusted)
        if not asked:
            return True
        if not sys.stdin.isatty() or self._arguments.password_stdin:
            self.doubted = list(dict.fromkeys(s.endpoint.value.host for s in asked))
            self.lacking = no_answer(self.doubted)
            return False
        self._screen.clear()
        render.doubtful(self._screen, asked)
        answer = secrets.from_person(self._screen.words.say("ask.confirm"))
        return answer.lower() in self._screen.words.say("ask.yes").split()

    async def credentials(self, candidate: Candidate) -> Credentials | None:
        """The secret, however the person wants to give it."""
        arguments = self._arguments
        made = Credentials(self._address, self._secret or secrets.NOTHING, username=arguments.user)
        if self._secret is not None:
            return replace(made, token=arguments.token_command is not None)
        if arguments.oauth is not None:
            from mailwright.cli.oauth import token

            assert self.world is not None
            secret = await token(arguments, self._screen, self.world, (self._address, candidate))
            return replace(made, secret=secret, token=True)
        self._screen.clear()
        render.secret_hint(self._screen, candidate)
        words = self._screen.words
        key = "ask.password" if candidate.secret is None else "ask.password_kind"
        question = words.say(key, what=answers.said.secret_name(words, candidate), address=str(self._address))
        if not sys.stdin.isatty():
            self.lacking = BadInput("input.no_terminal")
            return None
        return replace(made, secret=secrets.from_prompt(question))
