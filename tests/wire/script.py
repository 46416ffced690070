"""Runs a conversation against a text file of `C:` and `S:` lines instead of a server.

A file begins with one sentence and a header (what to run, what must come out), then `---`
and the lines. `\\xNN` is a byte, `{b64 …}` its text in base64, `= TLS` the upgrade, `= CLOSE`
the end of the connection. The server's bytes are fed one at a time.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mailwright.core import (
    Auth,
    EmailAddress,
    Endpoint,
    LoginTry,
    Outcome,
    Protocol,
    Reason,
    Reply,
    Secret,
    Security,
    Stage,
)
from mailwright.wire import TALKS, Session, WireError, sasl
from mailwright.wire.buffer import Buffer
from mailwright.wire.talk import Begin, Effect, End, ReadBytes, ReadLine, Send, StartTls, Talk

FOLDER = Path(__file__).parents[1] / "dialogues"
_BASE64 = re.compile(rb"\{b64 (.*?)\}")
_BYTE = re.compile(rb"\\x([0-9a-f]{2})")


@dataclass(frozen=True)
class Dialogue:
    """One file."""

    sentence: str
    header: dict[str, str]
    lines: tuple[tuple[str, bytes], ...]

    @classmethod
    def read(cls, path: Path) -> Dialogue:
        head, _, body = path.read_text(encoding="utf-8").partition("---\n")
        sentence, *fields = head.splitlines()
        header = dict(line.split(": ", 1) for line in fields if line)
        return cls(sentence, header, tuple(_line(line) for line in body.splitlines()))

    def get(self, key: str) -> str:
        return _bytes(self.header.get(key, "")).decode()


def _line(line: str) -> tuple[str, bytes]:
    who, _, text = line.partition(" ")
    assert who in ("C:", "S:", "="), line
    return who[0], _bytes(text)


def _bytes(text: str) -> bytes:
    raw = _BASE64.sub(lambda m: base64.b64encode(_unescaped(m[1])), text.encode())
    return _unescaped(raw)


def _unescaped(raw: bytes) -> bytes:
    return _BYTE.sub(lambda m: bytes.fromhex(m[1].decode()), raw)


@dataclass
class Peer:
    """The server of the script. `stage`: where the conversation is, as the driver would know it."""

    lines: list[tuple[str, bytes]]
    buffer: Buffer = field(default_factory=Buffer)
    stage: Stage | None = None
    steps: list[tuple[Stage, Outcome]] = field(default_factory=list)

    def answer(self, effect: Effect) -> bytes | None:
        match effect:
            case Begin(stage):
                self.stage = stage
            case End(outcome) if self.stage is not None:
                self.steps.append((self.stage, outcome))
            case Send():
                self._sent(effect.data)
            case ReadLine(limit):
                return self._read(lambda: self.buffer.line(limit))
            case ReadBytes(count):
                return self._read(lambda: self.buffer.take(count))
            case StartTls():
                assert not len(self.buffer), "plaintext is left unread before the handshake"
                assert self.lines.pop(0) == ("=", b"TLS")
        return None

    def _sent(self, data: bytes) -> None:
        assert data.endswith(b"\r\n")
        for line in data[:-2].split(b"\r\n"):
            assert self.lines, f"the script is over, but the client says {line!r}"
            assert ("C", line) == self.lines.pop(0)

    def _read(self, wanted: Callable[[], bytes | None]) -> bytes:
        while (found := wanted()) is None:
            self._feed()
        return found

    def _feed(self) -> None:
        who, text = self.lines[0] if self.lines else ("=", b"CLOSE")
        assert who != "C", f"the client waits, but should say {text!r}"
        if (who, text) == ("=", b"CLOSE"):
            del self.lines[:1]
            raise WireError(Outcome.FAILED, Reason.CLOSED)
        self.lines.pop(0)
        for byte in text + b"\r\n":
            self.buffer.feed(bytes((byte,)))


def run_talk(talk: Talk[object], peer: Peer) -> object:
    """What the driver does, without a socket."""
    try:
        effect = next(talk)
        while True:
            effect = _done(talk, peer, effect)()
    except StopIteration as done:
        return done.value
    except WireError as error:
        error.stage = error.stage or peer.stage
        raise
    finally:
        talk.close()


def _done(talk: Talk[object], peer: Peer, effect: Effect) -> Callable[[], Effect]:
    try:
        return functools.partial(talk.send, peer.answer(effect))
    except WireError as error:
        return functools.partial(talk.throw, error)


def session_for(dialogue: Dialogue) -> Session:
    protocol = Protocol(dialogue.header["run"].split()[0])
    session = Session(Endpoint(protocol, "mail.example.org", 993, Security(dialogue.get("security") or "tls")))
    if nonce := dialogue.get("nonce"):
        example = functools.partial(sasl.scram_sha_256, nonce=nonce)
        session.ours = {**sasl.MECHANISMS, "SCRAM-SHA-256": example}
    return session


def talks(dialogue: Dialogue, session: Session) -> Iterator[Talk[object]]:
    """The conversations the header names, in order."""
    name, *verbs = dialogue.header["run"].split()
    room = TALKS[Protocol(name)]
    auth = tuple(Auth(word) for word in dialogue.get("auth").split()) or (Auth.PASSWORD,)
    token = bool(dialogue.get("token"))
    for verb in verbs:
        if verb == "sign_in":
            secret = Secret(dialogue.get("token") or dialogue.get("secret"))
            yield room.sign_in(session, dialogue.get("user"), secret, auth, token=token)
        elif verb == "look" and name == "smtp":
            yield room.look(session, EmailAddress.parse(dialogue.get("address") or "me@example.org"))
        else:
            yield getattr(room, verb)(session)


def outcome(dialogue: Dialogue) -> dict[str, str]:
    """Everything that came out, by the keys a header may name."""
    session, peer = session_for(dialogue), Peer(list(dialogue.lines))
    broken: WireError | None = None
    try:
        for talk in talks(dialogue, session):
            run_talk(talk, peer)
    except WireError as error:
        broken = error
    assert not peer.lines, f"left of the script: {peer.lines}"
    tried = session.logins[-1] if session.logins else LoginTry("", "", (), Outcome.FAILED, None)
    reply = (broken.reply if broken else tried.reply) or Reply("", "", "")
    mailboxes = session.mailboxes
    return {
        "error": f"{broken.stage} {broken.outcome} {broken.reason}" if broken else "",
        "login": str(tried.outcome) if session.logins else "",
        "logins": str(len(session.logins)),
        "attempted": "yes" if session.attempted else "no",
        "mechanism": tried.mechanism,
        "reply": str(reply),
        "alerts": " | ".join(reply.alerts),
        "greeting": session.greeting,
        "capabilities": " ".join(session.capabilities),
        "mechanisms": " ".join(session.mechanisms),
        "messages": str(mailboxes.messages) if mailboxes else "",
        "folders": str(mailboxes.folders) if mailboxes else "",
        "steps": " ".join(f"{stage}={result}" for stage, result in peer.steps),
    }
