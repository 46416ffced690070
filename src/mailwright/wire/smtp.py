"""Message submission as conversations (RFC 5321, RFC 6409, AUTH RFC 4954, STARTTLS RFC 3207)."""

from __future__ import annotations

import re

from mailwright.core import Auth, EmailAddress, LoginTry, Outcome, Reason, Reply, Secret, Stage
from mailwright.wire import sasl
from mailwright.wire.buffer import decode
from mailwright.wire.errors import WireError, refused
from mailwright.wire.session import Session
from mailwright.wire.shared import CREDENTIALS, send_credentials, signed_in, upgrade
from mailwright.wire.talk import Begin, End, Talk, read_line, send

MAX_LINES = 200
# An address literal: a client's own name is often not one that resolves (RFC 5321 §4.1.4).
CLIENT = "[127.0.0.1]"
OTHER_CLIENT = "localhost.localdomain"
_LINE = re.compile(r"(\d{3})(?!\d)([ -]?)(?:(\d\.\d{1,3}\.\d{1,3})(?: |\Z))?(.*)\Z", re.DOTALL | re.ASCII)


def parse_line(line: bytes) -> tuple[str, bool, str, str]:
    """One reply line: code, whether more follow, enhanced status code ("" if none), text.

    A line that is none gives the code "".
    """
    found = _LINE.match(decode(line))
    if found is None:
        return "", False, "", decode(line)
    code, sign, enhanced, text = found.groups()
    return code, sign == "-", enhanced or "", text


def join_lines(lines: list[tuple[str, bool, str, str]]) -> Reply:
    """The lines of one reply as one: repeated codes dropped, text joined by blanks.

    A URL in angle brackets that was broken in the middle is made whole again (Gmail's
    "<https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=…" goes on for three lines).
    """
    text = ""
    for _, _, _, piece in lines:
        text += piece if not text or _within_url(text) else " " + piece
    enhanced = next((e for _, _, e, _ in lines if e), "")
    return Reply(lines[0][0], enhanced, " ".join(text.split()))


def _within_url(text: str) -> bool:
    opened = text.rfind("<http")
    return opened >= 0 and not any(c.isspace() or c == ">" for c in text[opened:])


def reply(session: Session) -> Talk[tuple[Reply, list[str]]]:
    """The next reply, its lines joined, and the lines themselves."""
    lines: list[tuple[str, bool, str, str]] = []
    while True:
        line = parse_line((yield from read_line()))
        if not line[0]:
            said = session.said(Reply("", "", line[3]))
            raise WireError(Outcome.FAILED, Reason.NOT_THE_PROTOCOL, reply=said)
        lines.append(line)
        if not line[1]:
            break
        if len(lines) > MAX_LINES:
            raise WireError(Outcome.STOPPED, Reason.TOO_MUCH)
    return session.said(join_lines(lines)), [text for _, _, _, text in lines]


def command(session: Session, line: str, *, shown: str | None = None) -> Talk[Reply]:
    """Send one command and read its reply."""
    yield from send(line, shown=shown)
    answer, _ = yield from reply(session)
    return answer


def greet(session: Session) -> Talk[None]:
    """From the first byte to the extensions, TLS included when the endpoint asks for STARTTLS."""
    yield Begin(Stage.GREETING)
    first, _ = yield from reply(session)
    session.greeting = first.text
    if first.status != "220":
        raise refused(Stage.GREETING, first)
    yield End(facts=(("banner", first.text),))
    yield from capability(session)
    if session.endpoint.security == "starttls":
        yield from starttls(session)


def capability(session: Session) -> Talk[None]:
    """EHLO and what it offers."""
    yield Begin(Stage.CAPABILITY)
    yield from send(f"EHLO {CLIENT}")
    answer, lines = yield from reply(session)
    if answer.status.startswith("5"):
        # docs/quirks.md "ehlo-literal": some take nothing but a name with a dot.
        yield from send(f"EHLO {OTHER_CLIENT}")
        answer, lines = yield from reply(session)
    if answer.status != "250":
        raise refused(Stage.CAPABILITY, answer)
    # Old servers write "AUTH=PLAIN" as well as "AUTH PLAIN".
    words = [line.upper().replace("AUTH=", "AUTH ").split() for line in lines[1:]]
    session.capabilities = tuple(dict.fromkeys(w[0] for w in words if w))
    session.mechanisms = tuple(dict.fromkeys(m for w in words if w and w[0] == "AUTH" for m in w[1:]))
    yield End(facts=(("capabilities", " | ".join(lines[1:])),))


def starttls(session: Session) -> Talk[None]:
    """Upgrade, then EHLO again (RFC 3207 §4.2)."""
    yield from upgrade(session, "STARTTLS", command(session, "STARTTLS"), "220")
    yield from capability(session)


def sign_in(session: Session, username: str, secret: Secret, auth: tuple[Auth, ...], *, token: bool) -> Talk[LoginTry]:
    """One AUTH. The answer is noted in session.logins; a plain "no" is a result, not an error."""
    yield Begin(Stage.LOGIN)
    session.hidden.hide(secret)
    mechanism = sasl.choose(session.mechanisms, auth, token=token)
    if not mechanism or not sasl.sendable(username, secret, token=token):
        raise WireError(Outcome.STOPPED, Reason.NO_MECHANISM, stage=Stage.LOGIN)
    answer = yield from _auth(session, mechanism, username, secret)
    outcome = Outcome.OK if answer.status == "235" else Outcome.NO
    return (yield from signed_in(session, LoginTry(username, mechanism, (), outcome, answer)))


def _auth(session: Session, mechanism: str, username: str, secret: Secret) -> Talk[Reply]:
    client = session.client(mechanism, username, secret)
    line = f"AUTH {mechanism}"
    # RFC 4954 §4: a line may be 12288 octets there, but older servers stop at 512 (RFC 5321 §4.5.3.1.4).
    initial = client.initial_within(500 - len(line))
    if initial is None:
        yield from send(line)
    else:
        yield from send_credentials(session, f"{line} {initial or '='}", shown=f"{line} {CREDENTIALS}")
    answer, texts = yield from reply(session)
    while answer.status == "334":
        yield from send_credentials(session, client.answer(texts[-1]))
        answer, texts = yield from reply(session)
    if answer.status == "235":
        client.accepted()
    return answer


def look(session: Session, address: EmailAddress) -> Talk[None]:
    """Would it take mail from this address? MAIL FROM, then RSET: nothing is sent.

    Raises WireError(NO) at MAIL_FROM; nothing more can be said on the connection then.
    """
    utf8 = not address.is_ascii
    if utf8 and not session.has("SMTPUTF8"):
        raise WireError(Outcome.NO, Reason.SMTPUTF8_MISSING, stage=Stage.MAIL_FROM)
    yield Begin(Stage.MAIL_FROM)
    sender = f"MAIL FROM:<{address.wire}>" + (" SMTPUTF8" if utf8 else "")
    if session.has("PIPELINING"):  # RFC 2920: both may travel together
        yield from send(f"{sender}\r\nRSET")
        answer, _ = yield from reply(session)
    else:
        answer = yield from command(session, sender)
    if not answer.status.startswith("2"):
        raise refused(Stage.MAIL_FROM, answer)
    if session.has("PIPELINING"):
        yield from reply(session)
    else:
        yield from command(session, "RSET")
    session.last_reply = answer
    yield End(facts=(("reply", str(answer)),))


def leave(session: Session) -> Talk[None]:
    """Say good-bye without waiting for the answer."""
    del session
    yield from send("QUIT")
