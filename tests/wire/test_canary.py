"""A unique secret goes through every mechanism and every way to fail, and shows up nowhere."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import traceback
import warnings
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest

from mailwright import wire
from mailwright.core import Auth, EmailAddress, Protocol, Reason, Reply, Secret, Security, plain
from mailwright.wire.talk import Send
from tests.wire.peers import endpoint, serving

ASCII = 'K4nari"3n\\vogel %+/42'
BEYOND = 'K4nariénvögel "42" 密码'
USER = "alice@example.org"
ENDINGS = ("yes", "no", "silent", "close", "garbage", "endless", "untagged")
WAYS = {
    Protocol.IMAP: (
        "LOGIN command",
        "PLAIN",
        "PLAIN later",
        "LOGIN",
        "CRAM-MD5",
        "SCRAM-SHA-256",
        "XOAUTH2",
        "OAUTHBEARER",
    ),
    Protocol.POP3: ("USER", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"),
    Protocol.SMTP: ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"),
}
CASES = [(protocol, way, Secret(ASCII)) for protocol, ways in WAYS.items() for way in ways]
CASES += [(Protocol.IMAP, "LOGIN command", Secret(BEYOND)), (Protocol.POP3, "USER", Secret(BEYOND))]
CASES += [(protocol, "PLAIN", Secret(BEYOND)) for protocol in WAYS]


def written(secret: str) -> set[str]:
    """How a server could write a secret back; worked out here, not by what is tested."""
    raw, bearer = secret.encode(), f"auth=Bearer {secret}\x01\x01"
    said = (
        f"\0{USER}\0{secret}",
        f"user={USER}\x01{bearer}",
        f"n,a={USER},\x01{bearer}",
        *(" " * n + secret for n in range(3)),
    )
    percent = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    escaped = {secret, json.dumps(secret)[1:-1], secret.replace("\\", "\\\\").replace('"', '\\"'), repr(raw)[2:-1]}
    encoded = {base64.b64encode(text.encode()).decode() for text in said}
    return escaped | percent | {form.lower() for form in percent} | {raw.hex(), raw.hex().upper()} | encoded


def forms(secret: str) -> set[str]:
    """What must not be seen: all that, and the middle of any base64 the secret is in."""
    middles = {base64.b64encode(b"x" * before + secret.encode()).decode()[4 : 4 + len(secret)] for before in range(3)}
    return written(secret) | middles


def echo(secret: str, heard: list[bytes]) -> bytes:
    """What a server that means ill writes back: all forms, and all it heard."""
    return " ".join(sorted(written(secret))).encode() + b" " + b" ".join(line.strip() for line in heard)


class Server:
    """Speaks one protocol, offers one way to sign in, and ends as told."""

    def __init__(self, protocol: Protocol, way: str, ending: str, secret: str) -> None:
        self.protocol, self.way, self.ending, self.secret = protocol, way, ending, secret
        self.heard: list[bytes] = []
        self.tag = b""
        self.challenges = self._challenges()

    def _challenges(self) -> list[bytes]:
        name = self.way.split(" ")[0]
        oauth = [b'{"status":"400","echo":"' + self.secret.encode() + b'"}']
        made = {"LOGIN": [b"User", b"Password"], "CRAM-MD5": [b"<1@x>"], "XOAUTH2": oauth, "OAUTHBEARER": oauth}
        if self.way == "LOGIN command":
            # Only a password that is not ASCII waits for one.
            return [] if self.secret.isascii() else [b""]
        return made.get(name, [b""] if self.way == "PLAIN later" else [])

    @property
    def offer(self) -> bytes:
        mechanism = self.way.partition(" ")[0].encode()
        if self.protocol is Protocol.POP3:
            return b"+OK\r\n" + (b"USER" if mechanism == b"USER" else b"SASL " + mechanism) + b"\r\n.\r\n"
        if self.protocol is Protocol.SMTP:
            return b"250-mx\r\n250 AUTH " + mechanism + b"\r\n"
        words = {"LOGIN command": b"", "PLAIN later": b"AUTH=PLAIN", "LOGIN": b"LOGINDISABLED AUTH=LOGIN"}
        return b"* OK [CAPABILITY IMAP4rev1 " + words.get(self.way, b"SASL-IR AUTH=" + mechanism) + b"] ready\r\n"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            {Protocol.IMAP: self.offer, Protocol.POP3: b"+OK hi\r\n", Protocol.SMTP: b"220 hi\r\n"}[self.protocol]
        )
        while line := await reader.readline():
            if line.startswith((b"CAPA", b"EHLO")):
                writer.write(self.offer)
                continue
            self.heard.append(line)
            self.tag = self.tag or line.split(b" ")[0]
            if not self._answer(writer, line):
                return
            await writer.drain()

    def _answer(self, writer: asyncio.StreamWriter, line: bytes) -> bool:
        if line.startswith(b"USER "):
            writer.write(b"+OK " + echo(self.secret, self.heard) + b"\r\n")
        elif line.startswith(b"AUTH SCRAM") or b"AUTHENTICATE SCRAM" in line or self._scram_nonce(line):
            writer.write(self._challenge(self._scram(line)))
        elif self.challenges:
            writer.write(self._challenge(base64.b64encode(self.challenges.pop(0))))
        else:
            return self._end(writer)
        return True

    def _scram_nonce(self, line: bytes) -> bytes:
        try:
            said = base64.b64decode(line.split()[-1])
        except ValueError:
            return b""
        return said.partition(b",r=")[2] if said.startswith(b"n,,n=") else b""

    def _scram(self, line: bytes) -> bytes:
        nonce = self._scram_nonce(line)
        return base64.b64encode(b"r=" + nonce + b"x,s=AAAA,i=4096") if nonce else b""

    def _challenge(self, text: bytes) -> bytes:
        return (b"334 " if self.protocol is Protocol.SMTP else b"+ ") + text + b"\r\n"

    def _end(self, writer: asyncio.StreamWriter) -> bool:
        said = echo(self.secret, self.heard)
        yes, no = {
            Protocol.IMAP: (self.tag + b" OK ", self.tag + b" NO [ALERT] "),
            Protocol.POP3: (b"+OK ", b"-ERR [AUTH] "),
            Protocol.SMTP: (b"235 2.7.0 ", b"535-5.7.8 " + said + b"\r\n535 5.7.8 "),
        }[self.protocol]
        answers = {
            "yes": yes + said + b"\r\n",
            "no": no + said + b"\r\n",
            "garbage": b"\xff\xfe" + said + b"\r\n" + said + b"\r\n",
            "endless": said * 2000,
            "untagged": b"* NO [ALERT " + said + b"] " + said + b"\r\n* BYE " + said + b"\r\n",
        }
        writer.write(answers.get(self.ending, b""))
        return self.ending != "close"


def shown(error: BaseException | None) -> Iterator[str]:
    """Everything an exception and those behind it could put before somebody's eyes."""
    if error is None:
        return
    yield from (str(error), repr(error), repr(vars(error)))
    # As pytest, rich or Sentry would: the locals of every frame as well.
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    yield from frames.format()
    for behind in (error.__cause__, error.__context__):
        yield from shown(behind)


async def signed_in(protocol: Protocol, way: str, ending: str, secret: Secret) -> list[str]:
    """One sign-in and a look; gives everything that could be seen of it."""
    where, recorder = endpoint(Security.NONE, protocol), wire.Recorder("test")
    session, broken = wire.Session(where), None
    token = way in ("XOAUTH2", "OAUTHBEARER")
    auth = (Auth.ENCRYPTED_PASSWORD if way in ("CRAM-MD5", "SCRAM-SHA-256") else Auth.PASSWORD,)
    talks = wire.TALKS[protocol]
    async with serving(Server(protocol, way, ending, secret.reveal())) as peer:
        settings = wire.Settings(reroutes=(wire.Reroute("", 0, "127.0.0.1", peer.port),), reply_seconds=0.2)
        try:
            async with wire.World(settings) as world, world.service(where, session, recorder) as connection:
                await connection.run(talks.sign_in(session, USER, secret, auth, token=token))
                more = (EmailAddress.parse(USER),) if protocol is Protocol.SMTP else ()
                await connection.run(talks.look(session, *more))
        except wire.WireError as error:
            broken = error
    kept: list[object] = [recorder.trace(), session.logins, session.last_reply, broken.reply if broken else None]
    seen = [repr(kept), repr(session), repr(recorder), repr(settings), json.dumps(plain(kept), ensure_ascii=False)]
    assert session.logins or broken
    return [*seen, json.dumps(plain(kept)), *shown(broken)]


@pytest.mark.parametrize(("protocol", "way", "secret"), CASES)
async def test_the_secret_shows_up_nowhere(
    protocol: Protocol, way: str, secret: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the server does with it, no trace, reply, exception, log or warning has the secret in any form."""
    caplog.set_level(logging.DEBUG)
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        tries = await asyncio.gather(*(signed_in(protocol, way, ending, secret) for ending in ENDINGS))
    loop.set_debug(False)
    seen = [*(text for found in tries for text in found), *(str(item.message) for item in warned), *logged(caplog)]
    known = forms(secret.reveal())
    leaks = {text[max(0, text.find(form) - 60) :][:200] for form in known for text in seen if form in text}
    assert not leaks


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


async def test_a_secret_that_cannot_be_sent_is_not_in_the_error() -> None:
    """Half a character, from an input in the wrong encoding, is refused without being quoted."""
    broken = "K4nari\udcff"
    for protocol, talks in wire.TALKS.items():
        session = wire.Session(endpoint(Security.NONE, protocol), mechanisms=("PLAIN",))
        talk = talks.sign_in(session, USER, Secret(broken), (Auth.PASSWORD,), token=False)
        with pytest.raises(wire.WireError) as caught:
            list(talk)
        assert caught.value.reason is Reason.NO_MECHANISM
        assert not any("K4nari" in text for text in (str(caught.value), repr(vars(caught.value))))


def test_reply_of_a_session_is_redacted() -> None:
    """Code, text and alerts of a reply lose the secret."""
    session = wire.Session(endpoint())
    session.hidden.hide(Secret("wonderland"))
    said = session.said(Reply("NO", "X WONDERLAND wonderland", "wonderland", ("wonderland",)))
    assert "wonderland" not in repr(said)


def test_an_effect_does_not_show_what_it_sends() -> None:
    """The frames of a conversation hold what is sent: its repr is empty of it."""
    assert "wonderland" not in repr(Send(b"PASS wonderland", "PASS"))
