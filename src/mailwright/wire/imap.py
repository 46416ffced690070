"""IMAP4rev1 and IMAP4rev2 as conversations (RFC 3501, RFC 9051)."""

from __future__ import annotations

import base64
import binascii
import re

from mailwright.core import Auth, LoginTry, Mailboxes, Outcome, Reason, Reply, Secret, Stage
from mailwright.wire import sasl
from mailwright.wire.errors import WireError, refused
from mailwright.wire.imap_parse import Response, literal_size, parse, quoted
from mailwright.wire.session import Session
from mailwright.wire.talk import Begin, End, StartTls, Talk, read_bytes, read_line, send

MAX_LITERAL = 1024 * 1024
MAX_RESPONSES = 50_000
IDENTITY = '("name" "Mailwright" "vendor" "Mailwright" "version" "1")'
CREDENTIALS = "‹credentials›"


def response() -> Talk[Response]:
    """The next response, its literals read in (RFC 9051 §4.3)."""
    line = yield from read_line()
    whole = line
    while (size := literal_size(line)) is not None:
        if size > MAX_LITERAL or len(whole) > MAX_LITERAL:
            raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
        whole += b"\r\n" + (yield from read_bytes(size))
        line = yield from read_line()
        whole += line
    return parse(whole)


def finish(session: Session, tag: str) -> Talk[tuple[Response, list[Response]]]:
    """Read up to the tagged response of `tag`; give it and what came before it."""
    before: list[Response] = []
    while len(before) < MAX_RESPONSES:
        answer = yield from response()
        if answer.tag == tag:
            session.last_reply = answer.reply(_alerts(before))
            _learn_capabilities(session, [answer, *before])
            return answer, before
        before.append(answer)
        if answer.kind == "BYE":
            session.last_reply = answer.reply(_alerts(before[:-1]))
            raise WireError(Outcome.NO, Reason.CLOSED, reply=session.last_reply)
    raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)


def command(session: Session, text: str) -> Talk[tuple[Response, list[Response]]]:
    """Send one command and read its answer."""
    tag = session.tag()
    yield from send(f"{tag} {text}")
    return (yield from finish(session, tag))


def greet(session: Session) -> Talk[None]:
    """From the first byte to the capabilities, TLS included when the endpoint asks for STARTTLS.

    Raises WireError at GREETING, CAPABILITY or STARTTLS.
    """
    yield Begin(Stage.GREETING)
    first = yield from response()
    session.greeting = first.text or first.kind
    if first.tag != "*" or first.kind not in ("OK", "PREAUTH", "BYE"):
        raise WireError(Outcome.FAILED, Reason.NOT_THE_PROTOCOL, stage=Stage.GREETING)
    if first.kind == "BYE":
        raise refused(Stage.GREETING, first.reply())
    _learn_capabilities(session, [first])
    yield End(facts=(("banner", session.greeting),))
    if not session.capabilities:
        yield from capability(session)
    if session.endpoint.security == "starttls":
        yield from starttls(session)


def capability(session: Session) -> Talk[None]:
    """Ask what the server can do."""
    yield Begin(Stage.CAPABILITY)
    answer, _ = yield from command(session, "CAPABILITY")
    if answer.kind != "OK":
        raise refused(Stage.CAPABILITY, answer.reply())
    yield End(facts=(("capabilities", " ".join(session.capabilities)),))


def starttls(session: Session) -> Talk[None]:
    """Upgrade, then forget and ask again what the server can do (RFC 9051 §6.2.1)."""
    yield Begin(Stage.STARTTLS)
    if not session.has("STARTTLS"):
        raise WireError(Outcome.STOPPED, Reason.STARTTLS_MISSING, stage=Stage.STARTTLS)
    answer, _ = yield from command(session, "STARTTLS")
    if answer.kind != "OK":
        raise WireError(Outcome.NO, Reason.STARTTLS_REFUSED, stage=Stage.STARTTLS, reply=answer.reply())
    session.capabilities = session.mechanisms = ()
    yield End()
    yield Begin(Stage.TLS)
    yield StartTls()
    yield End()
    yield from capability(session)


def sign_in(session: Session, username: str, secret: Secret, auth: tuple[Auth, ...], *, token: bool) -> Talk[LoginTry]:
    """One login. The answer is noted in session.logins; a plain "no" is a result, not an error."""
    yield Begin(Stage.LOGIN)
    mechanism = _mechanism(session, username, secret, auth, token=token)
    if mechanism == "LOGIN command":
        answer, before = yield from _login_command(session, username, secret)
    else:
        answer, before = yield from _authenticate(session, mechanism, username, secret)
    outcome = Outcome.OK if answer.kind == "OK" else Outcome.NO
    reply = answer.reply(_alerts(before))
    done = LoginTry(username, mechanism, (), outcome, reply)
    session.logins.append(done)
    yield End(outcome, (("mechanism", mechanism), ("user", username), ("reply", str(reply))))
    return done


def _mechanism(session: Session, username: str, secret: Secret, auth: tuple[Auth, ...], *, token: bool) -> str:
    chosen = sasl.choose(session.mechanisms, auth, token=token)
    # docs/quirks.md "coremail-sasl-ir": Coremail servers announce SASL-IR and then refuse it.
    simple = not session.has("SASL-IR") or "coremail" in session.greeting.lower()
    plain_or_none = chosen in ("PLAIN", "LOGIN", "")
    if not token and plain_or_none and not session.has("LOGINDISABLED"):
        ascii_only = username.isascii() and secret.reveal().isascii()
        if not chosen or (simple and ascii_only) or chosen == "LOGIN":
            return "LOGIN command"
    if chosen:
        return chosen
    reason = Reason.LOGIN_DISABLED if session.has("LOGINDISABLED") and not token else Reason.NO_MECHANISM
    raise WireError(Outcome.STOPPED, reason, stage=Stage.LOGIN)


def _login_command(session: Session, username: str, secret: Secret) -> Talk[tuple[Response, list[Response]]]:
    tag = session.tag()
    parts, line = [quoted(username), quoted(secret.reveal())], f"{tag} LOGIN"
    for part, value in zip(parts, (username, secret.reveal()), strict=True):
        if part is not None:
            line += f" {part}"
            continue
        # Synchronizing literal: every server has it, and it carries any octet but NUL.
        yield from send(f"{line} {{{len(value.encode())}}}", shown=f"{tag} LOGIN {CREDENTIALS}")
        answer = yield from response()
        if answer.tag != "+":
            return answer, []
        line = value
    yield from send(line, shown=f"{tag} LOGIN {CREDENTIALS}")
    return (yield from finish(session, tag))


def _authenticate(
    session: Session, mechanism: str, username: str, secret: Secret
) -> Talk[tuple[Response, list[Response]]]:
    """RFC 9051 §6.2.2 with SASL-IR (RFC 4959)."""
    tag = session.tag()
    exchange = sasl.MECHANISMS[mechanism](username, secret)
    initial = next(exchange)
    line = f"{tag} AUTHENTICATE {mechanism}"
    if initial is not None and session.has("SASL-IR"):
        line, initial = f"{line} {_b64(initial) or '='}", None
        yield from send(line, shown=f"{tag} AUTHENTICATE {mechanism} {CREDENTIALS}")
    else:
        yield from send(line)
    before: list[Response] = []
    while len(before) < MAX_RESPONSES:
        answer = yield from response()
        if answer.tag == "+":
            data = initial if initial is not None else _next(exchange, answer.text)
            initial = None
            yield from send(_b64(data), shown=CREDENTIALS)
        elif answer.tag == tag:
            _learn_capabilities(session, [answer, *before])
            return answer, before
        else:
            before.append(answer)
    raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)


def _next(exchange: sasl.Exchange, challenge: str) -> bytes:
    try:
        return exchange.send(base64.b64decode(challenge)) or b""
    except StopIteration:
        return b""
    except binascii.Error as error:
        raise WireError(Outcome.FAILED, Reason.NOT_THE_PROTOCOL, stage=Stage.LOGIN) from error


def look(session: Session) -> Talk[Mailboxes]:
    """Past the login: ID, SELECT INBOX and LIST in one go (RFC 2971, RFC 9051 §5.5).

    Raises WireError(NO) at SELECT when the mailbox cannot be opened.
    """
    tags = [session.tag() for _ in range(3)]
    lines = (f"{tags[0]} ID {IDENTITY}", f"{tags[1]} SELECT INBOX", f'{tags[2]} LIST "" "*"')
    yield Begin(Stage.ID)
    yield from send("\r\n".join(lines))
    # NetEase refuses SELECT until ID came (docs/quirks.md "netease-id"); others may answer ID with BAD, harmlessly.
    identified, before = yield from finish(session, tags[0])
    yield End(Outcome.OK if identified.kind == "OK" else Outcome.NO)
    yield Begin(Stage.SELECT)
    selected, untagged = yield from finish(session, tags[1])
    messages = _exists([*before, *untagged])
    reply = selected.reply(_alerts(untagged))
    if selected.kind != "OK":
        raise refused(Stage.SELECT, reply)
    yield End(facts=(("messages", messages),))
    yield Begin(Stage.LIST)
    listed, rows = yield from finish(session, tags[2])
    if listed.kind != "OK":
        raise refused(Stage.LIST, listed.reply())
    folders = sum(1 for row in rows if row.kind == "LIST")
    yield End(facts=(("folders", folders),))
    session.mailboxes = Mailboxes(messages, folders)
    return session.mailboxes


def leave(session: Session) -> Talk[None]:
    """Say good-bye without waiting for the answer."""
    yield from send(f"{session.tag()} LOGOUT")


def _exists(responses: list[Response]) -> int | None:
    counts = [r.tokens[0] for r in responses if r.kind == "EXISTS" and r.tokens]
    last = counts[-1] if counts else b""
    return int(last) if isinstance(last, bytes) and last.isdigit() and len(last) < 12 else None


def _alerts(responses: list[Response]) -> tuple[str, ...]:
    """Untagged NO, BAD, BYE and ALERT lines: they often say why (Gmail's WEBALERT)."""
    said = (r for r in responses if r.kind in ("NO", "BAD", "BYE") or r.code in ("ALERT", "WEBALERT"))
    return tuple(str(Reply(r.kind, f"{r.code} {r.code_args}".strip(), r.text)) for r in list(said)[:8])


def _learn_capabilities(session: Session, responses: list[Response]) -> None:
    for answer in responses:
        words = answer.code_args if answer.code == "CAPABILITY" else answer.text if answer.kind == "CAPABILITY" else ""
        if words:
            names = tuple(dict.fromkeys(re.split(r"\s+", words.strip().upper())))
            session.capabilities = names
            session.mechanisms = tuple(n.removeprefix("AUTH=") for n in names if n.startswith("AUTH="))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
