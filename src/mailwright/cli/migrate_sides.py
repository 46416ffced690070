"""Who is on either side of a move: an address, whose settings are found and proved, or a URL."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote, urlsplit

from mailwright import book, migrate, setup, wire
from mailwright.cli import reach, render, secrets
from mailwright.cli.parser import Arguments
from mailwright.cli.screen import Screen
from mailwright.cli.setup import TerminalFace
from mailwright.core import (
    DEFAULT_PORTS,
    BadInput,
    Candidate,
    Credentials,
    EmailAddress,
    Endpoint,
    Protocol,
    Secret,
    Security,
    repaired_secret,
)

SCHEMES = {"imaps": Security.TLS, "imap": Security.STARTTLS}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What was typed for one side, from or to. `endpoint` None: to be found; `mailbox`: whose, if not one's own."""

    side: str
    typed: str
    user: str
    endpoint: Endpoint | None = None
    address: EmailAddress | None = None
    mailbox: str = ""

    @property
    def name(self) -> str:
        """The same for all spellings of it; no secret."""
        if self.endpoint is None:
            return f"{self.address} {self.mailbox}".strip()
        scheme = next(name for name, security in SCHEMES.items() if security is self.endpoint.security)
        return f"{scheme}://{quote(self.user, safe='@*')}@{self.endpoint} {self.mailbox}".strip()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A side that can be opened. `secret` shows itself nowhere."""

    endpoint: Endpoint
    user: str
    secret: Secret = field(repr=False)
    token: bool
    mailbox: str

    def same(self, other: SignedIn) -> bool:
        """True when both are one mailbox."""
        return self._whose() == other._whose()

    @property
    def name(self) -> str:
        """The same for an address and a URL that lead here; no secret."""
        return " ".join(filter(None, (str(self.endpoint).lower(), self.user, self.mailbox)))

    def _whose(self) -> tuple[str, str]:
        # Another port of a host is another way to the same mailboxes only where both are standard ones.
        port = 0 if self.endpoint.port in DEFAULT_PORTS.values() else self.endpoint.port
        return f"{self.endpoint.host.lower()}:{port}", (self.mailbox or self.user).lower()


class Unproved(Exception):
    """A side does not work; it has been said why. `result`: what was seen of it."""

    def __init__(self, side: str, result: setup.Result) -> None:
        self.side = side
        self.result = result
        super().__init__(side)


def typed(arguments: Arguments, side: str) -> Mailbox:
    """What stands for a side. Raises BadInput."""
    text = arguments.source if side == "from" else arguments.destination
    mailbox = arguments.options[f"{side}_as"] or ""
    if any(ord(character) < 32 or character == "\x7f" for character in mailbox):
        raise BadInput("migrate.user", option=f"--{side}-as")
    if "://" not in text:
        address = EmailAddress.parse(text)
        return Mailbox(side, text, str(address), address=address, mailbox=mailbox)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadInput("migrate.url") from None
    if ":" in parts.netloc.rpartition("@")[0]:
        raise BadInput("migrate.url_password")
    user = unquote(parts.netloc.rpartition("@")[0])
    security = SCHEMES.get(parts.scheme.lower())
    extra = parts.path.strip("/") or parts.query or parts.fragment
    if security is None or not host or not user or extra or any(ord(letter) < 32 for letter in user):
        raise BadInput("migrate.url")
    endpoint = Endpoint(Protocol.IMAP, host, port or DEFAULT_PORTS[Protocol.IMAP, security], security)
    return Mailbox(side, text, user, endpoint=endpoint, mailbox=mailbox)


def prepared(arguments: Arguments, screen: Screen, who: Mailbox) -> SignedIn:
    """With its secret and, for an address, its settings, proved. Raises BadInput or Unproved."""
    own = _own(arguments, who)
    if who.endpoint is not None:
        return _by_url(own, screen, who)
    assert who.address is not None
    face = Face(own, screen, who.address)
    request = setup.Request(
        address=who.address,
        incoming=Protocol.IMAP,
        known=face.known,
        token=own.token_command is not None,
        discovery=reach.discovery(own),
    )
    result = _journey(own, request, face)
    screen.clear()
    proved = result.evidence.services if result.evidence is not None else ()
    good = next((one for one in proved if one.works and one.service.protocol is Protocol.IMAP), None)
    if face.lacking is not None:
        raise face.lacking
    if good is None or face.used is None:
        if not own.json:
            render.conclusion(screen, result, trace=False, further=False)
        raise Unproved(who.side, result)
    login, secret = good.logins[-1], face.used.secret
    if login.repairs and not face.used.token:
        meant, repairs = repaired_secret(secret)
        secret = meant if set(repairs) <= set(login.repairs) else secret
    return SignedIn(good.service.endpoint.value, login.username, secret, face.used.token, who.mailbox)


class Face(TerminalFace):
    """Remembers the secret that was given."""

    used: Credentials | None = None

    async def credentials(self, candidate: Candidate) -> Credentials | None:
        """The secret."""
        self.used = await super().credentials(candidate)
        return self.used


def _journey(own: Arguments, request: setup.Request, face: Face) -> setup.Result:
    import asyncio

    settings, shelf = reach.settings(own), book.Book(reach.own_book(own))

    async def journey() -> setup.Result:
        async with wire.World(settings) as world:
            face.world = world
            return await setup.run(request, world, shelf, face)

    return asyncio.run(journey())


def _own(arguments: Arguments, who: Mailbox) -> Arguments:
    """The options as `setup` would have them for this side."""
    given = arguments.options
    options = {
        **given,
        "address": who.typed,
        "user": None,
        "oauth": None,
        "password_stdin": given["passwords_stdin"],
        "password_command": given[f"{who.side}_password_command"],
        "token_command": given[f"{who.side}_token_command"],
    }
    return replace(arguments, options=options)


def _by_url(own: Arguments, screen: Screen, who: Mailbox) -> SignedIn:
    assert who.endpoint is not None
    if own.password_stdin:
        secret = secrets.from_stdin()
    elif (command := own.password_command or own.token_command) is not None:
        secret = secrets.from_command(command)
    else:
        secret = secrets.from_prompt(screen.words.move("ask", name=who.name))
    return SignedIn(who.endpoint, who.user, secret, own.token_command is not None, who.mailbox)


def side(settings: wire.Settings, who: SignedIn) -> migrate.side.Side:
    """As the move takes it."""
    return migrate.side.Side(settings, wire.bulk.SignIn(who.endpoint, who.user, who.secret, who.token, who.mailbox))
