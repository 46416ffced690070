"""POP3 as conversations (RFC 1939, CAPA RFC 2449, STLS RFC 2595, AUTH RFC 5034)."""

from __future__ import annotations

from mailwright.core import Auth, LoginTry, Mailboxes, Outcome, Reason, Reply, Secret, Stage
from mailwright.wire import sasl
from mailwright.wire.buffer import decode
from mailwright.wire.errors import WireError, refused
from mailwright.wire.session import Session
from mailwright.wire.shared import CREDENTIALS, send_credentials, signed_in, upgrade
from mailwright.wire.talk import Begin, End, Talk, read_line, send

MAX_CAPA = 500
USER = "USER"


def parse_reply(line: bytes) -> Reply:
    """One status line: +OK or -ERR, with its response code (RFC 2449 §8) if it has one.

    Anything else becomes a Reply with status "".
    """
    text = decode(line)
    status, _, rest = text.partition(" ")
    if status.upper() not in ("+OK", "-ERR"):
        return Reply("", "", text)
    code = ""
    if rest.startswith("[") and "]" in rest:
        code, _, rest = rest[1:].partition("]")
    return Reply(status.upper(), code.upper(), rest.strip())


def reply(session: Session) -> Talk[Reply]:
    """The next status line. Raises WireError(NOT_THE_PROTOCOL) for anything else."""
    answer = session.said(parse_reply((yield from read_line())))
    if not answer.status:
        raise WireError(Outcome.FAILED, Reason.NOT_THE_PROTOCOL, reply=answer)
    return answer


def command(session: Session, line: str, *, shown: str | None = None) -> Talk[Reply]:
    """Send one command and read its status line."""
    yield from send(line, shown=shown)
    return (yield from reply(session))


def greet(session: Session) -> Talk[None]:
    """From the first byte to the capabilities, TLS included when the endpoint asks for STARTTLS."""
    yield Begin(Stage.GREETING)
    first = yield from reply(session)
    session.greeting = first.text
    if first.status != "+OK":
        raise refused(Stage.GREETING, first)
    yield End(facts=(("banner", first.text),))
    yield from capability(session)
    if session.endpoint.security == "starttls":
        yield from starttls(session)


def capability(session: Session) -> Talk[None]:
    """CAPA; a server without it has USER and nothing else that matters."""
    yield Begin(Stage.CAPABILITY)
    answer = yield from command(session, "CAPA")
    lines: list[str] = []
    while answer.status == "+OK" and (line := (yield from read_line())) != b".":
        lines.append(decode(line).upper())
        if len(lines) > MAX_CAPA:
            raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
    session.capabilities = tuple(line.split()[0] for line in lines if line.split())
    session.mechanisms = tuple(m for line in lines if line.startswith("SASL ") for m in line.split()[1:])
    yield End(facts=(("capabilities", " ".join(lines)),))


def starttls(session: Session) -> Talk[None]:
    """STLS (RFC 2595 §4), then ask the capabilities again."""
    yield from upgrade(session, "STLS", command(session, "STLS"), "+OK")
    yield from capability(session)


def sign_in(session: Session, username: str, secret: Secret, auth: tuple[Auth, ...], *, token: bool) -> Talk[LoginTry]:
    """One login by AUTH, or USER and PASS when the server knows no mechanism of ours."""
    yield Begin(Stage.LOGIN)
    session.hidden.hide(secret)
    mechanism = _mechanism(session, username + secret.reveal(), sasl.choose(session.mechanisms, auth, token=token))
    fits = mechanism and sasl.allowed(auth, token=token) and not (token and mechanism == USER)
    if not fits or not sasl.sendable(username, secret, token=token):
        raise WireError(Outcome.STOPPED, Reason.NO_MECHANISM, stage=Stage.LOGIN)
    if mechanism == USER:
        answer = yield from _user_pass(session, username, secret)
    else:
        answer = yield from _auth(session, mechanism, username, secret)
    outcome = Outcome.OK if answer.status == "+OK" else Outcome.NO
    return (yield from signed_in(session, LoginTry(username, mechanism, (), outcome, answer)))


def _mechanism(session: Session, text: str, chosen: str) -> str:
    """The mechanism to use for `text`, USER where it does as well, "" for none."""
    if chosen and (chosen not in ("PLAIN", "LOGIN") or not session.has(USER)):
        return chosen
    # PLAIN and USER say the same; USER/PASS is what every server was tried with. But it is a line of ASCII
    # (RFC 1939 §3; UTF-8 only after a command of its own, RFC 6856 §2.1).
    if any(c in text for c in "\r\n\0") or (chosen and not text.isascii()):
        return chosen
    # A server that lists sign-in mechanisms but no USER takes none (RFC 2449 §6.2); the password stays here.
    return USER if session.has(USER) or not session.mechanisms else chosen


def _user_pass(session: Session, username: str, secret: Secret) -> Talk[Reply]:
    session.attempted = True  # some servers count a name they do not know
    answer = yield from command(session, f"USER {username}")
    if answer.status != "+OK":
        return answer
    return (yield from command(session, f"PASS {secret.reveal()}", shown=f"PASS {CREDENTIALS}"))


def _auth(session: Session, mechanism: str, username: str, secret: Secret) -> Talk[Reply]:
    client = session.client(mechanism, username, secret)
    line = f"AUTH {mechanism}"
    # RFC 5034 §4: the initial response only if the line stays within 255 octets.
    initial = client.initial_within(250 - len(line))
    if initial is None:
        yield from send(line)
    else:
        yield from send_credentials(session, f"{line} {initial or '='}", shown=f"{line} {CREDENTIALS}")
    while (raw := (yield from read_line())).startswith(b"+ ") or raw == b"+":
        yield from send_credentials(session, client.answer(decode(raw[2:])))
    answer = session.said(parse_reply(raw))
    if answer.status == "+OK":
        client.accepted()
    return answer


def look(session: Session) -> Talk[Mailboxes]:
    """STAT: how many messages wait (RFC 1939 §5). Raises WireError(NO) at STAT."""
    yield Begin(Stage.STAT)
    answer = yield from command(session, "STAT")
    if answer.status != "+OK":
        raise refused(Stage.STAT, answer)
    word = answer.text.partition(" ")[0]
    count = int(word) if word.isdigit() and len(word) < 12 else None
    yield End(facts=(("messages", count),))
    session.mailboxes = Mailboxes(messages=count)
    return session.mailboxes


def leave(session: Session) -> Talk[None]:
    """Say good-bye without waiting for the answer."""
    del session
    yield from send("QUIT")
