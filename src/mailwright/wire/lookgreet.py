"""The way to STARTTLS: the whole one, and the shortest one on a server that has shown before that it offers it.

Nothing is asked twice, but every answer is waited for: a command before the greeting is against the rules of SMTP
(RFC 5321 §4.3.1), and Dovecot takes a ClientHello behind one for plain text. What comes before the yes would count as
slipped in (RFC 3207 §5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailwright.core import Endpoint, Outcome, Protocol, Reason, Stage
from mailwright.wire.connection import TALKS
from mailwright.wire.errors import WireError
from mailwright.wire.session import Session
from mailwright.wire.smtp import CLIENT, parse_line
from mailwright.wire.talk import Begin, Send, StartTls, Talk, read_line, send

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINES = 50
_LINES = {Protocol.IMAP: (b"* OK", "A STARTTLS", b"A OK"), Protocol.POP3: (b"+OK", "STLS", b"+OK")}


def whole(endpoint: Endpoint, offered: Callable[[], None]) -> Talk[None]:
    """With all the manners of the protocol up to the server's yes; `offered` is called when STARTTLS is asked for."""
    talk = TALKS[endpoint.protocol].greet(Session(endpoint))
    answer, stage = None, Stage.GREETING
    while True:
        effect = talk.send(answer)
        if isinstance(effect, StartTls):
            talk.close()
            return
        stage = effect.stage if isinstance(effect, Begin) else stage
        if isinstance(effect, Send) and stage is Stage.STARTTLS:
            offered()
        answer = yield effect


def quick(protocol: Protocol) -> Talk[None]:
    """Up to the server's yes. Raises WireError for anything else."""
    if protocol is Protocol.SMTP:
        yield from _smtp()
        return
    greeting, command, yes = _LINES[protocol]
    yield from _expect(greeting, Stage.GREETING)
    yield from send(command)
    yield from _expect(yes, Stage.STARTTLS)


def _expect(beginning: bytes, stage: Stage) -> Talk[None]:
    line = yield from read_line()
    if not line.upper().startswith(beginning):
        raise WireError(Outcome.NO, Reason.STARTTLS_REFUSED, stage=stage)


def _smtp() -> Talk[None]:
    if (yield from _code()) != "220":
        raise WireError(Outcome.NO, Reason.REFUSED, stage=Stage.GREETING)
    yield from send("STARTTLS")
    if (yield from _code()) == "220":
        return
    yield from send(f"EHLO {CLIENT}")
    yield from _code()
    yield from send("STARTTLS")
    if (yield from _code()) != "220":
        raise WireError(Outcome.NO, Reason.STARTTLS_REFUSED, stage=Stage.STARTTLS)


def _code() -> Talk[str]:
    for _ in range(MAX_LINES):
        code, more, _, _ = parse_line((yield from read_line()))
        if not more:
            return code
    raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
