"""SASL mechanisms as small conversations: they yield what to answer and are sent the challenge.

Each yields its initial response first (None when the server speaks first), then one answer
per challenge. Errors the mechanism itself finds (a forged server signature) raise WireError.
`Client` puts one of them into the base64 that IMAP, POP3 and SMTP have in common.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import stringprep
import unicodedata
from collections.abc import Callable, Generator, Iterable, Mapping

from mailwright.core import Auth, Outcome, Reason, Secret, Stage
from mailwright.wire.errors import WireError

Exchange = Generator[bytes | None, bytes, None]
Mechanism = Callable[[str, Secret], Exchange]
# A second of hashing, during which nothing else goes on.
MAX_ITERATIONS = 1_000_000
MAX_CHALLENGES = 8
CANCEL = "*"
MAX_ATTRIBUTES = 16
_BROKEN = (Outcome.STOPPED, Reason.SERVER_SIGNATURE)


def plain(username: str, secret: Secret, authzid: str = "") -> Exchange:
    """RFC 4616; the authorization identity is empty (iCloud refuses any other) unless it is somebody else's mailbox."""
    yield f"{authzid}\0{username}\0{secret.reveal()}".encode()


def login(username: str, secret: Secret) -> Exchange:
    """The LOGIN mechanism (draft-murchison-sasl-login): user name, then password."""
    yield None
    yield username.encode()
    yield secret.reveal().encode()


def cram_md5(username: str, secret: Secret) -> Exchange:
    """RFC 2195."""
    challenge = yield None
    digest = hmac.new(secret.reveal().encode(), challenge, hashlib.md5).hexdigest()
    yield f"{username} {digest}".encode()


def scram_sha_256(username: str, secret: Secret, nonce: str = "") -> Exchange:
    """RFC 5802 with RFC 7677, without channel binding; the server must prove it knows the password too.

    `nonce`: a new one is made unless the example of a standard is to be repeated.
    """
    nonce = nonce or secrets.token_urlsafe(24)
    first = f"n={saslprep(username).replace('=', '=3D').replace(',', '=2C')},r={nonce}"
    server_first = (yield f"n,,{first}".encode()).decode("utf-8", "replace")
    fields = _attributes(server_first)
    salt, rounds = _salt_and_rounds(fields, nonce)
    without_proof = f"c=biws,r={fields['r']}"
    message = f"{first},{server_first},{without_proof}".encode()
    salted = hashlib.pbkdf2_hmac("sha256", saslprep(secret.reveal()).encode(), salt, rounds)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(client_key).digest(), message, "sha256")
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    final = yield f"{without_proof},p={base64.b64encode(proof).decode()}".encode()
    expected = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
    verdict = _attributes(final.decode("utf-8", "replace"))
    if "e" in verdict:  # a refusal (RFC 5802 §7): the reply that follows says so as well
        return
    sent = verdict.get("v", "")
    if not hmac.compare_digest(_unbase64(sent), expected):
        raise WireError(*_BROKEN, stage=Stage.LOGIN)
    yield b""


def xoauth2(username: str, secret: Secret) -> Exchange:
    """Google's and Microsoft's OAuth 2.0 form; an error challenge is answered by an empty line."""
    yield f"user={username}\x01auth=Bearer {secret.reveal()}\x01\x01".encode()
    yield b""


def oauthbearer(username: str, secret: Secret) -> Exchange:
    """RFC 7628 §3; an error challenge is answered by %x01."""
    name = username.replace("=", "=3D").replace(",", "=2C")
    yield f"n,a={name},\x01auth=Bearer {secret.reveal()}\x01\x01".encode()
    yield b"\x01"


MECHANISMS: Mapping[str, Mechanism] = {
    "PLAIN": plain,
    "LOGIN": login,
    "SCRAM-SHA-256": scram_sha_256,
    "CRAM-MD5": cram_md5,
    "OAUTHBEARER": oauthbearer,
    "XOAUTH2": xoauth2,
}
# Over verified TLS the simplest mechanism is the one that every account has a password form for, whatever
# the settings say: "password-encrypted" often dates from before the server had TLS.
_PASSWORD_ORDER = ("PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5")
_TOKEN_ORDER = ("OAUTHBEARER", "XOAUTH2")


class Client:
    """Our side of one sign-in. `initial`: what may go with the command, None if the server speaks first."""

    def __init__(self, mechanism: str, make: Mechanism, username: str, secret: Secret) -> None:
        self._exchange = make(username, secret)
        # SCRAM is done once the server's signature was checked: that is in its second challenge.
        self._due = 2 if mechanism.startswith("SCRAM-") else 0
        self._held = next(self._exchange)
        self._answers = 0

    def initial(self) -> str | None:
        """The initial response, to be sent with the command; it is not given again."""
        held, self._held = self._held, None
        return base64.b64encode(held).decode() if held is not None else None

    def initial_within(self, most: int) -> str | None:
        """The initial response if it takes no more than `most` characters; else it waits for its turn."""
        if self._held is None or len(self._held) * 4 > most * 3 - 8:
            return None
        return self.initial()

    def answer(self, challenge: str) -> str:
        """What to send for a challenge; "*" when nothing is left to say (RFC 4954 §4, RFC 9051 §6.2.2).

        Raises WireError for the ninth, and for one that shows the server is not who it should be.
        """
        held = self.initial()
        if held is not None:
            # This challenge is empty or, from some servers, a friendly word: it only gives us the turn.
            return held
        self._answers += 1
        if self._answers > MAX_CHALLENGES:
            raise WireError(Outcome.STOPPED, Reason.TOO_MUCH, stage=Stage.LOGIN)
        try:
            said = self._exchange.send(_challenge(challenge))
        except StopIteration:
            return CANCEL
        return base64.b64encode(said or b"").decode()

    def accepted(self) -> None:
        """The server said yes. Raises WireError when it has not shown what it had to."""
        if self._answers < self._due:
            raise WireError(*_BROKEN, stage=Stage.LOGIN)


def sendable(username: str, secret: Secret, *, token: bool) -> bool:
    """False for what no mechanism can carry: a NUL (RFC 4616 §2), controls in a name or token, half characters."""
    text = username + secret.reveal()
    controls = any(unicodedata.category(c) == "Cc" for c in (text if token else username))
    return not controls and "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def choose(offered: Iterable[str], auth: tuple[Auth, ...], *, token: bool) -> str:
    """The mechanism to use of those the server offers, "" if none fits.

    `auth`: what the settings say; `token`: the secret is an OAuth 2.0 access token.
    """
    names = {name.upper() for name in offered} if allowed(auth, token=token) else set()
    return next((name for name in (_TOKEN_ORDER if token else _PASSWORD_ORDER) if name in names), "")


def allowed(auth: tuple[Auth, ...], *, token: bool) -> bool:
    """False for a password where the settings say OAuth 2.0 and nothing else: it would help only who reads it."""
    return token or set(auth) != {Auth.OAUTH2}


def saslprep(text: str) -> str:
    """RFC 4013: the form of a name or password both sides compute with."""
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c))
    return unicodedata.normalize("NFKC", mapped)


def _attributes(message: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in message.split(",", MAX_ATTRIBUTES) if "=" in part)


def _salt_and_rounds(fields: dict[str, str], nonce: str) -> tuple[bytes, int]:
    digits = fields.get("i", "")
    rounds = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
    # A hostile server could ask for hours of hashing, or replay another nonce (RFC 5802 §5.1, §9).
    extended = fields.get("r", "").startswith(nonce) and len(fields.get("r", "")) > len(nonce)
    salt = _unbase64(fields.get("s", ""))
    # "m=": an extension that must be understood, and there is none (RFC 5802 §5.1).
    if not (extended and salt and 0 < rounds <= MAX_ITERATIONS and "m" not in fields):
        raise WireError(*_BROKEN, stage=Stage.LOGIN)
    return salt, rounds


def _challenge(text: str) -> bytes:
    # LOGIN's and OAuth's challenges say nothing we need: what is no base64 there is taken as it is.
    try:
        return base64.b64decode(text)
    except ValueError:
        return text.encode()


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
