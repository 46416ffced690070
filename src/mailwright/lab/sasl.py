"""The server's side of SASL for the embedded stand-ins: one generator per mechanism.

A generator yields challenges, is sent responses, and returns the user name that signed in,
or None. The initial response (RFC 4422 §3), where a client sent one, answers the first
challenge, which is empty for the mechanisms that let the client begin.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from mailwright.lab import plan

_ITERATIONS = 4096


@dataclass(frozen=True, slots=True)
class Users:
    """User name → password, and the key that tokens are signed with."""

    passwords: Mapping[str, str]
    key: ec.EllipticCurvePublicKey | None = None

    def check(self, username: str, password: str) -> str | None:
        """The user name when the password is right."""
        known = self.passwords.get(username.lower(), "")
        right = hmac.compare_digest(known.encode(), password.encode()) and bool(known)
        return username.lower() if right else None


Conversation = Generator[bytes, bytes, str | None]


def _plain(users: Users) -> Conversation:
    """RFC 4616."""
    response = yield b""
    _, _, rest = response.partition(b"\0")
    username, _, password = rest.partition(b"\0")
    return users.check(username.decode(errors="replace"), password.decode(errors="replace"))


def _login(users: Users) -> Conversation:
    """draft-murchison-sasl-login."""
    username = yield b"Username:"
    password = yield b"Password:"
    return users.check(username.decode(errors="replace"), password.decode(errors="replace"))


def _cram_md5(users: Users) -> Conversation:
    """RFC 2195."""
    challenge = f"<{secrets.token_hex(8)}@lab.test>".encode()
    response = yield challenge
    username, _, digest = response.decode(errors="replace").rpartition(" ")
    password = users.passwords.get(username.lower(), "")
    right = hmac.compare_digest(hmac.new(password.encode(), challenge, "md5").hexdigest(), digest)
    return username.lower() if right and password else None


def _scram_sha_256(users: Users) -> Conversation:
    """RFC 5802 §3 with the hash of RFC 7677, without channel binding."""
    first = (yield b"").decode(errors="replace")
    _, _, bare = first.partition(",,")
    client = dict(part.split("=", 1) for part in bare.split(",") if "=" in part)
    username = client.get("n", "").replace("=2C", ",").replace("=3D", "=")
    password = users.passwords.get(username.lower(), "")
    salt, nonce = secrets.token_bytes(16), client.get("r", "") + secrets.token_hex(12)
    server = f"r={nonce},s={base64.b64encode(salt).decode()},i={_ITERATIONS}"
    last = (yield server.encode()).decode(errors="replace")
    without_proof, _, proof = last.rpartition(",p=")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    message = f"{bare},{server},{without_proof}".encode()
    if not password or f"r={nonce}" not in without_proof.split(",") or not _proven(salted, message, proof):
        return None
    signature = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), message, "sha256")
    yield b"v=" + base64.b64encode(signature)
    return username.lower()


def _proven(salted: bytes, message: bytes, proof: str) -> bool:
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored = hashlib.sha256(client_key).digest()
    signature = hmac.digest(stored, message, "sha256")
    expected = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return hmac.compare_digest(base64.b64encode(expected).decode(), proof)


def _token(users: Users) -> Conversation:
    """XOAUTH2, and OAUTHBEARER (RFC 7628): both are key=value parts between control-A."""
    response = yield b""
    header = next((part for part in response.decode(errors="replace").split("\x01") if part.startswith("auth=")), "")
    email = _bearer(users, header.removeprefix("auth=Bearer ").removeprefix("auth=bearer "))
    if email is None:
        yield json.dumps({"status": "401", "schemes": "bearer", "scope": plan.ISSUER_SCOPE}).encode()
    return email


def _bearer(users: Users, token: str) -> str | None:
    """The address a JWT speaks for, when its signature, issuer and time are right."""
    try:
        head, claims, signature = token.split(".")
        raw = _decode(signature)
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        if users.key is None:
            return None
        users.key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        body = json.loads(_decode(claims))
        good = body["iss"] == plan.ISSUER and body["exp"] > time.time() and plan.ISSUER_SCOPE in body["scope"].split()
        return str(body["email"]) if good and body["email"] in users.passwords else None
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return None


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


MECHANISMS: dict[str, Callable[[Users], Conversation]] = {
    "plain": _plain,
    "login": _login,
    "cram-md5": _cram_md5,
    "scram-sha-256": _scram_sha_256,
    "xoauth2": _token,
    "oauthbearer": _token,
}
CLIENT_FIRST = frozenset({"plain", "scram-sha-256", "xoauth2", "oauthbearer"})
"""Mechanisms whose first challenge is empty."""
