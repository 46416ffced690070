"""`mailwright diagnose`: a tree of what was seen, the cause, who can fix it and how."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mailwright import answers, book, setup
from mailwright.cli import reach, secrets
from mailwright.cli.main import Exit
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.cli.setup import CODES, TerminalFace, no_answer
from mailwright.core import (
    BadInput,
    Candidate,
    Credentials,
    Discovery,
    EmailAddress,
    Probe,
    Protocol,
    Security,
    Service,
    ServiceEvidence,
    SourceAnswer,
    Typed,
    Wanted,
    meant_place,
    meant_port,
)

if TYPE_CHECKING:
    from mailwright import wire

_SECRETS = ("password_stdin", "password_command", "token_command", "oauth")
_ALONE = ("address", "host", "port", "security", "protocol", "user", "no_login", "watch", *_SECRETS)
CONNECT_SECONDS = 3.0
GREETING_SECONDS = 4.0
LOGIN_SECONDS = 20.0
# After that much silence other servers of the same kind are left to the looks.
PATIENCE_SECONDS = 5.0


def run(arguments: Arguments, screen: Screen) -> int:
    """The verb. Raises BadInput."""
    _check(arguments)
    shelf = setup.Shelf(book.Book(reach.own_book(arguments)), book.Replies.load())
    if arguments.from_trace is not None:
        examination = answers.kept.read(Path(arguments.from_trace), sys.stdin.buffer)
        return tell(arguments, screen, setup.judged(examination, shelf))
    desk = Desk(arguments, screen, shelf)
    if arguments.watch:
        from mailwright.cli.watch import until_it_works

        return until_it_works(desk)
    return concluded(desk, desk.examined())


def concluded(desk: Desk, examined: setup.Examined) -> int:
    """Tell it; what could not be asked for stops us only where it left the question open. Raises BadInput."""
    code = tell(desk.arguments, desk.screen, examined)
    if _unused(examined):
        desk.screen.remark(BadInput("input.typed_alone"))
    lacking = desk.face.unanswered(answers.said.missing_hosts(examined.result))
    if lacking is not None:
        # Without a yes there is a judgement all the same, without a secret there is none.
        if code != Exit.BROKEN and lacking.id != "input.no_answer":
            raise lacking
        desk.screen.remark(lacking)
    return code


def _unused(examined: setup.Examined) -> bool:
    """True when port or encryption were typed and no server is known that they could be about."""
    typed = examined.examination.typed
    alone = typed.host is None and (typed.port is not None or typed.security is not None)
    return alone and setup.typed_endpoint(typed, examined.result.discovery) is None


def _check(arguments: Arguments) -> None:
    """Refuse what would be ignored. Raises BadInput."""
    options = arguments.options
    given = [name for name in _ALONE if options[name] not in (None, False)]
    if arguments.from_trace is not None and given:
        raise BadInput("input.together", first="--from-trace", second=_spelt(given[0]))
    secrets = [name for name in _SECRETS if options[name] not in (None, False)]
    for first, second in ((secrets[:1], secrets[1:2]), (secrets[:1], ["no_login"] if arguments.no_login else [])):
        if first and second:
            raise BadInput("input.together", first=_spelt(first[0]), second=_spelt(second[0]))
    if arguments.report in ("", "-"):
        raise BadInput("input.report", file=arguments.report)
    if arguments.report is not None:
        answers.beside.prepare(Path(arguments.report))


def _spelt(name: str) -> str:
    return "ADDRESS" if name == "address" else f"--{name.replace('_', '-')}"


def tell(arguments: Arguments, screen: Screen, examined: setup.Examined) -> int:
    """JSON or tree, then the report, so that nothing is lost where it cannot be written; the exit code."""
    if arguments.json:
        screen.document(answers.diagnosed.as_json(examined, trace=arguments.trace))
    else:
        from mailwright.cli import tree

        tree.show(screen, examined, trace=arguments.trace)
    if arguments.report is not None:
        answers.beside.write(Path(arguments.report), answers.report.page(screen.words, examined).encode())
        screen.say("report.written", file=arguments.report)
    return CODES[examined.result.verdict]


class Desk:
    """One address being examined, once or again and again: a secret is asked for only once."""

    def __init__(self, arguments: Arguments, screen: Screen, shelf: setup.Shelf) -> None:
        self.arguments, self.screen, self.shelf = arguments, screen, shelf
        self.address = EmailAddress.parse(arguments.address or "")
        self.typed = _typed(arguments)
        self.face = DeskFace(arguments, screen, self.address)
        self.settings = _patient(arguments)
        self.second = _second(arguments)

    def examined(self) -> setup.Examined:
        """Look once."""
        import asyncio

        try:
            return asyncio.run(self._journey())
        finally:
            self.screen.clear()

    async def _journey(self) -> setup.Examined:
        from mailwright import wire

        arguments = self.arguments
        protocol = setup.protocol_of(self.typed) if self.typed != Typed(username=self.typed.username) else None
        request = setup.Request(
            address=self.address,
            incoming=protocol if protocol is not None and protocol.incoming else None,
            login=not arguments.no_login,
            known=self.face.known,
            token=arguments.token_command is not None or arguments.oauth is not None,
            typed=self.typed,
            look=True,
            patience=PATIENCE_SECONDS if not arguments.timeout else None,
            discovery=reach.discovery(arguments),
        )
        async with wire.World(self.settings) as world:
            self.face.world = world
            return await setup.examine(request, world, self.shelf, self.face, second=self.second)


def _typed(arguments: Arguments) -> Typed:
    """What was typed in. Raises BadInput for what can mean no server, and for two ports at once."""
    glued = meant_place(arguments.host)[1] if arguments.host is not None else None
    port, port_text = meant_port(arguments.port) if arguments.port is not None else (None, None)
    if None not in (glued, port) and glued != port:
        raise BadInput("input.two_ports", glued=glued or 0, port=port or 0)
    return Typed(
        protocol=Protocol(arguments.protocol) if arguments.protocol else None,
        host=arguments.host,
        port=port,
        security=Security(arguments.security) if arguments.security else None,
        username=arguments.user,
        port_text=port_text,
    )


def _patient(arguments: Arguments) -> wire.Settings:
    """Less patient than setup: silence is told from slowness by further looks."""
    made = reach.settings(arguments)
    if arguments.timeout:
        return made
    return replace(
        made, connect_seconds=CONNECT_SECONDS, greeting_seconds=GREETING_SECONDS, reply_seconds=LOGIN_SECONDS
    )


def _second(arguments: Arguments) -> tuple[wire.Resolver, ...]:
    """Whom to ask when the first resolver is doubted."""
    import os

    from mailwright import wire

    named = arguments.second_resolver or os.environ.get("MAILWRIGHT_SECOND_RESOLVER", "").split()
    return tuple(wire.Resolver.parse(text) for text in named) or wire.SECOND_RESOLVERS


class DeskFace(TerminalFace):
    """Says what is waited for; what was seen is told as a tree at the end."""

    def __init__(self, arguments: Arguments, screen: Screen, address: EmailAddress) -> None:
        super().__init__(arguments, screen, address)
        self._kept: Credentials | None = None
        self._confirmed: set[str] = set()

    def settings(self, discovery: Discovery) -> None:
        """Nothing: the tree has it."""

    def answered(self, answer: SourceAnswer) -> None:
        """Say who is asked."""
        self._screen.progress(self._screen.words.say("progress.source", source=answer.source.value))

    def probed(self, service: Service, probe: Probe) -> None:
        """Say where we are."""
        self._screen.progress(self._screen.words.say("progress.service", where=service.endpoint.value.shown))

    def seen(self, evidence: ServiceEvidence) -> None:
        """Say where we are."""
        self._screen.progress(self._screen.words.say("progress.service", where=evidence.service.endpoint.value.shown))

    def looking(self, wanted: tuple[Wanted, ...]) -> None:
        """Say that we look further."""
        self._screen.progress(self._screen.words.say("progress.looking", count=len(wanted)))

    async def confirm(self, services: tuple[Service, ...]) -> bool:
        """As setup asks, but a yes to a host is asked for only once."""
        new = tuple(s for s in services if s.endpoint.value.host not in self._confirmed)
        if new and not await super().confirm(new):
            return False
        self._confirmed |= {s.endpoint.value.host for s in new}
        return True

    async def credentials(self, candidate: Candidate) -> Credentials | None:
        """As setup asks, but only once."""
        if self._kept is None:
            self._kept = await super().credentials(candidate)
        return self._kept

    def unanswered(self, missing: frozenset[str]) -> BadInput | None:
        """What could not be asked for; whether to trust hosts that are `missing` is no question."""
        hosts = [host for host in self.doubted if host not in missing]
        if self.lacking is None or self.lacking.id != "input.no_answer":
            return self.lacking
        return no_answer(hosts) if hosts else None

    def renew(self) -> None:
        """Forget a token that was refused: the next round fetches another. Raises BadInput."""
        if self._kept is None or not self._kept.token:
            return
        self._kept = None
        if self._secret is not None:
            self._secret = secrets.ready(self._arguments, self._address)
