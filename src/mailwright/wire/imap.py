"""IMAP4rev1 and IMAP4rev2 as conversations (RFC 3501, RFC 9051)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from mailwright.core import Auth, LoginTry, Mailboxes, Outcome, Reason, Reply, Secret, Stage
from mailwright.wire import sasl
from mailwright.wire.buffer import decode
from mailwright.wire.errors import WireError, refused
from mailwright.wire.imap_parse import Response, is_text, literal_size, parse, quoted
from mailwright.wire.session import Session
from mailwright.wire.shared import CREDENTIALS, send_credentials, signed_in, upgrade
from mailwright.wire.talk import Begin, End, Talk, read_bytes, read_line, send

MAX_LITERAL = 1024 * 1024
MAX_RESPONSES = 50_000
IDENTITY = '("name" "Mailwright" "vendor" "Mailwright" "version" "1")'
LOGIN = "LOGIN command"


def response() -> Talk[Response]:
    """The next response."""
    return parse((yield from _whole()))


def _whole() -> Talk[bytes]:
    """The lines of the next response, its literals read in (RFC 9051 §4.3)."""
    line = yield from read_line()
    whole = bytearray(line)
    if is_text(line):
        return line
    while (size := literal_size(line)) is not None:
        if len(whole) + size > MAX_LITERAL:
            raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
        whole += b"\r\n" + (yield from read_bytes(size))
        line = yield from read_line()
        whole += line
    return bytes(whole)


def finish(
    session: Session, tag: str, respond: Callable[[str], str] | None = None
) -> Talk[tuple[Response, list[Response]]]:
    """Read up to the tagged response of `tag`; give it and what came before it.

    `respond`: what to send for the text of a continuation request ("+"). A BYE may come before
    the tagged response that says why (RFC 9051 §7.1.5); it is the reply when nothing follows it.
    """
    before: list[Response] = []
    while len(before) < MAX_RESPONSES:
        answer = yield from _after(session, before)
        if answer.tag == tag:
            session.said(answer.reply(_alerts(before)))
            _learn_capabilities(session, [answer, *before])
            return answer, before
        if answer.tag == "+" and respond is not None:
            yield from send_credentials(session, respond(answer.text))
            continue
        before.append(answer)
        if answer.kind == "BYE":
            session.said(answer.reply(_alerts(before[:-1])))
    raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)


def _after(session: Session, before: list[Response]) -> Talk[Response]:
    """The next response; the end of the connection after a BYE is that BYE."""
    try:
        return (yield from response())
    except WireError:
        if not any(answer.kind == "BYE" for answer in before):
            raise
        raise WireError(Outcome.NO, Reason.CLOSED, reply=session.last_reply) from None


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
    raw = yield from _whole()
    first = parse(raw)
    if first.tag != "*" or first.kind not in ("OK", "PREAUTH", "BYE"):
        said = session.said(Reply("", "", decode(raw)))
        raise WireError(Outcome.FAILED, Reason.NOT_THE_PROTOCOL, stage=Stage.GREETING, reply=said)
    session.greeting = first.text
    if first.kind == "BYE":
        raise refused(Stage.GREETING, session.said(first.reply()))
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
        raise refused(Stage.CAPABILITY, session.said(answer.reply()))
    yield End(facts=(("capabilities", " ".join(session.capabilities)),))


def starttls(session: Session) -> Talk[None]:
    """Upgrade, then forget and ask again what the server can do (RFC 9051 §6.2.1)."""
    yield from upgrade(session, "STARTTLS", _asked(session, "STARTTLS"), "OK")
    yield from capability(session)


def _asked(session: Session, text: str) -> Talk[Reply]:
    answer, _ = yield from command(session, text)
    return session.said(answer.reply())


def sign_in(
    session: Session, username: str, secret: Secret, auth: tuple[Auth, ...], *, token: bool, authzid: str = ""
) -> Talk[LoginTry]:
    """One login. The answer is noted in session.logins; a plain "no" is a result, not an error.

    `authzid`: whose mailbox it is to be, if not one's own; only PLAIN can say that (RFC 4616 §2).
    """
    yield Begin(Stage.LOGIN)
    session.hidden.hide(secret)
    if authzid:
        session.ours = {"PLAIN": partial(sasl.plain, authzid=authzid)}
        mechanism = "PLAIN" if "PLAIN" in session.mechanisms and not token else ""
    else:
        chosen = sasl.choose(session.mechanisms, auth, token=token)
        mechanism = _mechanism(session, username + secret.reveal(), chosen, token=token)
    if not (mechanism and sasl.allowed(auth, token=token) and sasl.sendable(username, secret, token=token)):
        disabled = session.has("LOGINDISABLED") and not token and not mechanism
        raise WireError(Outcome.STOPPED, Reason.LOGIN_DISABLED if disabled else Reason.NO_MECHANISM, stage=Stage.LOGIN)
    if mechanism == LOGIN:
        answer, before = yield from _login_command(session, username, secret)
    else:
        answer, before = yield from _authenticate(session, mechanism, username, secret)
        # BAD means that the command was not understood, not that the password is wrong (RFC 9051 §6.2.2,
        # docs/quirks.md "authenticate-bad"): the other way to say the same belongs to this login.
        by_command = mechanism in ("PLAIN", "LOGIN") and not authzid and not session.has("LOGINDISABLED")
        if answer.kind == "BAD" and by_command:
            mechanism = LOGIN
            answer, before = yield from _login_command(session, username, secret)
    outcome = Outcome.OK if answer.kind == "OK" else Outcome.NO
    reply = session.said(answer.reply(_alerts(before)))
    return (yield from signed_in(session, LoginTry(username, mechanism, (), outcome, reply)))


def _mechanism(session: Session, text: str, chosen: str, *, token: bool) -> str:
    """The mechanism to use for `text`, the LOGIN command where it does as well, "" for none."""
    plain_or_none = chosen in ("PLAIN", "LOGIN", "")
    if token or not plain_or_none or session.has("LOGINDISABLED"):
        return chosen
    # Without an initial response PLAIN takes a turn more than LOGIN, but carries any password without literals.
    return LOGIN if chosen != "PLAIN" or (text.isascii() and not _initial(session)) else chosen


def _initial(session: Session) -> bool:
    # docs/quirks.md "coremail-sasl-ir": Coremail servers announce SASL-IR and then refuse it.
    coremail = session.has("X-CM-EXT-1") or "coremail" in session.greeting.lower()
    return session.has("SASL-IR") and not coremail


def _login_command(session: Session, username: str, secret: Secret) -> Talk[tuple[Response, list[Response]]]:
    tag = session.tag()
    first, *rest = _login_pieces(f"{tag} LOGIN", username, secret)
    yield from send_credentials(session, first, shown=f"{tag} LOGIN {CREDENTIALS}")

    def next_piece(_: str) -> str:
        if not rest:
            raise WireError(Outcome.FAILED, Reason.NOT_THE_PROTOCOL, stage=Stage.LOGIN)
        return rest.pop(0)

    return (yield from finish(session, tag, next_piece))


def _login_pieces(line: str, username: str, secret: Secret) -> list[str]:
    """The command, cut where a literal has to wait for a continuation request (RFC 9051 §4.3)."""
    pieces = []
    for value in (username, secret.reveal()):
        text = quoted(value)
        if text is not None:
            line += f" {text}"
            continue
        # Synchronizing literal: every server has it, and it carries any octet but NUL.
        pieces.append(f"{line} {{{len(value.encode())}}}")
        line = value
    return [*pieces, line]


def _authenticate(
    session: Session, mechanism: str, username: str, secret: Secret
) -> Talk[tuple[Response, list[Response]]]:
    """RFC 9051 §6.2.2 with SASL-IR (RFC 4959)."""
    tag = session.tag()
    client = session.client(mechanism, username, secret)
    line = f"{tag} AUTHENTICATE {mechanism}"
    initial = client.initial() if _initial(session) else None
    if initial is None:
        yield from send(line)
    else:
        yield from send_credentials(session, f"{line} {initial or '='}", shown=f"{line} {CREDENTIALS}")
    answer, before = yield from finish(session, tag, client.answer)
    if answer.kind == "OK":
        client.accepted()
    return answer, before


def look(session: Session) -> Talk[Mailboxes]:
    """Past the login: ID, SELECT INBOX and LIST in one go (RFC 2971, RFC 9051 §5.5).

    Raises WireError(NO) at SELECT when the mailbox cannot be opened. Folders that cannot be listed
    are None: reading mail needs none of them.
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
    reply = session.said(selected.reply(_alerts(untagged)))
    if selected.kind != "OK":
        raise refused(Stage.SELECT, reply)
    yield End(facts=(("messages", messages),))
    yield Begin(Stage.LIST)
    listed, rows = yield from finish(session, tags[2])
    good = listed.kind == "OK"
    folders = sum(1 for row in rows if row.kind == "LIST") if good else None
    yield End(Outcome.OK if good else Outcome.NO, (("folders", folders),))
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
