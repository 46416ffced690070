"""SASL mechanisms as small conversations: they yield what to answer and are sent the challenge.

Each yields its initial response first (None when the server speaks first), then one answer
per challenge. Errors the mechanism itself finds (a forged server signature) raise WireError.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import stringprep
import unicodedata
from collections.abc import Callable, Generator, Iterable

from mailwright.core import Auth, Outcome, Reason, Secret, Stage
from mailwright.wire.errors import WireError

Exchange = Generator[bytes | None, bytes, None]
MAX_ITERATIONS = 2_000_000
_BROKEN = (Outcome.STOPPED, Reason.SERVER_SIGNATURE)


def plain(username: str, secret: Secret) -> Exchange:
    """RFC 4616, with an empty authorization identity (iCloud refuses any other)."""
    yield f"\0{username}\0{secret.reveal()}".encode()


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


def scram_sha_256(username: str, secret: Secret) -> Exchange:
    """RFC 5802 with RFC 7677, without channel binding; the server must prove it knows the password too."""
    nonce = secrets.token_urlsafe(24)
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
    sent = _attributes(final.decode("utf-8", "replace")).get("v", "")
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


MECHANISMS: dict[str, Callable[[str, Secret], Exchange]] = {
    "PLAIN": plain,
    "LOGIN": login,
    "SCRAM-SHA-256": scram_sha_256,
    "CRAM-MD5": cram_md5,
    "OAUTHBEARER": oauthbearer,
    "XOAUTH2": xoauth2,
}
# Over verified TLS the simplest mechanism is the one that every account has a password form for;
# challenge-response comes first only where the provider's own settings ask for it.
_PASSWORD_ORDER = ("PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5")
_ENCRYPTED_ORDER = ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN")
_TOKEN_ORDER = ("OAUTHBEARER", "XOAUTH2")


def choose(offered: Iterable[str], auth: tuple[Auth, ...], *, token: bool) -> str:
    """The mechanism to use of those the server offers, "" if none fits.

    `auth`: what the settings say, in order; `token`: the secret is an OAuth 2.0 access token.
    """
    names = {name.upper() for name in offered}
    wish = next((a for a in auth if a in (Auth.PASSWORD, Auth.ENCRYPTED_PASSWORD)), Auth.PASSWORD)
    order = _TOKEN_ORDER if token else _ENCRYPTED_ORDER if wish is Auth.ENCRYPTED_PASSWORD else _PASSWORD_ORDER
    return next((name for name in order if name in names), "")


def saslprep(text: str) -> str:
    """RFC 4013: the form of a name or password both sides compute with."""
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c))
    return unicodedata.normalize("NFKC", mapped)


def _attributes(message: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in message.split(",") if "=" in part)


def _salt_and_rounds(fields: dict[str, str], nonce: str) -> tuple[bytes, int]:
    rounds = int(fields["i"]) if fields.get("i", "").isascii() and fields.get("i", "").isdigit() else 0
    # A hostile server could ask for hours of hashing, or replay another nonce (RFC 5802 §5.1, §9).
    extended = fields.get("r", "").startswith(nonce) and len(fields.get("r", "")) > len(nonce)
    salt = _unbase64(fields.get("s", ""))
    if not (extended and salt and 0 < rounds <= MAX_ITERATIONS):
        raise WireError(*_BROKEN, stage=Stage.LOGIN)
    return salt, rounds


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
